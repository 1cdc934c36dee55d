"""LoadProfile: rows of registers and means, one for every period."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import OptionError
from smartx96.meter.standing import Standing
from smartx96.meter.taken import Taken
from smartx96.metrology.kernels import Values
from smartx96.quantities import BY_ID, Kind

DEFAULT: tuple[str, ...] = (
    "active_energy_import", "active_energy_export",
    "reactive_energy_import", "reactive_energy_export",
    "active_power", "reactive_power", "frequency",
    "voltage_l1", "voltage_l2", "voltage_l3", "current_l1", "current_l2", "current_l3",
)  # fmt: skip
"""Quantities of a load profile unless told."""

_ROOT_MEAN_SQUARE = ("V", "A", "%")
_MEAN = ("W", "var", "VA", "Hz")
_WHOLE = 0.999
"""Part of a period that must be measured for it to be whole."""

_LARGEST = 1e11
"""What is beyond is no reading of a meter [V, A, W ...]: a spike must not fill a mean."""

_STANDING = (Kind.ENERGY, Kind.EXACT, Kind.DEMAND, Kind.COUNT)


class RowFlag(IntFlag):
    """What became of a period."""

    NOTHING = 0
    INCOMPLETE = 1
    """The meter did not measure the whole of it."""
    POWER_OFF = 2
    """It was without power for a part."""
    CLOCK_SET = 4
    """The clock was set in it."""
    SETTINGS_CHANGED = 8
    """A protected setting was changed in it: values before and after may not compare."""
    CLOCK_INVALID = 16
    """Nobody knows the time of day."""


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """One period.

    Parameters
    ----------
    time : int
        Its end by the meter's clock [us since 1970-01-01T00:00Z].
    flags : RowFlag
    values : mapping of str to float, int or None
        Registers as they stood at the end; voltages, currents and THD as root mean square, powers
        and frequency as mean over the time measured; None is not available.
    """

    time: int
    flags: RowFlag
    values: Mapping[str, float | int | None]


def check_quantities(ids: tuple[str, ...]) -> None:
    """Refuse what a profile cannot hold.

    Raises
    ------
    OptionError
        An id is unknown, or has no mean.
    """
    for id in ids:
        if id not in BY_ID:
            raise OptionError(f"load profile: {id} is no quantity; x96 registers lists them")
        own = BY_ID[id]
        mean = own.kind is Kind.INSTANTANEOUS and own.unit in _ROOT_MEAN_SQUARE + _MEAN
        if not mean and own.kind not in _STANDING:
            raise OptionError(
                f"load profile: {id} has no mean over a period; take voltages, currents, powers, "
                "frequency, THD, energies, demands or counts"
            )


@dataclass(slots=True)
class LoadProfile:
    """The period that runs.

    Parameters
    ----------
    quantities : tuple of str
    """

    quantities: tuple[str, ...] = DEFAULT
    flags: RowFlag = RowFlag.NOTHING
    seconds: float = 0.0
    averaged: tuple[str, ...] = field(init=False)
    _sums: NDArray[np.float64] = field(init=False)
    _squared: NDArray[np.bool_] = field(init=False)
    _taken: Taken | None = None
    _values: Values | None = None
    _from: int | None = None

    def __post_init__(self) -> None:
        check_quantities(self.quantities)
        self.averaged = tuple(
            dict.fromkeys(id for id in self.quantities if BY_ID[id].kind is Kind.INSTANTANEOUS)
        )
        self._squared = np.array(
            [BY_ID[id].unit in _ROOT_MEAN_SQUARE for id in self.averaged], bool
        )
        self._sums = np.zeros((2, len(self.averaged)))

    def follow(self, taken: Taken) -> None:
        """Windows come; they count for the periods that they lie in."""
        self._taken, self._values, self._from = taken, None, None

    def finish(self) -> None:
        """Take what is left of the windows into the period that runs."""
        self._add(None)
        self._taken = self._values = None

    def _add(self, until: int | None) -> None:
        """Take the windows up to a moment [us], and the part of one within which it lies."""
        taken = self._taken
        if taken is None:
            return
        portion, begin, self._from = taken.portion, self._from, until
        start, end = portion.start, portion.end
        seconds = portion.seconds
        if begin is not None or until is not None:
            first = start if begin is None else np.maximum(start, begin)
            last = end if until is None else np.minimum(end, until)
            share = np.maximum(last - first, 0) / np.maximum(end - start, 1)
            seconds = seconds * share
        self.seconds += float(np.add.reduce(seconds))
        if self.averaged:
            values = self._of(taken)
            known = ~np.isnan(values)
            self._sums[0] += np.add.reduce(values * seconds, axis=1, where=known)
            self._sums[1] += known @ seconds

    def _of(self, taken: Taken) -> Values:
        """What is averaged of the windows, shape (quantity, window)."""
        if self._values is None:
            found = taken.values.all()
            self._values = np.array([found[id] for id in self.averaged])
            self._values[np.abs(self._values) > _LARGEST] = np.nan
            np.square(self._values, out=self._values, where=self._squared[:, np.newaxis])
        return self._values

    def close(self, time: int, period: float, standing: Standing) -> ProfileRow | None:
        """End the period, of so many seconds; None where nothing at all was measured in it."""
        self._add(time)
        measured, self.seconds = self.seconds, 0.0
        flags, self.flags = self.flags, RowFlag.NOTHING
        means = self._means()
        self._sums[:] = 0.0
        if not measured:
            return None
        if measured < _WHOLE * period:
            flags |= RowFlag.INCOMPLETE
        values = {id: means[id] if id in means else standing.get(id) for id in self.quantities}
        return ProfileRow(time, flags, values)

    def _means(self) -> dict[str, float | None]:
        found = {}
        for id, total, time, squared in zip(
            self.averaged, *self._sums.tolist(), self._squared.tolist(), strict=True
        ):
            mean = total / time if time else None
            found[id] = mean if mean is None or not squared else math.sqrt(mean)
        return found

    def state(self) -> dict[str, Any]:
        """All of it as plain data."""
        sums = self._sums.T.tolist()
        return {
            "flags": int(self.flags),
            "seconds": self.seconds,
            "sums": dict(zip(self.averaged, sums, strict=True)),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on with the period of `state`; of other quantities there is nothing yet."""
        self.flags = RowFlag(int(state["flags"]))
        self.seconds = float(state["seconds"])
        for n, id in enumerate(self.averaged):
            total, time = state["sums"].get(id, (0.0, 0.0))
            self._sums[:, n] = float(total), float(time)
