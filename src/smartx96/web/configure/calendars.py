"""Calendars: the tariffs of meters that are open, and others from a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smartx96.configuration.calendar_file import LARGEST, calendar_of, calendar_text
from smartx96.configuration.tariffs.document import calendars_document
from smartx96.configuration.tariffs.plan import planned
from smartx96.configuration.tariffs.reading import MeterCalendars, read_calendars
from smartx96.configuration.tariffs.writing import carry_out
from smartx96.errors import ConfigurationError, OptionError
from smartx96.modbus.calendar.declarations import Which
from smartx96.web.asked import body_of
from smartx96.web.configure import wanted
from smartx96.web.configure.jobs import Job, Jobs
from smartx96.web.configure.meters import Meters
from smartx96.web.configure.profiles import TOML, room, stem, uploaded
from smartx96.web.configure.working import attached
from smartx96.web.guard import RequestError, client_host
from smartx96.wording import counted


@dataclass(slots=True)
class Calendars:
    """Tariff calendars.

    Parameters
    ----------
    meters : Meters
    jobs : Jobs
    """

    meters: Meters
    jobs: Jobs

    def routes(self) -> list[Route]:
        """Where each is found."""
        one = "/api/meters/{id}/tariffs"
        return [
            Route(one, self.calendars),
            Route(f"{one}.toml", self.file),
            Route(f"{one}/plan", self.plan, methods=["POST"]),
            Route(f"{one}/write", self.write, methods=["POST"]),
        ]

    async def calendars(self, request: Request) -> Response:
        """What a meter goes by."""
        async with self.meters[request.path_params["id"]].turn("tariffs are read") as link:
            try:
                found = await read_calendars(link)
            except OptionError as error:
                return JSONResponse({"has": False, "why": str(error)})
        document = calendars_document(str(link.target), found)
        return JSONResponse({"has": True, **document, "text": _text(found)})

    async def file(self, request: Request) -> Response:
        """The calendar that rules, as a file."""
        async with self.meters[request.path_params["id"]].turn("tariffs are read") as link:
            found = await read_calendars(link, [Which.ACTIVE])
            calendar = found.calendars[Which.ACTIVE].shown()
        return attached(f"{stem(link)}-tariffs.toml", TOML, calendar_text(calendar).encode())

    async def plan(self, request: Request) -> Response:
        """What a file would change; nothing is written."""
        meter = self.meters[request.path_params["id"]]
        dated = calendar_of(uploaded(await body_of(request, room(LARGEST)), LARGEST))
        async with meter.turn("tariffs are compared") as link:
            plan = await planned(link, dated)
        document = plan.document()
        differ = counted(len(document["differences"]), "difference")
        said = "The meter has this calendar already." if plan.same else (
            f"{differ} to the calendar that rules.")  # fmt: skip
        text = calendar_text(dated.calendar, dated.activation)
        return JSONResponse({**document, "statement": said, "text": text})

    async def write(self, request: Request) -> Response:
        """Give a meter the calendar of a file: all of it, or nothing."""
        meter = self.meters[request.path_params["id"]]
        body = await body_of(request, room(LARGEST))
        dated, password = calendar_of(uploaded(body, LARGEST)), wanted.password(body)
        if password is None:
            raise RequestError(400, "password: a calendar is protected by the meter's password")
        who, title = client_host(request.scope), f"write a calendar to {meter.link.target}"

        async def work(job: Job) -> dict[str, Any]:
            async with meter.writing(title) as link:
                plan = await planned(link, dated)
                outcome = await carry_out(link, plan, password, job.tell)
            self.jobs.report(f"{who}: {title}: {outcome.statement}")
            return {**outcome.document(), "statement": outcome.statement}

        return JSONResponse(self.jobs.start("tariffs", title, work).document(), 202)


def _text(found: MeterCalendars) -> str | None:
    """The calendar that rules, as its file has it; None where there is none to show."""
    try:
        return calendar_text(found.calendars[Which.ACTIVE].shown())
    except ConfigurationError:
        return None
