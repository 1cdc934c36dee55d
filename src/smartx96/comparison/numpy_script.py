"""NumpyScript: what a user's own NumPy script would do.

Zero crossings of L1 cut windows of ten cycles, twelve at 60 Hz, at whole samples; each window is
averaged and Fourier transformed by itself. It follows one phase, and loses what stands between
whole samples.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Samples
from smartx96.comparison.engine import Engine, Values, Windows
from smartx96.comparison.netting import BALANCES, KINDS, energy_ids, netted
from smartx96.models import CYCLES, Wiring
from smartx96.quantities import HARMONIC_ORDERS, LINES, PHASES

FREQUENCIES = (40.0, 70.0)
"""Windows of another frequency are no mains: crossings of noise [Hz]."""

_POWERS = ("active_power", "reactive_power", "apparent_power", "power_factor")
_ANGLES = ("phase_angle", "displacement_power_factor")
_NEXT = [1, 2, 0]
_TURNS = np.exp(2j * np.pi / 3 * np.outer([0, 1, -1], [0, 1, 2])) / 3
"""Zero, positive and negative sequence of three phasors."""


def measure(samples: Samples, rate: float, cycles: int = CYCLES[50]) -> dict[str, Any]:
    """V, I, P, Q, S, PF, angles, frequency, harmonics, THD and unbalance of every window of a
    recording, with line voltages, neutral current, averages and totals: what our engine has too,
    for speeds are compared by this.

    Parameters
    ----------
    samples : ndarray, shape (6, n)
        v1, v2, v3 [V], i1, i2, i3 [A].
    rate : float
        Sampling rate [1/s].
    cycles : int
        Of a window.
    """
    edges = _edges(samples[0])[1][::cycles]
    return _stacked(_window(samples, a, b, rate, cycles) for a, b in itertools.pairwise(edges))


class NumpyScript(Engine):
    """The script on a stream, block after block."""

    name = "numpy"
    text = (
        "a plain NumPy script: zero crossings of L1, windows of 10 or 12 cycles at whole samples, "
        "mean and rfft of each, energy as power by time"
    )

    package = module = "numpy"

    def __init__(self, rate: float, wiring: Wiring, nominal: int = 50) -> None:
        super().__init__(rate, wiring, nominal)
        self._rest: Samples = np.zeros((6, 0))

    @classmethod
    def offered(cls, wiring: Wiring) -> frozenset[str]:
        """Ids of the readings, harmonics and energies that it has in a wiring."""
        return frozenset({*_places(wiring), *_harmonics(wiring), *energy_ids(wiring)})

    @classmethod
    def measure(cls, samples: Samples, rate: float) -> object:
        """The script itself, without energies and ids."""
        return measure(samples, rate)

    def _measured(self, samples: Samples) -> Windows:
        samples = np.concatenate([self._rest, samples], axis=1)
        before, crossings = _edges(samples[0])
        edges = crossings[:: self._cycles]
        # From the sample before the last edge on, so that the next block finds the same edge.
        self._rest = samples[:, before[:: self._cycles][-1] :] if edges.size else samples[:, -1:]
        if self._rest.shape[1] > self._cycles * self._rate / FREQUENCIES[0]:
            self._rest = self._rest[:, -1:]
        pairs = [(a, b) for a, b in itertools.pairwise(edges) if self._plausible(b - a)]
        if not pairs:
            return Windows(np.zeros(0))
        found = _stacked(_window(samples, a, b, self._rate, self._cycles) for a, b in pairs)
        return self._told(found)

    def _plausible(self, length: float) -> bool:
        low, high = FREQUENCIES
        return low <= self._cycles * self._rate / length <= high

    def _told(self, found: dict[str, Any]) -> Windows:
        """Arrays of the script by the ids of quantities."""
        flows: dict[str, Values] = {}
        for kind, balance in itertools.product(KINDS, BALANCES):
            flows |= netted(kind, found[f"{kind}_power"], found["seconds"], balance)
        return Windows(
            found["seconds"],
            {id: found[key][at] for id, (key, at) in _places(self._wiring).items()},
            {id: found["harmonics"][:, n] for id, n in _harmonics(self._wiring).items()},
            {id: flows[same] for id, same in energy_ids(self._wiring).items()},
        )


def _places(wiring: Wiring) -> dict[str, tuple[str, Any]]:
    """Where each reading stands in the script's arrays: which of them, and its index."""
    found: dict[str, tuple[str, Any]] = {"frequency": ("frequency", np.s_[:])}
    for n, phase in enumerate(PHASES[wiring.phases]):
        u, i = np.s_[:, n], np.s_[:, 3 + n]
        found |= {f"current_{phase}": ("rms", i), f"current_thd_{phase}": ("thd", i)}
        if wiring.has_neutral:
            found |= {f"voltage_{phase}": ("rms", u), f"voltage_thd_{phase}": ("thd", u)}
            found |= {f"{id}_{phase}": (id, u) for id in (*_POWERS, *_ANGLES)}
    if wiring is not Wiring.ONE_PHASE:
        for n, line in enumerate(LINES):
            found |= {f"voltage_{line}": ("line_voltage", np.s_[:, n]),
                      f"voltage_thd_{line}": ("line_thd", np.s_[:, n])}  # fmt: skip
    if wiring is Wiring.FOUR_WIRE:
        found["current_n"] = ("neutral_current", np.s_[:])
        found |= {f"voltage_unbalance_{name}": ("unbalance", np.s_[:, n])
                  for n, name in enumerate(("negative", "zero"))}  # fmt: skip
    return found | {id: (f"total_{id}", np.s_[:]) for id in (*_POWERS, *_ANGLES)}


