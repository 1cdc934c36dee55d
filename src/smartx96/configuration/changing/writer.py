"""Writer: writes settings until the meter has them, or says why not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from smartx96.configuration.changing.passing import PAUSE, again, read_patiently
from smartx96.configuration.changing.plan import is_held
from smartx96.configuration.changing.unlocking import Unlocking
from smartx96.configuration.link import Link
from smartx96.modbus.client.errors import ExceptionAnswerError, ExchangeError
from smartx96.modbus.exceptions import ExceptionCode
from smartx96.modbus.readings import Reading
from smartx96.settings import BY_ID, Change, Value

_OF_ONE = (ExceptionCode.ILLEGAL_ADDRESS, ExceptionCode.ILLEGAL_VALUE)
"""Refusals that may be of one parameter among several, or of several at once."""


class Writer:
    """Writes settings to one meter, never blindly twice: what may be written is read first.

    Parameters
    ----------
    link : Link
    lock : Unlocking

    Attributes
    ----------
    held : dict
        What the meter was read to have since it was last written to, by id.
    refused : set of str
        Ids that the meter did not take.
    """

    def __init__(self, link: Link, lock: Unlocking) -> None:
        self._link, self._lock = link, lock
        self.held: dict[str, Reading] = {}
        self.refused: set[str] = set()
        self._singly = self._ruled = self._reopened = False

    async def write(self, changes: Sequence[Change]) -> None:
        """Write, and read back where it is not clear what the meter took.

        Raises
        ------
        ExchangeError
            It was not written, or nobody knows; what was not, `held` and `refused` tell.
        PasswordError
            The meter does not unlock.
        """
        left, failures = list(changes), 0
        while left:
            try:
                if self._ruled or any(BY_ID[change.id].protected for change in left):
                    await self._lock.unlock()
                await self._send(left)
            except ExchangeError as error:
                before, left = len(left), await self._left_after(error, left)
                if len(left) < before:
                    failures, self._reopened = 0, False
                if left and not await self._is_passing(error, failures):
                    self._note(error)
                    raise
                failures += 1
            else:
                return

    async def read_back(self, ids: Iterable[str]) -> None:
        """Read what the meter has; `held` knows then.

        Raises
        ------
        ExchangeError
            It does not tell.
        """
        asked = list(ids)
        found = await read_patiently(self._link, asked)
        self._forget(asked)
        self.held |= found

    async def verify(self, wanted: Mapping[str, Value]) -> None:
        """Read back; twice what is not as it is wanted, for a meter may take a moment to have it.

        Raises
        ------
        ExchangeError
            It does not tell.
        """
        await self.read_back(wanted)
        if others := [id for id, value in wanted.items() if not self.holds(id, value)]:
            await asyncio.sleep(PAUSE)
            await self.read_back(others)

    def holds(self, id: str, value: Value) -> bool:
        """Whether the meter was last read to have a value."""
        return is_held(self.held.get(id), value)

    async def _send(self, changes: Sequence[Change]) -> None:
        """Write all at once, or one after the other where the meter does not take several."""
        done = tuple[str, ...]()
        self._forget(change.id for change in changes)
        for part in [[change] for change in changes] if self._singly else [changes]:
            try:
                await self._link.write({change.id: change.new for change in part})
            except ExchangeError as error:
                error.done = done + error.done
                raise
            done += tuple(change.id for change in part)

    async def _left_after(self, error: ExchangeError, changes: list[Change]) -> list[Change]:
        """What is still to be written after a request has failed."""
        left = [change for change in changes if change.id not in error.done]
        if not error.uncertain:
            return left
        if isinstance(error, ExceptionAnswerError):
            await asyncio.sleep(PAUSE)
        await self.read_back(change.id for change in left)
        return [change for change in left if not self.holds(change.id, change.new)]

    async def _is_passing(self, error: ExchangeError, failures: int) -> bool:
        """Whether the next attempt may go better."""
        code = error.code if isinstance(error, ExceptionAnswerError) else None
        if code == ExceptionCode.DEVICE_FAILURE and self._lock.known and not self._reopened:
            # Its lock may rule other settings than ours, or was closed in between.
            self._lock.forget()
            self._ruled = self._reopened = True
            return True
        if code in _OF_ONE and len(error.failed) > 1 and not self._singly:
            self._singly = True
            return True
        return await again(error, failures, self._link.client.policy)

    def _forget(self, ids: Iterable[str]) -> None:
        for id in ids:
            self.held.pop(id, None)

    def _note(self, error: ExchangeError) -> None:
        if isinstance(error, ExceptionAnswerError) and error.refused:
            self.refused |= set(error.failed)
