"""Opened: meters that the page asks, what they are, and what they show now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smartx96.configuration.family import FAMILY
from smartx96.configuration.link import Link
from smartx96.web.asked import body_of
from smartx96.web.configure import wanted
from smartx96.web.configure.meters import Meters
from smartx96.web.configure.places import AttendedMeter


@dataclass(slots=True)
class Opened:
    """Meters, opened and closed.

    Parameters
    ----------
    meters : Meters
    """

    meters: Meters

    def routes(self) -> list[Route]:
        """Where each is found."""
        one = "/api/meters/{id}"
        return [
            Route("/api/meters", self.list, methods=["GET"]),
            Route("/api/meters", self.open, methods=["POST"]),
            Route(one, self.meter),
            Route(f"{one}/close", self.close, methods=["POST"]),
        ]

    async def list(self, request: Request) -> Response:
        """All that are open."""
        return JSONResponse({"meters": [identity(each) for each in self.meters]})

    async def open(self, request: Request) -> Response:
        """Ask a meter who it is."""
        body = await body_of(request)
        target, member = wanted.target(body), wanted.member(body)
        meter = await self.meters.open(target, member, wanted.flag(body, "unverified"))
        return JSONResponse(identity(meter), 201)

    async def meter(self, request: Request) -> Response:
        """What one said of itself when it was opened."""
        return JSONResponse(identity(self.meters[request.path_params["id"]]))

    async def close(self, request: Request) -> Response:
        """Forget one."""
        await body_of(request)
        self.meters.forget(request.path_params["id"])
        return JSONResponse({})


def identity(meter: AttendedMeter) -> dict[str, Any]:
    """What a meter is, and how it is asked."""
    link, plate = meter.link, meter.link.nameplate
    return {
        "id": meter.id,
        "target": str(link.target),
        "name": link.target.name or plate.name,
        "address": address(link),
        "member": link.member.name,
        "text": link.member.text,
        "ours": link.ours,
        "unverified": link.unverified,
        "vendor": plate.vendor, "product": plate.product, "model": plate.model,
        "version": plate.version, "serial_number": plate.serial_number,
        "meter_code": plate.meter_code, "doubt": link.doubt,
    }  # fmt: skip


def address(link: Link) -> dict[str, Any]:
    """How a meter is opened again."""
    target, line = link.target, link.target.parameters
    where = f"{target.place.kind}:{target.place}"
    return {"place": where, "unit": target.unit, "baud": line.baud_rate,
            "parity": f"{line.parity}{line.stop_bits}"}  # fmt: skip


def members() -> list[dict[str, str]]:
    """What a meter may be."""
    return [{"name": member.name, "text": member.text} for member in FAMILY]
