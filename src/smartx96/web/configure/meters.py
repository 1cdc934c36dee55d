"""Meters: those that somebody has opened, by the names under which the page knows them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count

from smartx96.configuration.advice import advice
from smartx96.configuration.family import Member
from smartx96.configuration.link import Link
from smartx96.configuration.target import Target
from smartx96.modbus.client.errors import ExchangeError
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.place import Kind, Place
from smartx96.web.configure.places import IDLE, AskedPlace, AttendedMeter
from smartx96.web.guard import RequestError

MOST = 256
"""Meters at once; a further one takes the place of the one that was opened first."""

PLACES = 64
"""Places at once, for each is a port or a connection."""


class Meters:
    """Meters and the places where they are.

    Parameters
    ----------
    policy : Policy
        How they are asked.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._numbers = count(1)
        self._meters: dict[str, AttendedMeter] = {}
        self._places: dict[Place, AskedPlace] = {}
        self._resting: asyncio.Task[None] | None = None

    def __iter__(self) -> Iterator[AttendedMeter]:
        return iter(tuple(self._meters.values()))

    def begin(self) -> None:
        """Let go of ports that nobody uses, from now on."""
        self._resting = asyncio.ensure_future(self._rest())

    def close(self) -> None:
        """Let go of all ports."""
        if self._resting is not None:
            self._resting.cancel()
        for place in self._places.values():
            place.lines.close()

    def __getitem__(self, id: str) -> AttendedMeter:
        found = self._meters.get(id)
        if found is None:
            raise RequestError(404, "this meter is not open any more: open it again")
        return found

    async def open(self, target: Target, member: Member | None, unverified: bool) -> AttendedMeter:
        """The meter of a target, asked who it is.

        Raises
        ------
        RequestError
            It does not answer, with what to look at.
        """
        place = self.place(target.place)
        async with place.turn("a meter is opened") as lines:
            try:
                link = await Link.open(lines, target, member=member, unverified=unverified)
            except ExchangeError as error:
                raise RequestError(502, advice(target, error)) from error
        known = next((each for each in self if _same(each.link, link)), None)
        if known is not None:
            known.link = link
            return known
        while len(self._meters) >= MOST:
            self._meters.pop(next(iter(self._meters)))
        id = str(next(self._numbers))
        self._meters[id] = AttendedMeter(id, place, link)
        return self._meters[id]

    def asks_at(self, place: Place) -> bool:
        """Whether a meter is open there."""
        return any(meter.link.target.place == place for meter in self)

    @asynccontextmanager
    async def alone(self, place: Place, what: str) -> AsyncIterator[None]:
        """A port that nobody else asks at meanwhile, closed for who opens it otherwise.

        Raises
        ------
        RequestError
            It is in use.
        """
        async with self.place(place).turn(what) as lines:
            lines.rest()
            yield

    def forget(self, id: str) -> None:
        """Close a meter."""
        self._meters.pop(id, None)

    def place(self, place: Place) -> AskedPlace:
        """A place, as all who ask there have it.

        Raises
        ------
        RequestError
            There are too many.
        """
        if place not in self._places:
            self._make_room()
            self._places[place] = AskedPlace(place, self.policy)
        return self._places[place]

    def _make_room(self) -> None:
        if len(self._places) < PLACES:
            return
        used = {each.link.target.place for each in self}
        free = [p for p, asked in self._places.items() if p not in used and asked.idle > 0]
        if not free:
            raise RequestError(503, f"meters of {PLACES} places are open: close some")
        self._places.pop(free[0]).lines.close()

    async def _rest(self) -> None:
        """Let go of what nobody has used for a while; the next request opens it again."""
        while True:
            await asyncio.sleep(IDLE / 4)
            for place in self._places.values():
                if place.idle > IDLE:
                    place.lines.rest()


def _same(one: Link, other: Link) -> bool:
    """Whether two are one meter, asked in the same way."""
    line = one.target.place.kind is not Kind.TCP
    return (
        (one.target.place, one.target.unit) == (other.target.place, other.target.unit)
        and not (line and one.target.parameters != other.target.parameters)
        and (one.member, one.unverified) == (other.member, other.unverified)
    )
