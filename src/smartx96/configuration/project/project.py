"""Project: many meters, where they are asked, and how each of them is to be set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from smartx96.configuration.calendar_file import calendar_text
from smartx96.configuration.changing.plan import OF_THE_LINE
from smartx96.configuration.family import Member
from smartx96.configuration.profile.file import Profile
from smartx96.configuration.profile.leaving import Terms
from smartx96.configuration.target import Target
from smartx96.errors import OptionError
from smartx96.meter.calendar import DatedCalendar
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import Place
from smartx96.settings import Value
from smartx96.settings.setting import brief, nearest

ADDRESS = "unit_address"

_MOST_NAMED = 10
"""Meters that a message lists."""

_NONE_BESIDES = Terms()


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """Where meters are asked in turn.

    Parameters
    ----------
    place : Place
    parameters : LineParameters
        Of its meters, unless they say otherwise.
    policy : Policy
    """

    place: Place
    parameters: LineParameters
    policy: Policy


@dataclass(frozen=True, slots=True)
class ProjectMeter:
    """A meter of a project.

    Parameters
    ----------
    name : str
    line : ProjectLine
    target : Target
        Where it is asked before it is set.
    settings : mapping of str to int or str
        Values by id that the project itself states.
    profile : Profile, optional
        What else it is to have; where both state a setting, the project counts.
    serial_number : int, optional
        Of the one meter that may be set so.
    member : Member, optional
        What it is taken for, whatever it says.
    unverified : bool
        Whether registers are used that only this project documents, of whatever meter.
    terms : Terms
        What of the profile is written.
    password_variable : str
        Variable of the environment that has its password.
    calendar : DatedCalendar, optional
        Tariff calendar.
    """

    name: str
    line: ProjectLine
    target: Target
    settings: Mapping[str, Value]
    profile: Profile | None = None
    serial_number: int | None = None
    member: Member | None = None
    unverified: bool = False
    terms: Terms = _NONE_BESIDES
    password_variable: str = ""
    calendar: DatedCalendar | None = None

    @property
    def of_line(self) -> dict[str, Value]:
        """Address, speed and parity that it is to have, as far as is known before it is asked."""
        stated = dict(self.settings)
        profile = self.profile
        if profile and self.terms.whole(profile.origin, self.serial_number):
            stated = {**profile.values, **stated}
        return {id: stated[id] for id in OF_THE_LINE if id in stated}

    @property
    def unit_wanted(self) -> int:
        """Address that it is to have, as far as is known before it is asked."""
        return int(self.of_line.get(ADDRESS, self.target.unit))

    @property
    def moves(self) -> bool:
        """Whether it is to have another address."""
        return self.unit_wanted != self.target.unit

    @property
    def fingerprint(self) -> str:
        """Of all that it is to have: another one is another task."""
        profile = self.profile
        calendar = self.calendar
        wanted = [
            str(self.target),
            sorted(self.settings.items()),
            profile and [sorted(profile.values.items()), profile.origin and str(profile.origin)],
            calendar and calendar_text(*calendar),
            [self.serial_number, str(self.member), self.unverified, *self.terms],
        ]
        return hashlib.sha256(json.dumps(wanted).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Project:
    """Meters that are set in one go.

    Parameters
    ----------
    path : Path
    meters : tuple of ProjectMeter
    """

    path: Path
    meters: tuple[ProjectMeter, ...]

    @property
    def lines(self) -> dict[ProjectLine, list[ProjectMeter]]:
        """Meters by the lines on which they are asked, both in the order of the file."""
        found = dict[ProjectLine, list[ProjectMeter]]()
        for meter in self.meters:
            found.setdefault(meter.line, []).append(meter)
        return found

    def only(self, names: Collection[str]) -> Project:
        """The same with some of the meters.

        Raises
        ------
        OptionError
            One has no such name.
        """
        known = [meter.name for meter in self.meters]
        for name in names:
            if name not in known:
                meant = nearest(name, known, _MOST_NAMED)
                raise OptionError(f"{self.path}: no meter {brief(name)}; {meant}")
        return replace(self, meters=tuple(m for m in self.meters if m.name in names))

    def with_terms(self, *, everything: bool, leave_unknown: bool) -> Project:
        """The same with what the profiles of all meters may do besides."""
        return replace(self, meters=tuple(_more(m, everything, leave_unknown) for m in self.meters))


def _more(meter: ProjectMeter, everything: bool, leave_unknown: bool) -> ProjectMeter:
    own = meter.terms
    terms = Terms(own.everything or everything, own.leave_unknown or leave_unknown)
    return replace(meter, terms=terms)


def check_apart(meters: Iterable[ProjectMeter]) -> None:
    """Make sure that the meters of a project can be told apart, before, half-way and after.

    Raises
    ------
    OptionError
        Two have one name, address or serial number; or one is to get an address that another has
        now, and nothing tells them apart once it has.
    """
    names, numbers = dict[str, str](), dict[int, str]()
    now, then = dict[tuple[Place, int], ProjectMeter](), dict[tuple[Place, int], ProjectMeter]()
    for meter in meters:
        place, told = meter.line.place, brief(meter.name)
        if names.setdefault(meter.name.casefold(), told) is not told:
            raise OptionError(f"meter {told}: the name is given twice")
        number = meter.serial_number
        if number is not None and (other := numbers.setdefault(number, told)) is not told:
            raise OptionError(f"meter {told}: serial_number {number} is that of {other}")
        for units, unit, tense in ((now, meter.target.unit, "has"),
                                   (then, meter.unit_wanted, "is to have")):  # fmt: skip
            holder = units.setdefault((place, unit), meter)
            if holder is not meter:
                raise OptionError(
                    f"meter {told}: {tense} address {unit} at {place}, as {brief(holder.name)} does"
                )
    for (place, unit), meter in then.items():
        holder = now.get((place, unit), meter)
        if holder is not meter:
            _check_told_apart(meter, holder)


def _check_told_apart(meter: ProjectMeter, holder: ProjectMeter) -> None:
    """Half-way the address of a meter is another's: only serial numbers tell which it is."""
    for each in (meter, holder):
        if each.serial_number is None:
            raise OptionError(
                f"meter {brief(each.name)}: give its serial_number: address {meter.unit_wanted} "
                f"goes from {brief(holder.name)} to {brief(meter.name)}, and nothing else tells "
                "them apart then"
            )
