"""Asked: what a request names and holds, checked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import ClientDisconnect, Request

from smartx96.web.connection import LARGE_ANSWERS, REQUEST_SECONDS, Connection
from smartx96.web.guard import BODY, RequestError
from smartx96.web.panels import PANEL
from smartx96.web.watched import Topic, WatchedMeter

TOPICS = (PANEL, *Topic)
"""Everything that a stream can hold."""

NO_METER = "there is no such meter; GET /api/meters lists them"


def asked_for(request: Request, meters: Mapping[str, WatchedMeter]) -> WatchedMeter:
    """The meter of a request's path, or of its query, or the only one.

    Raises
    ------
    RequestError
        There is none of this name, or several without one.
    """
    name = request.path_params.get("id", request.query_params.get("meter"))
    if name is None and len(meters) == 1:
        return next(iter(meters.values()))
    if name is None:
        raise RequestError(400, "meter: there are several; GET /api/meters lists them")
    if name not in meters:
        raise RequestError(404, NO_METER)
    return meters[name]


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


def truth(request: Request, name: str) -> bool:
    """Whether the query wants something: `true`; `false`, or nothing said, does not.

    Raises
    ------
    RequestError
        It says neither.
    """
    text = request.query_params.get(name, "false")
    if text not in ("true", "false"):
        raise RequestError(400, f"{name}: give true or false")
    return text == "true"


def check_answers(request: Request) -> None:
    """Refuse a long answer where too many are on their way.

    Raises
    ------
    RequestError
        There are.
    """
    connection: Connection = request.scope["state"]["connection"]
    if connection.answers_under_way >= LARGE_ANSWERS:
        raise RequestError(503, "many answers are on their way already: ask again in a minute")


async def body_of(request: Request, most: int = BODY) -> dict[str, Any]:
    """The object that a request holds.

    Parameters
    ----------
    request : Request
    most : int
        Its longest body [bytes].

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
                if len(body) > most:
                    raise RequestError(413, f"a body has {most} bytes at most")
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
