"""Phase: voltage and current of one phase, stated as a meter shows them."""

from __future__ import annotations

import cmath
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from smartx96.errors import OptionError

Shares = Mapping[int, complex]
"""Harmonics by order, as complex parts of the fundamental."""

_ROUNDING = 1e-9
"""By so much a power factor may be above 1 and is 1 all the same."""


@dataclass(frozen=True, slots=True)
class Phase:
    """Voltage and current of one phase.

    The angles of all harmonics, the current's too, are against the voltage's fundamental at their
    own order; so harmonic power does not depend on the angle of the current's fundamental.

    Parameters
    ----------
    voltage, current : float
        True rms [V, A].
    voltage_angle : float
        Lead of the voltage on the phase's place in the sequence [degrees].
    power_factor : float or None
        Active over apparent power, negative on export; None where the angle is stated.
    leading : bool
        Whether the current of that power factor leads.
    phase_angle : float
        Lag of the current's fundamental, where no power factor is stated [degrees].
    voltage_harmonics, current_harmonics : mapping of int to complex
    """

    voltage: float = 230.0
    current: float = 5.0
    voltage_angle: float = 0.0
    power_factor: float | None = None
    leading: bool = False
    phase_angle: float = 0.0
    voltage_harmonics: Shares = field(default_factory=dict)
    current_harmonics: Shares = field(default_factory=dict)

    @property
    def voltage_1(self) -> float:
        """Fundamental of the voltage [V]."""
        return self.voltage / _over_fundamental(self.voltage_harmonics)

    @property
    def current_1(self) -> float:
        """Fundamental of the current [A]."""
        return self.current / _over_fundamental(self.current_harmonics)

    @property
    def lag(self) -> float:
        """Lag of the current's fundamental on the voltage's [radians].

        Raises
        ------
        OptionError
            The harmonics do not allow the power factor.
        """
        if self.power_factor is None:
            return math.radians(self.phase_angle)
        whole = self._whole
        cosine = self.power_factor * whole - self._harmonic_share
        if abs(cosine) > 1.0 + _ROUNDING:
            lowest, highest = (
                (-1 + self._harmonic_share) / whole,
                (1 + self._harmonic_share) / whole,
            )
            raise OptionError(
                f"power_factor {self.power_factor:g}: these harmonics allow {lowest:.6g} to "
                f"{highest:.6g}; give one of these, or phase_angle"
            )
        angle = math.acos(min(1.0, max(-1.0, cosine)))
        return -angle if self.leading else angle

    @property
    def active_share(self) -> float:
        """Active over apparent power."""
        return (math.cos(self.lag) + self._harmonic_share) / self._whole

    @property
    def active_power(self) -> float:
        """All orders together [W]."""
        return self.voltage * self.current * self.active_share

    @property
    def reactive_power(self) -> float:
        """Of the fundamental, positive where the current lags [var]."""
        return self.voltage_1 * self.current_1 * math.sin(self.lag)

    @property
    def _whole(self) -> float:
        """Apparent power over that of the fundamentals."""
        return _over_fundamental(self.voltage_harmonics) * _over_fundamental(self.current_harmonics)

    @property
    def _harmonic_share(self) -> float:
        """Active power of the harmonics over the apparent power of the fundamentals."""
        common = self.voltage_harmonics.keys() & self.current_harmonics.keys()
        return math.fsum(
            (self.voltage_harmonics[h] * self.current_harmonics[h].conjugate()).real
            for h in sorted(common)
        )

    def reversed(self) -> Phase:
        """The same with the active power the other way, and the reactive as it was."""
        if self.power_factor is not None:
            return replace(self, power_factor=-self.power_factor)
        return replace(self, phase_angle=math.copysign(180.0, self.phase_angle) - self.phase_angle)

    def with_active_power(self, power: float, *, stated: bool) -> Phase:
        """The same with the current that makes an active power [W].

        Parameters
        ----------
        power : float
        stated : bool
            Whether the power factor or angle were just stated: then they are not turned round for
            a power of the other sign.
        """
        if power == 0.0:
            return replace(self, current=0.0)
        turned = self if stated or self.active_share * power >= 0.0 else self.reversed()
        share = turned.active_share
        if share * power <= 0.0 or abs(share) < _ROUNDING or self.voltage == 0.0:
            raise OptionError(
                f"active_power {power:g} W: impossible with {self.voltage:g} V and a power factor "
                f"of {round(share, 6):g}; give others with it"
            )
        return replace(turned, current=power / (share * self.voltage))

    def with_powers(self, active: float, reactive: float) -> Phase:
        """The same with the current and angle that make both powers [W, var].

        The reactive one is that of the fundamental, positive where the current lags.
        """
        if active == reactive == 0.0:
            return replace(self, current=0.0)
        share = self._harmonic_share
        if self.voltage == 0.0 or abs(share) >= 1.0:
            raise OptionError(
                f"powers of {active:g} W and {reactive:g} var: impossible with {self.voltage:g} V "
                "and these harmonics; give others with them"
            )
        # Apparent power x of the fundamentals: (active - share x)^2 + reactive^2 = x^2.
        rest = 1.0 - share**2
        root = math.sqrt((share * active) ** 2 + rest * (active**2 + reactive**2))
        apparent = (root - share * active) / rest
        current_1 = apparent / self.voltage_1
        return replace(
            self,
            current=current_1 * _over_fundamental(self.current_harmonics),
            power_factor=None,
            phase_angle=math.degrees(math.atan2(reactive, active - share * apparent)),
        )

    def phasors(self, place: float, orders: Sequence[int]) -> NDArray[np.complex128]:
        """Complex rms of voltage and current, shape (2, orders) [V, A].

        Parameters
        ----------
        place : float
            Of the phase in the sequence [cycles].
        orders : sequence of int
        """
        angle = 2.0 * math.pi * place + math.radians(self.voltage_angle)
        sizes = (self.voltage_1, self.current_1)
        parts = (
            {1: 1.0 + 0j, **self.voltage_harmonics},
            {1: cmath.rect(1.0, -self.lag), **self.current_harmonics},
        )
        return np.array(
            [
                [size * part.get(h, 0j) * cmath.rect(1.0, h * angle) for h in orders]
                for size, part in zip(sizes, parts, strict=True)
            ]
        )


def _over_fundamental(shares: Shares) -> float:
    """True rms over the fundamental."""
    return math.sqrt(1.0 + math.fsum(abs(share) ** 2 for share in shares.values()))
