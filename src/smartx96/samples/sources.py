"""Sources by name: `mains`, a scenario TOML, or a recording with its channels chosen."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from smartx96.errors import OptionError
from smartx96.samples.source import Source

MAINS = "mains"


def open_source(
    text: str,
    *,
    now: datetime | None = None,
    channels: str | None = None,
    rate: float | None = None,
    scale: str | None = None,
    side: str | None = None,
    start: float | None = None,
    stop: float | None = None,
) -> Source:
    """The source that a command line names.

    Parameters
    ----------
    text : str
        `mains`, the path of a scenario `.toml`, or of a recording.
    now : datetime, optional
        Time of day at which `mains` begins; None is a clear summer day's midnight.
    channels, scale : str, optional
        As `--channels` and `--scale` take them; for recordings only.
    rate : float, optional
        Sampling rate [1/s], over what the file says.
    side : {'primary', 'secondary'}, optional
    start, stop : float, optional
        The stretch that is taken [s].

    Raises
    ------
    OptionError
        An option that this source does not take, or that cannot be met.
    RecordingError, ScenarioError
        The file is missing or damaged.
    """
    if text == MAINS or Path(text).suffix.lower() == ".toml":
        given = {"--channels": channels, "--scale": scale, "--side": side, "--from": start,
                 "--to": stop}  # fmt: skip
        for option, value in given.items():
            if value is not None:
                raise OptionError(f"{option} is for recordings, not for {text}")
        return _made(text, rate, now)
    from smartx96.samples import open_recording
    from smartx96.samples.channels.selection import parse_channels, parse_scale, select

    return select(
        open_recording(Path(text), rate=rate),
        channels=None if channels is None else parse_channels(channels),
        scale=None if scale is None else parse_scale(scale),
        side=side,
        start=start,
        stop=stop,
    )


def never_ends(source: Source) -> bool:
    """Whether a source is endless, and not only of a length that its reader cannot tell."""
    return source.length is None and not hasattr(source, "recording")


def _made(text: str, rate: float | None, now: datetime | None) -> Source:
    if text == MAINS:
        from smartx96.samples.mains import START, mains

        begun = START if now is None else now
        return mains(begun) if rate is None else mains(begun, rate=rate)
    from smartx96.samples.scenario_file import load_scenario

    if rate is not None:
        raise OptionError(f"--rate is for recordings: set `rate` in {text}")
    return load_scenario(Path(text))


def describe(text: str, source: Source) -> dict[str, Any]:
    """What `measure` tells of its source: path, format, start, duration, rate, channels."""
    recording = getattr(source, "recording", None)
    length = source.length
    return {
        "path": text,
        "format": "scenario" if recording is None else recording.format,
        "start": None if source.start is None else source.start.isoformat().replace("+00:00", "Z"),
        "duration": None if length is None else length / source.rate,
        "sample_rate": source.rate,
        "channels": getattr(source, "channel_names", {role: role for role in source.roles}),
    }
