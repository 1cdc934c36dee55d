"""Settings: the values of one meter, and what differs between two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from smartx96.errors import OptionError
from smartx96.settings.setting import Setting, Value, brief, nearest
from smartx96.settings.table import BY_ID, KEPT
from smartx96.settings.transformers import OF_RATIO, RATIO_ID


class Settings(Mapping[str, Value]):
    """Settings of a meter: immutable, complete, checked one by one.

    Secret ones are not among them: what is here may be stored, shown and written.

    Parameters
    ----------
    changes : Mapping, optional
        Values by setting id that differ from the defaults.

    Raises
    ------
    OptionError
        An id is unknown or secret, or a value is not allowed.
    """

    __slots__ = ("_values",)

    def __init__(self, changes: Mapping[str, object] | None = None) -> None:
        values = {s.id: s.default for s in KEPT}
        for id, value in (changes or {}).items():
            values[id] = _kept(id).check(value)
        self._values: Mapping[str, Value] = MappingProxyType(values)

    def __getitem__(self, id: str) -> Value:
        return self._values[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(tuple(self._values.items()))

    def __repr__(self) -> str:
        changed = (f"{s.id}={self[s.id]!r}" for s in KEPT if self[s.id] != s.default)
        return f"Settings({', '.join(changed)})"

    def number(self, id: str) -> int:
        """Value of a setting that is a number."""
        value = self._values[id]
        if isinstance(value, str):
            raise TypeError(f"{id} is a text")
        return value

    def name(self, id: str) -> str:
        """Value of a setting that is a name."""
        value = self._values[id]
        if isinstance(value, int):
            raise TypeError(f"{id} is a number")
        return value

    @property
    def effective_demand_slide(self) -> int:
        """Slide that rules [min]: one that does not divide the period counts as the period.

        The setting itself stays as written, so that period and slide may come in either order.
        """
        period, slide = self.number("demand_period"), self.number("demand_slide")
        return slide if period % slide == 0 and slide <= period else period

    def replace(self, **changes: object) -> Settings:
        """Return settings with changes: all of them, or `OptionError` and none."""
        return Settings({**self._values, **changes})


def coded(id: str, value: object) -> Value:
    """The value of a setting that a number or a name stands for, as `Settings` take it.

    Raises
    ------
    OptionError
        The id is unknown or secret, or the value neither a code nor a name.
    """
    return _kept(id).coded(value)


def _kept(id: str) -> Setting:
    if id not in BY_ID:
        meant = nearest(id, (s.id for s in KEPT))
        if id == RATIO_ID:
            meant = f"say {' and '.join(OF_RATIO)}"
        raise OptionError(f"{brief(id)} is no setting; {meant}")
    if BY_ID[id].secret:
        raise OptionError(f"{id}: is secret, and neither kept among the settings nor in a file")
    return BY_ID[id]


class Change(NamedTuple):
    """A setting with another value than before."""

    id: str
    old: Value
    new: Value


def changes(old: Settings, new: Settings) -> tuple[Change, ...]:
    """What differs between two settings, in the order of the table."""
    return tuple(Change(id, old[id], new[id]) for id in old if old[id] != new[id])
