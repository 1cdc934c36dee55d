"""Writer: writes settings until the meter has them, or says why not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from smartx96.configuration.changing.plan import is_held
from smartx96.configuration.changing.unlocking import Unlocking
from smartx96.configuration.link import Link
from smartx96.modbus.client.errors import ExceptionAnswerError, ExchangeError
from smartx96.modbus.exceptions import ExceptionCode
from smartx96.modbus.readings import Reading
from smartx96.settings import BY_ID, Change

_BUSY_PAUSE = 0.2
"""Before a meter that is busy is written to again [s]."""
_NOT_WRITTEN = (ExceptionCode.DEVICE_BUSY, 5, 10, 11)
"""Exceptions that another attempt may not meet: busy, at it, and those of gateways."""


class Writer:
    """Writes settings to one meter, never blindly twice: what may be written is read first.

    Parameters
    ----------
    link : Link
    lock : Unlocking

    Attributes
    ----------
    held : dict
        What the meter was last read to have, by id.
    refused : set of str
        Ids that the meter did not take.
    """

    def __init__(self, link: Link, lock: Unlocking) -> None:
        self._link, self._lock = link, lock
        self.held: dict[str, Reading] = {}
        self.refused: set[str] = set()

    async def write(self, changes: Sequence[Change]) -> None:
        """Write, and read back where it is not clear what the meter took.

        Raises
        ------
        ExchangeError
            It was not written, or nobody knows; what was not, `held` and `refused` tell.
        PasswordError
            The meter does not unlock.
        """
        left, attempts = list(changes), self._link.client.policy.retries + 1
        for attempt in range(attempts):
            if attempt or any(BY_ID[change.id].protected for change in left):
                await self._lock.unlock()
            try:
                await self._link.meter.write({change.id: change.new for change in left})
            except ExchangeError as error:
                left = await self._left_after(error, left)
                if not left:
                    return
                if attempt + 1 == attempts or not await self._is_passing(error, attempt):
                    raise
            else:
                return

    async def read_back(self, changes: Iterable[Change]) -> None:
        """Read what the meter has; `held` knows then.

        Raises
        ------
        ExchangeError
            It does not tell.
        """
        ids = [change.id for change in changes]
        for id in ids:
            self.held.pop(id, None)
        self.held |= await self._link.read(ids)

    async def _left_after(self, error: ExchangeError, changes: list[Change]) -> list[Change]:
        """What is still to be written after a request has failed."""
        left = [change for change in changes if change.id not in error.done]
        if not error.uncertain:
            return left
        await self.read_back(left)
        return [change for change in left if not is_held(self.held.get(change.id), change.new)]

    async def _is_passing(self, error: ExchangeError, attempt: int) -> bool:
        """Whether the next attempt may go better."""
        if not isinstance(error, ExceptionAnswerError):
            return True
        if error.code in _NOT_WRITTEN:
            await asyncio.sleep(_BUSY_PAUSE)
            return True
        if error.code == ExceptionCode.DEVICE_FAILURE and self._lock.known and not attempt:
            # Its own lock may rule other settings than ours, or was closed in between.
            self._lock.forget()
            return True
        return False
