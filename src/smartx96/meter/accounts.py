"""Accounts: everything that counts energy over time: registers, demand, tariffs, pulses.

An array program between the moments at which something ends: portions are cut at the boundaries of
demand, tariff and load profile, and everything between two of them adds up at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.meter.amounts import Amounts, amounts
from smartx96.meter.boundaries import Boundaries
from smartx96.meter.commands import Resettable
from smartx96.meter.course import Course
from smartx96.meter.demand import Demand, demand_amounts
from smartx96.meter.events import Event, EventKind
from smartx96.meter.portion import Portion
from smartx96.meter.pulse import OUTPUTS, Pulse
from smartx96.meter.pulses import PulseOutput, pulse_energies
from smartx96.meter.registers import Registers
from smartx96.meter.rules import Boundary, Rules

_GAP = 1000
"""A shorter time between windows is rounding [us]."""

_BATCH = 2048
"""Windows counted at once, so that they fit into the cache."""

_NOTHING_ENDS = Boundary(0)


@dataclass(slots=True)
class Accounts(Course):
    """Counts portions.

    Parameters
    ----------
    strict : bool
        Whether a window beyond what any meter counts is an error; else it is not counted.
    registers : Registers
    outputs : tuple of PulseOutput
    pulses : list of Pulse
        Not yet taken.
    measured_time : float
        Of all portions since the start [s].
    refused : int
        Windows that were not counted.
    held : bool
        Whether no pulse may be emitted, since none could be committed: they wait.
    """

    strict: bool = True
    registers: Registers = field(default_factory=Registers)
    outputs: tuple[PulseOutput, ...] = field(
        default_factory=lambda: tuple(PulseOutput(n) for n in OUTPUTS)
    )
    pulses: list[Pulse] = field(default_factory=list)
    measured_time: float = 0.0
    refused: int = 0
    held: bool = False

    def __post_init__(self) -> None:
        self.follow(self.rules)

    def follow(self, rules: Rules) -> None:
        """Count by other rules from now on."""
        for output, old, new in zip(self.outputs, self.rules.pulses, rules.pulses, strict=True):
            output.changed(old, new)
        lengths = (rules.demand_period, rules.demand_slide)
        if lengths != (self.demand.period, self.demand.slide) or _other(self.rules, rules):
            self.demand.restart(*lengths)
        self.rules = rules
        self.boundaries.forget()

    def take(self, portion: Portion) -> NDArray[np.bool_] | None:
        """Count a portion; which of its windows were refused, None where all were counted."""
        parts = [portion.take(some) for some in _batches(portion)]
        found = [self._take(part) for part in parts]
        self.measured_time += float(portion.seconds.sum())
        if all(some is None for some in found):
            return None
        refused = np.concatenate(
            [np.zeros(len(part), bool) if some is None else some
             for part, some in zip(parts, found, strict=True)]
        )  # fmt: skip
        self.refused += int(np.count_nonzero(refused))
        return refused

    def set_clock(self, ahead: int) -> None:
        """Go on with a clock that was set ahead by so much, or back [us]."""
        for output in self.outputs:
            output.set_clock(ahead)
        self.shift(ahead)

    def reset(self, what: Resettable) -> None:
        """Clear what may be cleared."""
        if what is Resettable.ENERGY:
            self.registers.reset_copies()
        else:
            self.demand.reset_maxima()
        if what is Resettable.DEMAND:
            self.demand.restart()

    def _take(self, portion: Portion) -> NDArray[np.bool_] | None:
        """Count windows without a gap; which of them were refused."""
        self.arrive(int(portion.start[0]))
        end = int(portion.end[-1])
        edges = self.ending(end)
        parts = portion.cut(np.array(list(edges), np.int64)) if edges else portion
        found = amounts(parts, self.rules.starting, phases=self.rules.phases, strict=self.strict)
        shown = found.shown(self.rules.places)
        begun, first = 0, 0
        counted: list[int] | None = None
        stops = np.searchsorted(parts.end, list(edges), side="right").tolist() if edges else []
        for stop, (time, ended) in zip(
            [*stops, len(parts)], [*edges.items(), (end, _NOTHING_ENDS)], strict=True
        ):
            if stop > first:
                sums = found.sums(first, stop)
                self._demand(sums, parts, found, slice(first, stop))
                counted = sums if counted is None else list(map(add, counted, sums))
                first = stop
            if ended != Boundary.DEMAND and counted is not None:
                self.registers.add(counted, self.tariff, phases=self.rules.phases)
                self._pulse(shown[:, :, begun:stop], parts.take(slice(begun, stop)))
                begun, counted = stop, None
            if ended:
                self.end(time, ended)
        self.now = max(self.now or end, end)
        return None if found.refused is None else np.isin(portion.end, parts.end[found.refused])

    def _demand(self, sums: list[int], parts: Portion, found: Amounts, windows: slice) -> None:
        if self.rules.demand_period:
            self.demand.add(demand_amounts(sums, self.rules.places))
            return
        if not parts.whole_cycles:
            return
        shown = parts.take(windows)
        if found.refused is not None:
            shown = shown.take(~found.refused[windows])
        if len(shown):
            self.demand.instantaneous(shown, self.rules.netted_by_sum, self.tariff)

    def _pulse(self, shown: NDArray[np.int64], parts: Portion) -> None:
        rates = self.rules.pulses
        energies = pulse_energies(shown, rates).swapaxes(0, 1)
        for output, energy, rate in zip(self.outputs, energies, rates, strict=True):
            self.pulses += output.take(energy, parts, rate, self.held)
            if output.overflow_changed():
                kind = EventKind.PULSE_OVERFLOW
                if not output.overflowing:
                    kind = EventKind.PULSE_OVERFLOW_ENDED
                details = {"output": output.output, "pending": output.pending}
                self.events.append(Event(int(parts.end[-1]), kind, details))

    def state(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "registers": self.registers.state(),
            "demand": self.demand.state(),
            "pulses": {str(output.output): output.state() for output in self.outputs},
            "now": self.now,
            "ended": self.boundaries.ended,
            "tariff": self.tariff,
        }

    def restore(self, state: Mapping[str, Any], emitted: Mapping[int, int]) -> None:
        """Go on from `state`.

        Parameters
        ----------
        state : mapping
        emitted : mapping of int to int
            Pulses that were emitted in truth, by output.
        """
        self.registers = Registers.restored(state["registers"])
        self.demand = Demand.restored(state["demand"])
        self.outputs = tuple(
            PulseOutput.restored(n, state["pulses"][str(n)], emitted.get(n)) for n in OUTPUTS
        )
        self.now = None if state["now"] is None else int(state["now"])
        self.tariff, self.boundaries = int(state["tariff"]), Boundaries(int(state["ended"]))
        if (self.demand.period, self.demand.slide) != (
            self.rules.demand_period, self.rules.demand_slide
        ):  # fmt: skip
            self.demand.restart(self.rules.demand_period, self.rules.demand_slide)


def _other(old: Rules, new: Rules) -> bool:
    """Whether demands before and after would not be of the same thing."""
    return (old.wiring, old.netted_by_sum, old.limits, old.zone) != (
        new.wiring, new.netted_by_sum, new.limits, new.zone
    )  # fmt: skip


def _batches(portion: Portion) -> list[slice]:
    """Windows that are counted at once: not too many, and none beside a gap."""
    if len(portion) == 1:
        return [slice(0, 1)]
    gaps = np.flatnonzero(portion.start[1:] - portion.end[:-1] > _GAP) + 1
    stops = sorted({*range(0, len(portion), _BATCH), *gaps.tolist(), len(portion)})
    return [slice(first, stop) for first, stop in pairwise(stops)]
