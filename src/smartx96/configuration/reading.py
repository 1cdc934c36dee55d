"""Reading: values of a meter with names and units, as people and programs read them."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smartx96.configuration.link import Link
from smartx96.errors import OptionError
from smartx96.modbus.client.read_plan import register
from smartx96.modbus.readings import Reading, clock_time
from smartx96.modbus.registers import BY_ID as REGISTERS
from smartx96.modbus.registers import Format
from smartx96.settings import BY_ID as SETTINGS
from smartx96.settings import Setting

_VERSIONS = ("software_version", "hardware_version", "display_version")
"""Numbers that are XX.YY in BCD: 0.01 is what the program calls 0.1."""
_CODES = ("meter_code", "program_checksum")
"""Numbers that people read in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Valued:
    """A value of a meter.

    Parameters
    ----------
    id, name, unit : str
    value : float, int, str, list of int or None
        As people read it, a setting by its name; None is not available.
    code : int, str or None
        What the register of a setting holds; None of what is no setting.
    wrong : str
        Why a setting cannot be so; empty where it can.
    """

    id: str
    name: str
    unit: str
    value: float | int | str | list[int] | None
    code: float | int | str | None = None
    wrong: str = ""

    @property
    def text(self) -> str:
        """Value and unit, of a version how it is to be read."""
        if self.value is None:
            return "----"
        if self.id in _VERSIONS:
            return f"{self.value} (XX.YY)"
        if isinstance(self.value, list):
            return " ".join(f"{part:02d}" for part in self.value)
        return f"{self.value} {self.unit}".rstrip()

    def document(self) -> dict[str, Any]:
        """For programs."""
        found: dict[str, Any] = {"name": self.name, "value": self.value, "unit": self.unit}
        if self.code is not None:
            found["code"] = self.code
        return found | ({"wrong": self.wrong} if self.wrong else {})


def valued(id: str, reading: Reading) -> Valued:
    """What a register stands for.

    Parameters
    ----------
    id : str
    reading : float, int, str or tuple of int
        As `Link.read` gives it.

    Raises
    ------
    OptionError
        No register has the id.
    """
    setting = SETTINGS.get(id)
    if setting is not None and not isinstance(reading, tuple):
        return _of_setting(setting, reading)
    description = register(id).description
    return Valued(id, description.name, description.unit, _read(id, reading))


def all_valued(readings: Mapping[str, Reading]) -> dict[str, Valued]:
    """What registers stand for, by id."""
    return {id: valued(id, reading) for id, reading in readings.items()}


def readable(link: Link, *, hidden: bool = False) -> Iterator[str]:
    """Ids of all registers of a meter that can be read, as far as is known, by address.

    Parameters
    ----------
    link : Link
    hidden : bool
        Whether those count that only this project documents, of whatever meter.
    """
    for id in REGISTERS:
        if _is_readable(id) and (link.has(id) or (hidden and link.hides(id))):
            yield id


def chosen(link: Link, wanted: Iterable[str]) -> list[str]:
    """Ids that names and patterns stand for, each once, in their order.

    Parameters
    ----------
    link : Link
    wanted : iterable of str
        Ids; `*` stands for any signs, `?` for one.

    Raises
    ------
    OptionError
        An id that the meter does not have, or that is not read, or a pattern without any.
    """
    found = dict[str, None]()
    for text in wanted:
        if is_pattern(text):
            found |= dict.fromkeys(_matching(link, text))
            continue
        link.check(text)
        if not _is_readable(text):
            raise OptionError(f"{text}: is only written; a meter does not show it")
        found[text] = None
    return list(found)


def _matching(link: Link, pattern: str) -> list[str]:
    words = (re.escape(word) for word in re.split(r"([*?])", pattern))
    sought = re.compile("".join(words).replace(r"\*", ".*").replace(r"\?", "."))
    found = [id for id in readable(link) if sought.fullmatch(id)]
    if found:
        return found
    if any(sought.fullmatch(id) for id in readable(link, hidden=True)):
        why = link.doubt or f"all of these are undocumented for this {link.member}"
        raise OptionError(f"{pattern}: {why}; --unverified tries")
    raise OptionError(f"{pattern}: no register of this {link.member} has such an id")


def is_pattern(text: str) -> bool:
    """Whether it may stand for several ids."""
    return "*" in text or "?" in text


def _is_readable(id: str) -> bool:
    """Whether a register shows something."""
    setting = SETTINGS.get(id)
    secret = setting is not None and setting.secret
    return not secret and not register(id).description.access.startswith("wo")


def _of_setting(setting: Setting, reading: float | int | str) -> Valued:
    name, unit = setting.label, setting.unit
    try:
        code = setting.check(reading)
    except OptionError as error:
        value = _read(setting.id, reading)
        return Valued(setting.id, name, unit, value, reading, str(error))
    shown = setting.shown(code)
    return Valued(setting.id, name, unit if isinstance(shown, int) else "", shown, code)


def _read(id: str, reading: Reading) -> float | int | str | list[int] | None:
    """A register as people read it."""
    if isinstance(reading, tuple):
        time = clock_time(reading) if id == "clock" else None
        return list(reading) if time is None else time.isoformat()
    if isinstance(reading, float):
        return shortest(reading) if register(id).format is Format.FLOAT32 else reading
    if id in _VERSIONS and isinstance(reading, int):
        return f"{reading >> 8:x}.{reading & 0xFF:02x}"
    if id in _CODES and isinstance(reading, int):
        return f"0x{reading:0{4 * register(id).words}X}"
    return reading


_DIGITS = (6, 7, 8)
"""Digits that may do for a float of 24 bits; 9 always do."""


def shortest(value: float) -> float | None:
    """The number with the fewest digits that a float of 32 bits stands for; None is none."""
    if not math.isfinite(value):
        return None
    for digits in _DIGITS:
        found = float(f"{value:.{digits}g}")
        if _as_float32(found) == value:
            return found
    return float(f"{value:.9g}")


def _as_float32(value: float) -> float:
    try:
        found: float = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return math.inf
    return found
