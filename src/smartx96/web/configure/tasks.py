"""Tasks: clock and resets of meters that are open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smartx96.configuration.link import Link
from smartx96.configuration.reading import all_valued
from smartx96.configuration.tasks.clock import CLOCK, ClockError, ClockReading, read_clock
from smartx96.configuration.tasks.clock_setting import set_clock
from smartx96.configuration.tasks.password import change_password
from smartx96.configuration.tasks.resets import MAIN_ENERGIES, What, affected, reset
from smartx96.errors import OptionError
from smartx96.web.asked import body_of
from smartx96.web.configure import wanted
from smartx96.web.configure.jobs import Job, Jobs
from smartx96.web.configure.meters import Meters
from smartx96.web.guard import RequestError, client_host

_LOST = {
    What.MAXIMA: "The largest demands, and when they were.",
    What.DEMAND: "The largest demands, and the demand period that is under way.",
    What.ENERGY: f"The resettable energies; {MAIN_ENERGIES}.",
}


@dataclass(slots=True)
class Tasks:
    """What is done to a meter beside its settings.

    Parameters
    ----------
    meters : Meters
    jobs : Jobs
    """

    meters: Meters
    jobs: Jobs

    def routes(self) -> list[Route]:
        """Where each is found."""
        one = "/api/meters/{id}"
        return [
            Route(f"{one}/tasks", self.list),
            Route(f"{one}/clock", self.clock, methods=["POST"]),
            Route(f"{one}/reset", self.reset, methods=["POST"]),
            Route(f"{one}/password", self.password, methods=["POST"]),
        ]

    async def list(self, request: Request) -> Response:
        """How the clock stands, and what could be reset, with what would be lost."""
        async with self.meters[request.path_params["id"]].turn("the clock is read") as link:
            clock = await _clock(link)
            resets = [await _reset(link, what) for what in What]
        return JSONResponse({"clock": clock, "resets": resets})

    async def clock(self, request: Request) -> Response:
        """Set the clock to that of this computer."""
        password = wanted.password(await body_of(request))

        async def work(link: Link, job: Job) -> dict[str, Any]:
            found = await set_clock(link, password=password)
            return {"done": True, "statement": f"The clock is set: {_off(found)}.",
                    **found.document()}  # fmt: skip

        return self._begun(request, "clock", "set the clock", work)

    async def reset(self, request: Request) -> Response:
        """Clear something that nobody brings back."""
        body = await body_of(request)
        what, password = _what(body.get("what")), wanted.password(body)
        if not wanted.flag(body, "confirmed"):
            raise RequestError(400, "confirmed: what is reset is lost; say that it is meant")
        if password is None:
            raise RequestError(400, "password: a reset is protected by the password of the meter")

        async def work(link: Link, job: Job) -> dict[str, Any]:
            found = await reset(link, what, password)
            said = "is reset" if found.done else f"is not reset: {', '.join(found.stayed)} stayed"
            return {**found.document(), "statement": f"{what.text.capitalize()} {said}."}

        return self._begun(request, "reset", f"reset {what.text}", work)

    async def password(self, request: Request) -> Response:
        """Give a meter a new password, and try that."""
        body = await body_of(request)
        old, new = wanted.password(body), wanted.password(body, "new")
        if old is None or new is None:
            raise RequestError(400, "password, new: give both, the one it has and the new one")

        async def work(link: Link, job: Job) -> dict[str, Any]:
            await change_password(link, old, new)
            return {"done": True, "statement": "The meter has the new password, and takes it."}

        return self._begun(request, "password", "new password", work)

    def _begun(self, request: Request, kind: str, title: str,
               work: Callable[[Link, Job], Awaitable[dict[str, Any]]]) -> Response:  # fmt: skip
        """Begin a job that writes, of which the console is told."""
        meter = self.meters[request.path_params["id"]]
        who, full = client_host(request.scope), f"{title} of {meter.link.target}"

        async def carried_out(job: Job) -> dict[str, Any]:
            async with meter.writing(title) as link:
                result = await work(link, job)
            self.jobs.report(f"{who}: {full}: {result['statement']}")
            return result

        return JSONResponse(self.jobs.start(kind, full, carried_out).document(), 202)


async def _clock(link: Link) -> dict[str, Any]:
    try:
        found = await read_clock(link)
    except (OptionError, ClockError) as error:
        return {"has": link.has(CLOCK), "why": str(error), "shown": None, "zone": None, "off": None}
    return {
        "has": True, "why": "", "shown": found.shown.isoformat(" "), "zone": found.zone,
        "off": _off(found), "valid": found.valid,
    }  # fmt: skip


def _off(found: ClockReading) -> str:
    """How far a clock is off, in words."""
    size = abs(found.difference)
    if size <= max(found.within, 0.1):
        return "right to a part of a second" if found.within < 0.5 else "right to a second"
    way = "ahead of" if found.difference > 0 else "behind"
    return f"{_span(size)} {way} this computer"


def _span(seconds: float) -> str:
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


async def _reset(link: Link, what: What) -> dict[str, Any]:
    """What a reset would clear."""
    values = all_valued({id: value for id, value in (await affected(link, what)).items() if value})
    held = [f"{each.name} {each.text}" for each in values.values()]
    return {"name": what.value, "title": what.text, "text": _LOST[what], "values": held}


def _what(name: object) -> What:
    try:
        return What(str(name))
    except ValueError:
        raise RequestError(400, f"what: give one of {', '.join(What)}") from None
