"""Details of events in words and with units; the store keeps them as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from smartx96.meter.events import Detail, EventKind
from smartx96.settings import BY_ID, Setting
from smartx96.wording import counted

_ROADS = {
    "command line": "from the command line",
    "file": "from a file",
    "modbus": "over Modbus",
    "panel": "at the panel",
    "source": "by the source",
    "web": "on the web page",
}
"""On which way a change came."""

_WORDS: dict[str, Callable[[Any], str]] = {
    "phase": str,
    "output": lambda number: f"output {number}",
    "voltage": lambda value: f"{value} V",
    "current": lambda value: f"{value} A",
    "frequency": lambda value: f"{value} Hz",
    "pending": lambda number: f"{_counted(number, 'pulse')} waiting",
    "findings": lambda kinds: str(kinds).replace("_", " "),
    "what": str,
    "name": lambda name: f"calendar {name}",
    "activation": lambda time: f"in force from {time}",
    "reason": str,
    "found": lambda when: f"found {when}",
    "since": lambda time: f"since {time}",
    "repeats": lambda number: f"came again {_counted(number, 'time')}",
    "road": lambda road: _ROADS.get(str(road), f"by {road}"),
}
"""What is said of a detail by its name, in this order."""


def worded(kind: str, details: Mapping[str, Detail]) -> str:
    """The details of an event for people; what is not known is told as it is.

    Parameters
    ----------
    kind : str
        Of the event.
    details : mapping of str to str, int or float

    Examples
    --------
    >>> worded("parameter_changed", {"setting": "ct_primary", "old": 5, "new": 400})
    'CT primary current from 5 A to 400 A'
    >>> worded("over_voltage", {"phase": "L1", "voltage": 281.2})
    'L1, 281.2 V'
    """
    left = dict(details)
    said = [_change(kind, left)] if {"old", "new"} <= left.keys() else []
    said += [word(left.pop(name)) for name, word in _WORDS.items() if name in left]
    return ", ".join([*said, *(f"{name} {value}" for name, value in left.items())])


def _change(kind: str, left: dict[str, Detail]) -> str:
    """What was changed, from what to what; its details are taken away."""
    old, new = left.pop("old"), left.pop("new")
    setting = BY_ID.get(str(left.get("setting")))
    if setting is not None:
        del left["setting"]
        return f"{setting.label} from {_value(setting, old)} to {_value(setting, new)}"
    if kind == EventKind.TARIFF_SWITCHED:
        return f"from tariff {old} to {new}" if old else f"tariff {new}"
    return f"from {old} to {new}"


def _value(setting: Setting, value: Detail) -> str:
    """A value of a setting with its unit; a name has that in itself."""
    shown = value if isinstance(value, float) else setting.shown(value)
    return str(shown) if isinstance(shown, str) else f"{shown} {setting.unit}".rstrip()


def _counted(number: object, noun: str) -> str:
    return counted(number, noun) if isinstance(number, int) else f"{number} {noun}s"
