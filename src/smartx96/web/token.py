"""Tokens: who may see pages that others than this computer reach."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path

from smartx96.errors import OptionError, StoreError
from smartx96.partial_file import whole_file

VARIABLE = "X96_WEB_TOKEN"
"""Environment variable that holds a token of one's own."""

SHORTEST = 16
"""Shortest token of one's own [characters]."""

FILE = "web-token"
"""In the state folder: the token's hash."""

LOGIN_SECONDS = 12 * 3600.0
"""A login that is not used for so long ends [s]."""

LOGINS, HOSTS = 256, 1024
"""Logins at once, and hosts whose wrong tokens are counted."""

ATTEMPTS, PAUSE = 10, 60.0
"""So many wrong tokens of a host, and for so long it may not try again [s]."""

_HASH = re.compile(r"sha256:([0-9a-f]{64})\n?")


def digest(token: str) -> bytes:
    """What is kept of a token: it is long and made by chance, so that one round is enough."""
    return hashlib.sha256(token.encode()).digest()


def stated_token(text: str) -> str:
    """A token of one's own.

    Raises
    ------
    OptionError
        It is too short, or cannot be a header.
    """
    if len(text) < SHORTEST or not re.fullmatch("[!-~]*", text):
        raise OptionError(
            f"{VARIABLE}: must be at least {SHORTEST} letters, digits and signs without spaces"
        )
    return text


def kept_token(folder: Path | None, *, renew: bool = False) -> tuple[bytes, str | None]:
    """Hash of the token of a state folder, and the token itself where it was made just now.

    Parameters
    ----------
    folder : Path or None
        None keeps nothing, and makes a token for this run.
    renew : bool
        Whether another one takes the place of the one that was.

    Raises
    ------
    StoreError
        The file cannot be read or written.
    """
    path = None if folder is None else folder / FILE
    if path is not None and not renew and path.exists():
        return _read(path), None
    token = secrets.token_urlsafe(24)
    if path is not None:
        _write(path, f"sha256:{digest(token).hex()}\n")
    return digest(token), token


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            text = file.read(128).decode("ascii", "replace")
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}") from None
    match = _HASH.fullmatch(text)
    if match is None:
        raise StoreError(f"{path}: holds no token; make another one with --new-web-token")
    return bytes.fromhex(match[1])


def _write(path: Path, text: str) -> None:
    try:
        with whole_file(path, "token") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(text.encode())
    except OptionError as error:
        raise StoreError(str(error)) from None


@dataclass(slots=True)
class _Tries:
    """Wrong tokens of a host since `since`."""

    since: float
    wrong: int = 0


@dataclass(slots=True)
class Logins:
    """Who has shown the token.

    Parameters
    ----------
    digest : bytes
        Of the token.
    """

    digest: bytes = field(repr=False)
    _until: dict[str, float] = field(default_factory=dict, repr=False)
    _tries: dict[str, _Tries] = field(default_factory=dict)

    def fits(self, token: str) -> bool:
        """Whether it is the token, in a time that does not tell how nearly."""
        return hmac.compare_digest(digest(token), self.digest)

    def barred(self, host: str) -> bool:
        """Whether a host has tried too often."""
        tries = self._tries.get(host)
        if tries is not None and time.monotonic() - tries.since >= PAUSE:
            del self._tries[host]
            return False
        return tries is not None and tries.wrong >= ATTEMPTS

    def failed(self, host: str) -> None:
        """Count a wrong token."""
        if host not in self._tries and len(self._tries) >= HOSTS:
            self._tries.pop(next(iter(self._tries)))
        tries = self._tries.setdefault(host, _Tries(time.monotonic()))
        tries.wrong += 1

    def open(self) -> str:
        """A new login, under a name that nobody guesses."""
        now = time.monotonic()
        self._until = {name: until for name, until in self._until.items() if until > now}
        if len(self._until) >= LOGINS:
            self._until.pop(next(iter(self._until)))
        name = secrets.token_urlsafe(24)
        self._until[name] = now + LOGIN_SECONDS
        return name

    def knows(self, name: str) -> bool:
        """Whether a login is open; to use it renews it."""
        if self._until.get(name, 0.0) <= time.monotonic():
            return False
        del self._until[name]
        self._until[name] = time.monotonic() + LOGIN_SECONDS
        return True

    def close(self, name: str) -> None:
        """End a login."""
        self._until.pop(name, None)