def _harmonics(wiring: Wiring) -> dict[str, int]:
    """Channel of each quantity of harmonics."""
    kinds = {"voltage": 0, "current": 3} if wiring.has_neutral else {"current": 3}
    return {f"{kind}_harmonic_{phase}": first + n for kind, first in kinds.items()
            for n, phase in enumerate(PHASES[wiring.phases])}  # fmt: skip


def _edges(v1: Values) -> tuple[NDArray[np.intp], Values]:
    """Upward zero crossings: the sample before each, and where between samples it is."""
    before = np.flatnonzero((v1[:-1] < 0) & (v1[1:] >= 0))
    return before, before + v1[before] / (v1[before] - v1[before + 1])


def _stacked(windows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    found = list(windows)
    return {name: np.array([w[name] for w in found]) for name in (found[0] if found else ())}


def _window(samples: Samples, start: float, end: float, rate: float, cycles: int) -> dict[str, Any]:
    x = samples[:, round(start) : round(end)]
    rms = np.sqrt(np.mean(x * x, axis=1))
    power = np.mean(x[:3] * x[3:], axis=1)
    lines = np.fft.rfft(x, axis=1)[:, cycles : cycles * HARMONIC_ORDERS + 1 : cycles]
    lines = lines * (np.sqrt(2) / x.shape[1])
    fundamental = lines[:3, 0] * lines[3:, 0].conj()
    apparent = rms[:3] * rms[3:]
    between = x[:3] - x[_NEXT]
    percent, thd = _distortion(lines)
    zero, positive, negative = np.abs(_TURNS @ lines[:3, 0])
    return {
        "seconds": x.shape[1] / rate,
        "rms": rms,
        "averages": rms.reshape(2, 3).mean(axis=1),
        "line_voltage": np.sqrt(np.mean(between * between, axis=1)),
        "line_thd": _distortion(lines[:3] - lines[_NEXT])[1],
        "neutral_current": np.sqrt(np.mean(x[3:].sum(axis=0) ** 2)),
        **_powers("", power, fundamental, apparent),
        **_powers("total_", power.sum(), fundamental.sum(), apparent.sum()),
        "frequency": cycles * rate / (end - start),
        "harmonics": percent,
        "thd": thd,
        "unbalance": np.array([negative, zero]) * (100 / positive),
    }


def _powers(prefix: str, power: Any, fundamental: Any, apparent: Any) -> dict[str, Any]:
    """Of each phase, or of all together: one that is not connected adds nothing."""
    angle = np.angle(fundamental)
    return {
        f"{prefix}active_power": power,
        f"{prefix}reactive_power": fundamental.imag,
        f"{prefix}apparent_power": apparent,
        f"{prefix}power_factor": power / apparent,
        f"{prefix}phase_angle": np.degrees(angle),
        f"{prefix}displacement_power_factor": np.cos(angle),
    }


def _distortion(lines: Any) -> tuple[Values, Values]:
    """Orders 1..63 and THD, in % of the fundamental."""
    percent = np.full((len(lines), HARMONIC_ORDERS), np.nan)
    known = percent[:, : lines.shape[1]]
    known[:] = 100 * np.abs(lines) / np.abs(lines[:, :1])
    return percent, np.sqrt(np.sum(known[:, 1:] ** 2, axis=1))
