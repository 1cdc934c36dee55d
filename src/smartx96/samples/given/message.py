"""Messages: values of an operating point as a line of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from smartx96.errors import OptionError
from smartx96.models import Wiring
from smartx96.samples.operating_point.point import Changes
from smartx96.settings.setting import brief, nearest

LONGEST = 4096
"""Longest message [bytes]."""

IGNORED = ("time", "timestamp", "meter", "name")
"""Keys that senders add and that say nothing of a load."""

_DIGITS = 20
"""Most of a whole number."""

_PHASES = ("l1", "l2", "l3")
_BY_PHASE = tuple(name for name in Changes.__annotations__ if name not in ("frequency", "reverse"))
KEYS = (*Changes.__annotations__, *(f"{name}_{p}" for name in _BY_PHASE for p in _PHASES))
"""What a message may state: the names of the quantities, of all phases or of one."""


def read_message(text: str | bytes, wiring: Wiring) -> dict[str, Any]:
    """What a message states, as `OperatingPoint.changed` takes it.

    Parameters
    ----------
    text : str or bytes
        An object of JSON: a number for all phases together or alike, a list with one for each of
        them and null for what stays, or a key for each phase, as `active_power_l1`.
    wiring : Wiring

    Raises
    ------
    OptionError
        It is none, says nothing, or a key is not known.
    """
    if len(text) > LONGEST:
        raise OptionError(f"a message of too many bytes: {LONGEST} at most")
    stated = _object(text)
    if not stated:
        # It must not renew old values: a sensor that has gone is often told as null.
        raise OptionError(f"a message without a value; such as {EXAMPLE}")
    found: dict[str, Any] = {}
    for key, value in stated.items():
        if key not in KEYS:
            raise OptionError(f"{brief(key)}: cannot be given; {_meant(key)}")
        name, _, phase = key.rpartition("_")
        if phase not in _PHASES:
            found[key] = _orders(key, value)
        elif not isinstance(found.setdefault(name, _nothing(wiring)), list) or name in stated:
            raise OptionError(f"{key} and {name}: give one of them")
        elif _PHASES.index(phase) >= len(found[name]):
            raise OptionError(f"{key}: {wiring} has no such phase of its own")
        else:
            found[name][_PHASES.index(phase)] = _orders(name, value)
    return found


def _meant(key: str) -> str:
    near = nearest(key, KEYS)
    known = ", ".join(Changes.__annotations__)
    return near if near.startswith("did") else f"known are {known}, of one phase with _l1, _l2, _l3"


def _object(text: str | bytes) -> Mapping[str, Any]:
    """What a message says, without what says nothing."""
    try:
        found = json.loads(text, parse_constant=_no_number, parse_int=_whole)
    except (ValueError, RecursionError) as error:
        reason = str(error).partition(" (char")[0]
        raise OptionError(f"no JSON: {reason}; such as {EXAMPLE}") from None
    if not isinstance(found, dict):
        raise OptionError(f"{brief(found)}: must be an object of JSON, such as {EXAMPLE}")
    return {k: value for k, value in found.items() if k not in IGNORED and value is not None}


EXAMPLE = '{"voltage": 230.5, "active_power_l1": 1200}'


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _whole(digits: str) -> int:
    """A whole number; one that no float could hold is none of ours."""
    if len(digits) > _DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _orders(key: str, value: Any) -> Any:
    """Harmonics come with texts for orders, and lists for percent and degrees."""
    if not key.endswith("_harmonics"):
        return value
    if isinstance(value, list):
        return [None if one is None else _shares(one) for one in value]
    return _shares(value)


def _shares(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        int(order) if order.isdecimal() else order: tuple(one) if isinstance(one, list) else one
        for order, one in value.items()
    }


def _nothing(wiring: Wiring) -> list[Any]:
    """Nothing of any phase that has a value of its own."""
    return [None] * wiring.phases.stop if wiring.has_neutral else []
