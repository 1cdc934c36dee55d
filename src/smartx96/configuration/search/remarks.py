"""Remarks: what looks wrong about a meter that was found, by its registers alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo

from smartx96.configuration.link import Link
from smartx96.errors import OptionError, printable
from smartx96.modbus.readings import Reading, clock_time
from smartx96.models import WIRINGS, Wiring
from smartx96.quantities import LINES, PHASES
from smartx96.settings import Settings, consequences
from smartx96.status import Status
from smartx96.wording import counted

_VOLTAGES = tuple(f"voltage_{place}" for place in (*PHASES, *LINES))

LIVE = (
    *_VOLTAGES,
    *(f"{id}_{phase}" for phase in PHASES
      for id in ("current", "active_power", "apparent_power", "reactive_power")),
    "active_power", "apparent_power", "reactive_power", "frequency", "voltage_sequence",
    *(f"{id}_thd_{phase}" for id in ("voltage", "current") for phase in PHASES),
    *(f"voltage_thd_{line}" for line in LINES),
)  # fmt: skip
"""Measured values that are looked at."""

STATE = ("status", "clock", "system_current")
"""What else is looked at, as far as the meter has it."""

CLOCK_SECONDS = 60
"""A clock that is off by no more is not told of [s]."""

_DEAD_SHARE = 0.02
"""Of the nominal voltage: with less on every input nothing is connected."""
_FREQUENCIES = (45.0, 65.0)
"""Supplies that the family is specified for [Hz]."""
_LARGER = 1.02
"""Active over apparent power from which it cannot be: both are rounded, and of one moment."""
_LEAST_POWER = 1.0
"""Below it that says nothing [VA]."""

_OF_WIRING = Status.PHASE_MISSING | Status.SEQUENCE_REVERSED | Status.WIRING_SUSPECT
_HARMLESS = Status.WARMING_UP | Status.UNLOCKED
"""What a meter in order may say as well."""


def remarks(link: Link, settings: Mapping[str, Reading], live: Mapping[str, Reading],
            now: datetime) -> tuple[str, ...]:  # fmt: skip
    """What looks wrong, a line each; empty where nothing does.

    Parameters
    ----------
    link : Link
    settings : mapping of str to Reading
        What the registers of its settings hold.
    live : mapping of str to Reading
        Values of `LIVE` and `STATE`, as far as it tells them.
    now : datetime
        With its zone.
    """
    found, wrong = link.settings_of(dict(settings))
    numbers = {id: float(x) for id, x in live.items() if isinstance(x, float | int)}
    wiring = WIRINGS[found.number("system_type")]
    lines = (
        *wrong.values(),
        *_consequences(link, found, settings),
        *_impossible(numbers),
        *_wiring(numbers, wiring, found.number("vt_ratio")),
        *_clock(live.get("clock"), settings.get("time_zone"), now),
    )
    return tuple(dict.fromkeys(printable(line) for line in lines))


def _consequences(link: Link, found: Settings, settings: Mapping[str, Reading]) -> list[str]:
    """What the settings bring about; nothing where those of the transformers are not known."""
    if not {"ct_primary", "ct_secondary", "vt_ratio"} <= settings.keys():
        return []
    try:
        return consequences(found, link.member.model)
    except OptionError as error:
        return [str(error)]


def _impossible(live: Mapping[str, float]) -> Iterator[str]:
    """Values that cannot be."""
    nothing = [id for id, value in live.items() if not math.isfinite(value)]
    if nothing:
        more = f" and {counted(len(nothing) - 3, 'other')}" if len(nothing) > 3 else ""
        yield f"{', '.join(nothing[:3])}{more}: no number; is it the right word order?"
    frequency, (low, high) = live.get("frequency", 0.0), _FREQUENCIES
    if frequency and not low <= frequency <= high:
        yield f"frequency {frequency:.6g} Hz: no supply is outside of {low:g} to {high:g} Hz"
    for place in ("", *(f"_{phase}" for phase in PHASES)):
        active, apparent = (live.get(f"{kind}_power{place}") for kind in ("active", "apparent"))
        if active is None or apparent is None or apparent < _LEAST_POWER:
            continue
        if abs(active) > _LARGER * apparent:
            yield (
                f"active_power{place} {active:.6g} W is more than apparent_power{place} "
                f"{apparent:.6g} VA: that cannot be"
            )


def _wiring(live: Mapping[str, float], wiring: Wiring, ratio: int) -> Iterator[str]:
    """What voltages, currents and powers say of the connection, and the meter itself."""
    findings = _findings(live, wiring, ratio)
    yield from findings
    # What a finding says with what to do about it is not said again.
    told = _HARMLESS | (_OF_WIRING if findings else Status(0))
    for bit in Status(int(live.get("status", 0))) & ~told:
        yield f"the meter itself says: {bit.text}"


def _findings(live: Mapping[str, float], wiring: Wiring, ratio: int) -> list[str]:
    from smartx96.metrology.foreign_phasors import phasors_of
    from smartx96.metrology.wiring_check import check_wiring

    voltages = [live[id] for id in _VOLTAGES if id in live]
    if not voltages or not all(map(math.isfinite, live.values())):
        return []
    if max(voltages) <= _DEAD_SHARE * wiring.nominal_voltage * ratio:
        return ["no voltage on any input: are the voltage inputs connected, are the fuses in?"]
    return [each.text for each in check_wiring(*phasors_of(live, wiring), wiring)]


def _clock(fields: Reading | None, zone: Reading | None, now: datetime) -> Iterator[str]:
    """How far a clock is off, by its own zone, or that of this computer where it tells none."""
    if not isinstance(fields, tuple):
        return
    shown = clock_time(fields)
    if shown is None:
        yield f"the clock shows no time: {' '.join(f'{part:02d}' for part in fields)}"
        return
    local = now.astimezone(_zone(zone)).replace(tzinfo=None)
    off = round((shown - local).total_seconds())
    if abs(off) > CLOCK_SECONDS:
        way = "ahead of" if off > 0 else "behind"
        yield f"the clock shows {shown:%Y-%m-%d %H:%M:%S}: {_span(abs(off))} {way} this computer"


def _zone(name: Reading | None) -> tzinfo | None:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name) if isinstance(name, str) and name else None
    except (KeyError, ValueError, OSError):
        return None


def _span(seconds: int) -> str:
    """A time as people say it, by its two largest parts."""
    units = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))
    parts = [(seconds // size if n == 0 else seconds % units[n - 1][1] // size, name)
             for n, (name, size) in enumerate(units)]  # fmt: skip
    first = next(n for n, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count} {name}" for count, name in parts[first : first + 2] if count)
