"""The events of a scenario file as strict models, one for each `type`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from smartx96.samples.scenario import (
    Change,
    Distortion,
    Event,
    Export,
    FrequencyChange,
    Reversal,
    Scale,
    Shift,
)
from smartx96.samples.scenario.events import KINDS, Kind
from smartx96.samples.scenario.timing import exact
from smartx96.samples.scenario_file.tables import Hertz, Nominal, Table
from smartx96.samples.scenario_file.values import Angles, Harmonics, Lags, Levels

Seconds = Annotated[float, Field(ge=0, le=1e9)]
Positive = Annotated[float, Field(gt=0, le=1e9)]
Phase = Literal[1, 2, 3]
Of = Literal["voltage", "current", "both"]
_ALL: tuple[Phase, ...] = (1, 2, 3)


class _Timed(Table):
    at: Seconds
    duration: Positive | None = None
    end: Positive | None = None

    @model_validator(mode="after")
    def _one_end(self) -> _Timed:
        if self.duration is not None and self.end is not None:
            raise ValueError("must have duration or end, not both")
        if self.end is not None and self.end <= self.at:
            raise ValueError(f"end {self.end:g} must be after at {self.at:g}")
        return self

    @property
    def seconds(self) -> float | None:
        """Duration, from whichever key states it; None to the end of the scenario."""
        return self.duration if self.end is None else float(exact(self.end) - exact(self.at))


class _Phased(_Timed):
    phases: Annotated[list[Phase], Field(min_length=1, max_length=3)] = Field(
        default_factory=lambda: list(_ALL)
    )


class _Sloped(_Phased):
    ramp: Seconds = 0.0

    @model_validator(mode="after")
    def _room(self) -> _Sloped:
        if self.seconds is not None and self.ramp > self.seconds:
            raise ValueError(f"ramp {self.ramp:g} s must not be longer than the event")
        return self

    def _scale(self, factor: float, of: Of) -> Scale:
        kinds: tuple[Kind, ...] = KINDS if of == "both" else (of,)
        return Scale(
            at=self.at,
            duration=self.seconds,
            ramp=self.ramp,
            phases=tuple(self.phases),
            factor=factor,
            of=kinds,
        )


class _Setting(_Phased):
    voltage: Levels | None = None
    current: Levels | None = None
    angle: Angles | None = None
    power_factor: Lags | None = None
    frequency: Hertz | None = None

    @model_validator(mode="after")
    def _something(self) -> _Setting:
        keys = ("voltage", "current", "angle", "power_factor", "frequency")
        if all(getattr(self, key) is None for key in keys):
            raise ValueError(f"must have one of {', '.join(keys)}")
        if self.angle is not None and self.power_factor is not None:
            raise ValueError("must have angle or power_factor, not both")
        return self

    def _settings(self, nominal: Nominal, duration: float | None, ramp: float) -> Iterator[Event]:
        if self.frequency is not None:
            yield FrequencyChange(at=self.at, duration=duration, ramp=ramp, value=self.frequency)
        for phase in sorted(set(self.phases)):
            for quantity, value in self._values(phase - 1, nominal):
                yield Change(
                    at=self.at,
                    duration=duration,
                    ramp=ramp,
                    phases=(phase,),
                    quantity=quantity,
                    value=value,
                )

    def _values(
        self, phase: int, nominal: Nominal
    ) -> Iterator[tuple[Literal["voltage", "current", "angle"], float]]:
        if self.voltage is not None:
            yield "voltage", self.voltage[phase].resolved(nominal.voltage)
        if self.current is not None:
            yield "current", self.current[phase].resolved(nominal.current)
        lags = self.power_factor or self.angle
        if lags is not None:
            yield "angle", lags[phase]


class Step(_Setting):
    """New values at once, for a time or to the end."""

    type: Literal["step"]

    def events(self, nominal: Nominal) -> Iterator[Event]:
        """The events of the model, any number of them."""
        return self._settings(nominal, self.seconds, 0.0)


class Ramp(_Setting):
    """New values, reached linearly at the end and kept."""

    type: Literal["ramp"]

    @model_validator(mode="after")
    def _an_end(self) -> Ramp:
        if self.seconds is None:
            raise ValueError("must have duration or end")
        return self

    def events(self, nominal: Nominal) -> Iterator[Event]:
        """The events of the model, any number of them."""
        return self._settings(nominal, None, self.seconds or 0.0)


class Dip(_Sloped):
    """Part of the amplitude is lost."""

    type: Literal["dip"]
    depth: Annotated[float, Field(gt=0, le=100)]
    of: Of = "voltage"

    def events(self, nominal: Nominal) -> Iterator[Event]:
        """The events of the model, any number of them."""
        yield self._scale(1.0 - self.depth / 100.0, self.of)


class Swell(_Sloped):
    """The amplitude is raised."""

    type: Literal["swell"]
    height: Annotated[float, Field(gt=0, le=1000)]
    of: Of = "voltage"

    def events(self, nominal: Nominal) -> Iterator[Event]:
        """The events of the model, any number of them."""
        yield self._scale(1.0 + self.height / 100.0, self.of)


class Loss(_Sloped):
    """Nothing is left of the phase."""

    type: Literal["loss"]
    of: Of = "both"

    def events(self, nominal: Nominal) -> Iterator[Event]:
        """The events of the model, any number of them."""
        yield self._scale(0.0, self.of)


class ShiftTable(_Sloped):
    """The voltage turns, and the current with it."""

    type: Literal["shift"]
    degrees: Annotated[float, Field(ge=-360, le=360)]

    def events(self, nominal: Nominal) -> Iterator[Event]:
        """The events of the model, any number of them."""
        yield Shift(
            at=self.at,
            duration=self.seconds,
            ramp=self.ramp,
            phases=tuple(self.phases),
            degrees=self.degrees,
        )


class Reverse(_Timed):
    """L2 and L3 change places."""

    type: Literal["reverse"]

    def events(self, nominal: Nominal) -> Iterator[Event]:
        """The events of the model, any number of them."""
        yield Reversal(at=self.at, duration=self.seconds)


class ExportTable(_Sloped):
    """The current changes its sign."""

    type: Literal["export"]

    def events(self, nominal: Nominal) -> Iterator[Event]:
        """The events of the model, any number of them."""
        yield Export(at=self.at, duration=self.seconds, ramp=self.ramp, phases=tuple(self.phases))


class Spectrum(_Sloped):
    """Other harmonics."""

    type: Literal["harmonics"]
    voltage: Harmonics | None = None
    current: Harmonics | None = None

    @model_validator(mode="after")
    def _something(self) -> Spectrum:
        if self.voltage is None and self.current is None:
            raise ValueError("must have voltage or current")
        return self

    def events(self, nominal: Nominal) -> Iterator[Event]:
        """The events of the model, any number of them."""
        for kind, harmonics in zip(KINDS, (self.voltage, self.current), strict=True):
            if harmonics is not None:
                yield Distortion(
                    at=self.at,
                    duration=self.seconds,
                    ramp=self.ramp,
                    phases=tuple(self.phases),
                    of=kind,
                    harmonics=harmonics,
                )


AnyEvent = Annotated[
    Step | Ramp | Dip | Swell | Loss | ShiftTable | Reverse | ExportTable | Spectrum,
    Field(discriminator="type"),
]
