"""PlaceSearch: the search of one place: sweep by sweep, and what came of it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence

from smartx96.configuration.search.asker import Asker, Heard
from smartx96.configuration.search.candidates import Scope, Sweep, first_sweeps, next_sweeps
from smartx96.configuration.search.conclusions import NOT_ALL, conclusions
from smartx96.configuration.search.found import Found, joined
from smartx96.configuration.search.identification import identified
from smartx96.configuration.search.pace import LOOKS, Pace
from smartx96.configuration.target import Target
from smartx96.modbus.client.errors import ExchangeError, NotConnectedError
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import Kind, Place
from smartx96.wording import counted

_OTHERS_AT = 3
"""After so many late answers that were nobody's here, they are those of others."""
_GIVEN_UP = 8
"""After so many that could not be asked, or heard, one after the other, the others are not."""

_MOST_TIMES = 8
"""So many times the usual time a host has at most, if it turns out to need it."""
_LONG = 2.0
"""What a gateway may need for what waits there [s]."""

_SILENT = (Heard.SILENCE, Heard.REFUSED, Heard.BUSY)
_IN_VAIN = (Heard.BUSY, Heard.DAMAGED)
_IDENTIFYING = 1.0
"""From the end of a request to its answer where somebody is there, at least [s]."""
_RETRIES = 4
"""Of the requests to who is there: an answer in four may be lost, and it is still told whole."""


