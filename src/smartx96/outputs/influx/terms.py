"""Terms: where lines of the InfluxDB protocol go, how often, and on whose authority."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from smartx96.errors import OptionError

TOKEN_VARIABLE = "X96_INFLUX_TOKEN"
STANDARD_OUTPUT = "-"
INTERVAL, LEAST, MOST = 10.0, 0.2, 3600.0
"""Usual, shortest and longest time between lines of a meter [s]."""

_KNOWN = "give FILE.lp, - or http(s)://HOST:8086?org=ORG&bucket=BUCKET (or ?db=DATABASE)"
_SUFFIXES = (".lp", ".txt", ".influx")


@dataclass(frozen=True, slots=True)
class InfluxTerms:
    """What is written, and where.

    Parameters
    ----------
    to : str
        A file, `-`, or a URL.
    interval : float
        Time between lines of a meter [s of its clock].
    harmonics : bool
        Whether all orders are written too.
    """

    to: str
    interval: float = INTERVAL
    harmonics: bool = False

    @property
    def is_url(self) -> bool:
        """Whether lines go to a server."""
        return self.to.startswith(("http:", "https:"))

    @property
    def is_standard_output(self) -> bool:
        """Whether the standard output is theirs alone."""
        return self.to == STANDARD_OUTPUT

    def within(self, folder: Path) -> str:
        """Where lines go, with the path of a file from a folder."""
        return self.to if self.is_url or self.is_standard_output else str(folder / self.to)


def check_destination(text: object) -> str:
    """Where lines shall go, as files and options state it.

    Raises
    ------
    OptionError
        Nothing has such a name.
    """
    if not isinstance(text, str) or not text.strip() or not text.isprintable():
        raise OptionError(f"must be a text: {_KNOWN}")
    if text.startswith(("http:", "https:")):
        address_of(text)
    elif text != STANDARD_OUTPUT and Path(text).suffix.lower() not in _SUFFIXES:
        raise OptionError(f"cannot be written; {_KNOWN}")
    return text


@dataclass(frozen=True, slots=True)
class Address:
    """A server that takes lines.

    Parameters
    ----------
    secure : bool
        Whether it is reached by TLS.
    host : str
    port : int
    target : str
        Path and query of a write.
    """

    secure: bool
    host: str
    port: int
    target: str

    def __str__(self) -> str:
        """As its user is told of it: nothing of the query, where some keep secrets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http{'s' * self.secure}://{host}:{self.port}{self.target.partition('?')[0]}"


def address_of(url: str) -> Address:
    """The server of a URL; a path is taken as it is, without one it is told by the query.

    Raises
    ------
    OptionError
        It is no such URL, or holds a secret.
    """
    try:
        parts, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        raise OptionError(f"is no URL; {_KNOWN}") from None
    if not parts.hostname or parts.fragment:
        raise OptionError(f"is no URL of a server; {_KNOWN}")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.username is not None or {"u", "p", "token"} & set(query):
        raise OptionError(
            f"no secrets in a URL, where others see them: set {TOKEN_VARIABLE} to the token, or to "
            "USER:PASSWORD"
        )
    if query.get("precision", "ns") not in ("ns", "n", "nanosecond"):
        raise OptionError("precision: times are in ns; leave it out")
    secure = parts.scheme == "https"
    return Address(secure, parts.hostname, port or (443 if secure else 8086), _target(parts, query))


def _target(parts: SplitResult, query: dict[str, str]) -> str:
    path = parts.path
    if path in ("", "/"):
        if "bucket" in query:
            path = "/api/v2/write"
        elif "db" in query:
            path = "/write"
        else:
            raise OptionError("says no bucket and no database: add ?org=ORG&bucket=BUCKET, or "
                              "?db=DATABASE, or the path that takes lines")  # fmt: skip
    said = urlencode(query)
    return f"{path}?{said}" if said else path


def authorization(secret: str) -> str:
    """The header by which a server knows who writes: a token, or USER:PASSWORD.

    Raises
    ------
    OptionError
        No header can hold it.
    """
    if not secret.isprintable() or not secret.isascii() or not secret.strip():
        raise OptionError(f"{TOKEN_VARIABLE}: must be a token, or USER:PASSWORD, in ASCII")
    if ":" in secret:
        return f"Basic {base64.b64encode(secret.encode()).decode()}"
    return f"Token {secret}"
