"""Pages: what a browser opens, and the way in where a token is needed."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from smartx96.panel import face_style
from smartx96.web import chart_style
from smartx96.web.asked import body_of
from smartx96.web.files import TYPES, File, static_files
from smartx96.web.guard import STATIC, RequestError, client_host, login_of
from smartx96.web.token import LOGIN_SECONDS, Logins
from smartx96.web.watched import WatchedMeter

CHOOSER, METER, LOGIN = "index.html", "meter.html", "login.html"


class Pages:
    """Pages and what they load.

    Parameters
    ----------
    meters : mapping of str to WatchedMeter
        By name.
    logins : Logins or None
        None needs no token.
    cookie : str
        Name of the cookie of a login.
    """

    def __init__(
        self, meters: Mapping[str, WatchedMeter], logins: Logins | None, cookie: str
    ) -> None:
        self._meters, self._logins, self._cookie = meters, logins, cookie
        styles = {"face.css": face_style.STYLE, "colours.css": chart_style.STYLE}
        self._files = static_files() | {
            name: File.of(style.encode(), TYPES[".css"]) for name, style in styles.items()
        }

    def routes(self) -> list[Route]:
        """Where each is found."""
        return [
            Route("/", self.first),
            Route("/meters/{id}", self.slashed),
            Route("/meters/{id}/", self.meter),
            Route("/login", self.login_page),
            Route(f"{STATIC}{{name}}", self.file),
            Route("/api/login", self.login, methods=["POST"]),
            Route("/api/logout", self.logout, methods=["POST"]),
        ]

    async def first(self, request: Request) -> Response:
        """The page of the meter, or a chooser of several."""
        return self._page(request, METER if len(self._meters) == 1 else CHOOSER)

    async def meter(self, request: Request) -> Response:
        """The page of a meter."""
        if request.path_params["id"] not in self._meters:
            raise HTTPException(404)
        return self._page(request, METER)

    async def slashed(self, request: Request) -> Response:
        """To the page of a meter, from an address that lacks its end: the new one names no scheme,
        which a reverse proxy alone knows.
        """
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{quote(request.path_params['id'], safe='')}/{query}", 307)

    async def login_page(self, request: Request) -> Response:
        """The page that asks for the token."""
        return self._page(request, LOGIN)

    async def file(self, request: Request) -> Response:
        """Something that pages load."""
        name = request.path_params["name"]
        if name not in self._files or name.endswith(".html"):
            raise HTTPException(404)
        return self._files[name].response(request)

    async def login(self, request: Request) -> Response:
        """Take a token, and give a cookie for it."""
        logins, host = self._logins, client_host(request.scope)
        token = (await body_of(request)).get("token")
        if logins is None:
            return Response(status_code=204)
        if logins.barred(host):
            raise RequestError(429, "too many wrong tokens: wait a minute")
        if not isinstance(token, str) or not logins.fits(token.strip()):
            logins.failed(host)
            raise RequestError(403, "wrong token")
        answer = Response(status_code=204)
        answer.set_cookie(
            self._cookie, logins.open(), max_age=int(LOGIN_SECONDS), httponly=True,
            samesite="strict", secure=request.headers.get("origin", "").startswith("https:"),
        )  # fmt: skip
        return answer

    async def logout(self, request: Request) -> Response:
        """End the login."""
        await body_of(request)
        name = login_of(request.headers, self._cookie)
        if self._logins is not None and name is not None:
            self._logins.close(name)
        answer = JSONResponse({})
        answer.delete_cookie(self._cookie, httponly=True, samesite="strict")
        return answer

    def _page(self, request: Request, name: str) -> Response:
        return self._files[name].response(request)
