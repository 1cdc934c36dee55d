"""Undivided: what is begun is carried to its end, whoever stops it meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def undivided(work: Awaitable[T], stopped: Callable[[], None] = lambda: None) -> T:
    """What work gives, though it is cancelled: who stops it would not know what came of it.

    The second who cancels it has it ended at once.

    Parameters
    ----------
    work : awaitable
        Short, or it heeds what `stopped` has told it.
    stopped : callable
        Called where it is cancelled.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if task.cancelled():
            raise
        stopped()
        found = await task
        if own := asyncio.current_task():
            own.uncancel()
        return found
