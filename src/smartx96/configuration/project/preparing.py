"""Preparing: each meter is found, asked how it is set, and planned, before any is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from smartx96.configuration.advice import advice
from smartx96.configuration.changing.moving import target_after
from smartx96.configuration.changing.plan import OF_THE_LINE, Plan, planned
from smartx96.configuration.link import Link
from smartx96.configuration.profile.leaving import UNKNOWN, parted
from smartx96.configuration.project.addresses import Move
from smartx96.configuration.project.journal import Known
from smartx96.configuration.project.project import ADDRESS, ProjectMeter
from smartx96.configuration.target import Lines, Target
from smartx96.configuration.tariffs.plan import CalendarPlan
from smartx96.configuration.tariffs.plan import planned as planned_calendar
from smartx96.errors import OptionError
from smartx96.modbus.client.errors import ExchangeError, NotConnectedError
from smartx96.settings import BY_ID, Change, Value

NOBODY = Known()
"""What a journal knows that is not there."""


@dataclass(slots=True)
class Prepared:
    """A meter of a project, and what is to be done with it.

    Parameters
    ----------
    meter : ProjectMeter
    link : Link, optional
        None where it was not found.
    plan : Plan, optional
    calendar : CalendarPlan, optional
        None where it is to have none, or nothing is planned.
    failure : str
        Why it was not found, or not asked.
    wrong : str
        Why it cannot be set so, or is not to be.
    down : bool
        Whether its whole line does not open.
    """

    meter: ProjectMeter
    link: Link | None = None
    plan: Plan | None = None
    calendar: CalendarPlan | None = None
    failure: str = ""
    wrong: str = ""
    down: bool = False

    @property
    def target(self) -> Target:
        """Where it is asked."""
        return self.meter.target if self.link is None else self.link.target

    @property
    def serial_number(self) -> int | None:
        """As it told it."""
        return None if self.link is None else self.link.nameplate.serial_number

    @property
    def protected(self) -> bool:
        """Whether a password is needed."""
        calendar = self.calendar is not None and not self.calendar.same
        return calendar or bool(self.plan and self.plan.protected)

    @property
    def nothing_to_do(self) -> bool:
        """Whether it has all that it is to have."""
        calendar = self.calendar is None or self.calendar.same
        return self.plan is not None and not self.plan.changes and calendar

    @property
    def statement(self) -> str:
        """In one line: what is to be written."""
        changes = self.plan.changes if self.plan else ()
        said = [f"{change.id} {_told(change)}" for change in changes]
        if self.calendar is not None and not self.calendar.same:
            said.append("the tariff calendar")
        return f"to write: {', '.join(said)}" if said else "nothing to write"

    @property
    def move(self) -> Move:
        """The address that it has, and the one that it is to have."""
        now = self.target.unit
        for change in self.plan.changes if self.plan else ():
            if change.id == ADDRESS:
                return Move(now, int(change.new))
        return Move(now, now)


def _told(change: Change) -> str:
    """The values of a change as people read them."""
    setting = BY_ID[change.id]
    return f"{setting.shown(change.old)} -> {setting.shown(change.new)}"


async def prepare(meter: ProjectMeter, lines: Lines, known: Known | None = None) -> Prepared:
    """Find a meter, and plan how it is set as the project says; whatever fails is kept.

    Parameters
    ----------
    meter : ProjectMeter
    lines : Lines
    known : Known, optional
        What an earlier push has left in the journal.
    """
    prepared = Prepared(meter)
    try:
        prepared.link = await found(meter, lines, known or NOBODY)
        prepared.plan = await _planned(meter, prepared.link)
        if meter.calendar is not None:
            written = {change.id: change.new for change in prepared.plan.changes}
            prepared.calendar = await planned_calendar(prepared.link, meter.calendar, written)
    except OptionError as error:
        prepared.wrong = str(error)
    except ExchangeError as error:
        prepared.down = isinstance(error, NotConnectedError)
        prepared.failure = told_failure(prepared.target, error, known=prepared.link is not None)
    return prepared


def told_failure(target: Target, error: ExchangeError, *, known: bool) -> str:
    """What happened and what to look at; where it was is told beside.

    Parameters
    ----------
    target : Target
    error : ExchangeError
    known : bool
        Whether the meter has answered before.
    """
    if isinstance(error, NotConnectedError):
        return error.reason
    return advice(target, error, known=known).removeprefix(f"{target}: ")


async def _planned(meter: ProjectMeter, link: Link) -> Plan:
    """What the project states counts, and is written whatever it is; a profile knows its place."""
    readings = await link.read_settings()
    wanted, left = dict[str, Value](), dict[str, str]()
    if meter.profile is not None:
        wanted, left = parted(meter.profile, link, readings, meter.terms)
    wanted |= meter.settings
    left = {id: why for id, why in left.items() if id not in wanted}
    plan = planned(link, readings, wanted, left)
    if link.doubt and UNKNOWN in left.values():
        # What is left alone for want of an answer is not to be taken for done.
        plan = replace(plan, notes=(*plan.notes, link.doubt))
    return plan


async def found(meter: ProjectMeter, lines: Lines, known: Known) -> Link:
    """The meter where it is to be, or where an earlier push has left it.

    Parameters
    ----------
    meter : ProjectMeter
    lines : Lines
    known : Known
        What an earlier push has left in the journal.

    Raises
    ------
    OptionError
        Another one is there.
    ExchangeError
        None is there.
    """
    number = meter.serial_number
    if number is None and meter.moves:
        number = known.serial_number
    failed: ExchangeError | None = None
    others = list[str]()
    for target in _targets(meter, known):
        try:
            link = await Link.open(lines, target, member=meter.member, unverified=meter.unverified)
        except ExchangeError as error:
            failed = failed or error
            continue
        told = link.nameplate.serial_number
        if told == number if number is not None else target.unit == meter.target.unit:
            return link
        shown = "tells no serial number" if told is None else f"has serial number {told}"
        others.append(f"the meter at {replace(target, name='')} {shown}")
    if others:
        wanted = "give its serial_number" if number is None else f"serial_number {number} is wanted"
        raise OptionError(f"{' and '.join(others)}: {wanted}")
    if failed is None:
        raise AssertionError("a meter has at least one target")
    raise failed


def _targets(meter: ProjectMeter, known: Known) -> Iterator[Target]:
    """Where a meter may be: as the file says, moved as far as an earlier push came, or aside."""
    target, seen = meter.target, {meter.target}
    yield target
    later = list[Target]()
    for id in OF_THE_LINE:
        if id in meter.of_line:
            target = target_after(target, Change(id, meter.of_line[id], meter.of_line[id]))
            later.append(target)
    if known.unit is not None and meter.moves:
        later.append(replace(meter.target, unit=known.unit))
    for each in later:
        if each not in seen:
            seen.add(each)
            yield each
