"""`x96 clock` of a project: the clocks of all meters, shown or set, lines at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from smartx96.commands.given_password import password_number, password_of
from smartx96.commands.project_report import ProjectReport, Row

if TYPE_CHECKING:
    from smartx96.configuration.link import Link
    from smartx96.configuration.project.project import Project, ProjectMeter
    from smartx96.configuration.project.visiting import Visit
    from smartx96.configuration.tasks.clock import ClockReading


class _Clock(NamedTuple):
    """The clock of a meter as it was found, and as it is once it is set."""

    before: ClockReading
    after: ClockReading | None


def clock_project(project: Project, options: Mapping[str, Any], *, wanted: bool, dry_run: bool
                  ) -> int:  # fmt: skip
    """Show the clocks of a project, or set them to this computer's time; 0 where each was.

    Parameters
    ----------
    project : Project
    options : mapping
    wanted, dry_run : bool
        Whether they are to be set, and whether it is only shown who would be.
    """
    from smartx96.configuration.changing.undivided import undivided
    from smartx96.configuration.project.visiting import visit
    from smartx96.configuration.tasks.clock import read_clock
    from smartx96.configuration.tasks.clock_setting import set_clock

    if options["only"]:
        project = project.only(options["only"])
    stopping = list[bool]()

    async def work(meter: ProjectMeter, link: Link) -> _Clock:
        before = await read_clock(link)
        if not wanted or dry_run:
            return _Clock(before, None)
        return _Clock(before, await set_clock(link, password=_password(meter, options)))

    report = ProjectReport(project)
    visits = visit(project, work, report.taker(_row), lambda: bool(stopping))

    async def whole() -> None:
        # Stopped, it ends at the next meter rather than within one.
        await undivided(visits, lambda: stopping.append(True))

    report.carry_out(whole())
    report.tell(options["as_json"])
    if dry_run and not options["as_json"]:
        click.echo("dry run: nothing was written; they would be set to this computer's time")
    return 0 if report.good else 1


def _password(meter: ProjectMeter, options: Mapping[str, Any]) -> int | None:
    """The password of a meter, where one is given: few clocks need it."""
    text = os.environ.get(meter.password_variable) if meter.password_variable else None
    return password_of(options) if text is None else password_number(text, meter.password_variable)


def _row(visit: Visit[_Clock]) -> Row:
    if visit.outcome is None:
        raise AssertionError(f"{visit.where} was not asked")
    before, after = visit.outcome
    more = {**before.document(), "set": None if after is None else after.document()}
    if after is None:
        return Row(visit.where, "read", told(before), good=True, more=more)
    was = f"before {before.shown.isoformat(sep=' ')}"
    return Row(visit.where, "set", f"{told(after)}; {was}", good=True, more=more)


def told(found: ClockReading) -> str:
    """A clock in one line: what it shows, and by how much it is off."""
    ahead = "ahead of" if found.difference >= 0 else "behind"
    zone = found.zone or "its time zone is not known: this computer's"
    text = (
        f"{found.shown.isoformat(sep=' ')} ({zone}), {abs(found.difference):.1f} s {ahead} "
        f"this computer's clock, to {max(found.within, 0.1):.1f} s"
    )
    return text + ("; nobody has told it the time" if found.valid is False else "")
