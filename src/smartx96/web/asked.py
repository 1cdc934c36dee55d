"""Asked: what a request names and holds, checked."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.requests import ClientDisconnect, Request

from smartx96.web.connection import REQUEST_SECONDS
from smartx96.web.guard import BODY, RequestError
from smartx96.web.panels import PANEL
from smartx96.web.watched import Topic

TOPICS = (PANEL, *Topic)
"""Everything that a stream can hold."""


def topics_of(text: str) -> tuple[str, ...]:
    """Topics that are wanted, each once.

    Raises
    ------
    RequestError
        There is no such topic.
    """
    wanted = tuple(dict.fromkeys(text.split(",")))
    if not set(wanted) <= set(TOPICS):
        raise RequestError(400, f"topics: give some of {', '.join(TOPICS)}")
    return wanted


def number(request: Request, name: str, usual: int, most: int, least: int = 1) -> int:
    """A whole number that the query names.

    Raises
    ------
    RequestError
        It is none, or beyond its limits.
    """
    text = request.query_params.get(name)
    if text is None:
        return usual
    whole = text.isascii() and text.isdecimal() and len(text) < 20
    if not (whole and least <= int(text) <= most):
        raise RequestError(400, f"{name}: give a whole number from {least} to {most}")
    return int(text)


async def body_of(request: Request) -> dict[str, Any]:
    """The object that a request holds.

    Raises
    ------
    RequestError
        It is none, too long, or does not come.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(REQUEST_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY:
                    raise RequestError(413, f"a body has {BODY} bytes at most")
        found = json.loads(body)
    except TimeoutError:
        raise RequestError(408, "the body did not come") from None
    except ClientDisconnect:
        raise RequestError(400, "the client has gone") from None
    except (ValueError, RecursionError):
        raise RequestError(400, "the body is no JSON") from None
    if not isinstance(found, dict):
        raise RequestError(400, "the body must be a JSON object")
    return found
