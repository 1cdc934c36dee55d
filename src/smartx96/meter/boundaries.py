"""Boundaries: when slides of demand, periods of the load profile and tariffs end."""

from __future__ import annotations

from dataclasses import dataclass

from smartx96.meter.calendar import Tariffs, standard_offset
from smartx96.meter.portion import SECOND
from smartx96.meter.rules import Boundary, Rules

_DAY = 86_400 * SECOND
_EVER = -(1 << 62)


@dataclass(slots=True)
class Boundaries:
    """Finds what ends as time goes on.

    Parameters
    ----------
    ended : int
        Up to here periods have ended: a clock that is set back a little does not end them again
        [us].
    """

    ended: int = _EVER
    _quiet: int = _EVER

    def find(self, rules: Rules, tariffs: Tariffs, now: int, until: int) -> dict[int, Boundary]:
        """What ends after now, up to a moment, in the order of time.

        Parameters
        ----------
        rules : Rules
        tariffs : Tariffs
        now, until : int
            [us].
        """
        if until < self._quiet:
            return {}
        found: dict[int, Boundary] = {}
        quiet = until + _DAY
        offset = standard_offset(rules.zone, now) * SECOND
        for boundary, step in rules.grids:
            first = _after(max(now, self.ended), step, offset)
            times = range(first, until + 1, step)
            quiet = min(quiet, first + len(times) * step)
            for time in times:
                found[time] = found.get(time, Boundary(0)) | boundary
        switch = _next_switch(tariffs, now)
        while switch is not None and switch <= until:
            found[switch] = found.get(switch, Boundary(0)) | Boundary.TARIFF
            switch = _next_switch(tariffs, switch)
        self._quiet = quiet if switch is None else min(quiet, switch)
        return dict(sorted(found.items()))

    def forget(self) -> None:
        """Something else may end now: other rules, other tariffs, another time."""
        self._quiet = _EVER


def row_end(rules: Rules, time: int) -> int | None:
    """When the period of the load profile ends that runs at a moment [us]; None without one."""
    offset = standard_offset(rules.zone, time) * SECOND
    steps = [step for boundary, step in rules.grids if boundary is Boundary.PROFILE]
    return _after(time, steps[0], offset) if steps else None


def _after(time: int, step: int, offset: int) -> int:
    """The next multiple of a step on a clock that is ahead."""
    return ((time + offset) // step + 1) * step - offset


def _next_switch(tariffs: Tariffs, after: int) -> int | None:
    """When another tariff, or another calendar, begins to rule."""
    switch, activation = tariffs.next_switch(after), tariffs.activation
    if activation is None or activation <= after:
        return switch
    return activation if switch is None else min(switch, activation)
