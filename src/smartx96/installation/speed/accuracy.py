"""Accuracy: the largest error of each quantity over windows and phases, against closed forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from smartx96.comparison.engine import Windows
from smartx96.installation.speed.signal import ORDERS, SHARE, Signal
from smartx96.metrology.kernels import Values
from smartx96.quantities import HARMONIC_ORDERS, LINES, PHASES

_KINDS = ("voltage", "current")
_ABSENT = tuple(h for h in range(2, HARMONIC_ORDERS + 1) if h not in ORDERS)


@dataclass(frozen=True, slots=True)
class Row:
    """A quantity whose errors are told.

    Parameters
    ----------
    id, text, unit : str
    weights : mapping of str to ndarray
        What an error of each id counts, with the shape of its truth; NaN is none of this row.
    """

    id: str
    text: str
    unit: str
    weights: Mapping[str, Values]


def rows(signal: Signal) -> tuple[Row, ...]:
    """What is told, with the unit of its errors."""
    truth, apparent = signal.truth(), signal.apparent_power
    of_apparent = dict(zip(PHASES, 100 / apparent, strict=True))

    def own(*ids: str) -> dict[str, Values]:
        return {id: 100 / np.abs(truth[id]) for id in ids}

    def phases(id: str) -> list[str]:
        return [id.format(phase) for phase in PHASES]

    def power(kind: str) -> dict[str, Values]:
        each = {f"{kind}_power_{phase}": weight for phase, weight in of_apparent.items()}
        return {**each, f"{kind}_power": np.asarray(100 / apparent.sum())}

    def plain(*ids: str) -> dict[str, Values]:
        return dict.fromkeys(ids, np.ones(()))

    return (
        Row("frequency", "frequency", "mHz", {"frequency": np.asarray(1e3)}),
        Row("voltage", "voltage", "%", own(*phases("voltage_{}"))),
        Row("line_voltage", "line voltage", "%", own(*(f"voltage_{line}" for line in LINES))),
        Row("current", "current", "%", own(*phases("current_{}"))),
        Row("neutral_current", "neutral current", "%", own("current_n")),
        Row("active_power", "active power", "% of S", power("active")),
        Row("reactive_power", "reactive power", "% of S", power("reactive")),
        Row("apparent_power", "apparent power", "% of S", power("apparent")),
        Row("power_factor", "power factor", "", plain(*phases("power_factor_{}"))),
        Row("phase_angle", "phase angle", "degrees", plain(*phases("phase_angle_{}"))),
        Row("unbalance", "unbalance of voltages", "points",
            plain("voltage_unbalance_negative", "voltage_unbalance_zero")),
        Row("voltage_thd", "THD of voltages", "points", plain(*phases("voltage_thd_{}"))),
        Row("current_thd", "THD of currents", "points", plain(*phases("current_thd_{}"))),
        Row("harmonics", "harmonics 3..49", "% of each", _orders(ORDERS[:-1], 1 / SHARE)),
        Row("harmonic_63", "63rd harmonic", "% of it", _orders(ORDERS[-1:], 1 / SHARE)),
        Row("absent_orders", "orders that are not there", "points", _orders(_ABSENT, 1.0)),
    )  # fmt: skip


def _orders(orders: Iterable[int], weight: float) -> dict[str, Values]:
    weights = np.full(HARMONIC_ORDERS, np.nan)
    weights[[h - 1 for h in orders]] = weight
    return {f"{kind}_harmonic_{phase}": weights for kind in _KINDS for phase in PHASES}


def largest_errors(
    signal: Signal, measured: Iterable[Windows], highest: int = HARMONIC_ORDERS
) -> dict[str, float | None]:
    """Largest error by the id of the row; None where an engine has not all that it is asked for.

    Parameters
    ----------
    signal : Signal
    measured : iterable of Windows
        What an engine made of its samples.
    highest : int
        Order to which the engine's THD reaches: it is compared with the truth of just that.
    """
    truth = signal.truth() | signal.distortion(highest)
    table = rows(signal)
    found: dict[str, float | None] = dict.fromkeys(row.id for row in table)
    for windows in measured:
        given = {**windows.readings, **windows.harmonics}
        for row in table:
            for id, weight in row.weights.items():
                if id in given:
                    error = _largest(given[id] - truth[id], weight)
                    found[row.id] = max(error, found[row.id] or 0.0)
    return {id: None if error is None or np.isinf(error) else error for id, error in found.items()}


def _largest(error: Values, weight: Values) -> float:
    """Largest over windows and what counts; a value that is missing is an infinite error."""
    known = ~np.isnan(weight)
    size = np.abs(error[..., known] * weight[known] if weight.ndim else error * weight)
    return float(np.where(np.isnan(size), np.inf, size).max(initial=0.0))
