"""What a file of ours says of its samples, as a text for formats that have room for one.

WAV, FLAC and Parquet hold numbers and little else. Names, phases, units, the transformers' side,
the exact rate, the start and the scale go along as one JSON document, so that the file opens
without any option.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from smartx96.samples.recording import Channel

KEY = "smartx96"
"""Name of the description where a format has named entries."""

LONGEST = 1 << 22
"""Bytes; a longer text is none of ours."""

SIDES = ("primary", "secondary")


@dataclass(frozen=True, slots=True)
class Description:
    """Channels, rate [1/s], start (UTC) and number format of stored samples.

    A stored number times its channel's entry in `scales` is in the channel's unit; None is 1 for
    all. Numbers equal to `missing` are no samples. `full_scale` as in `Recording`.
    """

    channels: tuple[Channel, ...]
    rate: float
    start: datetime | None = None
    full_scale: float | None = None
    scales: tuple[float, ...] | None = None
    missing: int | None = None

    def text(self) -> str:
        """The JSON document; equal descriptions give equal texts."""
        document: dict[str, Any] = {
            "rate": self.rate,
            "start": None if self.start is None else self.start.isoformat(),
            "full_scale": self.full_scale,
            "scales": self.scales,
            "missing": self.missing,
            "channels": [asdict(channel) for channel in self.channels],
        }
        return json.dumps({KEY: document}, ensure_ascii=True, separators=(",", ":"))


def parse_description(text: str | bytes, channels: int) -> Description | None:
    """The description that a file carries; None where the text is none, or of other samples.

    Parameters
    ----------
    text : str or bytes
    channels : int
        Channels that the file has; a program between may have changed them.
    """
    if len(text) > LONGEST:
        return None
    try:
        found = _parse(json.loads(text)[KEY])
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None
    return found if len(found.channels) == channels else None


def _parse(document: Any) -> Description:
    channels = tuple(_channel(entry) for entry in document["channels"])
    scales = document["scales"]
    missing = document["missing"]
    full_scale = document["full_scale"]
    return Description(
        channels=channels,
        rate=_positive(document["rate"]),
        start=None if document["start"] is None else parse_moment(document["start"]),
        full_scale=None if full_scale is None else _positive(full_scale),
        scales=None if scales is None else _scales(scales, len(channels)),
        missing=None if missing is None else int(missing),
    )


def _channel(entry: Any) -> Channel:
    side = entry["side"]
    return Channel(
        name=str(entry["name"]),
        phase=str(entry["phase"]),
        unit=str(entry["unit"]),
        side=side if side in SIDES else None,
        primary=_positive(entry["primary"]),
        secondary=_positive(entry["secondary"]),
    )


def _positive(value: Any) -> float:
    number = float(value)
    if not 0 < number < math.inf:
        raise ValueError(f"{value} is no number above 0")
    return number


def _scales(values: Sequence[Any], count: int) -> tuple[float, ...]:
    scales = tuple(map(float, values))
    if len(scales) != count or not all(map(math.isfinite, scales)):
        raise ValueError("a scale for each channel is due")
    return scales


def parse_moment(text: str) -> datetime | None:
    """ISO 8601 text as a moment; without a zone it is UTC, None where it is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
