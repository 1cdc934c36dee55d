"""Wording: values, limits and margins of a type test as people read them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from smartx96.settings import BY_ID
from smartx96.wording import counted

MINUS, MISSING = "\u2212", "\u2013"
_DECIMALS = 4
_SETTING = re.compile(rf"\b({'|'.join(id for id in BY_ID if '_' in id)})\b")
_NEGATIVE = re.compile(r"(?<![\w-])-(?=\d)")
"""A sign, and not the hyphen of a name."""
_EITHER_WAY = ("error", "variation", "coefficient", "netting", "reading")
"""Kinds of checks whose values have a sign."""


def figure(value: float | None, unit: str, *, signed: bool = True) -> str:
    """A number with its unit; errors carry their sign."""
    if value is None:
        return "no reading"
    if unit == "pulses":
        return counted(round(value), "pulse").replace("-", MINUS)
    text = f"{value:+.{_DECIMALS}f}" if signed else f"{value:.{_DECIMALS}f}"
    if not float(text):
        text = "0"
    return f"{text} {unit}".rstrip().replace("-", MINUS)


def worst(check: Mapping[str, Any]) -> str:
    """The value of a check, with a sign where it may have one."""
    return figure(check["value"], check["unit"], signed=check["kind"] in _EITHER_WAY)


def allowed(check: Mapping[str, Any]) -> str:
    """The limit of a check."""
    limit, unit = check["limit"], check["unit"]
    if limit is None:
        return "information"
    if check["at_least"]:
        return f"at least {_limit(limit, unit)}"
    sign = "\u00b1" if check["kind"] in _EITHER_WAY else "\u2264 " if limit else ""
    return f"{sign}{_limit(limit, unit)}"


def margin(check: Mapping[str, Any]) -> str:
    """What is left to the limit, and that as a share of it."""
    left, limit = check["margin"], check["limit"]
    if left is None:
        return MISSING
    share = f" ({100 * left / limit:.0f} %)".replace("-", MINUS) if limit else ""
    return figure(left, check["unit"], signed=False) + share


def shown(value: object) -> str:
    """A number, a list or a word of a front end."""
    if value is None or value == "":
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        if value and isinstance(value[0], list):
            return "; ".join(f"{percent:g} %: {at:g}" for percent, at in value).replace("-", MINUS)
        return " / ".join(shown(each) for each in value)
    return f"{value:.5g}".replace("-", MINUS) if isinstance(value, int | float) else str(value)


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def place(text: str) -> str:
    """A place of the plan, or a source, with signs as they are printed."""
    text = _SETTING.sub(lambda found: BY_ID[found[0]].label, text)
    text = text.replace("; ratio ", "; transformer ratio ")
    text = text.replace(" degC", "\u00a0\u00b0C").replace("`", "")
    return _NEGATIVE.sub(MINUS, text)


def words(name: str) -> str:
    """A name of the program in words."""
    return name.replace("_", " ")


def _limit(limit: float, unit: str) -> str:
    return counted(round(limit), "pulse") if unit == "pulses" else f"{limit:g} {unit}".rstrip()
