"""Password of a meter: a new one is written, and tried."""

from __future__ import annotations

from smartx96.configuration.changing.passing import standing
from smartx96.configuration.changing.undivided import undivided
from smartx96.configuration.changing.unlocking import Unlocking
from smartx96.configuration.link import Link
from smartx96.errors import OptionError, PasswordError
from smartx96.modbus.client.errors import ExchangeError

NOT_ALLOWED = 0
"""Written to unlock, it locks."""


def check_new(password: int) -> None:
    """Make sure that a meter can be unlocked by a new password.

    Raises
    ------
    OptionError
        It cannot.
    """
    if password == NOT_ALLOWED:
        raise OptionError("the new password: 0 locks a meter where it is written: take 1 to 9999")


async def try_password(link: Link, password: int) -> None:
    """Unlock a meter, and lock it again.

    Raises
    ------
    PasswordError
        It does not take the password.
    ExchangeError
        It does not answer.
    """
    lock = Unlocking(link, password)
    try:
        await lock.unlock()
    finally:
        await lock.lock()


async def change_password(link: Link, old: int, new: int) -> None:
    """Give a meter a new password, and unlock it by that.

    Parameters
    ----------
    link : Link
    old, new : int

    Raises
    ------
    OptionError
        The new one cannot be; nothing was written.
    PasswordError
        The old one is wrong, or the meter has not taken the new one: it has the old one.
    ExchangeError
        It does not answer, or refuses; the message says which password it has, if that is known.
    """
    check_new(new)
    lock = Unlocking(link, old)
    try:
        with standing("the password is as it was"):
            await lock.unlock()
        # Written while unlocked, the same one would only unlock.
        if new != old:
            await undivided(_changed(link, lock, old, new))
    finally:
        await lock.lock()


async def _changed(link: Link, lock: Unlocking, old: int, new: int) -> None:
    """Write the new one, and try it: who stops it half-way would not know which the meter has."""
    try:
        await link.write({"password": new})
    except ExchangeError as error:
        if not error.uncertain:
            error.standing = "the password is as it was"
            raise
    await lock.lock()
    await _tried(link, old, new)


async def _tried(link: Link, old: int, new: int) -> None:
    """Find out which of both a meter has."""
    try:
        if await _takes(link, new):
            return
        kept = await _takes(link, old)
    except ExchangeError as error:
        raise ExchangeError(f"{error.reason}; {_UNKNOWN}") from error
    if kept:
        raise PasswordError("the meter has not taken the new password: it has the old one")
    raise PasswordError(f"the meter takes neither the old nor the new password now; {_UNKNOWN}")


_UNKNOWN = "which of both it has is not known: wait a minute, and try them"


async def _takes(link: Link, password: int) -> bool:
    try:
        await try_password(link, password)
    except PasswordError:
        return False
    return True
