"""Search: several places at once, its progress, and its document."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from smartx96.configuration.search.candidates import Scope
from smartx96.configuration.search.found import Found, joined
from smartx96.configuration.search.pace import Pace
from smartx96.configuration.search.place_search import PlaceSearch
from smartx96.modbus.place import Kind
from smartx96.wording import counted

_TOLD = 4
"""Of more hosts that cannot be reached only the number is told."""


_TELL_SECONDS = 0.1
"""Progress is not told of more often [s]."""


class Progress(NamedTuple):
    """How far a search is.

    Parameters
    ----------
    requests : int
        Sent so far to see who is there.
    left : float
        Time that is left [s], where nobody else answers.
    found : int
        Addresses at which something answers.
    where : str
        What is being asked; of several the one that takes longest.
    """

    requests: int
    left: float
    found: int
    where: str


class Search:
    """Looks for meters at places, all lines at once and many hosts; it writes nothing.

    Parameters
    ----------
    scope : Scope
    pace : Pace, optional
    """

    def __init__(self, scope: Scope, pace: Pace | None = None) -> None:
        self.scope, self.pace = scope, pace or Pace()
        self._tell: Callable[[Progress], None] | None = None
        self._places = [PlaceSearch(p, scope, self.pace, self._told) for p in scope.places]
        self._hosts = asyncio.Semaphore(self.pace.hosts)
        self._seconds = self._next = 0.0
        self.stopped = False

    @property
    def left(self) -> float:
        """Time that is left where nobody else answers; before it runs, of all of it [s]."""
        each = {kind: [p.left for p in self._places if p.place.kind is kind] for kind in Kind}
        hosts = sum(each[Kind.TCP]) / self.pace.hosts
        return max(hosts, *(left for several in each.values() for left in (*several, 0.0)))

    @property
    def found(self) -> list[Found]:
        """What was found so far, each meter once."""
        return joined(found for place in self._places for found in place.found)

    @property
    def notes(self) -> list[dict[str, str]]:
        """What is to be said of places: `where` and `text`."""
        away = [p for p in self._places if not p.reached]
        silent = [p for p in self._places if p.reached]
        told = [] if len(away) > _TOLD else away
        notes = [
            {"where": str(p.place), "text": text} for p in (*told, *silent) for text in p.notes
        ]
        if away and not told:
            hosts = counted(len(self._places), "place")
            text = f"of {hosts} {len(away)} cannot be reached: nobody listens there"
            notes.append({"where": f"{away[0].place} ...", "text": text})
        return notes

    def listen(self, tell: Callable[[Progress], None]) -> None:
        """Have `tell` called as it goes on."""
        self._tell = tell

    async def run(self) -> None:
        """Search; cancelled it ends, and keeps what was found."""
        begun = time.monotonic()
        try:
            async with asyncio.TaskGroup() as group:
                for place in self._places:
                    group.create_task(self._searched(place))
        except asyncio.CancelledError:
            self.stopped = True
            raise
        finally:
            self._seconds = time.monotonic() - begun

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "found": [each.document() for each in self.found],
            "notes": self.notes,
            "requests": sum(place.requests for place in self._places),
            "seconds": round(self._seconds, 1),
            "stopped": self.stopped,
        }

    async def _searched(self, place: PlaceSearch) -> None:
        if place.place.kind is Kind.RTU:
            await place.run()
            return
        async with self._hosts:
            await place.run()

    def _told(self) -> None:
        if self._tell is None or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _TELL_SECONDS
        longest = max(self._places, key=lambda place: place.left)
        requests = sum(place.requests for place in self._places)
        found = sum(len(place.found) for place in self._places)
        self._tell(Progress(requests, self.left, found, longest.where))
