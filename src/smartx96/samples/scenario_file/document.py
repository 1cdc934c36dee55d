"""A scenario file as a whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from smartx96.samples.scenario import Event, Scenario
from smartx96.samples.scenario_file import events as event_tables
from smartx96.samples.scenario_file.events import AnyEvent
from smartx96.samples.scenario_file.tables import Current, Hertz, Nominal, Table, Voltage
from smartx96.samples.scenario_file.values import Wanders

EVENTS = 256
"""Most events in a file: each costs time in every block."""


class Document(Table):
    """The keys at the top."""

    duration: Annotated[float, Field(gt=0, le=1e9)] | None = None
    rate: Annotated[float, Field(ge=100, le=1_000_000)] = 12800.0
    frequency: Hertz | None = None
    wander: Wanders = ()
    sequence: Literal["normal", "reverse"] = "normal"
    start: datetime | None = None
    side: Literal["primary", "secondary"] = "secondary"
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    nominal: Nominal = Nominal()
    voltage: Voltage = Voltage()
    current: Current = Current()
    event: Annotated[list[AnyEvent], Field(max_length=EVENTS, default_factory=list)]

    def scenario(self) -> Scenario:
        """The signal that the file states.

        Raises
        ------
        ScenarioError
            The parts do not go together.
        """
        reverse = self.sequence == "reverse"
        start = self.start
        if start is not None:
            start = start.astimezone(UTC) if start.tzinfo else start.replace(tzinfo=UTC)
        return Scenario(
            voltages=self.voltage.waves(self.nominal.voltage, reverse),
            currents=self.current.waves(self.nominal.current, reverse),
            frequency=self.nominal.frequency if self.frequency is None else self.frequency,
            wander=self.wander,
            reverse=reverse,
            events=self._events(),
            duration=self.duration,
            rate=self.rate,
            seed=self.seed,
            start=start,
            side=self.side,
        )

    def _events(self) -> tuple[Event, ...]:
        return tuple(event for table in self.event for event in table.events(self.nominal))


TABLES: dict[str, type[BaseModel]] = {
    "": Document,
    "nominal": Nominal,
    "voltage": Voltage,
    "current": Current,
    "step": event_tables.Step,
    "ramp": event_tables.Ramp,
    "dip": event_tables.Dip,
    "swell": event_tables.Swell,
    "loss": event_tables.Loss,
    "shift": event_tables.ShiftTable,
    "reverse": event_tables.Reverse,
    "export": event_tables.ExportTable,
    "harmonics": event_tables.Spectrum,
}
"""Where a key may stand, by the name under which an error reports the place."""
