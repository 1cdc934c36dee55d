"""Truth: what a meter without error reads of a series, in closed form."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from smartx96.models import Wiring
from smartx96.quantities import HARMONIC_ORDERS
from smartx96.typetest.series import Series, Values

_PHASES = ("l1", "l2", "l3")
_NEXT = [1, 2, 0]

BALANCES = ("per_phase", "sum")


def true_energies(
    stages: Iterable[tuple[Series, float]], wiring: Wiring, begin: float = 0.0
) -> dict[str, float]:
    """Active and reactive energy of signals one after the other, by both nettings [Wh, varh].

    Active power is that of all lines but the direct one, reactive power that of the fundamental
    (IEC 62053-24); the netting shown is per phase, without a neutral that of the sum.

    Parameters
    ----------
    stages : iterable of (Series, float)
        Signals and how long each lasts [s].
    wiring : Wiring
    begin : float
        Time at which the first of them begins: 0 is where the voltage of L1 rises through zero [s].
    """
    found: dict[str, float] = {}
    for series, seconds in stages:
        end = begin + seconds
        for kind, energy in (
            ("active", active_energy(series, begin, end)),
            ("reactive", reactive(series) * seconds),
        ):
            own = energy.sum(keepdims=True)
            for balance, parts in zip(BALANCES, (energy, own), strict=True):
                for way, sign in (("import", 1.0), ("export", -1.0)):
                    id = f"{kind}_energy_{way}_{balance}"
                    flow = float(np.maximum(sign * parts, 0.0).sum()) / 3600
                    found[id] = found.get(id, 0.0) + flow
        begin = end
    shown = BALANCES[0] if wiring.has_neutral else BALANCES[1]
    for kind in ("active", "reactive"):
        for way in ("import", "export"):
            found[f"{kind}_energy_{way}"] = found[f"{kind}_energy_{way}_{shown}"]
    return found


def active_energy(series: Series, begin: float, end: float) -> Values:
    """Integral of the instantaneous power of each phase [Ws].

    Beside the mean power it has what the product of two lines swings by their sum and difference of
    frequency: nothing over whole cycles, 2 S sin(w T) / 2 w at most where one is incomplete.
    """
    angular = 2 * np.pi * series.frequencies[series.frequencies > 0]
    x = series.phasors[:, series.frequencies > 0]
    voltage, current = x[:3, :, np.newaxis], x[3:, np.newaxis, :]
    apart = _integral(np.subtract.outer(angular, angular), begin, end)
    joined = _integral(np.add.outer(angular, angular), begin, end)
    found: Values = (voltage * current.conj() * apart - voltage * current * joined).real.sum((1, 2))
    return found


def _integral(angular: Values, begin: float, end: float) -> NDArray[np.complex128]:
    """Of exp(j w t) from begin to end, without a difference of nearly equal numbers."""
    half, middle = 0.5 * (end - begin), 0.5 * (end + begin)
    found: NDArray[np.complex128] = (
        2 * half * np.sinc(angular * half / np.pi) * np.exp(1j * angular * middle)
    )
    return found


def active(series: Series) -> Values:
    """Active power of each phase [W]; a transformer passes no direct current."""
    x = series.phasors[:, series.frequencies > 0]
    found: Values = (x[:3] * x[3:].conj()).real.sum(axis=1)
    return found


def reactive(series: Series) -> Values:
    """Reactive power of the fundamental of each phase [var], positive where the current lags."""
    x = series.phasors[:, series.order == 1][:, 0]
    found: Values = (x[:3] * x[3:].conj()).imag
    return found


def true_values(series: Series, wiring: Wiring) -> dict[str, float]:
    """Quantities of a series by their ids, those that a datasheet promises an accuracy of."""
    x = series.phasors[:, series.frequencies > 0]
    rms = np.sqrt((np.abs(x) ** 2).sum(axis=1))
    p, q, s = active(series), reactive(series), rms[:3] * rms[3:]
    values = {"frequency": series.fundamental, "active_power": p.sum(), "reactive_power": q.sum()}
    lines = np.sqrt((np.abs(x[:3] - x[_NEXT]) ** 2).sum(axis=1))
    total = s.sum()
    if wiring is Wiring.THREE_WIRE:
        # Effective apparent power (IEEE 1459) of a system without neutral.
        total = math.sqrt(float((lines**2).sum()) / 3) * math.sqrt(float((rms[3:] ** 2).sum()))
        values |= dict(zip(("voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1"), lines, strict=True))
    values |= {"apparent_power": total}
    if total:
        values["power_factor"] = p.sum() / total
    distortion = _distortion(series)
    for n, phase in enumerate(_PHASES[wiring.phases]):
        values |= {f"current_{phase}": rms[3 + n], f"current_thd_{phase}": distortion[3 + n]}
        if wiring.has_neutral:
            values |= {
                f"voltage_{phase}": rms[n], f"voltage_thd_{phase}": distortion[n],
                f"active_power_{phase}": p[n], f"reactive_power_{phase}": q[n],
                f"apparent_power_{phase}": s[n],
            }  # fmt: skip
            if s[n]:
                values[f"power_factor_{phase}"] = p[n] / s[n]
    return {id: float(value) for id, value in values.items() if not math.isnan(value)}


def _distortion(series: Series) -> Values:
    """THD of each channel over orders 2 to 63 [%]; NaN without a fundamental."""
    order = series.order
    harmonic = (order >= 2) & (order <= HARMONIC_ORDERS) & (order == np.rint(order))
    size = np.abs(series.phasors)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Values = (
            100 * np.sqrt((size[:, harmonic] ** 2).sum(axis=1)) / size[:, order == 1][:, 0]
        )
    return found
