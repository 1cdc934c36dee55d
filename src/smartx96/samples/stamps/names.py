"""Which column of a table is the time, by its name or by its numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from smartx96.samples.stamps.clock import Times, fit_stamps
from smartx96.samples.stored.units import TIME_UNITS

TIME_NAME = re.compile(
    r"^(t|times?|time[ _]?stamps?|seconds|sec|zeit|tijd|temps|tiempo)"
    r"(?:[ _](s|sec|ms|us|µs|ns))?$"
)


def is_time_name(name: str, names: Sequence[str]) -> bool:
    """Whether a column is the time by its name; a `t` beside `r` and `s` is a phase.

    Parameters
    ----------
    name : str
    names : sequence of str
        Of all columns.
    """
    folded = name.strip().casefold()
    phases = folded == "t" and {"r", "s"} <= {other.strip().casefold() for other in names}
    return TIME_NAME.match(folded) is not None and not phases


def time_factor(name: str, unit: str = "") -> float:
    """Seconds of a unit of a time column, by its own unit or the one that its name ends with."""
    named = TIME_NAME.match(name.strip().casefold())
    unit = unit or (named.group(2) if named else "") or "s"
    return TIME_UNITS.get(unit.casefold(), 1.0)


def rises_evenly(numbers: Times) -> bool:
    """Whether a column's numbers rise as times do."""
    if not np.all(np.isfinite(numbers)) or np.any(np.diff(numbers) < 0):
        return False
    if numbers[-1] <= numbers[0]:
        return False
    fit = fit_stamps(numbers)
    spacing = np.ptp(numbers) / (len(numbers) - 1)
    return fit is not None and fit.jitter < 0.75 and bool(abs(fit.rate * spacing - 1) < 0.01)
