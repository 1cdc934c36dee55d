"""FrontEnd: everything between a meter's terminals and its samples, and how it transfers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smartx96.errors import OptionError
from smartx96.frontend.accuracy import MINUTE
from smartx96.frontend.anti_alias import AntiAliasFilter
from smartx96.frontend.calibration import Calibration
from smartx96.frontend.converter import Converter
from smartx96.frontend.current_transformer import (
    RATED_FREQUENCY,
    CurrentTransformer,
    InstallationTransformer,
)
from smartx96.frontend.divider import Divider
from smartx96.frontend.parameter import PerPhase
from smartx96.models import NOMINAL_VOLTAGE

REFERENCE_TEMPERATURE = 23.0
"""At which meters are calibrated and tested (IEC 62053-22, reference conditions) [degC]."""

LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = -40.0, 85.0
"""Range in which the coefficients are taken for straight lines [degC]; -25 to 55 is specified."""

_CALIBRATION_CURRENT = 5.0


class Element(Protocol):
    """One part of a front end."""

    def transfer(
        self, role: str, frequency: ArrayLike, rms: ArrayLike, warming: float = ...
    ) -> NDArray[np.complex128]:
        """Output over input, as complex numbers of the waves exp(j 2 pi f t).

        Parameters
        ----------
        role : str
            Channel, from `EVERY_ROLE`.
        frequency : array_like
            [Hz].
        rms : array_like, broadcast against the frequency
            Of the channel, all frequencies together [V or A].
        warming : float
            Temperature above 23 degC [K].
        """


@dataclass(frozen=True)
class FrontEnd:
    """A meter's analogue inputs; every element may be left out.

    Parameters
    ----------
    installation_transformer : InstallationTransformer, optional
        Not the meter's; off in a type test.
    current_transformer : CurrentTransformer, optional
    divider : Divider, optional
    filter : AntiAliasFilter, optional
    converter : Converter, optional
    calibration : Calibration, optional
        By which the meter corrects its samples.
    temperature : float
        [degC].
    seed : int
        Of the noise: the same input gives the same samples.

    Raises
    ------
    OptionError
        A temperature outside -40..85 degC.
    """

    installation_transformer: InstallationTransformer | None = None
    current_transformer: CurrentTransformer | None = None
    divider: Divider | None = None
    filter: AntiAliasFilter | None = None
    converter: Converter | None = None
    calibration: Calibration | None = None
    temperature: float = REFERENCE_TEMPERATURE
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse temperatures of which nothing is known."""
        if not LOWEST_TEMPERATURE <= self.temperature <= HIGHEST_TEMPERATURE:
            raise OptionError(
                f"temperature {self.temperature:g} degC: must be {LOWEST_TEMPERATURE:g} to "
                f"{HIGHEST_TEMPERATURE:g} degC"
            )

    @property
    def warming(self) -> float:
        """Temperature above that of the calibration [K]."""
        return self.temperature - REFERENCE_TEMPERATURE

    @property
    def elements(self) -> Mapping[str, Element]:
        """What is there, in the order of the signal; the calibration at the end."""
        found = {name: getattr(self, name) for name in ELEMENTS}
        return {name: element for name, element in found.items() if element is not None}

    @property
    def transformers(self) -> tuple[CurrentTransformer, ...]:
        """Current transformers in the order of the signal."""
        both = (self.installation_transformer, self.current_transformer)
        return tuple(each for each in both if each is not None)

    @property
    def clock_error(self) -> float:
        """By how much of 1 the sampling rate is too high."""
        return 0.0 if self.converter is None else 1e-6 * self.converter.clock

    def only(self, *names: str) -> FrontEnd:
        """The same with these elements alone.

        Raises
        ------
        OptionError
            One is no element.
        """
        for name in names:
            if name not in ELEMENTS:
                raise OptionError(f"{name}: no element; they are {', '.join(ELEMENTS)}")
        return FrontEnd(
            **{name: getattr(self, name) for name in names},
            temperature=self.temperature,
            seed=self.seed,
        )

    def transfer(self, role: str, frequency: ArrayLike, rms: ArrayLike) -> NDArray[np.complex128]:
        """Samples over terminals before the correction, as `Element.transfer`."""
        found = np.ones(np.broadcast(frequency, rms).shape, np.complex128)
        for name, element in self.elements.items():
            if name != "calibration":
                found = found * element.transfer(role, frequency, rms, self.warming)
        return found

    def corrected(self, role: str, frequency: ArrayLike, rms: ArrayLike) -> NDArray[np.complex128]:
        """What the meter measures over terminals: with the correction."""
        found = self.transfer(role, frequency, rms)
        if self.calibration is None:
            return found
        return found * self.calibration.transfer(role, frequency, rms)

    def linear(self, role: str, frequency: ArrayLike) -> NDArray[np.complex128]:
        """The part of `transfer` that does not depend on the current: all but transformers."""
        rest = replace(self, installation_transformer=None, current_transformer=None)
        return rest.transfer(role, frequency, 1.0)

    def calibrated(self) -> FrontEnd:
        """The same with corrections that take away its errors at 23 degC, 230 V, 5 A, 50 Hz.

        An installation's transformer is no part of it.
        """
        cold = replace(self, temperature=REFERENCE_TEMPERATURE, installation_transformer=None)
        volts, amps = (
            np.array([cold.transfer(f"{kind}{n}", RATED_FREQUENCY, rms) for n in (1, 2, 3)])
            for kind, rms in (("v", NOMINAL_VOLTAGE), ("i", _CALIBRATION_CURRENT))
        )
        return replace(
            self,
            calibration=Calibration(
                voltage_gain=_per_phase(100.0 * (1.0 / np.abs(volts) - 1.0)),
                current_gain=_per_phase(100.0 * (1.0 / np.abs(amps) - 1.0)),
                phase=_per_phase(np.angle(amps * volts.conj()) / MINUTE),
            ),
        )


def _per_phase(values: NDArray[np.float64]) -> PerPhase:
    one, two, three = values.tolist()
    return one, two, three


ELEMENTS = tuple(f.name for f in fields(FrontEnd) if f.name not in ("temperature", "seed"))
"""Names of the elements, in the order of the signal."""

IDEAL = FrontEnd()
"""Samples are what is at the terminals."""

X96 = FrontEnd(
    current_transformer=CurrentTransformer(),
    divider=Divider(),
    filter=AntiAliasFilter(),
    converter=Converter(),
).calibrated()
"""A believable SMART X96, calibrated at 23 degC; its numbers are the defaults of the elements."""

PRESETS: Mapping[str, FrontEnd] = {"ideal": IDEAL, "x96": X96}
