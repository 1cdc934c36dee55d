"""Project files: TOML of many meters, checked as a whole before any of them is asked."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

from smartx96.configuration.calendar_file import read_calendar
from smartx96.configuration.family import Member, member_named
from smartx96.configuration.profile.file import Profile, read_profile
from smartx96.configuration.profile.leaving import OF_ONE_METER, Terms
from smartx96.configuration.project import table as checks
from smartx96.configuration.project.project import (
    Project,
    ProjectLine,
    ProjectMeter,
    check_apart,
)
from smartx96.configuration.project.table import TOP, Headings, Table
from smartx96.configuration.target import Target
from smartx96.errors import ConfigurationError, OptionError, X96Error, printable
from smartx96.meter.calendar import DatedCalendar
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import Kind, Place
from smartx96.settings import BY_ID, Settings, Value, check_together, coded, with_transformers
from smartx96.settings.setting import nearest
from smartx96.toml_file import TomlFile, read_toml

LARGEST = 2_000_000
"""Largest project file [bytes]."""

MOST_METERS = 5000

METERS = "meter"
"""Key of the meters, by which a project is told from a profile."""

PLACES = {"tcp": Kind.TCP, "port": Kind.RTU, "rtu_tcp": Kind.RTU_TCP}
"""Keys of places, and what is spoken there."""

_SPEED = ("baud", "parity")
_PATIENCE = ("timeout", "retries")
_TERMS = ("all", "leave_unknown")
_FOR_ALL = ("profile", "tariffs", "member", "unverified", *_TERMS, "password_variable")
"""Keys of a meter that may stand at the top, for all that do not say otherwise."""
_OF_METER = ("name", "line", "unit", "serial_number", "settings", *PLACES, *_SPEED, *_FOR_ALL)
_OF_LINE = (*PLACES, *_SPEED, *_PATIENCE)
_OF_TOP = ("settings", "line", METERS, *_SPEED, *_PATIENCE, *_FOR_ALL)
_OF_LINES = ("baud_rate", "parity_stop")
"""What all meters of a line may well be given together."""
_NUMBERS = 0xFFFF_FFFF

T = TypeVar("T")


def is_project(file: TomlFile) -> bool:
    """Whether a file is of many meters, and no profile of one."""
    return isinstance(file.data.get(METERS), list) or "line" in file.data


def read_project(path: str | os.PathLike[str]) -> Project:
    """Read a project file, and the profiles and calendars that it names.

    Parameters
    ----------
    path : path-like
        Paths in it start from its folder.

    Raises
    ------
    ConfigurationError
        One line: the file, its line, the key, what is allowed.
    """
    return project_of(read_toml(path, LARGEST, ConfigurationError))


def project_of(file: TomlFile) -> Project:
    """The project that a file holds.

    Raises
    ------
    ConfigurationError
        As `read_project`.
    """
    return _Reader(file).project()


class _Reader:
    """One project file while it is read."""

    def __init__(self, file: TomlFile) -> None:
        self._file, self._headings = file, Headings(file)
        self._top = Table(self._headings, TOP, file.data)
        self._profile: Callable[[Path], Profile] = cache(read_profile)
        self._calendar: Callable[[Path], DatedCalendar] = cache(read_calendar)

    def project(self) -> Project:
        self._top.check_keys(_OF_TOP)
        self._parameters = self._speed(self._top, LineParameters())
        self._policy = self._patience(self._top, Policy())
        self._lines = self._named_lines()
        self._settings = self._settings_of(self._top, "settings")
        meters = self._file.data.get(METERS)
        if not isinstance(meters, list) or not 1 <= len(meters) <= MOST_METERS:
            raise self._top.refused(
                METERS, f"a project has 1 to {MOST_METERS} meters, each begins with [[{METERS}]]"
            )
        found = tuple(self._meter(n, data) for n, data in enumerate(meters, 1))
        self._check_for_all(len(found))
        try:
            check_apart(found)
        except OptionError as error:
            raise ConfigurationError(f"{self._file.path}: {error}") from None
        return Project(self._file.path, found)

    def _named_lines(self) -> dict[str, ProjectLine]:
        table = Table(self._headings, "line", self._file.data.get("line", {}))
        found = dict[str, ProjectLine]()
        places = dict[Place, str]()
        for name, data in table.data.items():
            told = f"line.{printable(name[:64])}"
            each = Table(self._headings, f"line.{name}", data, told)
            each.check_keys(_OF_LINE)
            place = self._place(each)
            if place is None:
                raise each.refused("", "where is it? give tcp, port or rtu_tcp")
            if place in places:
                raise each.refused("", f"{place} is line {places[place]} already")
            places[place] = name
            parameters = self._speed(each, self._parameters)
            found[name] = ProjectLine(place, parameters, self._patience(each, self._policy))
        return found

    def _meter(self, n: int, data: object) -> ProjectMeter:
        table = Table(self._headings, f"{METERS}[{n}]", data)
        name = table.get("name", checks.name, "")
        if not name:
            raise table.refused("", "name: missing")
        table.call(f"meter {name!r}")
        table.check_keys(_OF_METER)
        line = self._line_of(table)
        units = (0, 255) if line.place.kind is Kind.TCP else (1, 247)
        target = Target(
            line.place,
            table.get("unit", checks.number(*units), 1),
            self._speed(table, line.parameters),
            name,
        )
        settings = self._settings | self._settings_of(table, f"{METERS}[{n}]")
        member = self._of_all(table, "member", _member, None)
        profile = self._of_all(table, "profile", self._file_by(self._profile), None)
        self._check_together(table, settings, profile, member)
        return ProjectMeter(
            name, line, target, settings, profile,
            table.get("serial_number", _serial_number, None),
            member,
            self._of_all(table, "unverified", checks.switch, False),
            Terms(*(self._of_all(table, key, checks.switch, False) for key in _TERMS)),
            self._of_all(table, "password_variable", checks.variable, ""),
            self._of_all(table, "tariffs", self._file_by(self._calendar), None),
        )  # fmt: skip

    def _of_all(self, table: Table, key: str, check: Callable[[object], T], default: T) -> T:
        """What a meter says, or the top for all."""
        return table.get(key, check, self._top.get(key, check, default))

    def _line_of(self, table: Table) -> ProjectLine:
        place = self._place(table)
        if place is not None and "line" in table.data:
            raise table.refused("line", "line: its own place is given as well; give one of them")
        if place is not None:
            named = (line for line in self._lines.values() if line.place == place)
            return next(named, ProjectLine(place, self._parameters, self._policy))
        name = table.get("line", checks.text, next(iter(self._lines), ""))
        if name not in self._lines:
            known = nearest(name, self._lines) if self._lines else "give one as [line.NAME]"
            raise table.refused("line", f"line = {name!r}: there is none; {known}")
        if "line" not in table.data and len(self._lines) > 1:
            raise table.refused("", f"line: missing; one of {', '.join(list(self._lines)[:20])}")
        return self._lines[name]

    def _place(self, table: Table) -> Place | None:
        given = [key for key in PLACES if key in table.data]
        if len(given) > 1:
            raise table.refused(given[1], f"{' and '.join(given)}: give one of them")
        if not given:
            return None
        kind = PLACES[given[0]]
        return table.get(given[0], lambda v: Place.typed(kind, checks.text(v)), None)

    def _speed(self, table: Table, before: LineParameters) -> LineParameters:
        baud = table.get("baud", checks.number(50, 4_000_000), before.baud_rate)
        framing = table.get("parity", _framing, f"{before.parity}{before.stop_bits}")
        return LineParameters(baud, framing[0], int(framing[1]))

    def _patience(self, table: Table, before: Policy) -> Policy:
        timeout = table.get("timeout", checks.seconds, before.timeout)
        return Policy(timeout, table.get("retries", checks.number(0, 100), before.retries))

    def _settings_of(self, table: Table, name: str) -> dict[str, Value]:
        found = dict[str, Value]()
        stated = table.data.get("settings", {})
        if not isinstance(stated, dict):
            raise table.refused("settings", "settings: must be a table")
        id = "ct"
        try:
            for id, value in with_transformers(stated).items():
                found[id] = coded(id, value)
        except OptionError as error:
            place = self._headings.place(name, id if id in stated else "ct")
            told = "" if table is self._top else f" {table.told}:"
            raise ConfigurationError(f"{place}:{told} settings: {error}") from None
        return found

    def _file_by(self, read: Callable[[Path], T]) -> Callable[[object], T | None]:
        """A check that reads the file whose path it is given."""

        def check(value: object) -> T:
            try:
                return read(self._file.path.parent / checks.text(value))
            except ConfigurationError as error:
                raise OptionError(str(error)) from None

        return check

    def _check_for_all(self, meters: int) -> None:
        """What belongs to one meter cannot stand at the top for several."""
        for id in self._settings:
            if meters > 1 and id in OF_ONE_METER and id not in _OF_LINES:
                place = self._headings.place("settings", id)
                raise ConfigurationError(
                    f"{place}: settings: {id}: belongs to one meter; give it in its [[{METERS}]]"
                )

    def _check_together(self, table: Table, settings: dict[str, Value], profile: Profile | None,
                        member: Member | None) -> None:  # fmt: skip
        """What no setting can be checked for by itself, where it is known which meter it is."""
        if member is None:
            return
        values = (dict(profile.values) if profile else {}) | settings
        try:
            check_together(Settings(values), member.model)
        except X96Error as error:
            raise table.refused("", str(error)) from None


def _member(value: object) -> Member | None:
    return member_named(checks.text(value))


def _serial_number(value: object) -> int | None:
    return checks.number(0, _NUMBERS)(value)


def _framing(value: object) -> str:
    known = [str(name) for name in BY_ID["parity_stop"].codes.values()]
    if isinstance(value, str) and value.upper() in known:
        return value.upper()
    raise OptionError(f"must be one of {', '.join(known)}")
