"""Building: a meter on an operating point, new or as it was stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from smartx96.installation.keeper import Kept
from smartx96.installation.resuming import pulse_journal, resume
from smartx96.meter.clock import Clock, moment
from smartx96.meter.commands import Access, ChangeSettings, Road
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.meter.profile import DEFAULT, LoadProfile
from smartx96.meter.state import settings_of
from smartx96.meter.supply import Supply
from smartx96.models import Model
from smartx96.samples.operating_point import AdjustableSource, Changes
from smartx96.settings import Settings, Value, check_together
from smartx96.simulation.pulse_log import PulseLog
from smartx96.simulation.timeline import SteppedMeter
from smartx96.store.loading import Loaded
from smartx96.store.store import Store

TEST = Access(Road.COMMAND_LINE, trusted=True)
"""A test owns its meter and needs no password."""


@dataclass(frozen=True, slots=True)
class MeterPlan:
    """What is asked of one meter.

    Parameters
    ----------
    name : str
        Under which it is stored.
    model : Model
    changes : mapping of str to int or str
        Settings that are stated.
    serial_number : int
        Of a new meter.
    auxiliary : bool
        Whether its supply never fails by itself.
    """

    name: str
    model: Model
    changes: Mapping[str, Value]
    serial_number: int
    auxiliary: bool


@dataclass(frozen=True, slots=True)
class Built:
    """A meter with what belongs to it.

    Parameters
    ----------
    live : SteppedMeter
    kept : Kept
    source : AdjustableSource
    pulses : PulseLog
    auxiliary : bool
        Whether its supply never fails by itself.
    """

    live: SteppedMeter
    kept: Kept
    source: AdjustableSource
    pulses: PulseLog
    auxiliary: bool

    @property
    def powered(self) -> bool:
        """Whether the meter has a supply."""
        return self.live.meter.powered

    def set(self, changes: Changes) -> None:
        """Go to another operating point; `OptionError` where there is none such."""
        self.source.point = self.source.point.changed(changes, self.live.configuration.wiring)

    def interrupt(self) -> None:
        """Interrupt whatever the meter lives on."""
        self.source.interrupted, self.live.meter.supply.auxiliary = True, False

    def restore(self) -> None:
        """End the interruption."""
        self.source.interrupted, self.live.meter.supply.auxiliary = False, self.auxiliary


def resumed(loaded: Loaded) -> datetime | None:
    """Where the sample clock goes on from a stored meter; None for a new one."""
    if loaded.state is None:
        return None
    return moment(loaded.time) - timedelta(microseconds=loaded.state["clock_offset"])


def build(plan: MeterPlan, source: AdjustableSource, store: Store | None,
          loaded: Loaded | None) -> Built:  # fmt: skip
    """A meter, live on a source.

    Raises
    ------
    OptionError
        The settings do not go with each other, or with the model.
    StoreError
        What is stored cannot be taken.
    """
    meter = _meter(plan, source, loaded)
    live = SteppedMeter(source, meter, name=plan.name, phasors=True)
    pulses = PulseLog(pulse_journal(meter, plan.name, store, loaded))
    return Built(live, Kept(live, pulses), source, pulses, plan.auxiliary)


def _meter(plan: MeterPlan, source: AdjustableSource, loaded: Loaded | None) -> Meter:
    state = None if loaded is None else loaded.state
    settings = Settings(plan.changes) if state is None else settings_of(state)
    check_together(settings, plan.model)
    meter = Meter(
        Configuration(settings, starting=True, model=plan.model),
        clock=Clock.of(source.start),
        supply=Supply(auxiliary=plan.auxiliary),
        profile=LoadProfile(DEFAULT),
    )
    resume(meter, loaded, plan.serial_number)
    if plan.changes and state is not None:
        meter.apply(ChangeSettings(plan.changes), TEST)
    return meter
