"""Units of channels as files spell them, converted to volt and ampere."""

from __future__ import annotations

import re

SI_UNITS: dict[str, tuple[str, float]] = {
    "v": ("V", 1.0),
    "volt": ("V", 1.0),
    "volts": ("V", 1.0),
    "kv": ("V", 1e3),
    "mv": ("V", 1e-3),
    "a": ("A", 1.0),
    "amp": ("A", 1.0),
    "amps": ("A", 1.0),
    "ampere": ("A", 1.0),
    "ka": ("A", 1e3),
    "ma": ("A", 1e-3),
}
"""Unit in lower case: SI unit and factor to it. Recorders write `KV` and `MV` for kV and mV; no
sample stream is in megavolt or megaampere, so the letter case decides nothing."""

TIME_UNITS: dict[str, float] = {
    "s": 1.0,
    "sec": 1.0,
    "seconds": 1.0,
    "ms": 1e-3,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ns": 1e-9,
}
"""Unit of a time column in lower case: seconds."""

BRACKETED = re.compile(r"^(.*?)(?:\s+|_)?[\[(]\s*([^\[\]()]*?)\s*[\])]\s*$")
LONGEST_HEADING = 250
"""Letters; a longer one has no unit, and a search for it would take its time."""

SUFFIXED = re.compile(r"^(.*\S)_([kmKM][VA])$")
"""A unit behind the name; V and A alone may be phases too."""

SLASHED = re.compile(r"^(.*\S)\s*(?:/|\s+in)\s*([^\s/]+)$")


def si_unit(text: str) -> tuple[str, float]:
    """Unit after conversion and the factor to it; a unit that is neither V nor A stays as it is.

    Parameters
    ----------
    text : str
        The file's own unit.

    Returns
    -------
    tuple of str and float
        `V`, `A` or the stripped text, and the factor.
    """
    stripped = text.strip()
    return SI_UNITS.get(stripped.casefold(), (stripped, 1.0))


def is_unit(text: str) -> bool:
    """Whether a text is a unit of voltage, current or time."""
    return text.casefold() in SI_UNITS or text.casefold() in TIME_UNITS


def split_unit(field: str) -> tuple[str, str]:
    """Name and unit of a heading: `U1 [V]`, `I1 (mA)`, `u_L1/kV`, `U1 in V`."""
    if len(field) > LONGEST_HEADING:
        return field, ""
    bracketed = BRACKETED.match(field)
    if bracketed:
        return bracketed[1], bracketed[2]
    behind = SLASHED.match(field) or SUFFIXED.match(field)
    if behind and is_unit(behind[2]):
        return behind[1], behind[2]
    return field, ""
