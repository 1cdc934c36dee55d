"""Passing: failures that another attempt may not meet."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Iterator

from smartx96.configuration.link import Link
from smartx96.modbus.client.errors import ExceptionAnswerError, ExchangeError
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.readings import Reading

PAUSE = 0.2
"""Before a meter that is busy, or that has not yet the value it took, is asked again [s]."""


@contextlib.contextmanager
def standing(known: str) -> Iterator[None]:
    """Have a failed exchange say how the meter stands."""
    try:
        yield
    except ExchangeError as error:
        error.standing = error.standing or known
        raise


async def again(error: ExchangeError, failures: int, policy: Policy) -> bool:
    """Whether to try again, after a pause where the meter needs one.

    Parameters
    ----------
    error : ExchangeError
        Of the last attempt.
    failures : int
        How many went before it.
    policy : Policy
    """
    if failures >= policy.retries:
        return False
    if isinstance(error, ExceptionAnswerError):
        if error.refused:
            return False
        await asyncio.sleep(PAUSE * 2 ** min(failures, 3))
    return True


async def read_patiently(link: Link, ids: Iterable[str]) -> dict[str, Reading]:
    """As `Link.read`, of a meter that may have to do with what was written to it.

    Raises
    ------
    ExchangeError
        It does not tell.
    """
    wanted, failures = list(ids), 0
    while True:
        try:
            return await link.read(wanted)
        except ExceptionAnswerError as error:
            # Silence was asked again already.
            if not await again(error, failures, link.client.policy):
                raise
            failures += 1
