"""Lock: who may change protected settings, for how long, and what a wrong password costs."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Hashable
from dataclasses import dataclass, field

from smartx96.errors import LockedError, PasswordError
from smartx96.settings import BY_ID

UNLOCKED_SECONDS = 60.0
"""An unlocked session locks itself after so long without renewal [s]."""

ATTEMPTS = 5
"""So many wrong passwords lock everybody out."""

LOCK_OUT_SECONDS = 60.0

_ROUNDS = 20_000


@dataclass(frozen=True, slots=True)
class Secret:
    """A password as it is kept: salted and hashed.

    A number of four digits is found by trying, whatever the hash: it keeps the password out of
    sight, not out of reach of whoever has the file.

    Parameters
    ----------
    salt, digest : str
        Hexadecimal.

    Raises
    ------
    ValueError, TypeError
        They are not.
    """

    salt: str = field(repr=False)
    digest: str = field(repr=False)

    def __post_init__(self) -> None:
        # A damaged one is told where it is read, not where somebody tries a password.
        for part in (self.salt, self.digest):
            bytes.fromhex(part)

    @classmethod
    def of(cls, password: int) -> Secret:
        """Hash a password, checked by the settings table."""
        salt = os.urandom(16).hex()
        return cls(salt, _digest(int(BY_ID["password"].check(password)), salt))

    def fits(self, password: object) -> bool:
        """Whether it is this password."""
        number = _number(password)
        return number is not None and hmac.compare_digest(self.digest, _digest(number, self.salt))


def _number(password: object) -> int | None:
    """5.0 is 5, as it comes from a float register."""
    if isinstance(password, bool) or not isinstance(password, int | float):
        return None
    return int(password) if password == password // 1 else None


def _digest(password: int, salt: str) -> str:
    return hashlib.pbkdf2_hmac(
        "sha256", str(password).encode(), bytes.fromhex(salt), _ROUNDS
    ).hex()  # fmt: skip


@dataclass(slots=True)
class Lock:
    """Unlocked sessions of a meter; a power cycle locks them all.

    A session is a connection, a line, a panel: whatever its road tells apart. Times are those of
    any steady clock of the caller [s].

    Parameters
    ----------
    secret : Secret or None
        None is the password that new meters have.
    power_cycles : int
        How often the power came back.
    """

    secret: Secret | None = None
    power_cycles: int = 0
    _until: dict[Hashable, float] = field(default_factory=dict)
    _wrong: int = 0
    _out_until: float = float("-inf")

    def unlock(self, session: Hashable, password: object, now: float) -> None:
        """Unlock a session.

        Raises
        ------
        PasswordError
            Wrong password.
        LockedError
            Too many have been wrong.
        """
        self.verify(password, now)
        self.open(session, now)

    def verify(self, password: object, now: float) -> None:
        """Raise where a password is wrong, as `unlock`, and count how often it was."""
        self.refuse_locked_out(now)
        if not self.fits(password):
            self._wrong += 1
            if self._wrong >= ATTEMPTS:
                self._wrong, self._out_until = 0, now + LOCK_OUT_SECONDS
            raise PasswordError("wrong password")
        self._wrong = 0

    def open(self, session: Hashable, now: float) -> None:
        """Unlock a session without asking."""
        self._until = {s: t for s, t in self._until.items() if t > now}
        self._until[session] = now + UNLOCKED_SECONDS

    def refuse_locked_out(self, now: float) -> None:
        """Raise `LockedError` while nobody may try."""
        if self.locked_out(now):
            raise LockedError(
                f"locked out after {ATTEMPTS} wrong passwords; wait {self.lock_out(now):.0f} s"
            )

    def locked_out(self, now: float) -> bool:
        """Whether too many passwords were wrong of late."""
        return now < self._out_until

    def lock_out(self, now: float) -> float:
        """For how long nobody may try [s]."""
        return max(0.0, self._out_until - now)

    def fits(self, password: object) -> bool:
        """Whether it is the password; before one is set, that of the settings table."""
        if self.secret is None:
            return _number(password) == BY_ID["password"].default
        return self.secret.fits(password)

    def unlocked(self, session: Hashable, now: float) -> bool:
        """Whether a session may change protected settings."""
        return self._until.get(session, now) > now

    def any_unlocked(self, now: float) -> bool:
        """Whether anybody may."""
        return any(until > now for until in self._until.values())

    def renew(self, session: Hashable, now: float) -> None:
        """Let an unlocked session stay so for another minute."""
        if self.unlocked(session, now):
            self._until[session] = now + UNLOCKED_SECONDS

    def lock(self, session: Hashable) -> None:
        """Lock a session."""
        self._until.pop(session, None)

    def power_cycle(self) -> None:
        """Lock every session, and forget what was tried."""
        self._until.clear()
        self.power_cycles += 1
        self._wrong, self._out_until = 0, float("-inf")

    def change_password(self, password: int) -> None:
        """Go by another password, checked by the settings table."""
        self.secret = Secret.of(password)
