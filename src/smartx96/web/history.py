"""History: event log and load profile of a meter, from the store, else from memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from smartx96.meter.clock import moment_text
from smartx96.meter.profile import RowFlag
from smartx96.store.reading import read_events, read_profile
from smartx96.web.memory import event_document
from smartx96.web.watched import WatchedMeter, encoded

T = TypeVar("T")

LONGEST = 744
"""Hours of the load profile that are given at once: 31 days."""

_HOUR = 3_600_000_000

_READERS = 2
"""Who reads the store at once: the meter's own commits go on beside them."""


class History:
    """What a state folder has of its meters.

    Parameters
    ----------
    folder : Path or None
        None where nothing is kept: then there is what was handed on since the start.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._reading = asyncio.Semaphore(_READERS)

    async def log(self, watched: WatchedMeter, before: int | None, limit: int) -> dict[str, Any]:
        """Entries of the event log, the newest first.

        Parameters
        ----------
        watched : WatchedMeter
        before : int or None
            Of those with a lower number only.
        limit : int
            So many at most.
        """
        folder = self._folder
        if folder is None:
            events = _remembered_events(watched, before, limit)
        else:
            events = await self._read(lambda: _stored_events(folder, watched.name, before, limit))
        more = len(events) == limit and events[-1]["number"] > 1
        return {
            "count": watched.snapshot.standing.event_count,
            "events": events,
            "before": events[-1]["number"] if more else None,
        }

    async def profile(self, watched: WatchedMeter, hours: int) -> bytes:
        """Rows of the load profile of the last hours by the meter's clock, the oldest first, as
        JSON; it is written beside the loop, for a month of minutes is long.
        """
        folder, start = self._folder, watched.snapshot.clock - hours * _HOUR
        profile, settings = watched.live.meter.profile, watched.live.configuration.settings
        columns = () if profile is None else profile.quantities
        period = settings.number("load_profile_period")
        recent = [row for row in watched.memory.rows if row.time > start]

        def written() -> bytes:
            rows = recent if folder is None else [*read_profile(folder, watched.name, start=start)]
            head = {
                "period": period,
                "columns": columns,
                "times": [moment_text(row.time) for row in rows],
                "flags": [_names(row.flags) for row in rows],
            }
            # One by one: while the encoder works no other thread does.
            lines = (encoded([row.values.get(id) for id in columns]) for row in rows)
            return encoded(head)[:-1] + b',"rows":[' + b",".join(lines) + b"]}"

        return await self._read(written)

    async def _read(self, read: Callable[[], T]) -> T:
        async with self._reading:
            return await asyncio.to_thread(read)


def _stored_events(
    folder: Path, meter: str, before: int | None, limit: int
) -> list[dict[str, Any]]:
    found = list(read_events(folder, meter, last=limit, before=before))
    return [event_document(e.number, e.time, e.kind, dict(e.details)) for e in reversed(found)]


def _remembered_events(
    watched: WatchedMeter, before: int | None, limit: int
) -> list[dict[str, Any]]:
    events = watched.memory.newest_events(len(watched.memory.events))
    return [e for e in events if before is None or e["number"] < before][:limit]


def _names(flags: int) -> list[str]:
    return [str(flag.name).lower() for flag in RowFlag if flag & flags]
