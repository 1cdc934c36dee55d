"""Installations in closed form: phasors at the terminals of a meter, and what registers tell of
them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

PHASES = ("l1", "l2", "l3")
LINES = ("l1_l2", "l2_l3", "l3_l1")
USUAL = np.exp(-2j * np.pi / 3 * np.arange(3))
"""Where phases stand that follow each other as they should."""


@dataclass(frozen=True)
class Terminals:
    """Complex rms of voltages against neutral, or the star point, and of currents."""

    voltage: np.ndarray
    current: np.ndarray

    @classmethod
    def loaded(cls, angle: float, *, reverse: bool = False, share: float = 1.0) -> Terminals:
        """A slightly unbalanced supply and load; the phases' angles differ by up to 8 degrees."""
        turn = USUAL.conj() if reverse else USUAL
        u = np.array([231.0, 229.0, 228.0]) * turn * np.exp(1j * np.radians([0.0, 1.0, -0.7]))
        lag = np.radians(angle + np.array([0.0, 5.0, -3.0]))
        return cls(u, share * np.array([4.1, 5.0, 3.2]) * turn * np.exp(-1j * lag))

    def without_neutral(self) -> Terminals:
        """Three wires: voltages against the star point, the second current by the others."""
        u, i = self.voltage, self.current
        return Terminals(u - u.mean(), np.array([i[0], -i[0] - i[2], i[2]]))

    def swapped(self, kind: str, a: int, b: int) -> Terminals:
        """Two conductors exchanged."""
        order = np.arange(3)
        order[[a, b]] = b, a
        if kind == "voltage":
            return Terminals(self.voltage[order], self.current)
        return Terminals(self.voltage, self.current[order])

    def reversed(self, kind: str, n: int) -> Terminals:
        """A transformer turned round."""
        signs = np.where(np.arange(3) == n, -1.0, 1.0)
        if kind == "voltage":
            return Terminals(signs * self.voltage, self.current)
        return Terminals(self.voltage, signs * self.current)

    @property
    def lines(self) -> np.ndarray:
        """Voltages between lines."""
        return self.voltage - np.roll(self.voltage, -1)

    def turned(self, reference: complex) -> Terminals:
        """With another reference of all angles."""
        turn = abs(reference) / reference
        return Terminals(self.voltage * turn, self.current * turn)

    @property
    def sequence(self) -> float:
        """1 or 2 where one sequence is clear, else 0."""
        positive, negative = (abs((self.voltage * turn).sum()) for turn in (USUAL.conj(), USUAL))
        if positive > 2 * negative:
            return 1.0
        return 2.0 if negative > 2 * positive else 0.0

    def registers(self, *, neutral: bool = True) -> dict[str, float]:
        """What a meter shows, by quantity id."""
        power = self.voltage * self.current.conj()
        found = {
            **_of("voltage", LINES, abs(self.lines)),
            **_of("current", PHASES, abs(self.current)),
            "active_power": float(power.sum().real),
            "reactive_power": float(power.sum().imag),
            "apparent_power": float(abs(power).sum()),
            "power_factor": float(power.sum().real / (abs(power).sum() or 1.0)),
            "voltage_sequence": self.sequence,
            "frequency": 50.0,
        }
        if neutral:
            found |= _of("voltage", PHASES, abs(self.voltage))
            found |= _of("active_power", PHASES, power.real)
            found |= _of("reactive_power", PHASES, power.imag)
            found |= _of("apparent_power", PHASES, abs(power))
            found |= _of("power_factor", PHASES, power.real / np.maximum(abs(power), 1e-9))
        return found

    @property
    def lags(self) -> list[float]:
        """By how much each current lags the voltage beside it [deg]."""
        return np.degrees(np.angle(self.voltage * self.current.conj())).tolist()


def _of(id: str, places: Sequence[str], values: np.ndarray) -> dict[str, float]:
    return {f"{id}_{place}": float(value) for place, value in zip(places, values, strict=True)}