class PlaceSearch:
    """Looks for meters at one place; where it is cancelled, it keeps what was found.

    Parameters
    ----------
    place : Place
    scope : Scope
    pace : Pace
    tell : callable
        Called after each request.

    Attributes
    ----------
    found : list of Found
    notes : list of str
        What is to be said of the place, a line each.
    requests : int
        How often a unit was asked whether it is there.
    reached : bool
        Whether its port opened, as far as it was tried.
    """

    def __init__(self, place: Place, scope: Scope, pace: Pace, tell: Callable[[], None]) -> None:
        self.place, self.found, self.notes = place, list[Found](), list[str]()
        self.reached = True
        self._scope, self._pace, self._tell = scope, pace, tell
        self._asker = Asker(pace)
        self._ahead = [*first_sweeps(place, scope), *next_sweeps(place, scope, ())]
        self._now: tuple[Sweep, int] | None = None
        self._answering = dict[LineParameters, None]()
        self._heard = defaultdict[Heard, dict[LineParameters, None]](dict)
        self._damaged = list[Target]()
        self._late, self._times, self._gateway = False, 1, False
        self.requests = self._in_vain = 0

    @property
    def left(self) -> float:
        """Time that it still takes, where nobody else answers [s]."""
        if self.place.kind is Kind.TCP and not self.requests:
            # Of a network most addresses are nobody's.
            return self._pace.connect if self._ahead else 0.0
        left = self._pace.total(self._ahead)
        return left + (self._now[1] * self._pace.seconds(self._now[0]) if self._now else 0.0)

    @property
    def where(self) -> str:
        """What is being asked."""
        if self._now is None or self.place.kind is not Kind.RTU:
            return str(self.place)
        return f"{self.place} {self._now[0].parameters}"

    async def run(self) -> None:
        """Search; where the place cannot be reached, its notes say why."""
        try:
            await self._run()
        finally:
            self._ahead, self._now = [], None
            self._asker.close()
            found, notes = conclusions(self._heard, self._damaged, self._answering)
            self.found += found
            self.notes += notes

    async def _run(self) -> None:
        for sweep in first_sweeps(self.place, self._scope):
            self._ahead = self._ahead[1:]
            if not await self._carried_out(sweep):
                return
            if self._answering and not self._scope.everything:
                break
        self._ahead = next_sweeps(self.place, self._scope, self._answering)
        while self._ahead:
            sweep, *self._ahead = self._ahead
            if not await self._carried_out(sweep):
                return
        if self.place.kind is Kind.TCP and not self._answering:
            self.notes.append(
                f"takes connections, but answers {counted(self.requests, 'request')} with nothing: "
                "is it Modbus TCP? has the meter another unit id (--units, --all)?"
            )
        elif self._has_others and not (self._scope.everything or self._scope.units):
            self.notes.append(NOT_ALL)

    @property
    def _has_others(self) -> bool:
        """Whether a host has several meters behind it, or room for them."""
        return self.place.kind is Kind.TCP and (self._gateway or len(joined(self.found)) > 1)

    async def _carried_out(self, sweep: Sweep) -> bool:
        """Carry a sweep out; whether to go on."""
        try:
            await self._sweep(sweep)
        except NotConnectedError as error:
            self.reached = self.requests > 0
            self.notes.append(error.reason)
            return False
        except ExchangeError as error:
            # A port that does not take one speed may take the next.
            self.notes.append(error.reason)
            self._asker.close()
        return True

    async def _sweep(self, sweep: Sweep) -> None:
        """Ask all units; those who are silent a second time, where somebody is to be heard."""
        silent = await self._in_time(sweep, sweep.units)
        host = self.place.kind is Kind.TCP
        answering = sweep.parameters in self._answering and self._times == 1
        # Behind a host that is one meter nobody else is waited for.
        several = not host or self._gateway or len(self.found) > 1
        if silent and (sweep.likely or (answering and several)):
            # An answer can have been lost, or a gateway at work been late with a single one.
            self._asker.close()
            patient = sweep.likely or host
            await self._in_time(sweep._replace(likely=patient), silent)
        self._now = None

    async def _in_time(self, sweep: Sweep, units: Sequence[int]) -> list[int]:
        """Ask units, with more time as long as a host needs it; those who are silent then."""
        silent = await self._pass(sweep, units)
        while silent and await self._lags():
            silent = await self._pass(sweep, silent)
        return silent

    async def _pass(self, sweep: Sweep, units: Sequence[int]) -> list[int]:
        """Ask units one after the other; those who are silent."""
        silent, in_vain = list[int](), 0
        for n, unit in enumerate(units):
            self._now = sweep, len(units) - n
            self._tell()
            heard = await self._look(sweep, unit, patient=sweep.likely)
            settled = heard is Heard.DAMAGED and await self._settle(sweep, unit)
            in_vain = in_vain + 1 if heard in _IN_VAIN and not settled else 0
            if in_vain >= _GIVEN_UP:
                return []
            if heard is Heard.LATE and self.place.kind is Kind.TCP:
                # Whoever is asked now waits behind those who were asked before.
                self._late = True
                return [*silent, *units[n:]]
            if heard is Heard.LATE and self._in_vain < _OTHERS_AT:
                silent = await self._again(sweep, [*silent, unit])
            elif heard in _SILENT or heard is Heard.LATE:
                silent.append(unit)
        return silent

    async def _look(self, sweep: Sweep, unit: int, *, patient: bool) -> Heard:
        """Ask a unit; where it answers, who it is."""
        target = Target(self.place, unit, sweep.parameters)
        heard = await self._asker.look(target, self._limit(patient))
        if target.is_line:
            self._heard[heard][sweep.parameters] = None
        self.requests += 1
        self._gateway = self._gateway or heard is Heard.REFUSED
        if heard is Heard.ANSWER:
            await self._identify(target)
        return heard

    def _limit(self, patient: bool) -> float:
        return self._times * self._pace.limit(self.place, patient)

    async def _lags(self) -> bool:
        """Whether a host answers later than it is waited for; then it has twice the time.

        A gateway may keep requests while it waits for units that are not there. One who answered
        is asked again: if the answer does not come, others may have been cut off as well.
        """
        if self.place.kind is not Kind.TCP or self._times >= _MOST_TIMES:
            return False
        known = self.found[0].target if self.found else None
        if known and not self._late:
            self._late = await self._asker.look(known, self._limit(False)) is not Heard.ANSWER
        late, self._late = self._late, False
        if late:
            self._times *= 2
            if known:
                await self._emptied(known)
            self._asker.close()
        return late

    async def _emptied(self, known: Target) -> None:
        """Wait until a gateway has nothing left that was asked before."""
        for _ in range(_MOST_TIMES):
            if await self._asker.look(known, _LONG) is Heard.ANSWER:
                break

    async def _again(self, sweep: Sweep, silent: list[int]) -> list[int]:
        """Ask those of the last moment with more time, of whom an answer may have come late; who
        is silent then.
        """
        last = math.ceil(self._pace.patient / self._pace.quick) + 1
        before, asked = silent[:-last], silent[-last:]
        self._asker.close()
        still = [unit for unit in asked if not await self._settle(sweep, unit)]
        self._in_vain = self._in_vain + 1 if still == asked else 0
        return before + still

    async def _settle(self, sweep: Sweep, unit: int) -> bool:
        """Ask a unit with more time, and again while something comes; whether it answers."""
        damaged = 0
        for _ in range(LOOKS + 1):
            self._asker.close()
            heard = await self._look(sweep, unit, patient=True)
            damaged += heard is Heard.DAMAGED
            if heard is Heard.ANSWER:
                return True
            if heard in _SILENT or heard is Heard.LATE:
                break
        if damaged >= LOOKS:
            self._damaged.append(Target(self.place, unit, sweep.parameters))
        return False

    async def _identify(self, target: Target) -> None:
        self._answering[target.parameters] = None
        limit = max(_IDENTIFYING, self._pace.limit(self.place, True))
        self.found.append(await identified(self._asker.anew(limit, _RETRIES), target))
        self._asker.close()
        self._tell()
