"""The way in: what all pages load, and the login where a token is needed."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smartx96.panel import face_style
from smartx96.web import chart_style
from smartx96.web.asked import body_of
from smartx96.web.files import TYPES, File, static_files
from smartx96.web.guard import STATIC, RequestError, client_host, login_of
from smartx96.web.token import LOGIN_SECONDS, Logins

LOGIN = "login.html"


class WayIn:
    """Files of pages, and the login.

    Parameters
    ----------
    logins : Logins or None
        None needs no token.
    cookie : str
        Name of the cookie of a login.
    more : mapping of str to File, optional
        Files beside those that all pages have, by name.
    """

    def __init__(
        self, logins: Logins | None, cookie: str, more: Mapping[str, File] | None = None
    ) -> None:
        self._logins, self._cookie = logins, cookie
        styles = {"face.css": face_style.STYLE, "colours.css": chart_style.STYLE}
        made = {name: File.of(style.encode(), TYPES[".css"]) for name, style in styles.items()}
        self._files = {**static_files(), **made, **(more or {})}

    def routes(self) -> list[Route]:
        """Where each is found."""
        return [
            Route("/login", self.login_page),
            Route(f"{STATIC}{{name:path}}", self.file),
            Route("/api/login", self.login, methods=["POST"]),
            Route("/api/logout", self.logout, methods=["POST"]),
        ]

    def page(self, request: Request, name: str) -> Response:
        """A page."""
        return self._files[name].response(request)

    async def login_page(self, request: Request) -> Response:
        """The page that asks for the token."""
        return self.page(request, LOGIN)

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
