"""ServedRegisters: registers of a live meter: made of its newest snapshot, written as commands."""

from __future__ import annotations

import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from smartx96.errors import LockedError, PasswordError, X96Error
from smartx96.installation.live import LiveMeter
from smartx96.meter.clock import moment
from smartx96.meter.commands import Access, Command, Renew, Road, Together
from smartx96.meter.portion import SECOND
from smartx96.meter.snapshot import Snapshot
from smartx96.modbus import registers as declared
from smartx96.modbus.calendar.draft import Draft
from smartx96.modbus.calendar.layout import BLOCKS as CALENDAR_BLOCKS
from smartx96.modbus.encoding import decode, encode
from smartx96.modbus.exceptions import IllegalValueError, RefusedError
from smartx96.modbus.functions.identity import Identity
from smartx96.modbus.image import HoldingImage, Image, InputImage, low_word_first
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.program import checksum, version
from smartx96.modbus.readings import METER_CODE, Reading, clock_fields
from smartx96.modbus.registers import Space
from smartx96.modbus.writing import Written, commands, parameters
from smartx96.settings import Settings

_HOUR = 3600 * SECOND

_AUTHORISATION = (declared.BY_ID["lock"], declared.BY_ID["password"])
"""Registers that renew an unlocked session when they are read."""


