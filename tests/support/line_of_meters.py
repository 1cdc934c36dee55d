"""Real registers of meters on a line in a time of its own, with a fault at any place of the talk.

The client is ours down to the silences, the meters are ours from the request on; between them a
line that loses, delays and damages, and on which a meter hears only its own speed.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest

from smartx96.configuration.link import Link
from smartx96.configuration.target import Lines, Target
from smartx96.installation.live import LiveMeter
from smartx96.installation.registers import ServedRegisters
from smartx96.meter.clock import Clock
from smartx96.meter.commands import Access, ChangeSettings, Road
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.modbus import pdu
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.functions.counters import Counters
from smartx96.modbus.functions.identity import Identity
from smartx96.modbus.functions.request import Caller, Station
from smartx96.modbus.line.frames import Frame
from smartx96.modbus.place import Kind, Place
from smartx96.models import MODELS
from smartx96.samples.mains import mains
from smartx96.settings import Settings
from support.client_line import FarEnd, Said, framed
from support.virtual_line import VirtualLoop

PLACE = Place(Kind.RTU, "line")
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WRITE = 16
IDENTIFICATION = 43
_SOON = 0.02
"""Until an answer begins [s]."""
STARTING = 4
"""Requests that a meter does not hear while it starts anew."""


class Fault(StrEnum):
    """What becomes of a request, or of its answer."""

    UNHEARD = "unheard"
    UNANSWERED = "unanswered"
    DAMAGED = "damaged"
    LATE = "late"
    BUSY = "busy"
    ACKNOWLEDGED = "acknowledged, and done"
    NO_PATH = "no path"
    LOST_BEHIND_A_GATEWAY = "gateway: no answer, and done"
    REFUSED = "device failure"
    ILLEGAL_ADDRESS = "illegal address"
    LOCKED = "locked before"
    RESTART = "restart before"


_CODES = {
    Fault.BUSY: 6, Fault.ACKNOWLEDGED: 5, Fault.NO_PATH: 10, Fault.LOST_BEHIND_A_GATEWAY: 11,
    Fault.REFUSED: 4, Fault.ILLEGAL_ADDRESS: 2,
}  # fmt: skip
_DONE = (Fault.ACKNOWLEDGED, Fault.LOST_BEHIND_A_GATEWAY)


Bend = Callable[[int, bytes], bytes | None]


class Unit(ServedRegisters):
    """A meter of ours, or one that says that it is another.

    Parameters
    ----------
    serial_number : int
    model : str
    says : Identity, optional
        What it says of itself, where that is not the truth.
    bend : callable, optional
        Called with the address and the bytes of a write: the bytes that the meter takes in their
        place, None where it takes none and says nothing.
    settings : object

    Attributes
    ----------
    silent_to : set of int
        Functions to which it gives no answer.
    """

    def __init__(self, serial_number: int = 96_000_001, model: str = "X96-5A",
                 says: Identity | None = None, bend: Bend | None = None,
                 **settings: object) -> None:  # fmt: skip
        source = mains(NOW, seed=1)
        meter = Meter(
            Configuration(Settings(settings), model=MODELS[model]), clock=Clock.of(source.start)
        )
        meter.serial_number = serial_number
        super().__init__(LiveMeter(source, meter, phasors=True))
        self._meter, self._says, self._bend = meter, says, bend
        self.silent_to = set[int]()

    @property
    def identity(self) -> Identity:
        return self._says or super().identity

    def write(self, address: int, data: bytes, session: Hashable = None, *,
              read_only: bool = False) -> None:  # fmt: skip
        taken = data if self._bend is None else self._bend(address, data)
        if taken is not None:
            super().write(address, taken, session, read_only=read_only)

    @property
    def settings(self) -> Settings:
        """What it really has."""
        return self._meter.configuration.settings

    @property
    def unlocked(self) -> bool:
        return self._meter.lock.any_unlocked(-math.inf)

    @property
    def wrong_passwords(self) -> int:
        return self._meter.lock._wrong

    def password_is(self, password: int) -> bool:
        return self._meter.lock.fits(password)

    def change(self, **settings: object) -> None:
        """As its owner does at the panel."""
        self._live.apply(ChangeSettings(settings), Access(Road.FILE, trusted=True))

    def open(self, session: Hashable) -> None:
        """As somebody else does, for good."""
        self._meter.lock.open(session, math.inf)

    def lock_up(self) -> None:
        """As after a minute, or a restart."""
        self._meter.lock.power_cycle()


class LineOfMeters(FarEnd):
    """Meters on one line.

    Parameters
    ----------
    units : Unit
    faults : mapping of int to Fault
        By the number of the request, from 0, counted from `begin` on.

    Attributes
    ----------
    asked : list of bytes
        Frames of the client.
    """

    def __init__(self, *units: Unit, faults: Mapping[int, Fault] | None = None,
                 always: Fault | None = None, after: int = 0,
                 before: Callable[[int], None] = lambda number: None) -> None:  # fmt: skip
        super().__init__(self._said)
        self.units, self.asked = units, list[bytes]()
        self._faults, self._always, self._after = dict(faults or {}), always, after
        self._before = before
        self._begun: int | None = None
        self._off_until = 0
        self._caller = Caller("line", "line")

    def begin(self) -> None:
        """Faults are counted from here."""
        self._begun = len(self.asked)

    @property
    def count(self) -> int:
        """Requests since `begin`."""
        return len(self.asked) - (self._begun or 0)

    def _said(self, _: int, frame: bytes) -> Said:
        number = -1 if self._begun is None else self.count
        self.asked.append(frame)
        if number < 0:
            return list(self._answers(frame, None, number))
        self._before(number)
        fault = self._faults.get(number)
        if fault is None and self._always and number >= self._after:
            fault = self._always
        return list(self._answers(frame, fault, number))

    def _answers(
        self, frame: bytes, fault: Fault | None, number: int
    ) -> Iterable[tuple[float, bytes]]:
        for unit in self.units:
            if unit.unit_address != frame[0] or unit.line_parameters != self.parameters:
                continue
            answer = self._answer(unit, frame, fault, number)
            if answer is not None:
                delay = 1.5 if fault is Fault.LATE else _SOON
                yield delay, _bent(answer) if fault is Fault.DAMAGED else answer

    def _answer(self, unit: Unit, frame: bytes, fault: Fault | None, number: int) -> bytes | None:
        if fault in (Fault.RESTART, Fault.LOCKED):
            unit.lock_up()
        if fault is Fault.RESTART:
            self._off_until = number + STARTING
        if fault is Fault.UNHEARD or 0 <= number < self._off_until or frame[1] in unit.silent_to:
            return None
        request = frame[1:-2]
        if fault in _CODES and fault not in _DONE:
            return framed(frame[0], bytes((request[0] | 0x80, _CODES[fault])))
        found = pdu.answer(request, Station(unit, Counters()), self._caller)
        if fault is Fault.UNANSWERED:
            return None
        if fault in _DONE:
            found = bytes((request[0] | 0x80, _CODES[fault]))
        return framed(frame[0], found)

    @property
    def writes(self) -> list[tuple[int, int]]:
        """Addresses and numbers of registers that were written."""
        return [
            (int.from_bytes(f[2:4], "big"), int.from_bytes(f[4:6], "big"))
            for f in self.asked if f[1] == WRITE
        ]  # fmt: skip

    def talk(self, dialogue: Callable[[Lines], Awaitable[Any]], retries: int = 2) -> Any:
        """What becomes of a dialogue of our client with the line."""

        async def whole() -> Any:
            async with Lines(Policy(retries=retries)) as lines:
                return await dialogue(lines)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(
                "smartx96.modbus.client.client.open_wire",
                lambda place, timeout, parameters, ends: self.open(parameters, ends),
            )
            with asyncio.Runner(loop_factory=VirtualLoop) as runner:
                return runner.run(whole())

    def ask(self, dialogue: Callable[[Link], Awaitable[Any]], unit: int = 1, retries: int = 2,
            **options: Any) -> Any:  # fmt: skip
        """The same with one meter of it, before whose answers there are no faults."""

        async def linked(lines: Lines) -> Any:
            link = await Link.open(lines, Target(PLACE, unit), **options)
            return await dialogue(link)

        return self.talk(linked, retries)


def _bent(frame: bytes) -> bytes:
    """With a bit turned over; Frame would not take it."""
    bent = frame[:2] + bytes((frame[2] ^ 0x10,)) + frame[3:]
    assert Frame.decode(bent) is None
    return bent
