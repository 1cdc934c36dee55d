"""Guard: what every request has to pass, and every answer carries."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from smartx96.errors import MissingExtraError, StoreError, X96Error, printable
from smartx96.web.token import Logins

HEAD, BODY = 16_384, 4096
"""Longest request line with headers, and longest body of a request [bytes]."""

SECURITY = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
"""Headers of every answer."""

PUBLIC = ("/login", "/api/login", "/healthz")
"""Paths that need no token, beside those of `STATIC`."""

STATIC = "/static/"

PAGES = "/meters/"
"""Beginning of paths that people open, beside `/`; who lacks the token is led to the login there.
"""

_SAFE = ("GET", "HEAD")
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::[0-9]{1,5})?")
_ELSEWHERE = ("cross-site", "same-site")


class RequestError(Exception):
    """A request that is not taken.

    Parameters
    ----------
    status : int
    reason : str
    allow : str
        Methods that are taken, where the status is 405.
    """

    def __init__(self, status: int, reason: str, allow: str = "GET, HEAD, POST") -> None:
        super().__init__(reason)
        self.status, self._allow = status, allow

    def response(self) -> Response:
        """As it is answered."""
        headers = {405: {"allow": self._allow}, 401: {"www-authenticate": "Bearer"}}
        return JSONResponse({"error": str(self)}, self.status, headers.get(self.status))


class Guard:
    """Lets requests through that are for this server and from its own pages or programs.

    Parameters
    ----------
    app : ASGI application
    names : collection of str
        Hosts by which the server is known, lower case; addresses that are no names too.
    every_address : bool
        Whether any address of this computer is one: a page of somebody else has a name, and
        turns that into our address at most.
    logins : Logins or None
        None needs no token.
    cookie : str
        Name of the cookie of a login.
    report : callable
        Called with one line where the server itself has failed.
    body : int
        Longest body of a request [bytes].
    """

    def __init__(
        self, app: ASGIApp, names: Collection[str], *, every_address: bool, logins: Logins | None,
        cookie: str, report: Callable[[str], None], body: int = BODY,
    ) -> None:  # fmt: skip
        self._app, self._names, self._every_address = app, frozenset(names), every_address
        self._logins, self._cookie, self._report = logins, cookie, report
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or have answered."""
        begun = False
        # Routes then raise what they refuse, and it is answered here like all else.
        scope["app"] = self

        async def secured(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                secure(MutableHeaders(scope=message))
            await send(message)

        try:
            await (self._refused(scope) or self._app)(scope, receive, secured)
        except Exception as error:
            answer = self._failed(error)
            if begun:
                raise
            await answer(scope, receive, secured)

    def _refused(self, scope: Scope) -> Response | None:
        """What is answered to a request that is not let through."""
        headers = Headers(scope=scope)
        try:
            _check_size(scope)
            self._check_host(headers)
            self._check_origin(headers)
            self._check_kind(scope["method"], headers)
            return self._check_token(scope, headers)
        except RequestError as refusal:
            return refusal.response()

    def _check_host(self, headers: Headers) -> None:
        """A page of somebody else whose name has become our address is not ours."""
        host = host_of(headers.get("host", ""))
        if host is None or not (host in self._names or (self._every_address and _address(host))):
            raise RequestError(421, "this server has another name: use its address, or --web-name")

    def _check_origin(self, headers: Headers) -> None:
        if headers.get("sec-fetch-site") in _ELSEWHERE and not _followed(headers):
            raise RequestError(403, "asked by a page of somebody else")
        origin = headers.get("origin")
        if origin is not None and _authority(origin) != headers["host"].lower():
            raise RequestError(403, "asked by a page of another origin")

    def _check_kind(self, method: str, headers: Headers) -> None:
        if method in _SAFE:
            return
        if method != "POST":
            raise RequestError(405, f"{printable(method)[:20]}: only GET and POST are known here")
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise RequestError(415, "a change is asked for with Content-Type: application/json")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._body:
            raise RequestError(413, f"a body has {self._body} bytes at most")

    def _check_token(self, scope: Scope, headers: Headers) -> Response | None:
        path = scope["path"]
        if self._logins is None or path in PUBLIC or path.startswith(STATIC):
            return None
        if self._known(scope, headers):
            return None
        if path == "/" or path.startswith(PAGES):
            return RedirectResponse("/login", 303)
        raise RequestError(401, "a token is needed: log in, or send Authorization: Bearer TOKEN")

    def _known(self, scope: Scope, headers: Headers) -> bool:
        assert self._logins is not None
        name = login_of(headers, self._cookie)
        if name is not None and self._logins.knows(name):
            return True
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return False
        # Behind a proxy all have one address: who has the token is not to pay for who guesses.
        if self._logins.fits(token.strip()):
            return True
        host = client_host(scope)
        if self._logins.barred(host):
            raise RequestError(429, "too many wrong tokens: wait a minute")
        self._logins.failed(host)
        return False

    def _failed(self, error: Exception) -> Response:
        """What is answered where something was raised."""
        if isinstance(error, RequestError):
            return error.response()
        if isinstance(error, HTTPException):
            said = {"error": error.detail.lower()}
            return JSONResponse(said, error.status_code, error.headers)
        if isinstance(error, X96Error):
            return JSONResponse({"error": str(error)}, _status_of(error))
        self._report(f"page: {type(error).__name__}: {printable(str(error))[:200]}")
        return JSONResponse({"error": "the server has failed"}, 500)


def _status_of(error: X96Error) -> int:
    """Whether it is the request that is wrong, the server, or something that it lacks."""
    if isinstance(error, MissingExtraError):
        return 501
    return 500 if isinstance(error, StoreError) else 400


def _check_size(scope: Scope) -> None:
    """A head that comes at once is not bounded by what reads it."""
    size = len(scope["raw_path"]) + len(scope["query_string"])
    if size + sum(len(name) + len(value) for name, value in scope["headers"]) > HEAD:
        raise RequestError(431, f"a request's head has {HEAD} bytes at most")


def secure(headers: MutableHeaders) -> None:
    """Add what every answer carries."""
    for name, value in SECURITY.items():
        headers.setdefault(name, value)
    headers.setdefault("cache-control", "no-store")


def host_of(text: str) -> str | None:
    """Name or address in a Host header, lower case; None where it is none (RFC 9110, 7.2)."""
    match = _HOST.fullmatch(text.lower())
    return None if match is None else match[1] or match[2]


def client_host(scope: Scope) -> str:
    """Who asks."""
    return scope["client"][0] if scope.get("client") else ""


def login_of(headers: Headers, cookie: str) -> str | None:
    """Name of the login that a request carries, whatever other servers of this host have left."""
    return cookie_parser(headers.get("cookie", "")).get(cookie)


def _followed(headers: Headers) -> bool:
    """Whether somebody has followed a link; frames of other pages ask without anybody's doing."""
    return (
        headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest", "document") == "document"
    )


def _authority(origin: str) -> str | None:
    """Host and port of an origin, lower case; None where it has none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _address(host: str) -> bool:
    """Whether a host is an address and no name."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
