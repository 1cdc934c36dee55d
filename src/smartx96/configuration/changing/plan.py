"""Plan: what is to be changed in a meter, checked before anything is written."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from smartx96.configuration.link import Link
from smartx96.errors import OptionError
from smartx96.modbus.place import Kind
from smartx96.modbus.readings import Reading
from smartx96.settings import (
    BY_ID,
    TABLE,
    Change,
    Settings,
    Value,
    check_together,
    coded,
    consequences,
)

OF_THE_LINE = ("unit_address", "baud_rate", "parity_stop")
"""Settings after which a meter is asked elsewhere, or otherwise; they are written last."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be changed in a meter.

    Parameters
    ----------
    before : mapping of str to int, str or float
        Values that the meter has, of all its settings.
    changes : tuple of Change
        What is to be written, in the order of the table.
    same : mapping of str to int or str
        What is as it is wanted, by id.
    left : mapping of str to str
        Why some that differ are left alone, by id.
    notes : tuple of str
        What the changes bring about that their user may not want.
    """

    before: Mapping[str, Reading]
    changes: tuple[Change, ...]
    same: Mapping[str, Value] = field(default_factory=dict)
    left: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def protected(self) -> tuple[str, ...]:
        """Ids that only an unlocked meter takes."""
        return tuple(c.id for c in self.changes if BY_ID[c.id].protected)

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "changes": [change._asdict() for change in self.changes],
            "same": list(self.same),
            "left": dict(self.left),
            "notes": list(self.notes),
        }


def planned(
    link: Link, readings: Mapping[str, Reading], wanted: Mapping[str, object],
    left: Mapping[str, str] | None = None,
) -> Plan:  # fmt: skip
    """The plan to a meter that is to be set so.

    Parameters
    ----------
    link : Link
    readings : mapping
        Values of its settings, as `Link.read_settings` gives them.
    wanted : mapping
        Values by setting id, as codes or names; others stay as they are.
    left : mapping, optional
        Ids that are wanted otherwise but left alone, and why.

    Raises
    ------
    OptionError
        An id or a value cannot be, or they do not go together; nothing is planned.
    """
    new = dict[str, Value]()
    for id, value in wanted.items():
        new[id] = coded(id, value)
        link.check(id)
        if id not in readings:
            raise OptionError(f"{id}: {link.target} was not asked what it has there")
    before, _ = link.settings_of(dict(readings))
    after = before.replace(**new)
    check_together(after, link.member.model)
    changes = [
        Change(s.id, _shown(readings[s.id]), new[s.id])
        for s in TABLE
        if s.id in new and not is_held(readings.get(s.id), new[s.id])
    ]
    changed = {change.id for change in changes}
    same = {id: value for id, value in new.items() if id not in changed}
    notes = tuple(_brought_about(before, after, link))
    return Plan(readings, tuple(sorted(changes, key=_place)), same, left or {}, notes)


def is_held(reading: Reading | None, value: Value) -> bool:
    """Whether a register holds a value."""
    return reading is not None and not isinstance(reading, tuple) and reading == value


def _shown(reading: Reading) -> Value:
    """What a register holds, as a setting has it; as a text where no setting has such a value."""
    if isinstance(reading, float) and reading.is_integer():
        return int(reading)
    return reading if isinstance(reading, int | str) else str(reading)


def _place(change: Change) -> int:
    """What moves the meter comes last."""
    return OF_THE_LINE.index(change.id) + 1 if change.id in OF_THE_LINE else 0


def _brought_about(before: Settings, after: Settings, link: Link) -> Iterator[str]:
    """What the meter told nobody of before."""
    known = set[str]()
    with contextlib.suppress(OptionError):
        # It may stand as its model cannot.
        known = set(consequences(before, link.member.model))
    yield from (line for line in consequences(after, link.member.model) if line not in known)
    if link.target.place.kind is not Kind.RTU:
        for id in ("baud_rate", "parity_stop"):
            if before[id] != after[id]:
                yield (
                    f"{id}: a gateway or device server in between must be set to it too, or it "
                    "does not reach the meter any more"
                )
