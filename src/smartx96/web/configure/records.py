"""Records: meters that are open, checked in place, with a file of what was found."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smartx96.configuration.commissioning.checks import Verdict
from smartx96.configuration.commissioning.commissioning import Commissioning
from smartx96.configuration.commissioning.record import Entry, record
from smartx96.configuration.commissioning.subject import Expected
from smartx96.models import Wiring
from smartx96.report.commissioning.file import record_file
from smartx96.report.typeset import required
from smartx96.settings import ct_ratio
from smartx96.web.asked import body_of
from smartx96.web.configure import wanted
from smartx96.web.configure.jobs import Attachment, Job, Jobs
from smartx96.web.configure.meters import Meters
from smartx96.web.configure.profiles import stem
from smartx96.web.guard import BODY, RequestError

SECONDS = 10.0
"""For so long a meter is looked at [s]."""

KINDS = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}
"""Media types of records by their ending."""

_OPTIONS = re.compile(r" \(--[a-z]+\)")
"""What the command line takes, which this page does not have."""


@dataclass(slots=True)
class Records:
    """Test records.

    Parameters
    ----------
    meters : Meters
    jobs : Jobs
    """

    meters: Meters
    jobs: Jobs

    def routes(self) -> list[Route]:
        """Where each is found."""
        return [Route("/api/meters/{id}/record", self.record, methods=["POST"])]

    async def record(self, request: Request) -> Response:
        """Look at a meter for some seconds, and write down what was found; it is only read."""
        meter = self.meters[request.path_params["id"]]
        body = await body_of(request, 4 * BODY)
        entry, expected = _entry(body), _expected(body)
        ending = wanted.text(body, "format", 10)
        if ending not in KINDS:
            raise RequestError(400, f"format: give one of {', '.join(KINDS)}")
        if ending == "pdf":
            required("HTML")

        async def work(job: Job) -> dict[str, Any]:
            job.say("read identity and settings")
            async with meter.turn(job.title) as link:
                found = await Commissioning.begin(link, expected)
                job.say("look at values, phasors and wiring")
                await found.observe(SECONDS, lambda over: job.reach(over, SECONDS))
            document = record(found.subject(), entry)
            job.say(f"make the {ending.upper()}")
            content = await asyncio.to_thread(record_file, f".{ending}", document)
            job.file = Attachment(f"{stem(link)}-record.{ending}", KINDS[ending], content)
            return _brief(document)

        title = f"record of {meter.link.target}"
        return JSONResponse(self.jobs.start("record", title, work, stoppable=True).document(), 202)


def _entry(body: Mapping[str, Any]) -> Entry:
    """What somebody has written into a record."""
    lines = (line.strip() for line in wanted.text(body, "remarks", 2000, "").splitlines())
    place, by = wanted.text(body, "place", 200, ""), wanted.text(body, "by", 100, "")
    return Entry(place.strip(), by.strip(), tuple(filter(None, lines)))


def _expected(body: Mapping[str, Any]) -> Expected:
    """What the meter is known to be connected to, as far as somebody has said so.

    Raises
    ------
    RequestError, OptionError
        It cannot be.
    """
    ct, wiring = wanted.text(body, "ct", 20, ""), wanted.text(body, "wiring", 10, "")
    if wiring and wiring not in tuple(Wiring):
        raise RequestError(400, f"wiring: give one of {', '.join(Wiring)}")
    return Expected(
        ct_ratio(ct, "ct") if ct else None,
        wanted.whole(body, "vt", range(1, 10_000)) if "vt" in body else None,
        Wiring(wiring) if wiring else None,
    )


def _brief(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the page tells of a record."""
    checks = document["checks"]
    passed = bool(document["passed"])
    failed = len(_lines(checks, Verdict.FAILED))
    told = f"Passed: none of {len(checks)} checks failed." if passed else (
        f"Failed: {failed} of {len(checks)} checks.")  # fmt: skip
    return {"good": passed, "verdict": told, "findings": _lines(checks, Verdict.FAILED),
            "left": _lines(checks, Verdict.NOT_JUDGED)}  # fmt: skip


def _lines(checks: list[Mapping[str, str]], verdict: Verdict) -> list[str]:
    """Checks that came out so."""
    found = (check for check in checks if check["verdict"] == verdict)
    return [f"{check['title']}: {_OPTIONS.sub('', check['text'])}" for check in found]
