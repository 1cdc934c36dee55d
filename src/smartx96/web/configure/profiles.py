"""Profiles: the settings of a meter as a file, and a file compared with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smartx96.configuration.link import Link
from smartx96.configuration.profile.comparison import compared
from smartx96.configuration.profile.file import profile_of, profile_text
from smartx96.configuration.profile.leaving import UNKNOWN, Terms, parted
from smartx96.configuration.profile.pulling import pulled
from smartx96.configuration.settings_file import LARGEST
from smartx96.errors import ConfigurationError, printable
from smartx96.settings import BY_ID
from smartx96.toml_file import TomlFile, parse_toml
from smartx96.web.asked import body_of
from smartx96.web.configure import wanted
from smartx96.web.configure.meters import Meters
from smartx96.web.configure.working import attached

TOML = "application/toml"

_ROOM = 6
"""JSON takes so many bytes at most for one of a text that it escapes (RFC 8259, 7)."""


@dataclass(slots=True)
class Profiles:
    """Settings of meters as files.

    Parameters
    ----------
    meters : Meters
    """

    meters: Meters

    def routes(self) -> list[Route]:
        """Where each is found."""
        one = "/api/meters/{id}"
        return [
            Route(f"{one}/profile.toml", self.profile),
            Route(f"{one}/compare", self.compare, methods=["POST"]),
        ]

    async def profile(self, request: Request) -> Response:
        """All settings that a meter has."""
        async with self.meters[request.path_params["id"]].turn("settings are read") as link:
            text = profile_text(await pulled(link, datetime.now().astimezone()))
        return attached(f"{stem(link)}.toml", TOML, text.encode())

    async def compare(self, request: Request) -> Response:
        """What a file would have otherwise, and what a push of it would leave alone."""
        meter = self.meters[request.path_params["id"]]
        profile = profile_of(uploaded(await body_of(request, room(LARGEST)), LARGEST))
        async with meter.turn("settings are compared") as link:
            settings, left = parted(profile, link, await link.read_settings(),
                                    Terms(leave_unknown=True))  # fmt: skip
            found = compared(profile, await pulled(link), stated=True)
        unknown = [id for id, reason in left.items() if reason == UNKNOWN]
        return JSONResponse({**found.document(), "settings": settings,
                             "unknown": [BY_ID[id].label for id in unknown]})  # fmt: skip


def stem(link: Link) -> str:
    """Name of a file of a meter, without its ending."""
    number = link.nameplate.serial_number
    return f"{link.member.name}-{number if number else f'unit-{link.target.unit}'}"


def room(largest: int) -> int:
    """What a request with a file may have [bytes]."""
    return _ROOM * largest


def uploaded(body: Mapping[str, Any], largest: int) -> TomlFile:
    """A TOML file that a request holds, with its name and its text.

    Raises
    ------
    RequestError, ConfigurationError
        It holds none; or it is none, or too large.
    """
    name = PurePosixPath(printable(wanted.text(body, "name", 255, "file"))).name or "file"
    text = wanted.text(body, "text", largest)
    try:
        content = text.encode()
    except UnicodeEncodeError:
        raise ConfigurationError(f"{name}: holds what is no text") from None
    return parse_toml(content, Path(name), largest, ConfigurationError)
