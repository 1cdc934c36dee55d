"""Signals by their components, and what a meter must read of them by closed form.

Nothing here comes from the project: the truth is arithmetic on the components.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

ROLES = ("v1", "v2", "v3", "i1", "i2", "i3")


@dataclass
class Wave:
    """Six channels as complex rms phasors by order; x(t) = sum sqrt(2) |X_h| sin(h w t + arg)."""

    frequency: float
    phasors: np.ndarray  # (6, 63) complex
    rate: float = 12_800.0
    dc: np.ndarray = field(default_factory=lambda: np.zeros(6))

    def samples(self, seconds: float) -> np.ndarray:
        return self.at_phase(self.frequency * np.arange(round(seconds * self.rate)) / self.rate)

    def at_phase(self, cycles: np.ndarray) -> np.ndarray:
        """Samples where the fundamental has turned by `cycles`."""
        x = np.zeros((6, len(cycles))) + self.dc[:, None]
        for h in range(1, self.phasors.shape[1] + 1):
            column = self.phasors[:, h - 1]
            if np.any(column):
                turn = 2 * np.pi * np.mod(h * cycles, 1.0)
                x += np.sqrt(2) * np.abs(column)[:, None] * np.sin(turn + np.angle(column)[:, None])
        return x

    @property
    def rms(self) -> np.ndarray:
        return np.sqrt(np.sum(np.abs(self.phasors) ** 2, axis=1))

    @property
    def power(self) -> np.ndarray:
        return np.sum((self.phasors[:3] * self.phasors[3:].conj()).real, axis=1)

    @property
    def fundamental_power(self) -> np.ndarray:
        return self.phasors[:3, 0] * self.phasors[3:, 0].conj()

    @property
    def line_rms(self) -> np.ndarray:
        lines = self.phasors[:3] - self.phasors[[1, 2, 0]]
        return np.sqrt(np.sum(np.abs(lines) ** 2, axis=1))

    @property
    def neutral_rms(self) -> float:
        return float(np.sqrt(np.sum(np.abs(self.phasors[3:].sum(axis=0)) ** 2)))

    @property
    def percent(self) -> np.ndarray:
        return 100 * np.abs(self.phasors) / np.abs(self.phasors[:, :1])

    @property
    def thd(self) -> np.ndarray:
        return np.sqrt(np.sum(self.percent[:, 1:] ** 2, axis=1))


def balanced(
    frequency=50.0, voltage=230.0, current=5.0, angle=30.0, *, reverse=False, **more
) -> Wave:
    """Sine waves of equal size, current lagging by `angle` degrees."""
    phasors = np.zeros((6, 63), complex)
    turn = np.exp((2j if reverse else -2j) * np.pi / 3 * np.arange(3))
    phasors[:3, 0] = voltage * turn
    phasors[3:, 0] = current * turn * np.exp(-1j * np.radians(angle))
    return Wave(frequency, phasors, **more)


def rich(frequency: float, seed: int, *, angle=30.0, reverse=False, orders=63, **more) -> Wave:
    """Unbalanced, every order up to `orders` at 0.5 % or more with random phase."""
    rng = np.random.default_rng(seed)
    wave = balanced(frequency, angle=angle, reverse=reverse, **more)
    wave.phasors[:, 0] *= 1 + 0.1 * rng.standard_normal(6)
    wave.phasors[:, 0] *= np.exp(1j * 0.1 * rng.standard_normal(6))
    size = rng.uniform(0.005, 0.02, (6, orders - 1))
    turn = np.exp(2j * np.pi * rng.random((6, orders - 1)))
    wave.phasors[:, 1:orders] = np.abs(wave.phasors[:, :1]) * size * turn
    return wave
