"""At once: lines of a project are spoken to at the same time, and meters a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from smartx96.configuration.project.project import Project, ProjectLine, ProjectMeter
from smartx96.modbus.client.together import together

MOST_LINES = 64
"""Lines that are spoken to at once."""

T = TypeVar("T")


async def lines_at_once(
    project: Project, work: Callable[[ProjectLine, list[ProjectMeter]], Awaitable[None]]
) -> None:
    """Do something with the meters of each line, lines at the same time."""
    room = asyncio.Semaphore(MOST_LINES)

    async def one(line: ProjectLine, meters: list[ProjectMeter]) -> None:
        async with room:
            await work(line, meters)

    await together(*(one(*each) for each in project.lines.items()))


async def few_at_once(items: Iterable[T], work: Callable[[T], Awaitable[None]], count: int) -> None:
    """Do something with items, a few of them at the same time."""
    waiting = iter(items)

    async def worker() -> None:
        for item in waiting:
            await work(item)

    await together(*(worker() for _ in range(count)))
