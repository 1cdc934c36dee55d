"""The tables `nominal`, `voltage` and `current` of a scenario file as strict models."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from smartx96.samples.scenario import Phases, Wave, unbalanced
from smartx96.samples.scenario_file.values import (
    Angles,
    Component,
    HarmonicsByPhase,
    InterharmonicsByPhase,
    Lags,
    Level,
    Levels,
    Noises,
    Offsets,
)

Hertz = Annotated[float, Field(ge=10, le=500)]


class Table(BaseModel):
    """Unknown keys, texts for numbers, nan and infinity are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Nominal(Table):
    """What percentages of nominal refer to, and what stands where nothing is stated."""

    voltage: Annotated[float, Field(gt=0, le=1e6)] = 230.0
    current: Annotated[float, Field(gt=0, le=1e6)] = 5.0
    frequency: Hertz = 50.0


class _Waves(Table):
    rms: Levels = (Level(1.0, True),) * 3
    angle: Angles | None = None
    negative_sequence: Component = 0j
    zero_sequence: Component = 0j
    harmonics: HarmonicsByPhase = ((), (), ())
    interharmonics: InterharmonicsByPhase = ((), (), ())
    dc: Offsets = (0.0, 0.0, 0.0)
    noise: Noises = (0.0, 0.0, 0.0)

    def _angles(self) -> tuple[float, float, float]:
        return self.angle or (0.0, 0.0, 0.0)

    def waves(self, nominal: float, reverse: bool) -> Phases:
        """As the model of the signal states them."""
        angles = self._angles()
        one, two, three = (
            Wave(
                self.rms[phase].resolved(nominal),
                angles[phase],
                self.harmonics[phase],
                self.interharmonics[phase],
                self.dc[phase],
                self.noise[phase],
            )
            for phase in range(3)
        )
        if not self.negative_sequence and not self.zero_sequence:
            return (one, two, three)
        return unbalanced((one, two, three), self.negative_sequence, self.zero_sequence, reverse)


class Voltage(_Waves):
    """Table `voltage`."""


class Current(_Waves):
    """Table `current`."""

    power_factor: Lags | None = None

    @model_validator(mode="after")
    def _one_angle(self) -> Current:
        if self.angle is not None and self.power_factor is not None:
            raise ValueError("must have angle or power_factor, not both")
        return self

    def _angles(self) -> tuple[float, float, float]:
        return self.power_factor or self.angle or (0.0, 0.0, 0.0)
