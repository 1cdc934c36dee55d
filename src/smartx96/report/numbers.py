"""Numbers as people read them: values with their unit, times."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta

from smartx96.quantities import BY_ID

NOT_AVAILABLE = "----"
_PREFIXED = {"V", "A", "W", "var", "VA"}
_NOTHING = 1e-9
"""What is smaller is rounding and shown as 0."""


def formatted(id: str, values: Mapping[str, float]) -> str:
    """A value with its unit, five digits, prefixed where the unit takes one."""
    value, unit = values[id], BY_ID[id].unit
    if math.isnan(value):
        return NOT_AVAILABLE
    value = 0.0 if abs(value) < _NOTHING else value
    if unit == "Hz":
        return f"{value:.4f} Hz"
    if unit in ("kWh", "kvarh"):
        # A register counts in 1e-9 of these: small ones need no exponent.
        digits = f"{value:.9g}" if abs(value) >= 1e-3 else f"{value:.9f}".rstrip("0").rstrip(".")
        return f"{digits or '0'} {unit}"
    prefix = ""
    if unit in _PREFIXED:
        for step, symbol in ((1e6, "M"), (1e3, "k")):
            if abs(value) >= step * 9.9995:
                value, prefix = value / step, symbol
                break
    digits = f"{value:.3f}" if unit == "%" else f"{value:.5g}"
    return f"{digits} {prefix}{unit}".rstrip()


def moment(seconds: float) -> str:
    """A time after the first sample; in hours, minutes and seconds from two minutes on."""
    if seconds < 120:
        return f"{seconds:.3f}\u00a0s"
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest / 10:04.1f}"


def clock(start: datetime | None, seconds: float) -> str | None:
    """The time of day (UTC) so long after the start; None where the recording has none."""
    if start is None:
        return None
    try:
        return f"{start + timedelta(seconds=seconds):%H:%M:%S.%f}"[:-3]
    except OverflowError:
        return None
