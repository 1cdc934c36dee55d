"""Wording: numbers of things as people say them."""

from __future__ import annotations

import re

_KEYWORDS = {"from": "start", "to": "stop", "keep-skew": "keep_skew"} | {
    name: name
    for name in ("apparent", "channels", "ct", "model", "nominal", "rate", "scale", "side", "vt",
                 "wiring")
}  # fmt: skip
"""Options of the command line that Python has too, and what they are there."""

_OPTION = re.compile(
    rf"--({'|'.join(_KEYWORDS)})(?![\w-])(?: (HZ|\w+=\S*?(?=[;:]?(?:\s|$))|-?[\d.]+\b))?"
)


def as_keywords(text: str) -> str:
    """A message that names options, such as `--rate HZ`, with Python's keywords: `rate=HZ`."""
    return _OPTION.sub(_as_keyword, text)


def _as_keyword(option: re.Match[str]) -> str:
    name, value = _KEYWORDS[option[1]], option[2]
    if value is None:
        return name
    if "=" not in value:
        return f"{name}={value}"
    pairs = [pair.partition("=") for pair in value.split(",") if "=" in pair]
    quote = '"' if name == "channels" else ""
    inner = ", ".join(f'"{key}": {quote}{told}{quote}' for key, _, told in pairs)
    more = ", ..." if value.endswith(",...") else ""
    return f"{name}={{{inner}{more}}}"


def counted(number: int, noun: str) -> str:
    """A number of things, as `1 window` or `2 windows`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
