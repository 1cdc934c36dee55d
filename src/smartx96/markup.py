"""Markup: HTML and SVG built from elements; whatever is not markup already is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import TypeAlias


class Markup(str):
    """Text that is markup already, and goes into other markup as it is."""

    __slots__ = ()


Content: TypeAlias = "str | int | Iterable[Content] | None"
"""What an element may hold: markup, text that is escaped, nothing, or several of these."""

_CHILDLESS = frozenset({"meta", "path", "rect", "line", "circle", "polygon", "use", "stop"})
"""Elements that may be closed in their own tag; all others need an end tag in HTML."""

_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that neither HTML nor XML may hold, as names in damaged or hostile files do."""


def element(name: str, /, *content: Content, **attributes: str | float | None) -> Markup:
    """One element.

    Parameters
    ----------
    name : str
        Of the tag.
    *content
        What it holds; `str` is escaped, `Markup` is not, None is nothing.
    **attributes
        `_` stands for `-`, and one at the end sets reserved words apart (`class_`); None leaves the
        attribute out. Numbers are written with three decimals at most.
    """
    inside = joined(*content)
    named = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_attribute(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if not inside and name in _CHILDLESS:
        return Markup(f"<{name}{named}/>")
    return Markup(f"<{name}{named}>{inside}</{name}>")


def joined(*content: Content) -> Markup:
    """Contents one after the other."""
    return Markup("".join(map(_text, content)))


def number(value: float) -> str:
    """A coordinate: three decimals at most, no exponent, no negative zero."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _text(content: Content) -> str:
    if content is None:
        return ""
    if isinstance(content, Markup):
        return content
    if isinstance(content, str | int):
        return escape(_UNFIT.sub("\ufffd", str(content)))
    return joined(*content)


def _attribute(value: str | float | None) -> str:
    return escape(_UNFIT.sub("\ufffd", value)) if isinstance(value, str) else number(value or 0.0)
