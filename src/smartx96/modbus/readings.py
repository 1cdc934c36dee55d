"""Holding registers that are no settings: readings, the clock, the lock and commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from smartx96.modbus.program import version_bcd
from smartx96.models import PULSE2_CONSTANT, WIRINGS
from smartx96.settings import Settings

Reading = float | int | str | tuple[int, ...]
"""Value of a holding register: a number, a text, or numbers 0..99 for BCD bytes."""

METER_CODE = 0x0079
"""Type code of a CT-operated meter of the family, by which clients choose their register map."""

DISPLAY_TIMES = ("demand_period", "demand_slide", "scroll_time", "backlight_time")
"""Settings that the display times register shows, a BCD byte each."""

DISPLAY_TIME_LIMIT = 99

WORD_ORDER_MARK = 2141.0
"""What the word order register reads; a client writes it in the order that it wants."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """A holding register of its own: id, text, unit, access, allowed values and default."""

    id: str
    text: str
    unit: str = ""
    access: str = "ro"
    values: str = ""
    default: str = ""


# fmt: off
TABLE: tuple[Declaration, ...] = (
    Declaration("demand_time", "minutes elapsed in the present demand interval", "min"),
    Declaration("system_voltage",
                "nominal system voltage (line-to-line for 3P3W else line-to-neutral)", "V"),
    Declaration("system_current", "nominal system current (CT primary)", "A"),
    Declaration("lock",
                "key parameter programming authorisation: reads 0 locked 1 unlocked; "
                "write the password to unlock", "", "rw", default="0"),
    Declaration("system_power", "nominal system power", "W"),
    Declaration("serial_number_high", "serial number high part"),
    Declaration("serial_number_low", "serial number low part"),
    Declaration("pulse2_energy",
                "pulse output 2 energy: "
                f"fixed total kWh at {PULSE2_CONSTANT} imp per secondary kWh",
                default="2"),
    Declaration("reset",
                "1 = resettable energy 2 = demand maxima 3 = demand maxima and demand time",
                "", "wo-locked", "1|2|3"),
    Declaration("event_count", "events logged since manufacture"),
    Declaration("program_checksum", "check sum of the program"),
    Declaration("clock", "BCD bytes: ss mm hh weekday DD MM YY century", "", "rw"),
    Declaration("reset_command", "0x0000 = demand maxima 0x0003 = resettable energy", "",
                "wo-locked", "0|3"),
    Declaration("display_times",
                "BCD bytes: demand period; slide time; scroll time; backlight time "
                "(above 99 shows 99)", "", "rw"),
    Declaration("tariff_active", "active tariff", "", "ro", "1..4", "1"),
    Declaration("scroll_time_u16", "automatic page scroll", "s", "rw", "0..60", "0"),
    Declaration("running_time", "hours under power", "h"),
    Declaration("serial_number", "serial number"),
    Declaration("meter_code", "type code by which clients recognise the meter",
                default=f"0x{METER_CODE:04X}"),
    Declaration("software_version", "XX.YY in BCD"),
    Declaration("hardware_version", "XX.YY in BCD"),
    Declaration("display_version", "XX.YY in BCD as the display shows it at start"),
)
# fmt: on

BY_ID: dict[str, Declaration] = {d.id: d for d in TABLE}

WORD_ORDER_TEXT = ("write 2141.0 in the wanted word order", "2141.0", "high word first")
"""Text, values and default of the word order as a register, which codes it in a way of its own."""


def clock_fields(time: datetime) -> tuple[int, ...]:
    """Fields of the clock register; the weekday counts from 1 = Monday (ISO 8601)."""
    century, year = divmod(time.year, 100)
    return (
        time.second, time.minute, time.hour, time.isoweekday(),
        time.day, time.month, year, century,
    )  # fmt: skip


def clock_time(fields: Reading) -> datetime | None:
    """Local time of the fields of the clock register, whatever its weekday; None where they are
    none.
    """
    if not isinstance(fields, tuple) or len(fields) != len(clock_fields(datetime.min)):
        return None
    second, minute, hour, _, day, month, year, century = fields
    try:
        return datetime(100 * century + year, month, day, hour, minute, second)
    except ValueError:
        return None


def nominal_values(settings: Settings) -> dict[str, Reading]:
    """Nominal voltage, current and power on the primary side, as wiring and ratios make them."""
    wiring, current = WIRINGS[settings.number("system_type")], settings.number("ct_primary")
    voltage = wiring.nominal_voltage * settings.number("vt_ratio")
    return {
        "system_voltage": voltage,
        "system_current": current,
        "system_power": wiring.balanced_power(voltage, current),
    }


def _display_times(settings: Settings) -> tuple[int, ...]:
    return tuple(min(settings.number(id), DISPLAY_TIME_LIMIT) for id in DISPLAY_TIMES)


def register_values(settings: Settings, readings: Mapping[str, Reading]) -> dict[str, Reading]:
    """What each holding register reads, by register id.

    Parameters
    ----------
    settings : Settings
        The meter's settings.
    readings : Mapping
        Values of `TABLE` that the meter knows: `serial_number`, `clock`, `event_count` ...;
        they replace what is derived here. What nobody knows reads 0.
    """
    version = version_bcd()
    serial = readings.get("serial_number", 0)
    high, low = divmod(serial, 0x10000) if isinstance(serial, int) else (0, 0)
    values: dict[str, Reading] = {
        **settings,
        **nominal_values(settings),
        "serial_number_high": high,
        "serial_number_low": low,
        "pulse2_energy": 2,
        "tariff_active": 1,
        "scroll_time_u16": settings.number("scroll_time"),
        "display_times": _display_times(settings),
        "meter_code": METER_CODE,
        "software_version": version,
        "hardware_version": 0x0100,
        "display_version": version,
        **readings,
    }
    # Whatever a caller passes: a password is never read, the mark is what this register shows.
    return values | {"password": 0, "word_order": WORD_ORDER_MARK, "reset": 0, "reset_command": 0}
