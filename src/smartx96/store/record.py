"""Record: the state of a meter as one check-summed text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from smartx96.store.chain import Head

FORMAT = 2
"""Format of the text. Of format 1 no entry of the event log has the meter's name in its hash, and
nobody knows which rows of the load profile are kept."""

encoded = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
"""JSON without blanks, in the order of its keys; ValueError or TypeError for what it has not."""

_OF_HEAD = tuple(each.name for each in fields(Head))


@dataclass(frozen=True, slots=True)
class Record:
    """What a meter was at one commit.

    Parameters
    ----------
    meter : str
        Its name.
    sequence : int
        Number of the commit, from 1.
    time : int
        By the meter's clock [us since 1970-01-01T00:00Z].
    events : Head
        Where its event log stood.
    rows : int
        Rows of its load profile since manufacture.
    rows_pruned : int or None
        Number of the newest of them that is no longer kept; 0 where all are, None where it is not
        known.
    pulses : mapping of int to int
        Pulses that the journal knew as emitted, by output.
    monotone : mapping of str to int
        Registers that never fall.
    state : dict
        All the rest, as JSON has it.
    """

    meter: str
    sequence: int = 0
    time: int = 0
    events: Head = field(default_factory=Head)
    rows: int = 0
    rows_pruned: int | None = 0
    pulses: Mapping[int, int] = field(default_factory=dict)
    monotone: Mapping[str, int] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)

    def sealed(self, state: str | None = None) -> str:
        """SHA-256 of the record's JSON, a blank, and that JSON.

        Parameters
        ----------
        state : str, optional
            The state as `encoded` gives it; None encodes the record's own.

        Raises
        ------
        ValueError, TypeError
            The state holds what JSON has not.
        """
        rest = encoded(
            {
                "format": FORMAT,
                "meter": self.meter,
                "sequence": self.sequence,
                "time": self.time,
                "events": {name: getattr(self.events, name) for name in _OF_HEAD},
                "rows": self.rows,
                "rows_pruned": self.rows_pruned,
                "pulses": dict(self.pulses),
                "monotone": dict(self.monotone),
            }
        )
        text = f'{rest[:-1]},"state":{encoded(self.state) if state is None else state}}}'
        return f"{_digest(text)} {text}"


def unsealed(sealed: object, meter: str) -> Record | None:
    """The record in a text; None where it is damaged, of another format or of another meter."""
    if not isinstance(sealed, str):
        return None
    digest, _, text = sealed.partition(" ")
    if digest != _digest(text):
        return None
    try:
        found = json.loads(text)
        format = found.pop("format")
        if format not in (1, FORMAT) or found["meter"] != meter:
            return None
        if format == 1:
            found["events"]["unnamed"] = found["events"]["count"]
            found["rows_pruned"] = None
        found["events"] = Head(**found["events"])
        found["pulses"] = {int(output): n for output, n in found["pulses"].items()}
        return Record(**found)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def newest(records: Iterable[Record]) -> tuple[Record | None, tuple[Record, ...]]:
    """The newest record under which no register falls, and those that were passed over.

    Of two with the same sequence number the later one given counts.
    """
    highest: dict[str, int] = {}
    accepted: Record | None = None
    refused = []
    for record in sorted(records, key=lambda r: r.sequence):
        if fallen(record.monotone, highest) is not None:
            refused.append(record)
            continue
        highest |= record.monotone
        accepted = record
    return accepted, tuple(refused)


def fallen(registers: Mapping[str, int], before: Mapping[str, int]) -> str | None:
    """Name of a register that is lower than before; None where all is well."""
    return next((name for name, n in registers.items() if n < before.get(name, n)), None)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
