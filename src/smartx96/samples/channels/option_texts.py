"""Texts of the options `--channels` and `--scale`."""

from __future__ import annotations

import math

from smartx96.errors import OptionError
from smartx96.samples.source import EVERY_ROLE, ROLES

SCALED = ("v", "i", *EVERY_ROLE)
EXAMPLE = "give volts and amperes, such as --scale v=500,i=20"


def parse_channels(text: str) -> dict[str, str]:
    """Roles and the names or numbers of their channels, from `v1=NAME,i1=4`.

    Parameters
    ----------
    text : str
        Pairs separated by commas. A piece without a role in front belongs to the name before it,
        so that names may hold commas.

    Raises
    ------
    OptionError
        A role is unknown, given twice or without a channel.
    """
    chosen: dict[str, str] = {}
    role = ""
    for piece in text.split(","):
        head, sign, name = piece.partition("=")
        if sign and head.strip().casefold() in EVERY_ROLE:
            role = head.strip().casefold()
            if role in chosen:
                raise OptionError(f"--channels {text}: {role} is given twice")
            chosen[role] = name
        elif role and not sign:
            chosen[role] += "," + piece
        else:
            raise OptionError(
                f"--channels {text}: {piece.strip()!r} is not ROLE=NAME with a role out of "
                + ", ".join(EVERY_ROLE)
            )
    for role, name in chosen.items():
        if not name.strip():
            raise OptionError(f"--channels {text}: {role} has no channel; give a name or number")
    return {role: name.strip() for role, name in chosen.items()}


def numbers_as_roles(count: int) -> str:
    """The option for so many channels without names, as an example."""
    roles = ROLES if count >= len(ROLES) else ("v1", "i1")[:count]
    return "--channels " + ",".join(f"{role}={n}" for n, role in enumerate(roles, 1))


def parse_scale(text: str) -> dict[str, float]:
    """Full scales or factors by kind or role, from `v=500,i=20`.

    Parameters
    ----------
    text : str
        Pairs separated by commas; the keys are v, i or a role.

    Raises
    ------
    OptionError
        A key is unknown or given twice, or a value is no number other than 0.
    """
    scales: dict[str, float] = {}
    for piece in text.split(","):
        head, _, value = piece.partition("=")
        key = head.strip().casefold()
        if key not in SCALED or key in scales:
            problem = "is given twice" if key in scales else "is none of " + ", ".join(SCALED)
            raise OptionError(f"--scale {text}: {key!r} {problem}; {EXAMPLE}")
        scales[key] = _factor(value, text)
    return scales


def _factor(value: str, text: str) -> float:
    try:
        factor = float(value)
    except ValueError:
        factor = math.nan
    if not math.isfinite(factor) or factor == 0:
        raise OptionError(f"--scale {text}: {value.strip()!r} is no number other than 0; {EXAMPLE}")
    return factor
