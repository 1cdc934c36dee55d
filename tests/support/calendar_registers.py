"""The tariff calendar in registers: the layout stated a second time, and a unit's way to it."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path

from smartx96.configuration.calendar_file import read_calendar
from smartx96.meter.calendar import Calendar, Calendars
from smartx96.meter.calendar.plain import calendar_from
from smartx96.modbus.calendar.draft import Draft
from smartx96.modbus.image import HoldingImage
from smartx96.modbus.registers import BY_ID
from smartx96.settings import Settings
from support.calendars import WEEKDAYS

HOUSEHOLD = read_calendar(Path(__file__).parents[2] / "examples/tariffs/household.toml").calendar


def bcd(*numbers: int) -> bytes:
    return bytes.fromhex("".join(f"{number:02}" for number in numbers))


def date_bytes(text: str) -> bytes:
    """Bytes of a date by its text, as the page has it."""
    parts = text.split("-")
    weekday = WEEKDAYS.index(parts.pop()) + 1 if parts[-1] in WEEKDAYS else 0
    year = parts.pop(0) if len(parts) == 3 else "0000"
    month, day = ({"*": "00", "last": "99", "penultimate": "98"}.get(p, p) for p in parts)
    return bytes.fromhex(f"{year}{month}{day}{weekday:02}")


def by_the_page(data: dict) -> bytes:
    """Registers of a calendar in the form of a file, its parts numbered by the order of names."""
    image = bytearray(2 * 0x1F00)

    def put(register: int, content: bytes) -> None:
        image[2 * register : 2 * register + len(content)] = content

    days = {name: n for n, name in enumerate(sorted(data["days"]))}
    weeks = {name: n for n, name in enumerate(sorted(data["weeks"]))}
    put(0, data.get("name", "").encode())
    for n, name in enumerate(sorted(data["seasons"])):
        season = data["seasons"][name]
        put(0x0080 + 3 * n, date_bytes(season["start"]) + bcd(weeks[season["week"]] + 1))
        put(0x1800 + 16 * n, name.encode())
    for name, n in weeks.items():
        of = calendar_from(data).calendar.weeks[n].days
        put(0x0100 + 4 * n, bcd(*(days[day] + 1 for day in of), 0))
        put(0x1980 + 16 * n, name.encode())
    for n, text in enumerate(sorted(data.get("special_days", {}))):
        profile = days[data["special_days"][text]] + 1
        put(0x0200 + 3 * n, date_bytes(text) + bcd(profile))
    for name, n in days.items():
        put(0x1B00 + 16 * n, name.encode())
        for k, (start, tariff) in enumerate(sorted(data["days"][name].items())):
            clock = [int(part) for part in f"{start}:00".split(":")[:3]]
            put(0x0800 + 64 * n + 2 * k, bcd(*clock, tariff))
    return bytes(image)


def on(active: Calendar | None = None, passive: Calendar | None = None,
       activation: datetime | None = None) -> Draft:  # fmt: skip
    return Draft().following(Calendars(active, passive, activation))


def words(draft: Draft, address: int, count: int) -> str:
    return draft.image().read(address, count).hex(" ", 2)


def control(draft: Draft, id: str) -> bytes:
    register = BY_ID[id]
    image = HoldingImage(Settings(), draft.readings())
    return image.read(register.address, register.words)


def largest() -> dict:
    times = {str(time(hour, minute, 59 * (minute > 0))): hour % 4 + 1
             for hour in range(16) for minute in (0, 59)}  # fmt: skip
    return {
        "name": "n" * 32,
        "seasons": {f"{'s' * 30}{n:02}": {"start": f"*-{n:02}", "week": f"{'w' * 30}{n:02}"}
                    for n in range(1, 25)},
        "weeks": {f"{'w' * 30}{n:02}": dict.fromkeys(WEEKDAYS, f"{'ä' * 15}{n:02}")
                  for n in range(1, 25)},
        "days": {f"{'ä' * 15}{n:02}": times for n in range(1, 65)},
        "special_days": {f"{2000 + n // 300}-{n // 25 % 12 + 1:02}-{n % 25 + 1:02}":
                         f"{'ä' * 15}64" for n in range(512)},
    }  # fmt: skip
