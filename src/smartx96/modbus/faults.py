"""Faults: answers that come late, damaged or not at all, for those who test their clients."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

from smartx96.errors import OptionError
from smartx96.modbus.exceptions import ExceptionCode

_NOISE = 12
"""Bytes of noise at most."""

_LATEST = 60_000.0
"""Longest delay [ms]."""


class Stroke(NamedTuple):
    """What becomes of one answer.

    Parameters
    ----------
    pdu : bytes or None
        None is silence.
    delay : float
        [s].
    flipped : float or None
        Where in the message a bit is turned over, as a part of its length.
    noise : bytes
        That goes before it.
    """

    pdu: bytes | None
    delay: float = 0.0
    flipped: float | None = None
    noise: bytes = b""

    def spoilt(self, data: bytes) -> bytes:
        """A whole message with the damage done to it."""
        if self.flipped is not None:
            place = int(self.flipped * len(data))
            data = data[:place] + bytes((data[place] ^ 1 << place % 8,)) + data[place + 1 :]
        return self.noise + data


@dataclass(frozen=True, slots=True)
class Chances:
    """How often what happens to answers.

    Parameters
    ----------
    late : float
        Longest delay [ms]; every answer has one between nothing and this.
    crc, silent, busy, noise : float
        Parts of the answers in which a bit is turned over, that are left out, that say busy, and
        before which noise comes.
    seed : int
    """

    late: float = 0.0
    crc: float = 0.0
    silent: float = 0.0
    busy: float = 0.0
    noise: float = 0.0
    seed: int = 0

    @classmethod
    def parse(cls, text: str) -> Chances:
        """From `late=200,crc=0.01,seed=7`.

        Raises
        ------
        OptionError
            A name or value is wrong.
        """
        found = cls()
        for name, value in _items(text):
            found = replace(found, **{name: value})
        return found


def _items(text: str) -> Iterator[tuple[str, Any]]:
    names = [f.name for f in fields(Chances)]
    for item in text.split(","):
        name, _, value = (part.strip() for part in item.partition("="))
        if name not in names:
            raise OptionError(f"faults {item!r}: give {'=..,'.join(names)}=..")
        try:
            number = int(value) if name == "seed" else float(value)
        except ValueError:
            number = -1
        most = {"late": _LATEST, "seed": float("inf")}.get(name, 1.0)
        if not 0 <= number <= most:
            limits = {"late": f"0..{_LATEST:g} ms", "seed": "a whole number"}.get(name, "0..1")
            raise OptionError(f"faults {item!r}: {name} is {limits}")
        yield name, number


class Faults:
    """Strikes answers, the same ones in every run.

    Parameters
    ----------
    chances : Chances
    """

    def __init__(self, chances: Chances) -> None:
        self._chances = chances
        self._random = random.Random(chances.seed)

    def strike(self, pdu: bytes) -> Stroke:
        """What becomes of an answer."""
        chances, dice = self._chances, self._random
        silent, busy, crc, noise, late, place = (dice.random() for _ in range(6))
        garbage = dice.randbytes(dice.randint(1, _NOISE))
        if silent < chances.silent:
            return Stroke(None)
        if busy < chances.busy:
            pdu = bytes((pdu[0] | 0x80, ExceptionCode.DEVICE_BUSY))
        return Stroke(
            pdu,
            late * chances.late / 1000,
            place if crc < chances.crc else None,
            garbage if noise < chances.noise else b"",
        )
