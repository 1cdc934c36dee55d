"""PulseOutput: from energy to pulses on the meter's clock, none lost and none doubled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import count, repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.meter.amounts import BITS
from smartx96.meter.portion import Portion, Times
from smartx96.meter.pulse import PAUSE, Pulse
from smartx96.metrology.kernels import Values
from smartx96.models import PULSE2_CONSTANT, PULSE2_WIDTH
from smartx96.settings import BY_ID, PULSE1_STEPS, Settings

OVERFLOW = 10
"""More pulses than these waiting are an overflow: about a second of the fastest output."""

_PART = (1 << BITS) - 1
_KILO_WATT_HOUR = 3_600_000
_LONGEST = 1000 * max(BY_ID["pulse1_width"].allowed or (0,)) + PAUSE
"""Longest width and pause [us]."""

_NEVER: Times = np.empty(0, np.int64)


class Balance(Enum):
    """What a pulse output counts: the sign with which import and export enter."""

    IMPORT = (1, 0)
    TOTAL = (1, 1)
    NET = (-1, 1)
    EXPORT = (0, 1)


@dataclass(frozen=True, slots=True)
class PulseRate:
    """What one pulse stands for.

    Parameters
    ----------
    kind : {'active', 'reactive'}
    balance : Balance
    step : int
        Energy of a pulse on the primary side [Ws, vars].
    width : int
        [us].
    """

    kind: str
    balance: Balance
    step: int
    width: int


def pulse_rate(output: int, settings: Settings) -> PulseRate:
    """What the settings say of an output.

    Output 2 is fixed: 3200 pulses per kWh on the secondary side.
    """
    if output == 2:
        # 1125 Ws each on the secondary side; both possible secondaries, 1 and 5 A, divide it.
        step = _KILO_WATT_HOUR // PULSE2_CONSTANT // settings.number("ct_secondary")
        step *= settings.number("ct_primary") * settings.number("vt_ratio")
        return PulseRate("active", Balance.TOTAL, step, PULSE2_WIDTH * 1000)
    kind, balance = divmod(settings.number("pulse1_energy") - 1, 4)
    return PulseRate(
        ("active", "reactive")[kind],
        tuple(Balance)[balance],
        PULSE1_STEPS[settings.number("pulse1_rate")],
        settings.number("pulse1_width") * 1000,
    )


def pulse_energies(shown: NDArray[np.int64], rates: tuple[PulseRate, ...]) -> NDArray[np.int64]:
    """Amounts that outputs count, of windows.

    Parameters
    ----------
    shown : ndarray of int64, shape (2, 6, window)
        As `Amounts.shown` gives them: what flows out is negative.
    rates : tuple of PulseRate

    Returns
    -------
    ndarray of int64, shape (2, output, window)
        Whole watt-seconds and parts.
    """
    found: NDArray[np.int64] = _weights(rates) @ shown
    return found


@lru_cache(maxsize=64)
def _weights(rates: tuple[PulseRate, ...]) -> NDArray[np.int64]:
    """Signs with which outputs count import, export and the quadrants, shape (output, 6)."""
    rows = []
    for rate in rates:
        into, out = rate.balance.value
        active, reactive = (into, -out), (into, into, -out, -out)
        rows.append((*active, 0, 0, 0, 0) if rate.kind == "active" else (0, 0, *reactive))
    return np.array(rows)


@dataclass(slots=True)
class PulseOutput:
    """One output: counts energy, and gives the pulses that it makes.

    A pulse is due when the energy since the last one has grown by a step; it comes then, or as soon
    as the one before has had its width and pause. Net energy that runs back is made up first.

    Parameters
    ----------
    output : int
    count : int
        Pulses since manufacture, but for those that wait.
    pending : int
        Pulses that are due and wait.
    rest : int
        Energy since the last pulse that was due [2^-40 Ws]; below 0 where net energy ran back.
    free : int
        When the output can pulse again [us].
    owed : int
        Pulses within the count that a power cut has kept from being emitted: they come first.
    """

    output: int
    count: int = 0
    pending: int = 0
    rest: int = 0
    free: int = -(1 << 62)
    overflowing: bool = False
    owed: int = 0

    def take(self, energy: NDArray[np.int64], portion: Portion, rate: PulseRate,
             held: bool = False) -> list[Pulse]:  # fmt: skip
        """Take the energy of windows, shape (2, window), and give the pulses up to their end; where
        they are held all of them wait.
        """
        if not len(portion):
            return []
        begin, now = int(portion.start[0]), int(portion.end[-1])
        pace = rate.width + PAUSE
        # A clock that runs back over a restart does not silence the output.
        self.free = min(self.free, begin + _LONGEST)
        # Those beyond wait whenever they came due, so that no rate fills the memory.
        room = 0 if held else max(0, (now - max(self.free, begin)) // pace + 1)
        number, due = self._due(energy, portion, rate, room)
        if not (number or self.owed or self.pending):
            return []
        times = self._times(due, begin, now, pace, room)
        if times:
            self.free = times[-1] + pace
        first = self.count - self.owed + 1
        new = max(0, len(times) - self.owed)
        self.owed -= len(times) - new
        self.pending += number - new
        self.count += new
        fields = zip(repeat(self.output), count(first), times, repeat(rate.width))
        return list(map(Pulse._make, fields))

    def _due(
        self, energy: NDArray[np.int64], portion: Portion, rate: PulseRate, room: int
    ) -> tuple[int, Times]:
        """How many pulses come due, and when the first of them do; keeps the rest."""
        if len(portion) == 1 and self._below(energy, rate):
            return 0, _NEVER
        whole, parts = np.cumsum(energy, axis=1)
        parts += self.rest & _PART
        level = whole + (parts >> BITS) + (self.rest >> BITS)
        parts &= _PART
        reached = np.maximum.accumulate(level // rate.step)
        number = max(int(reached[-1]), 0)
        self.rest = ((int(level[-1]) - number * rate.step) << BITS) + int(parts[-1])
        if not number:
            return 0, _NEVER
        steps = np.arange(1, min(number, room) + 1)
        window = np.searchsorted(reached, steps)
        gain = _watt_seconds(energy[0, window], energy[1, window])
        beyond = _watt_seconds(level[window] - steps * rate.step, parts[window])
        share = np.clip(1.0 - beyond / np.maximum(gain, 1e-9), 0.0, 1.0)
        start, end = portion.start[window], portion.end[window]
        times = start + np.rint(share * (end - start)).astype(np.int64)
        return number, np.maximum.accumulate(times)

    def _below(self, energy: NDArray[np.int64], rate: PulseRate) -> bool:
        """Whether one window makes no pulse due, as most do not: then its energy is kept."""
        ((whole,), (parts,)) = energy.tolist()
        rest = self.rest + (whole << BITS) + parts
        if rest >= rate.step << BITS:
            return False
        self.rest = rest
        return True

    def _times(self, due: Times, begin: int, now: int, pace: int, room: int) -> list[int]:
        """When pulses begin, of those that wait and those that come due, up to now."""
        waiting = min(self.owed + self.pending, room)
        queue = due if waiting == self.owed + self.pending else due[:0]
        queue = np.concatenate([np.full(waiting, begin), queue])
        turn = np.arange(len(queue)) * pace
        times = np.maximum.accumulate(np.maximum(queue - turn, self.free)) + turn
        found: list[int] = times[: np.searchsorted(times, now, side="right")].tolist()
        return found

    def changed(self, old: PulseRate, new: PulseRate) -> None:
        """Another energy begins at nothing; of the same the part of a pulse is kept."""
        if (old.kind, old.balance) != (new.kind, new.balance):
            self.rest = 0
        elif old.step != new.step:
            self.rest = self.rest * new.step // old.step

    def set_clock(self, ahead: int) -> None:
        """The clock was set ahead by so much, or back [us]."""
        self.free += ahead

    def overflow_changed(self) -> bool:
        """Whether an overflow has begun or ended since this was last asked."""
        now = self.pending > OVERFLOW or (self.overflowing and self.pending > 0)
        changed, self.overflowing = now is not self.overflowing, now
        return changed

    def state(self) -> dict[str, int]:
        """All of it as plain data."""
        return {
            "count": self.count,
            "pending": self.pending,
            "rest": self.rest,
            "free": self.free,
            "overflowing": self.overflowing,
        }

    @classmethod
    def restored(cls, output: int, state: Mapping[str, Any], emitted: int | None) -> PulseOutput:
        """An output from `state`, with the count of pulses that were emitted in truth.

        Pulses counted but not emitted come first, under their own numbers; such as were emitted
        beyond the count stand for energy that was lost with the power, and are taken from those
        that wait.
        """
        count, pending = int(state["count"]), int(state["pending"])
        true = count if emitted is None else emitted
        beyond = max(0, true - count)
        return cls(
            output,
            count + beyond,
            max(0, pending - beyond),
            int(state["rest"]),
            int(state["free"]),
            bool(state["overflowing"]),
            owed=max(0, count - true),
        )


def _watt_seconds(whole: NDArray[np.int64], parts: NDArray[np.int64]) -> Values:
    found: Values = whole + parts * 2.0**-BITS
    return found
