"""Accounts: everything that counts energy over time: registers, demand, tariffs, pulses.

An array program between the moments at which something ends: portions are cut at the boundaries of
demand, tariff and load profile, and everything between two of them adds up at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.meter.amounts import Amounts, amounts
from smartx96.meter.boundaries import Boundaries, row_end
from smartx96.meter.calendar import Tariffs
from smartx96.meter.clock import Clock
from smartx96.meter.demand import Demand, demand_amounts
from smartx96.meter.events import Event, EventKind
from smartx96.meter.portion import SECOND, Portion
from smartx96.meter.pulse import OUTPUTS, Pulse
from smartx96.meter.pulses import PulseOutput, pulse_energies
from smartx96.meter.registers import Registers
from smartx96.meter.rules import Boundary, Rules

_ABSENCE = 7200 * SECOND
"""So long after the last energy nothing of it is left in any demand: what then ends until something
is counted again is not stepped through [us]."""

_GAP = 1000
"""A shorter time between windows is rounding [us]."""

_TOLERANCE = 100
"""A clock that is set by less than this part of the demand period goes on with it."""

_BATCH = 2048
"""Windows counted at once, so that they fit into the cache."""

_NOTHING_ENDS = Boundary(0)

Closed = Callable[[int], None]
"""Called at the end of every period of the load profile [us], with all counted up to it."""


def _nothing(time: int) -> None:
    """There is no load profile."""


@dataclass(slots=True)
class Accounts:
    """Counts portions.

    Parameters
    ----------
    rules : Rules
    tariffs : Tariffs
    clock : Clock
    strict : bool
        Whether a window beyond what any meter counts is an error; else it is not counted.
    now : int or None
        Up to when all is counted [us].
    tariff : int
        That rules now; 0 before the first portion.
    pulses : list of Pulse
        Not yet taken.
    events : list of Event
        Not yet taken.
    refused : int
        Windows that were not counted.
    held : bool
        Whether no pulse may be emitted, since none could be committed: they wait.
    """

    rules: Rules
    tariffs: Tariffs
    clock: Clock
    strict: bool = True
    registers: Registers = field(default_factory=Registers)
    demand: Demand = field(default_factory=Demand)
    outputs: tuple[PulseOutput, ...] = field(
        default_factory=lambda: tuple(PulseOutput(n) for n in OUTPUTS)
    )
    now: int | None = None
    tariff: int = 0
    pulses: list[Pulse] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    refused: int = 0
    held: bool = False
    boundaries: Boundaries = field(default_factory=Boundaries)

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

    def take(self, portion: Portion, closed: Closed = _nothing) -> NDArray[np.bool_] | None:
        """Count a portion; which of its windows were refused, None where all were counted."""
        refused = np.zeros(len(portion), bool)
        for some in _batches(portion):
            refused[some] = self._take(portion.take(some), closed)
        if not refused.any():
            return None
        self.refused += int(np.count_nonzero(refused))
        return refused

    def _take(self, portion: Portion, closed: Closed) -> NDArray[np.bool_] | bool:
        """Count windows without a gap; which of them were refused."""
        self.arrive(int(portion.start[0]), closed)
        end = int(portion.end[-1])
        edges = self._ending(end)
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
                self._end(time, ended, closed)
        self.now = max(self.now or end, end)
        return False if found.refused is None else np.isin(portion.end, parts.end[found.refused])

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

    def _ending(self, until: int) -> dict[int, Boundary]:
        now = until if self.now is None else self.now
        return self.boundaries.find(self.rules, self.tariffs, now, until)

    def _end(self, time: int, ended: Boundary, closed: Closed) -> None:
        if Boundary.DEMAND in ended:
            self.demand.close(time, self.tariff)
        self.now = time
        if Boundary.PROFILE in ended:
            closed(time)
        if Boundary.TARIFF in ended:
            self.switch(time)

    def _pass(self, until: int, closed: Closed) -> None:
        """Let time pass in which nothing is counted, up to a moment [us]."""
        for time, ended in self._ending(until).items():
            self._end(time, ended, closed)
        self.now = until

    def switch(self, time: int) -> None:
        """Let the tariff rule that rules at a moment [us]."""
        valid = self.clock.valid(time)
        if valid:
            self._promote(time)
        tariff = self.tariffs.tariff_at(time) if valid or self.tariffs.control else 1
        before, self.tariff = self.tariff, tariff
        if before not in (0, tariff):
            self._tell_switch(time, before)
        self.boundaries.forget()

    def _tell_switch(self, time: int, before: int) -> None:
        details = {"old": before, "new": self.tariff}
        self.events.append(Event(time, EventKind.TARIFF_SWITCHED, details))

    def _promote(self, time: int) -> None:
        """Let the passive calendar be the active one, once its time has come."""
        before, self.tariffs = self.tariffs, self.tariffs.promoted(time)
        active = self.tariffs.calendars.active
        if self.tariffs is not before and active is not None:
            self.events.append(Event(time, EventKind.CALENDAR_CHANGED, {"name": active.name}))

    def is_back(self, time: int) -> bool:
        """Whether a moment [us] lies so far before now that the clock was set back."""
        return self.now is not None and self.now - time > self._tolerance

    def arrive(self, time: int, closed: Closed = _nothing) -> None:
        """Go on at a moment [us], after a time that nobody counted."""
        if self.now is None:
            # A period that begins with the first window is a whole one.
            self.now = time - 1
            self.switch(time)
        elif self.is_back(time):
            self._restart(time, closed)
        elif time - self.now > _ABSENCE:
            self._pass(self.now + _ABSENCE, closed)
            self.now = time - 1
            self.switch(time)

    def wake(self, time: int, closed: Closed = _nothing) -> None:
        """Go on at a moment [us] after power came back: of tariffs only that which rules now is
        told.
        """
        tariff, told = self.tariff, len(self.events)
        self.arrive(time, closed)
        if self.now is not None and self.now < time - 1:
            self._pass(time - 1, closed)
        self.switch(time)
        self.events[told:] = [
            replace(event, time=time)
            for event in self.events[told:]
            if event.kind is not EventKind.TARIFF_SWITCHED
        ]
        if tariff not in (0, self.tariff):
            self._tell_switch(time, tariff)

    def set_clock(self, ahead: int, closed: Closed = _nothing) -> None:
        """Go on with a clock that was set ahead by so much, or back [us]."""
        for output in self.outputs:
            output.set_clock(ahead)
        if self.now is None:
            return
        before, time = self.now, self.now + ahead
        if abs(ahead) > self._tolerance:
            self._restart(time, closed)
        elif ahead > 0:
            self._pass(time, closed)
        else:
            self.boundaries.ended = max(self.boundaries.ended, before)
            self.now = time
        self.switch(time)

    @property
    def _tolerance(self) -> int:
        return (self.rules.demand_period or 60) * 60 * SECOND // _TOLERANCE

    def _restart(self, time: int, closed: Closed) -> None:
        """Go on at a time that has nothing to do with the one before [us]."""
        if self.now is not None:
            row = row_end(self.rules, self.now)
            if row is not None and row != row_end(self.rules, time):
                closed(row)
        self.now = self.boundaries.ended = time
        self.demand.restart()
        self.switch(time)

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
