"""Commissioning: a meter in place is asked what it is, how it is set, and looked at for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from smartx96.configuration.commissioning.live import IDS, LiveReading, Observation
from smartx96.configuration.commissioning.subject import FACTS, Expected, Subject
from smartx96.configuration.link import Link
from smartx96.modbus.client.errors import ExchangeError
from smartx96.modbus.readings import Reading
from smartx96.models import WIRINGS, Wiring

PERIOD = 0.5
"""Between two readings: a line is left some room for others [s]."""

SHOWN = 10
"""Readings that are judged together where nobody says for how long."""

_MOST_LOST = 3
"""Readings without an answer, one after the other, after which the meter is gone."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a commissioning knows of time; tests bring their own.

    Parameters
    ----------
    now : callable
        Seconds of a clock that never jumps.
    pause : callable
        Awaited for so many seconds.
    today : callable
        The time of day.
    """

    now: Callable[[], float] = monotonic
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    today: Callable[[], datetime] = lambda: datetime.now(UTC)


class Commissioning:
    """A meter that is being looked at.

    Parameters
    ----------
    link : Link
    registers : dict
        Its settings and facts.
    begun, clock_read : datetime
    expected : Expected
    pace : Pace
    """

    def __init__(self, link: Link, registers: dict[str, Reading], begun: datetime,
                 clock_read: datetime, expected: Expected, pace: Pace) -> None:  # fmt: skip
        self._link, self._registers, self._pace = link, registers, pace
        self._begun, self._clock_read, self._expected = begun, clock_read, expected
        self._readings: list[LiveReading] = []
        self._lost = self._silent = 0
        self._retries_before = 0

    @classmethod
    async def begin(cls, link: Link, expected: Expected | None = None,
                    pace: Pace | None = None) -> Commissioning:  # fmt: skip
        """Read what does not change, and look once.

        Parameters
        ----------
        link : Link
        expected : Expected, optional
        pace : Pace, optional

        Raises
        ------
        ExchangeError
            There is no answer of use.
        """
        pace = pace or Pace()
        begun = pace.today()
        # Another meter of the line may have been asked again before, or this one who it is.
        before = link.client.tally.retries
        registers = await link.read_settings()
        # The clock by itself, so that what else is read does not count as its error.
        registers |= await link.read(id for id in FACTS if link.has(id) and id != "clock")
        if link.has("clock"):
            registers |= await link.read(["clock"])
        found = cls(link, registers, begun, pace.today(), expected or Expected(), pace)
        found._retries_before = before
        await found.look()
        return found

    async def look(self) -> None:
        """Take one reading.

        Raises
        ------
        ExchangeError
            There is no answer of use.
        """
        found = await self._link.read(id for id in IDS if self._link.has(id))
        values = {id: float(value) for id, value in found.items() if isinstance(value, int | float)}
        self._readings.append(LiveReading(self._pace.now(), values))

    async def observe(self, seconds: float, tell: Callable[[float], None] | None = None) -> None:
        """Take readings for a while; some may be lost.

        Parameters
        ----------
        seconds : float
            From the first reading on.
        tell : callable, optional
            Called with the seconds that are over.

        Raises
        ------
        ExchangeError
            Several readings one after the other have no answer of use.
        """
        begin = self._readings[0].time
        while (over := self._pace.now() - begin) < seconds:
            if tell is not None:
                tell(over)
            await self.observe_once(min(PERIOD, seconds - over))

    async def observe_once(self, seconds: float) -> None:
        """Take one more reading after a while; it may be lost.

        Raises
        ------
        ExchangeError
            The last ones were lost as well.
        """
        await self._pace.pause(seconds)
        try:
            await self.look()
            self._silent = 0
        except ExchangeError:
            self._lost, self._silent = self._lost + 1, self._silent + 1
            if self._silent >= _MOST_LOST:
                raise

    def subject(self) -> Subject:
        """The meter as it has been seen."""
        link = self._link
        settings, wrong = link.settings_of(self._registers)
        observation = Observation(tuple(self._readings), self._wiring(), self._lost)
        return Subject(
            str(link.target), link.nameplate, link.member, link.ours, self._registers, settings,
            wrong, observation, self._begun,
            self._clock_read, self._expected,
            hidden=sum(link.hides(id) for id in settings),
            retries=link.client.tally.retries - self._retries_before,
        )  # fmt: skip

    def forget(self, newest: int) -> None:
        """Keep only so many readings, the last ones."""
        del self._readings[:-newest]

    def _wiring(self) -> Wiring:
        told = self._registers.get("system_type")
        if isinstance(told, int | float) and told in WIRINGS:
            return WIRINGS[int(told)]
        return self._expected.wiring or Wiring.FOUR_WIRE
