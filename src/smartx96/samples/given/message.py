"""Messages: values of an operating point as a line of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from smartx96.errors import OptionError
from smartx96.models import Wiring
from smartx96.quantities import BY_ID
from smartx96.samples.operating_point.point import Changes
from smartx96.settings.setting import brief, nearest

LONGEST = 4096
"""Longest message [bytes]."""

IGNORED = ("time", "timestamp", "meter", "name")
"""Keys that senders add and that say nothing of a load."""

_NAMED = 3
"""Keys that a note names."""

_DIGITS = 20
"""Most of a whole number."""

_PHASES = ("l1", "l2", "l3")
_BY_PHASE = tuple(name for name in Changes.__annotations__ if name not in ("frequency", "reverse"))
KEYS = (*Changes.__annotations__, *(f"{name}_{p}" for name in _BY_PHASE for p in _PHASES))
"""What a message may state: the names of the quantities, of all phases or of one."""


class Message(NamedTuple):
    """What a message says.

    Parameters
    ----------
    stated : dict
        As `OperatingPoint.changed` takes it.
    passed_over : str
        A line of the keys that are not known; empty where all are.
    """

    stated: dict[str, Any]
    passed_over: str


def read_message(text: str | bytes, wiring: Wiring) -> Message:
    """What a message states.

    Parameters
    ----------
    text : str or bytes
        An object of JSON: a number for all phases together or alike, a list with one for each of
        them and null for what stays, or a key for each phase, as `active_power_l1`.
    wiring : Wiring

    Raises
    ------
    OptionError
        It is none, says nothing, no key is known, or one looks like a slip of the pen.
    """
    if len(text) > LONGEST:
        raise OptionError(f"a message of too many bytes: {LONGEST} at most")
    stated = _object(text)
    if not stated:
        # It must not renew old values: a sensor that has gone is often told as null.
        raise OptionError(f"a message without a value; such as {EXAMPLE}")
    passed_over = _passed_over(stated)
    found: dict[str, Any] = {}
    for key, value in stated.items():
        name, _, phase = key.rpartition("_")
        if key not in KEYS:
            continue
        if phase not in _PHASES:
            found[key] = _orders(key, value)
        elif not isinstance(found.setdefault(name, _nothing(wiring)), list) or name in stated:
            raise OptionError(f"{key} and {name}: give one of them")
        elif _PHASES.index(phase) >= len(found[name]):
            raise OptionError(f"{key}: {wiring} has no such phase of its own")
        else:
            found[name][_PHASES.index(phase)] = _orders(name, value)
    return Message(found, passed_over)


def _passed_over(stated: Mapping[str, Any]) -> str:
    """A line of the keys that are not known; refuses those that were meant to be."""
    unknown = [key for key in stated if key not in KEYS]
    for key in unknown:
        near = _near(key)
        if near or len(unknown) == len(stated):
            raise OptionError(f"{brief(key)}: cannot be given; {near or _KNOWN}")
    if not unknown:
        return ""
    more = ", ..." if len(unknown) > _NAMED else ""
    named = ", ".join(brief(key) for key in unknown[:_NAMED])
    return f"{named}{more}: passed over; {_KNOWN}"


@lru_cache
def _near(key: str) -> str:
    """The key that was meant, as a question; empty where none is like it."""
    if key in BY_ID:
        # Another quantity, as the apparent power is, was meant as it stands.
        return ""
    found = nearest(key, KEYS)
    return found if found.startswith("did") else ""


_KNOWN = f"known are {', '.join(Changes.__annotations__)}, of one phase with _l1, _l2, _l3"


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
