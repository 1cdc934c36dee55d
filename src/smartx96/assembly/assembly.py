"""Assembly: from a plan to an installation that runs."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from smartx96.assembly.plan import InstallationPlan, MeterPlan, SupplyKind
from smartx96.configuration.calendar_file import read_calendar
from smartx96.errors import ConfigurationError, OptionError
from smartx96.frontend.front_end_file import open_front_end
from smartx96.installation.feeds import LEAD_SECONDS
from smartx96.installation.front_end_source import through_front_end
from smartx96.installation.installation import Installation
from smartx96.installation.keeper import Kept
from smartx96.installation.live import LiveMeter
from smartx96.installation.measurement import wiring_of
from smartx96.installation.phasor_windows import has_phasors, why_not
from smartx96.installation.resuming import pulse_journal, resume
from smartx96.meter.clock import Clock, microseconds
from smartx96.meter.commands import Access, ChangeSettings, Road, SetCalendar
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.meter.profile import DEFAULT, LoadProfile
from smartx96.meter.state import settings_of
from smartx96.meter.supply import Supply
from smartx96.models import SYSTEM_TYPES
from smartx96.outputs.gpio import SCHEME
from smartx96.outputs.opening import open_emitter
from smartx96.samples.source import Source
from smartx96.samples.sources import open_source
from smartx96.settings import Settings, consequences
from smartx96.store.loading import Loaded
from smartx96.store.store import Store

Report = Callable[[str], None]

_NAMED = 3
"""Meters that a note names."""


def assemble(
    plan: InstallationPlan, folder: Path | None, now: datetime, report: Report, *,
    phasors: bool | None = False,
) -> Installation:  # fmt: skip
    """Open everything that a plan asks for.

    Parameters
    ----------
    plan : InstallationPlan
    folder : Path or None
        Of the state; None keeps nothing beyond the process.
    now : datetime
        Time of day, timezone-aware: that of sources that have none.
    report : callable
        Called with one line of what the user should know, now and later.
    phasors : bool or None
        Whether readings are made of phasors; None where a source lacks at most noise by it.

    Raises
    ------
    X96Error
        Something cannot be opened, or does not go together; nothing stays open, and of a state
        folder that was made for it nothing is left.
    """
    with ExitStack() as opened:
        store = None
        if folder is not None:
            store = Store.open(folder, clock=_time_of_day)
            opened.callback(store.discard)
        kept, notes = list[Kept](), _Notes(report, several=len(plan.meters) > 1)
        opened.callback(notes.tell)
        for meter in plan.meters:
            each = _kept(meter, plan, store, now, notes, phasors)
            kept.append(each)
            if each.emitter is not None:
                opened.callback(each.emitter.close)
        notes.tell()
        for note in () if store is None else store.notes:
            report(f"store: {note}")
        opened.pop_all()
    return Installation(kept, store, report)


def _time_of_day() -> int:
    return microseconds(datetime.now(UTC))


class _Notes:
    """Notes of several meters, told once where they are the same.

    Parameters
    ----------
    report : callable
    several : bool
        Whether a line says whose it is.
    """

    def __init__(self, report: Report, *, several: bool) -> None:
        self._report, self._several = report, several
        self._found: dict[str, list[str]] = {}

    def add(self, name: str, line: str) -> None:
        """Take a note of a meter."""
        self._found.setdefault(line, []).append(name)

    def label(self, name: str) -> str:
        """How a line of a meter begins."""
        return f"{name}: " if self._several else ""

    def of(self, name: str) -> Report:
        """What takes a line of a meter and tells it at once."""
        return lambda line: self._report(f"{self.label(name)}{line}")

    def tell(self) -> None:
        """Tell them all."""
        found, self._found = self._found, {}
        for line, names in found.items():
            more = len(names) - _NAMED
            shown = ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
            self._report(f"{self.label(shown)}note: {line}")


def _kept(
    plan: MeterPlan, whole: InstallationPlan, store: Store | None, now: datetime, notes: _Notes,
    phasors: bool | None,
) -> Kept:  # fmt: skip
    front_end = None if plan.front_end is None else open_front_end(plan.front_end)
    # The stream begins this much before now, so that it has a reading at once.
    begin = now - timedelta(seconds=LEAD_SECONDS)
    source = open_source(
        plan.source.text, now=begin, live=True, again=not whole.once, **plan.source.options
    )
    for note in getattr(source, "notes", ()):
        notes.add(plan.name, note)
    loaded = None if store is None else store.load(plan.name)
    meter = _meter(plan, source, loaded, begin)
    if front_end is not None:
        source = through_front_end(source, front_end, meter.configuration.settings)
    live = LiveMeter(
        source,
        meter,
        name=plan.name,
        speed=whole.speed,
        repeat=not whole.once,
        limit=whole.seconds,
        phasors=_by_phasors(source) if phasors is None else phasors,
        interval=plan.interval,
    )
    if phasors:
        for line in why_not(source):
            notes.add(plan.name, f"{line}; --signal waveform has all")
    settings = meter.configuration.settings
    for line in consequences(settings, plan.model):
        notes.add(plan.name, line)
    if whole.speed != 1.0 and any(text.startswith(SCHEME) for text in plan.pulses):
        raise OptionError(
            f"{notes.label(plan.name)}pulses on lines of a chip keep real time: leave out --speed"
        )
    journal = pulse_journal(meter, plan.name, store, loaded)
    emitter = open_emitter(plan.pulses, plan.name, journal, notes.of(plan.name))
    return Kept(live, emitter, profile_size=plan.profile.size)


def _by_phasors(source: Source) -> bool:
    """Whether phasors hold all of a source but noise."""
    return has_phasors(source) and all("noise" in part for part in source.beyond_phasors)


def _meter(plan: MeterPlan, source: Source, loaded: Loaded | None, begin: datetime) -> Meter:
    """The meter as it was stored, else a new one; then with what the plan changes."""
    state = None if loaded is None else loaded.state
    settings = _first_settings(plan, source) if state is None else settings_of(state)
    meter = Meter(
        Configuration(settings, starting=True, model=plan.model, subgroups=plan.subgroups),
        clock=Clock.of(source.start or begin),
        supply=Supply(auxiliary=plan.supply is SupplyKind.AUXILIARY),
        profile=LoadProfile(plan.profile.quantities or DEFAULT),
    )
    resume(meter, loaded, 10_000_000 + secrets.randbelow(90_000_000))
    access = Access(Road.FILE if plan.place else Road.COMMAND_LINE, trusted=True)
    try:
        if plan.changes:
            meter.apply(ChangeSettings(plan.changes), access)
        if plan.tariffs is not None:
            _set_tariffs(meter, plan.tariffs, access)
    except OptionError as error:
        place = f"{plan.place}: " if plan.place else ""
        raise ConfigurationError(f"{place}{error}") from error
    return meter


def _first_settings(plan: MeterPlan, source: Source) -> Settings:
    """Settings of a new meter: connected as its source is, where the plan does not say."""
    return Settings({"system_type": SYSTEM_TYPES[wiring_of(source)], **plan.changes})


def _set_tariffs(meter: Meter, path: Path, access: Access) -> None:
    """Set the calendar of a file, unless the meter has it."""
    found, calendars = read_calendar(path), meter.calendars
    waiting = (found.calendar, found.activation) == (calendars.passive, calendars.activation)
    if found.calendar != calendars.active and not waiting:
        activation = None if found.activation is None else found.activation.isoformat()
        meter.apply(SetCalendar(found.calendar, activation), access)
