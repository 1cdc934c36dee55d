"""Comparison: settings here and there, one row for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from smartx96.configuration.profile.file import Profile
from smartx96.configuration.profile.leaving import OF_ONE_METER
from smartx96.settings import BY_ID, KEPT, Value


class Row(NamedTuple):
    """A setting here and there.

    Parameters
    ----------
    id : str
    here, there : int, str or None
        None where it is not stated, or not to be had.
    left : bool
        Whether it belongs to one meter and its line, so that it does not count.
    """

    id: str
    here: Value | None
    there: Value | None
    left: bool = False

    @property
    def same(self) -> bool:
        """Whether both have one value."""
        return self.here is not None and self.here == self.there

    def document(self) -> dict[str, Any]:
        """With names of codes as people read them."""
        setting = BY_ID[self.id]
        here, there = (None if v is None else setting.shown(v) for v in (self.here, self.there))
        return {"id": self.id, "label": setting.label, "here": here, "there": there,
                "unit": setting.unit, "left": self.left}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two profiles side by side.

    Parameters
    ----------
    here, there : Profile
    rows : tuple of Row
        Of every setting that is compared, in the order of the table.
    """

    here: Profile
    there: Profile
    rows: tuple[Row, ...]

    @property
    def differences(self) -> tuple[Row, ...]:
        """Rows that count and differ."""
        return tuple(row for row in self.rows if not (row.same or row.left))

    @property
    def left(self) -> tuple[Row, ...]:
        """Rows that differ, but belong to one meter and its line."""
        return tuple(row for row in self.rows if row.left and not row.same)

    @property
    def same(self) -> bool:
        """Whether nothing that counts differs."""
        return not self.differences

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "here": self.here.name,
            "there": self.there.name,
            "same": self.same,
            "compared": len(self.rows),
            "differences": [row.document() for row in self.differences],
            "left": [row.document() for row in self.left],
            "wrong": {"here": dict(self.here.wrong), "there": dict(self.there.wrong)},
        }


def compared(here: Profile, there: Profile, *, everything: bool = False,
             stated: bool = False) -> Comparison:  # fmt: skip
    """Compare two profiles.

    Parameters
    ----------
    here, there : Profile
    everything : bool
        Whether what belongs to one meter and its line counts, though they are of two.
    stated : bool
        Whether only settings are compared that `here` states, as those of a file that is to be
        pushed.
    """
    apart = not everything and _of_two_meters(here, there, stated)
    rows = tuple(
        Row(id, here.values.get(id), there.values.get(id), apart and id in OF_ONE_METER)
        for id in _ids(here, there, stated)
    )
    return Comparison(here, there, rows)


def _ids(here: Profile, there: Profile, stated: bool) -> Iterator[str]:
    sides = (here,) if stated else (here, there)
    for setting in KEPT:
        if any(setting.id in side.values or setting.id in side.wrong for side in sides):
            yield setting.id


def _of_two_meters(here: Profile, there: Profile, stated: bool) -> bool:
    """Whether they are of different meters; a file of unknown origin is of no meter at all."""
    numbers = [side.origin and side.origin.serial_number for side in (here, there)]
    if None in numbers:
        # What nobody wrote down for one meter is pushed to any: as a push does, so it is compared.
        return stated or all(side.origin is not None for side in (here, there))
    return numbers[0] != numbers[1]
