"""What a user's own NumPy script would do, as the measure of our speed.

Zero crossings of L1 cut windows of ten cycles, at whole samples; each window is averaged and
Fourier transformed by itself. It follows one phase, loses what stands between whole samples, and
has no energy and no flags.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

CYCLES = 10
ORDERS = 63


def measure(samples: NDArray[np.float64], rate: float) -> dict[str, Any]:
    """V, I, P, Q, S, PF, frequency, harmonics and THD of every window.

    Parameters
    ----------
    samples : ndarray, shape (6, n)
        v1, v2, v3 [V], i1, i2, i3 [A].
    rate : float
        Sampling rate [1/s].
    """
    v1 = samples[0]
    before = np.flatnonzero((v1[:-1] < 0) & (v1[1:] >= 0))
    crossing = before + v1[before] / (v1[before] - v1[before + 1])
    edges = crossing[::CYCLES]
    found = [_window(samples, a, b, rate) for a, b in itertools.pairwise(edges)]
    return {name: np.array([w[name] for w in found]) for name in (found[0] if found else ())}


def _window(samples: NDArray[np.float64], start: float, end: float, rate: float) -> dict[str, Any]:
    x = samples[:, round(start) : round(end)]
    rms = np.sqrt(np.mean(x * x, axis=1))
    power = np.mean(x[:3] * x[3:], axis=1)
    lines = np.fft.rfft(x, axis=1)[:, CYCLES : CYCLES * ORDERS + 1 : CYCLES]
    lines = lines * (np.sqrt(2) / x.shape[1])
    reactive = np.imag(lines[:3, 0] * lines[3:, 0].conj())
    percent = 100 * np.abs(lines) / np.abs(lines[:, :1])
    apparent = rms[:3] * rms[3:]
    between = x[:3] - x[[1, 2, 0]]
    line_lines = lines[:3] - lines[[1, 2, 0]]
    line_percent = 100 * np.abs(line_lines) / np.abs(line_lines[:, :1])
    return {
        "rms": rms,
        "line_voltage": np.sqrt(np.mean(between * between, axis=1)),
        "line_thd": np.sqrt(np.sum(line_percent[:, 1:] ** 2, axis=1)),
        "neutral_current": np.sqrt(np.mean(x[3:].sum(axis=0) ** 2)),
        "active_power": power,
        "reactive_power": reactive,
        "apparent_power": apparent,
        "power_factor": power / apparent,
        "frequency": CYCLES * rate / (end - start),
        "harmonics": percent,
        "thd": np.sqrt(np.sum(percent[:, 1:] ** 2, axis=1)),
    }
