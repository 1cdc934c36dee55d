"""Unlocking: a meter that takes protected writes as long as one has to do with it, no longer."""

from __future__ import annotations

import time

from smartx96.configuration.changing.passing import again, read_patiently
from smartx96.configuration.link import Link
from smartx96.errors import PasswordError
from smartx96.modbus.client.errors import ExceptionAnswerError, ExchangeError
from smartx96.modbus.exceptions import ExceptionCode

_STAYS = 40.0
"""Seconds after which it is unlocked again: meters lock themselves after 60."""


class Unlocking:
    """The lock of one meter.

    Parameters
    ----------
    link : Link
    password : int or None
        None where nobody has told it.
    """

    def __init__(self, link: Link, password: int | None) -> None:
        self._link, self._password = link, password
        self._until = 0.0
        self._entered = False

    @property
    def known(self) -> bool:
        """Whether there is a password to unlock with."""
        return self._password is not None

    async def unlock(self) -> None:
        """Have it take protected writes.

        A password is entered again only where its answer was lost and the meter is still locked.

        Raises
        ------
        PasswordError
            It does not take the password.
        ExchangeError
            It does not answer.
        """
        if self._password is None or time.monotonic() < self._until:
            return
        begun, failures = time.monotonic(), 0
        while not await self._is_taken(self._password, failures):
            failures += 1
        self._until = begun + _STAYS

    def forget(self) -> None:
        """It may have locked itself: a restart, another connection, another speed."""
        self._until = 0.0

    async def lock(self) -> None:
        """Lock it again, if it was unlocked here; that it does not answer is no failure."""
        if not self._entered:
            return
        self._until = 0.0
        # Once more where the first has no answer: it would stay unlocked for a minute.
        for _ in range(2):
            try:
                await self._link.write({"lock": 0})
            except ExchangeError:
                continue
            break
        self._entered = False

    async def _is_taken(self, password: int, failures: int) -> bool:
        """Enter the password: whether the meter is unlocked now; where it is not, try again."""
        try:
            await self._enter(password)
        except ExchangeError as error:
            if isinstance(error, ExceptionAnswerError) and error.refused:
                if error.code == ExceptionCode.ILLEGAL_ADDRESS:
                    # It has no lock.
                    self._entered = False
                    return True
                self._entered = False
                raise PasswordError(_REASONS.get(error.code, str(error))) from None
            if error.uncertain and await self._is_open():
                return True
            if not await again(error, failures, self._link.client.policy):
                raise
            return False
        return True

    async def _enter(self, password: int) -> None:
        self._entered = True
        if password:
            await self._link.write({"lock": password})
        elif not await self._is_open():
            # 0 in the register of the lock would lock. While it is unlocked, this one would set
            # the password.
            await self._link.write({"password": password})

    async def _is_open(self) -> bool:
        """What the meter says of its lock."""
        return (await read_patiently(self._link, ["lock"])).get("lock") == 1


_REASONS: dict[int, str] = {
    ExceptionCode.ILLEGAL_VALUE: "the password is wrong; after five wrong ones a meter takes none "
    "for a minute",
    ExceptionCode.DEVICE_FAILURE: "the meter takes no password now, after too many wrong ones or "
    "because it is read only: wait a minute",
}
