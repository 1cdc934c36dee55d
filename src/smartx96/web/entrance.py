"""Entrance: by which names pages are reached, who may see them, and what their user is told."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from smartx96.errors import StoreError
from smartx96.modbus.place import shown_address
from smartx96.web.guard import BODY, Guard
from smartx96.web.token import VARIABLE, Logins, digest, kept_token, stated_token

_LOCAL = ("localhost", "127.0.0.1", "::1")
_EVERYWHERE = ("0.0.0.0", "::", "")


@dataclass(frozen=True, slots=True)
class Entrance:
    """The way to pages that listen somewhere.

    Parameters
    ----------
    host : str
        Where they were told to listen.
    address : tuple of (str, int)
        Where they listen.
    names : tuple of str
        Names of hosts under which they are reached beside their own.
    logins : Logins or None
        None needs no token.
    token : str or None
        Where it was made just now.
    """

    host: str
    address: tuple[str, int]
    names: tuple[str, ...]
    logins: Logins | None
    token: str | None = field(repr=False)

    @classmethod
    def of(cls, host: str, address: tuple[str, int], names: Sequence[str], folder: Path | None, *,
           renew: bool) -> Entrance:  # fmt: skip
        """The entrance of an address: a token is needed wherever others than this computer come.

        Parameters
        ----------
        host : str
        address : tuple of (str, int)
        names : sequence of str
        folder : Path or None
            Where a token is kept; None keeps none.
        renew : bool
            Whether another one takes the place of the one that was.

        Raises
        ------
        OptionError, StoreError
            The token cannot be used, or cannot be kept.
        """
        logins, token = _logins(address[0], names, folder, renew)
        return cls(host, address, tuple(names), logins, token)

    @property
    def cookie(self) -> str:
        """Name of the cookie of a login: other ports of this host have others."""
        return f"x96_{self.address[1]}"

    def guarded(self, routes: Sequence[BaseRoute], report: Callable[[str], None],
                body: int = BODY) -> ASGIApp:  # fmt: skip
        """Routes, behind a guard.

        Parameters
        ----------
        routes : sequence of BaseRoute
        report : callable
            Called with one line where the server itself has failed.
        body : int
            Longest body of a request [bytes].
        """
        router = Router(routes, redirect_slashes=False, default=_not_found)
        everywhere = self.host in _EVERYWHERE
        own = (socket.gethostname(), socket.getfqdn()) if everywhere else (
            self.host, self.address[0])  # fmt: skip
        names = {name.lower() for name in (*_LOCAL, *own, *self.names)}
        return Guard(router, names, every_address=everywhere, logins=self.logins,
                     cookie=self.cookie, report=report, body=body)  # fmt: skip

    def told(self) -> list[str]:
        """Where the page is, and how to get in."""
        url = f"http://{shown_address(*self.address)}/"
        if self.logins is None:
            return [f"page at {url}"]
        found = [f"page at {url}, with a token"]
        if self.token is not None:
            reached = shown_address(_reached(self.address[0]), self.address[1])
            found.append(f"token, told this once: {self.token}")
            found.append(f"log in at http://{reached}/login#{self.token}")
        if not _is_loopback(self.address[0]):
            found.append("note: the page is not encrypted; put a reverse proxy with TLS before it, "
                         "or reach it through ssh")  # fmt: skip
        return found

    def told_of_no_new_token(self) -> list[str]:
        """Why another token was asked for and none was made."""
        if self.token is not None:
            return []
        reason = "needs none here" if self.logins is None else f"has that of {VARIABLE}"
        return [f"note: --new-web-token makes none: the page {reason}"]


def _logins(host: str, names: Sequence[str], folder: Path | None,
            renew: bool) -> tuple[Logins | None, str | None]:  # fmt: skip
    """Who may see the pages, and the token where it was made just now."""
    stated = os.environ.get(VARIABLE)
    if stated is not None:
        return Logins(digest(stated_token(stated))), None
    if _is_loopback(host) and not names:
        return None, None
    if folder is not None:
        _make(folder)
    found, token = kept_token(folder, renew=renew)
    return Logins(found), token


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be made: {error.strerror}") from None


def _is_loopback(host: str) -> bool:
    return ip_address(host.partition("%")[0]).is_loopback


def _reached(host: str) -> str:
    """What others type for a host that is listened on: every address is none to go to."""
    return socket.gethostname() if host in _EVERYWHERE else host


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    raise HTTPException(404)
