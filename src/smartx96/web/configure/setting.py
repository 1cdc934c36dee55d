"""Setting: the form's table, what a meter has, what a change would do, and the change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smartx96.configuration.changing.carrying_out import carry_out
from smartx96.configuration.changing.plan import Plan, planned
from smartx96.configuration.family import is_own
from smartx96.configuration.link import Link
from smartx96.errors import OptionError, X96Error
from smartx96.settings import GROUPS, KEPT, Setting, coded
from smartx96.web.asked import body_of
from smartx96.web.configure import wanted
from smartx96.web.configure.jobs import Job, Jobs
from smartx96.web.configure.meters import Meters
from smartx96.web.configure.opened import identity, members
from smartx96.web.configure.showing import QUANTITIES
from smartx96.web.configure.wanted import FRAMES
from smartx96.web.guard import BODY, RequestError, client_host
from smartx96.wording import counted

LARGEST = 4 * BODY
"""Longest request with all settings in it [bytes]."""


@dataclass(slots=True)
class SettingForm:
    """Settings of the meters that are open.

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
            Route("/api/table", self.table),
            Route(f"{one}/settings", self.values),
            Route(f"{one}/plan", self.plan, methods=["POST"]),
            Route(f"{one}/write", self.write, methods=["POST"]),
        ]

    async def table(self, request: Request) -> Response:
        """Everything that may be set, and what it may be."""
        groups = [
            {"name": group, "settings": [_declared(each) for each in settings if not each.secret]}
            for group, settings in GROUPS.items()
        ]
        return JSONResponse({
            "groups": [group for group in groups if group["settings"]],
            "members": members(), "parities": FRAMES, "quantities": QUANTITIES,
        })  # fmt: skip

    async def values(self, request: Request) -> Response:
        """What a meter has."""
        async with self.meters[request.path_params["id"]].turn("settings are read") as link:
            readings = await link.read_settings()
            settings, wrong = link.settings_of(readings)
            has = {id: settings[id] for id in settings if id in readings and id not in wrong}
            return JSONResponse({
                "values": has, "wrong": wrong,
                "hidden": [each.id for each in KEPT if link.hides(each.id)],
            })  # fmt: skip

    async def plan(self, request: Request) -> Response:
        """What would be written, and what that would bring about; nothing is."""
        meter = self.meters[request.path_params["id"]]
        values = wanted.values(await body_of(request, LARGEST))
        async with meter.turn("a change is planned") as link:
            wrong = mistakes(link, values)
            if wrong:
                return JSONResponse({"error": next(iter(wrong.values())), "fields": wrong}, 422)
            try:
                plan = planned(link, await link.read_settings(), values)
            except OptionError as error:
                return JSONResponse({"error": str(error), "fields": _field(error)}, 422)
        return JSONResponse({**plan.document(), "protected": plan.protected})

    async def write(self, request: Request) -> Response:
        """Write what was shown, unless the meter has something else by now."""
        meter = self.meters[request.path_params["id"]]
        body = await body_of(request, LARGEST)
        values, shown, password = wanted.values(body), _shown(body), wanted.password(body)
        who = client_host(request.scope)

        async def work(job: Job) -> dict[str, Any]:
            with nothing_written():
                async with meter.writing(job.title) as link:
                    job.tell("read what the meter has")
                    plan = planned(link, await link.read_settings(), values)
                    _check_unchanged(plan, shown)
                    outcome = await carry_out(link, plan, password, job.tell)
            self.jobs.report(f"{who}: {outcome.target}: {outcome.statement}")
            return {**outcome.document(), "statement": outcome.statement,
                    "meter": identity(meter)}  # fmt: skip

        title = f"write {counted(len(shown), 'setting')} to {meter.link.target}"
        return JSONResponse(self.jobs.start("write", title, work).document(), 202)


def mistakes(link: Link, values: Mapping[str, object]) -> dict[str, str]:
    """What is wrong with values, a line for each id; all of them, so that a form can say so."""
    wrong = dict[str, str]()
    for id, value in values.items():
        try:
            coded(id, value)
            link.check(id)
        except OptionError as error:
            wrong[id] = str(error)
    return wrong


def _field(error: OptionError) -> dict[str, str]:
    """Of which field a line is that begins with its id."""
    id = str(error).partition(":")[0]
    return {id: str(error)} if id.isidentifier() else {}


@contextmanager
def nothing_written() -> Iterator[None]:
    """Say of what is raised that the meter is as before: what is written in part is an outcome."""
    try:
        yield
    except (X96Error, RequestError) as error:
        status = error.status if isinstance(error, RequestError) else 409
        raise RequestError(status, f"{error}; nothing was written") from error


def _shown(body: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The changes that somebody has seen before he said yes."""
    found = body.get("changes")
    if not (isinstance(found, list) and found and all(isinstance(e, dict) for e in found)):
        raise RequestError(400, "changes: give those of the plan that is to be carried out")
    return [(each.get("id"), each.get("old"), each.get("new")) for each in found]


def _check_unchanged(plan: Plan, shown: list[tuple[Any, ...]]) -> None:
    if [tuple(change) for change in plan.changes] != shown:
        raise OptionError("the meter has other settings than when the changes were shown: "
                          "look at them again")  # fmt: skip


def _declared(setting: Setting) -> dict[str, Any]:
    """A setting, as a field is made of it."""
    allowed = setting.allowed
    span = isinstance(allowed, range)
    return {
        "id": setting.id, "label": setting.label, "unit": setting.unit,
        "text": allowed is None,
        "least": allowed[0] if span else None,  # type: ignore[index]
        "most": allowed[-1] if span else None,  # type: ignore[index]
        "numbers": None if span or allowed is None else list(allowed),
        "names": [[code, name] for code, name in setting.codes.items()],
        "default": setting.default, "protected": setting.protected, "own": is_own(setting.id),
        "note": setting.note, "choices": setting.choices,
    }  # fmt: skip
