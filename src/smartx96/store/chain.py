"""Chain: the numbered, hash-linked entries of an event log.

Entry n has the hash SHA-256(hash of entry n - 1, then the entry's canonical JSON), both as ASCII
text; before the first entry stand 64 zeros. The JSON is an object of `details`, `kind`, `meter`,
`number` and `time`, keys sorted, without blanks, everything beyond ASCII escaped. Older entries
lack `meter`: up to which one that is so, the meter's record says (`Head.unnamed`).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from smartx96.meter.events import Detail, Event

START = "0" * 64
"""What stands for the hash before the first entry."""

MOST_DETAILS, LONGEST_NAME, LONGEST_TEXT, MOST_BITS = 32, 64, 1000, 256
"""Limits of an event's details: entries, length of a name and of a text, size of an integer."""

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def canonical(value: object) -> str:
    """JSON of which a value has exactly one: ASCII, sorted keys, no blanks.

    Raises
    ------
    ValueError
        NaN, an infinity, or a value that holds itself.
    TypeError
        Something that JSON does not have.
    """
    return _encode(value)


@dataclass(frozen=True, slots=True)
class Head:
    """Where a log stands.

    Parameters
    ----------
    count : int
        Events since manufacture.
    hash : str
        Of the last entry, 64 hexadecimal digits.
    pruned : int
        Number of the newest entry that is no longer kept; 0 where all are.
    anchor : str
        Hash of that entry, from which the kept ones go on.
    unnamed : int
        Number of the newest entry whose hash does not contain the meter's name; 0 where all do.
    """

    count: int = 0
    hash: str = START
    pruned: int = 0
    anchor: str = START
    unnamed: int = 0


class Entry(NamedTuple):
    """One entry as it is stored; `details` is canonical JSON."""

    number: int
    time: int
    kind: str
    details: str
    hash: str


def following(meter: str, previous: str, number: int, event: Event) -> Entry:
    """The entry of a meter's event that follows an entry with the hash `previous`."""
    time, kind, details = int(event.time), str(event.kind), canonical(cleaned(event.details))
    return Entry(number, time, kind, details, link(meter, previous, number, time, kind, details))


def is_linked(meter: str | None, previous: str, entry: Entry) -> bool:
    """Whether a stored entry follows one with the hash `previous`, and is as it was written."""
    return _has_types(entry) and entry.hash == link(
        meter, previous, entry.number, entry.time, entry.kind, entry.details
    )


def _has_types(entry: Entry) -> bool:
    """Whether what was read is what is written: damaged columns have any type."""
    numbers, texts = (entry.number, entry.time), (entry.kind, entry.details, entry.hash)
    return all(isinstance(n, int) for n in numbers) and all(isinstance(t, str) for t in texts)


def link(meter: str | None, previous: str, number: int, time: int, kind: str, details: str) -> str:
    """Hash of an entry; `details` is its JSON as stored. `meter` is None of an unnamed one."""
    named = "" if meter is None else f'"meter":{_encode(meter)},'
    text = f'{{"details":{details},"kind":{_encode(kind)},{named}"number":{number},"time":{time}}}'
    return hashlib.sha256(f"{previous}{text}".encode("utf-8", "surrogatepass")).hexdigest()


def cleaned(details: Mapping[str, Detail]) -> dict[str, Detail]:
    """Details within the limits, of types that JSON has; what is too long is cut off."""
    names = sorted(details, key=str)[:MOST_DETAILS]
    return {str(name)[:LONGEST_NAME]: _detail(details[name]) for name in names}


def _detail(value: object) -> Detail:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int) and value.bit_length() <= MOST_BITS:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    text = f"integer of {value.bit_length()} bits" if isinstance(value, int) else str(value)
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
