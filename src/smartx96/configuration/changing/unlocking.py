"""Unlocking: a meter that takes protected writes as long as one has to do with it, no longer."""

from __future__ import annotations

import contextlib
import time

from smartx96.configuration.link import Link
from smartx96.errors import X96Error
from smartx96.modbus.client.errors import ExceptionAnswerError, ExchangeError
from smartx96.modbus.exceptions import ExceptionCode

_STAYS = 40.0
"""Seconds after which it is unlocked again: meters lock themselves after 60."""


class PasswordError(X96Error):
    """A meter does not take the password, or takes none for a while."""


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

    @property
    def known(self) -> bool:
        """Whether there is a password to unlock with."""
        return self._password is not None

    async def unlock(self) -> None:
        """Have it take protected writes; a wrong password is tried once.

        Raises
        ------
        PasswordError
            It does not take the password.
        ExchangeError
            It does not answer.
        """
        if self._password is None or time.monotonic() < self._until:
            return
        try:
            await self._tried(self._password)
        except ExceptionAnswerError as error:
            raise PasswordError(_REASONS.get(error.code, str(error))) from None
        self._until = time.monotonic() + _STAYS

    def forget(self) -> None:
        """It may have locked itself: a restart, or another speed."""
        self._until = 0.0

    async def lock(self) -> None:
        """Lock it again, if it was unlocked here; that it does not answer is no failure."""
        if self._until:
            self._until = 0.0
            with contextlib.suppress(ExchangeError):
                await self._link.meter.write({"lock": 0})

    async def _tried(self, password: int) -> None:
        """Write the password; again where nobody answered, for the meter may not have heard it."""
        for left in reversed(range(self._link.client.policy.retries + 1)):
            try:
                await self._link.meter.unlock(password)
            except ExchangeError as error:
                if isinstance(error, ExceptionAnswerError) or not left:
                    raise
            else:
                return


_REASONS: dict[int, str] = {
    ExceptionCode.ILLEGAL_VALUE: "the password is wrong; after five wrong ones a meter takes none "
    "for a minute",
    ExceptionCode.DEVICE_FAILURE: "the meter takes no password now, after too many wrong ones or "
    "because it is read only: wait a minute",
}
