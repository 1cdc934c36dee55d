"""A calendar to the bytes of its registers."""

from __future__ import annotations

from collections.abc import Iterator

from smartx96.meter.calendar import Calendar
from smartx96.meter.calendar.places import place
from smartx96.modbus.calendar.declarations import BLOCK_SIZE, MOST_TIMES, NAME_BYTES, Which
from smartx96.modbus.calendar.layout import run_of
from smartx96.modbus.calendar.parts import dated_fields, switching_fields, week_fields
from smartx96.modbus.encoding import encode
from smartx96.modbus.readings import Reading

EMPTY = bytes(2 * BLOCK_SIZE)
"""The registers of no calendar."""


def fits(calendar: Calendar) -> bool:
    """Whether the registers can hold a calendar: its names are not too long, its days have not too
    many switching times.
    """
    return next(excesses(calendar), None) is None


def excesses(calendar: Calendar) -> Iterator[str]:
    """What of a calendar the registers cannot hold: a line for each, with the key of a file."""
    names = [("name", calendar.name)]
    for table, parts in (("seasons", calendar.seasons), ("weeks", calendar.weeks),
                         ("days", calendar.days)):  # fmt: skip
        names += [(place(table, part.name), part.name) for part in parts]
    for key, name in names:
        size = len(name.encode())
        if size > NAME_BYTES:
            yield f"{key}: the name has {size} bytes, registers hold {NAME_BYTES}"
    for day in calendar.days:
        if len(day.times) > MOST_TIMES:
            key, count = place("days", day.name), len(day.times)
            yield f"{key}: {count} switching times, registers hold {MOST_TIMES}"


def block(calendar: Calendar) -> bytes:
    """Registers of a calendar that fits, the same in each block.

    Its parts are numbered in their order, by name or date; what it does not have reads 0.
    """
    data = bytearray(EMPTY)
    for part, number, value in _values(calendar):
        # Every block has the same layout: any of them tells the place within.
        run = run_of(Which.DRAFT, part)
        offset = 2 * (run.part.offset + number * run.part.words)
        data[offset : offset + 2 * run.part.words] = encode(run.at(number), value)
    return bytes(data)


def _values(calendar: Calendar) -> Iterator[tuple[str, int, Reading]]:
    """Part, place and value of every parameter that is used."""
    days = {day.name: n for n, day in enumerate(calendar.days, 1)}
    weeks = {week.name: n for n, week in enumerate(calendar.weeks, 1)}
    yield "name", 0, calendar.name
    for n, season in enumerate(calendar.seasons):
        yield "season", n, dated_fields(season.start, weeks[season.week])
        yield "season_name", n, season.name
    for n, week in enumerate(calendar.weeks):
        yield "week", n, week_fields(tuple(days[day] for day in week.days))
        yield "week_name", n, week.name
    for n, special in enumerate(calendar.special_days):
        yield "special", n, dated_fields(special.date, days[special.day])
    for n, day in enumerate(calendar.days):
        yield "day_name", n, day.name
        for k, switching in enumerate(day.times):
            yield "time", n * MOST_TIMES + k, switching_fields(switching)
