"""Client: the interface of a running meter's page, asked from here."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import quote, urlencode

from smartx96.errors import X96Error
from smartx96.web.address import PageAddress

TIMEOUT = 5.0
"""An answer that does not come within this time does not come [s]."""

SILENCE = 25.0
"""A stream that says nothing for so long is broken: a server that lives says something every 10 s
[s]."""

LARGEST = 1 << 20
"""Longest answer, and longest line of a stream [bytes]."""


class PageError(X96Error, ConnectionError):
    """A running meter's page cannot be reached, or refuses what it is asked.

    Parameters
    ----------
    reason : str
    status : int or None
        Of HTTP, where there was an answer.
    """

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class PageClient:
    """Asks a page, over one connection that is kept; for one thread.

    Parameters
    ----------
    address : PageAddress
    """

    def __init__(self, address: PageAddress) -> None:
        self.address = address
        self._connection = address.connection(TIMEOUT)

    def get(self, *path: str, **query: str) -> dict[str, Any]:
        """What a resource says.

        Raises
        ------
        PageError
            There is no answer, or it is a refusal.
        """
        return self._ask("GET", path, query)

    def post(self, *path: str, **document: str) -> dict[str, Any]:
        """Ask for a change; what is answered.

        Raises
        ------
        PageError
            There is no answer, or it is a refusal.
        """
        body = json.dumps(document).encode()
        return self._ask("POST", path, {}, body)

    def events(self, *path: str, **query: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Names and data of server-sent events as they come (WHATWG HTML, 9.2.6).

        Raises
        ------
        PageError
            The stream is refused, breaks, or has fallen silent.
        """
        with self._told():
            answer = self._request("GET", path, query, None)
            if self._connection.sock is not None:
                self._connection.sock.settimeout(SILENCE)
            with closing(self._connection), closing(answer):
                yield from _events(answer)

    def interrupt(self) -> None:
        """End what another thread waits for."""
        open = self._connection.sock
        if open is not None:
            with suppress(OSError):
                open.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _ask(
        self, method: str, path: tuple[str, ...], query: Mapping[str, str],
        body: bytes | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        with self._told():
            used = self._connection.sock is not None
            try:
                return self._answer(method, path, query, body)
            except (ConnectionError, HTTPException):
                # A server drops connections that were not used for a while.
                self._connection.close()
                if not used:
                    raise
                return self._answer(method, path, query, body)

    def _answer(
        self, method: str, path: tuple[str, ...], query: Mapping[str, str], body: bytes | None
    ) -> dict[str, Any]:
        with closing(self._request(method, path, query, body)) as answer:
            content = answer.read(LARGEST + 1)
        if len(content) > LARGEST or answer.length:
            raise ValueError("the answer is too long, or cut off")
        return _object(content.decode()) if content else {}

    def _request(
        self, method: str, path: tuple[str, ...], query: Mapping[str, str], body: bytes | None
    ) -> HTTPResponse:
        token = self.address.token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        target = self.address.base + "".join(f"/{quote(part, safe='')}" for part in path)
        target += f"?{urlencode(query)}" if query else ""
        self._connection.request(method, target, body, headers)
        answer = self._connection.getresponse()
        if answer.status >= 300:
            with closing(answer):
                raise self._refusal(answer)
        return answer

    def _refusal(self, answer: HTTPResponse) -> PageError:
        if answer.status == 401:
            given = self.address.token is not None
            reason = "wrong token" if given else (
                "asks for its token: give --token, or set X96_WEB_TOKEN"
            )  # fmt: skip
        else:
            try:
                reason = str(_object(answer.read(LARGEST).decode())["error"])
            except (ValueError, KeyError, RecursionError):
                reason = f"answers {answer.status} {answer.reason}; is it the page of a meter?"
        self._connection.close()
        return PageError(f"{self.address}: {reason}", answer.status)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in one line what has gone wrong."""
        try:
            yield
        except PageError:
            raise
        except TimeoutError:
            raise self._failed("does not answer") from None
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise self._failed(f"cannot be reached: {reason}") from None
        except (HTTPException, ValueError, RecursionError):
            raise self._failed("answers what no meter does") from None

    def _failed(self, reason: str) -> PageError:
        self._connection.close()
        return PageError(f"{self.address} {reason}; `x96 run` has the page of a running meter")


def _events(answer: HTTPResponse) -> Iterator[tuple[str, dict[str, Any]]]:
    name = ""
    while line := _line(answer):
        if line.startswith("event: "):
            name = line.removeprefix("event: ").strip()
        elif line.startswith("data: "):
            yield name, _object(line.removeprefix("data: "))


def _line(answer: HTTPResponse) -> str:
    """A line with its end; empty where there is none any more."""
    line = answer.readline(LARGEST + 1)
    if len(line) > LARGEST:
        raise ValueError("the line is too long")
    return line.decode()


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found
