"""Places: where meters are asked, one after the other, and let go of while nobody asks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from smartx96.configuration.advice import advice
from smartx96.configuration.link import Link
from smartx96.configuration.target import Lines
from smartx96.modbus.client.errors import ExceptionAnswerError, ExchangeError, NoAnswerError
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.place import Place
from smartx96.web.guard import RequestError

PATIENCE = 10.0
"""Who waits so long for his turn is told who has it [s]."""

WAITING = 16
"""Requests that wait for their turn at one place."""

IDLE = 30.0
"""A port or connection that nobody used for so long is let go of, for other programs [s]."""


class AskedPlace:
    """One place, at which one request of the page is carried out at a time.

    What is asked of several meters, or by several browsers, never comes in between: a write is
    planned, done and read back in one turn.

    Parameters
    ----------
    place : Place
    policy : Policy

    Attributes
    ----------
    lines : Lines
        Clients of this place alone.
    """

    def __init__(self, place: Place, policy: Policy) -> None:
        self.place, self.lines = place, Lines(policy)
        self._turn, self._waiting = asyncio.Lock(), 0
        self._holder, self._used = "", time.monotonic()

    @asynccontextmanager
    async def turn(self, what: str) -> AsyncIterator[Lines]:
        """Be the one who asks there.

        Parameters
        ----------
        what : str
            What for, for those who wait.

        Raises
        ------
        RequestError
            It is somebody else's turn for too long.
        """
        await self._wait()
        self._holder = what
        try:
            yield self.lines
        finally:
            self._used = time.monotonic()
            self._turn.release()

    @property
    def idle(self) -> float:
        """How long nobody has asked there [s]."""
        return 0.0 if self._turn.locked() else time.monotonic() - self._used

    async def _wait(self) -> None:
        if self._waiting >= WAITING:
            raise self._busy()
        self._waiting += 1
        try:
            async with asyncio.timeout(PATIENCE):
                await self._turn.acquire()
        except TimeoutError:
            raise self._busy() from None
        finally:
            self._waiting -= 1

    def _busy(self) -> RequestError:
        return RequestError(503, f"{self.place} is in use, {self._holder}: wait until it is done")


class AttendedMeter:
    """A meter that somebody has opened.

    Parameters
    ----------
    id : str
        Under which the page knows it.
    place : AskedPlace
    link : Link
    """

    def __init__(self, id: str, place: AskedPlace, link: Link) -> None:
        self.id, self.place, self.link = id, place, link

    @asynccontextmanager
    async def turn(self, what: str) -> AsyncIterator[Link]:
        """The meter, to be asked alone.

        Raises
        ------
        RequestError
            It does not answer as it should, with what to look at; or it is not our turn.
        """
        async with self.place.turn(what):
            try:
                yield self.link
            except ExchangeError as error:
                raise unanswered(error, self.link) from error

    @asynccontextmanager
    async def writing(self, what: str) -> AsyncIterator[Link]:
        """The meter, to be written to: it is made sure that it is still the same.

        Raises
        ------
        RequestError
            As `turn`; or another meter answers there by now.
        """
        async with self.turn(what) as link:
            async with link.lines.at(link.target):
                found = (await link.meter.nameplate()).serial_number
            if found != link.nameplate.serial_number:
                raise RequestError(409, f"{link.target}: another meter answers there than when it "
                                   f"was opened, serial number {found} in place of "
                                   f"{link.nameplate.serial_number}: open it again")  # fmt: skip
            yield link


def unanswered(error: ExchangeError, link: Link) -> RequestError:
    """A failed exchange as it is answered to the page."""
    status = 504 if isinstance(error, NoAnswerError) else 502
    if isinstance(error, ExceptionAnswerError):
        status = 409
    return RequestError(status, advice(link.target, error, known=True))
