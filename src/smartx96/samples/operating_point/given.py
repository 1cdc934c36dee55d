"""Given: values as people state them, checked and spread over the phases."""

from __future__ import annotations

import cmath
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from smartx96.errors import OptionError
from smartx96.models import Wiring
from smartx96.quantities import HARMONIC_ORDERS
from smartx96.settings.setting import brief

_ORDERS = range(2, HARMONIC_ORDERS + 1)
_MOST_PERCENT = 1000.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a number may be.

    Parameters
    ----------
    unit : str
    low, high : float
    total : bool
        Whether one number is that of all phases together.
    """

    unit: str
    low: float
    high: float
    total: bool = False


def number(name: str, value: object, limits: Limits) -> float:
    """A number within limits; `OptionError` where it is none."""
    unit = f" {limits.unit}" if limits.unit else ""
    if isinstance(value, int | float | np.number) and not isinstance(value, bool | np.bool_):
        if limits.low <= value <= limits.high:
            return float(value)
        shown = brief(value.item() if isinstance(value, np.number) else value)
        raise OptionError(f"{name} {shown}{unit}: must be {limits.low:g} to {limits.high:g}{unit}")
    raise OptionError(f"{name} {brief(value)}: must be a number{unit and ' in'}{unit}")


def truth(name: str, value: object) -> bool:
    """True or False; `OptionError` where it is neither."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    raise OptionError(f"{name} {brief(value)}: must be True or False")


def percentages(name: str, value: object) -> dict[int, complex]:
    """Harmonics as parts of the fundamental, by order.

    Parameters
    ----------
    name : str
    value : object
        `{order: percent}` or `{order: (percent, degrees)}`.

    Raises
    ------
    OptionError
        They are none.
    """
    if not isinstance(value, Mapping):
        raise OptionError(
            f"{name} {brief(value)}: must be percent by order, such as {{5: 3.0}}, or percent and "
            "degrees, such as {5: (3.0, 180)}"
        )
    found = {}
    for order, share in value.items():
        if isinstance(order, bool) or not isinstance(order, int) or order not in _ORDERS:
            raise OptionError(f"{name} of order {brief(order)}: must be 2 to {HARMONIC_ORDERS}")
        where = f"{name}[{order}]"
        both = share if isinstance(share, tuple) else (share, 0.0)
        if len(both) != 2:
            raise OptionError(f"{where} {brief(share)}: must be percent, or percent and degrees")
        size = number(where, both[0], Limits("%", 0.0, _MOST_PERCENT))
        angle = number(where, both[1], Limits("degrees", -360.0, 360.0))
        if size:
            found[order] = cmath.rect(size / 100.0, math.radians(angle))
    return dict(sorted(found.items()))


def spread(name: str, value: Any, wiring: Wiring, limits: Limits | None) -> list[Any]:
    """One value for each phase that a wiring has.

    Parameters
    ----------
    name : str
    value : object
        One for all phases, or a sequence of one for each; None where nothing changes.
    wiring : Wiring
        In 3p3w the phases are alike: one value for all.
    limits : Limits or None
        Of one phase: where they say so, one number is that of all phases together.

    Raises
    ------
    OptionError
        There are not as many values as phases, or a number for all together is beyond its limits.
    """
    count = wiring.phases.stop
    if isinstance(value, str) or not isinstance(value, Sequence | np.ndarray):
        if limits is not None and limits.total and value is not None:
            return [_part(name, value, limits, count)] * count
        return [value] * count
    if not wiring.has_neutral:
        raise OptionError(f"{name} {brief(value)}: the lines of {wiring} are alike: give one value")
    if len(value) != count:
        wanted = "one value" if count == 1 else f"one value, or {count}, None for what stays"
        raise OptionError(f"{name} {brief(value)}: wiring {wiring} takes {wanted}")
    return list(value)


def _part(name: str, value: object, limits: Limits, count: int) -> float:
    """The share of a phase in a number for all of them."""
    together = replace(limits, low=limits.low * count, high=limits.high * count)
    return number(name, value, together) / count
