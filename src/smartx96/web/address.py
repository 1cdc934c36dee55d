"""Address: where the page of a running meter is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlsplit

from smartx96.errors import OptionError

DEFAULT_PORT = 8096

_PAGE = re.compile(r"(?P<base>.*?)(?:/login|/meters/(?P<meter>[^/]+))?/?")


@dataclass(frozen=True, slots=True)
class PageAddress:
    """Where a page is, and what opens it.

    Parameters
    ----------
    scheme : str
    host : str
    port : int
    base : str
        Path before that of the page, as a reverse proxy has it.
    meter : str or None
        The meter that the address names.
    token : str or None
    """

    scheme: str
    host: str
    port: int
    base: str = ""
    meter: str | None = None
    token: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text: str, token: str | None = None) -> PageAddress:
        """An address as browsers show it: of the page, of a meter, or the link with a token.

        Raises
        ------
        OptionError
            It is none.
        """
        try:
            parts = urlsplit(text if "://" in text else f"http://{text}")
            port = parts.port
            (parts.hostname or "").encode("idna")
        except ValueError:
            parts, port = urlsplit(""), None
        found = _PAGE.fullmatch(parts.path)
        if parts.scheme not in ("http", "https") or not parts.hostname or found is None:
            raise OptionError(f"--at {text}: give the page's address, such as http://HOST:8096")
        if port is None:
            port = 443 if parts.scheme == "https" else 80 if "://" in text else DEFAULT_PORT
        token = token or parts.fragment or None
        if token is not None and not re.fullmatch("[!-~]+", token):
            raise OptionError("the token of the page: letters, digits and signs without spaces")
        return cls(parts.scheme, parts.hostname, port, found["base"], found["meter"], token)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.base}"

    def connection(self, timeout: float) -> HTTPConnection:
        """A connection that is opened by its first request."""
        kind = HTTPSConnection if self.scheme == "https" else HTTPConnection
        return kind(self.host, self.port, timeout=timeout)