class ServedRegisters:
    """A unit whose registers are made when they are read, of how the meter stands at that moment.

    Until the first window tells of the supply a client is answered, with registers as they were
    stored. All registers of a window, and of a commit, are those of one snapshot.

    Parameters
    ----------
    live : LiveMeter
    meter_code : int
        Type code by which clients choose their register map.
    """

    def __init__(self, live: LiveMeter, meter_code: int = METER_CODE) -> None:
        self._live, self._meter_code = live, meter_code
        self._made: _Made | None = None
        self._steady: tuple[Settings, Draft, HoldingImage] | None = None
        self._line = self._settings, LineParameters.of(self._settings)
        self._draft, self._power_cycles = Draft(), 0

    @property
    def unit_address(self) -> int:
        """Modbus address of the meter."""
        return self._settings.number("unit_address")

    @property
    def line_parameters(self) -> LineParameters:
        """Speed, parity and stop bits that the meter is set to."""
        if self._line[0] is not self._settings:
            self._line = self._settings, LineParameters.of(self._settings)
        return self._line[1]

    @property
    def powered(self) -> bool:
        """Whether the meter has a supply, or nobody knows yet, and may answer."""
        if self._live.silent:
            return False
        return self._live.meter.powered or not self._live.meter.windows

    @property
    def power_cycles(self) -> int:
        """How often the power of the meter came back."""
        return self._live.meter.lock.power_cycles

    @property
    def identity(self) -> Identity:
        """What the meter says of itself."""
        live = self._live
        model, serial = live.configuration.model.name, live.meter.serial_number
        return Identity(model, self._meter_code, serial, version(), live.name)

    def read(self, space: Space, address: int, count: int, session: Hashable = None) -> bytes:
        """Bytes of registers; `IllegalAddressError` outside the blocks."""
        made = self._newest()
        if space is Space.INPUT:
            return made.input().read(address, count)
        if any(address in block for block in CALENDAR_BLOCKS.values()):
            return self._draft_now().image().read(address, count)
        base = self._base(made.settings, self._draft_now())
        data = made.holding(base).read(address, count)
        if address < _AUTHORISATION[-1].end:
            data = self._of_session(data, address, count, session)
        return data

    def write(self, address: int, data: bytes, session: Hashable = None, *,
              read_only: bool = False) -> None:  # fmt: skip
        """Write holding registers, all or none.

        Raises
        ------
        IllegalAddressError
            Not whole parameters that may be written.
        IllegalValueError
            A value that the meter does not take; a wrong password.
        RefusedError
            A protected parameter while the session is locked, or nothing may be written.
        """
        written = parameters(address, data)
        draft, orders = self._ordered(written)
        if read_only:
            raise RefusedError("nothing may be written here")
        if any(each.of_calendar for each in written) and not self._is_unlocked(session):
            raise RefusedError("the tariff calendar is protected: unlock with the password first")
        self._apply(orders, session)
        self._draft = draft

    @property
    def _settings(self) -> Settings:
        return self._live.configuration.settings

    def _ordered(self, written: Sequence[Written]) -> tuple[Draft, list[Command]]:
        """The draft as it is to be, and what the meter is to do; `IllegalValueError`."""
        settings = self._settings
        low_first = low_word_first(settings)
        draft = self._draft_now()
        own = [each for each in written if not each.of_calendar]
        values = {
            each.register.id: decode(each.register, each.data, low_first)
            for each in written
            if each.of_calendar
        }
        try:
            orders = commands(own, settings, low_first)
            if values:
                draft, command = draft.write(values)
                orders += [] if command is None else [command]
        except X96Error as error:
            raise IllegalValueError(str(error)) from None
        return draft, orders

    def _apply(self, orders: list[Command], session: Hashable) -> None:
        if not orders:
            return
        command = orders[0] if len(orders) == 1 else Together(tuple(orders))
        try:
            self._live.apply(command, Access(Road.MODBUS, session))
        except PasswordError as error:
            raise IllegalValueError(str(error)) from None
        except LockedError as error:
            raise RefusedError(str(error)) from None
        except X96Error as error:
            raise IllegalValueError(str(error)) from None

    def _is_unlocked(self, session: Hashable) -> bool:
        return self._live.meter.lock.unlocked(session, time.monotonic())

    def _of_session(self, data: bytes, address: int, count: int, session: Hashable) -> bytes:
        """Registers with the lock as it is for one who asks; to read it renews his session."""
        if any(address < r.end and r.address < address + count for r in _AUTHORISATION):
            self._live.apply(Renew(), Access(Road.MODBUS, session))
        lock = _AUTHORISATION[0]
        if address >= lock.end or address + count <= lock.address:
            return data
        unlocked = float(self._is_unlocked(session))
        own = encode(lock, unlocked, low_word_first(self._settings))
        found = bytearray(data)
        for n, byte in enumerate(own):
            place = 2 * (lock.address - address) + n
            if 0 <= place < len(found):
                found[place] = byte
        return bytes(found)

    def _newest(self) -> _Made:
        live, made = self._live, self._made
        state = (live.revision, live.shown, live.configuration.settings)
        if made is None or any(a is not b for a, b in zip(made.state, state, strict=True)):
            self._made = made = _Made(state, live.snapshot(), state[2])
        return made

    def _base(self, settings: Settings, draft: Draft) -> HoldingImage:
        """Holding registers that do not change by themselves."""
        steady = self._steady
        if steady is None or steady[0] is not settings or steady[1] is not draft:
            known: dict[str, Reading] = {
                "serial_number": self._live.meter.serial_number,
                "meter_code": self._meter_code,
                "program_checksum": checksum(),
                **draft.readings(),
            }
            self._steady = steady = settings, draft, HoldingImage(settings, known)
        return steady[2]

    def _draft_now(self) -> Draft:
        """The draft beside the calendars that the meter has now; it does not outlive the power."""
        if self.power_cycles != self._power_cycles:
            self._draft, self._power_cycles = Draft(), self.power_cycles
        self._draft = self._draft.following(self._live.meter.calendars)
        return self._draft


@dataclass(slots=True)
class _Made:
    """Images of one snapshot, each made when it is first read."""

    state: tuple[object, ...]
    snapshot: Snapshot
    settings: Settings
    _input: Image | None = None
    _holding: tuple[HoldingImage, Image] | None = None

    def input(self) -> Image:
        if self._input is None:
            self._input = InputImage(self.snapshot, self.settings)
        return self._input

    def holding(self, base: HoldingImage) -> Image:
        if self._holding is None or self._holding[0] is not base:
            self._holding = base, base.renewed(_running(self.snapshot, self.settings))
        return self._holding[1]


def _running(snapshot: Snapshot, settings: Settings) -> dict[str, Reading]:
    """Readings among the holding registers that change by themselves."""
    standing = snapshot.standing
    return {
        "clock": clock_fields(_local(snapshot.clock, settings.name("time_zone"))),
        "demand_time": standing.demand_time,
        "event_count": standing.event_count & 0xFFFF,
        "running_time": standing.powered / _HOUR,
        "tariff_active": standing.tariff,
    }


def _local(time: int, zone: str) -> datetime:
    if zone == "UTC":
        return moment(time)
    from zoneinfo import ZoneInfo

    return moment(time).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
