"""Text encoding of COMTRADE configurations, which no field declares.

The standard wants ASCII, later UTF-8; recorders write in the code page of their country. UTF-8 is
recognised by itself. Among the others the most plausible wins: letters that make words.
"""

from __future__ import annotations

import re
from collections.abc import Callable

WORD = re.compile(r"[^\W\d_]+")
JUDGED = 1 << 18
"""Bytes that tell the encoding."""


def decode(content: bytes) -> tuple[str, str]:
    """Text and the name of its encoding: `utf-8`, `cp1251`, `gb18030` or `iso8859-1`.

    Parameters
    ----------
    content : bytes
        A whole configuration.
    """
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    judged = content[:JUDGED].rpartition(b"\n")[0] if len(content) > JUDGED else content
    candidates = [(_score(judged, name), name) for name in PLAUSIBILITY]
    _, name = max(candidates, key=lambda candidate: candidate[0])
    return content.decode(name, errors="replace"), name


def _score(content: bytes, encoding: str) -> float:
    """Sum over the words that are not plain ASCII, per byte of them."""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return float("-inf")
    if encoding == "iso8859-1" and re.search("[\x80-\x9f]", text):
        return -1e9  # control characters: the last resort, since it decodes anything
    judge = PLAUSIBILITY[encoding]
    words = sum(judge(word) for word in WORD.findall(text) if not word.isascii())
    return words + sum(_symbol(sign) for sign in text if not sign.isascii() and not sign.isalpha())


def _symbol(sign: str) -> float:
    return 0.2 if sign in "°±²³·№" else -1.0


def _regular_case(word: str) -> bool:
    """Whether a word is in one case, capitalised, or two letters of a unit."""
    return word.islower() or word.isupper() or word[1:].islower() or len(word) <= 2


def _cyrillic(word: str) -> float:
    letters = sum("А" <= sign <= "я" or sign in "Ёё" for sign in word)
    if letters < len(word):  # a Latin letter within: another code page's accent
        return -2.0 * letters
    return float(letters) if _regular_case(word) else -0.5 * letters


def _chinese(word: str) -> float:
    return sum(_hanzi(sign) for sign in word if not sign.isascii())


def _hanzi(sign: str) -> float:
    """Two bytes: the common characters, ordered by sound, fill GB 2312 rows B0 to D7."""
    try:
        lead = sign.encode("gb2312")[0]
    except UnicodeEncodeError:
        return -2.0
    return 2.0 if 0xB0 <= lead <= 0xD7 else -0.5


def _western(word: str) -> float:
    accents = sum(not sign.isascii() for sign in word)
    if accents > len(word) / 2 or not _regular_case(word):
        return -0.5 * accents
    return 1.0 * accents


PLAUSIBILITY: dict[str, Callable[[str], float]] = {
    "gb18030": _chinese,
    "cp1251": _cyrillic,
    "iso8859-1": _western,
}
