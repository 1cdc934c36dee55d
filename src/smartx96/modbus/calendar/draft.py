"""Draft: the calendar that a client writes piece by piece, and the command that lets it rule.

The registers of the active and the passive calendar stand beside it, for a client reads them to
know from what the draft begins and what came of it.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

from smartx96.meter.calendar import Calendar, Calendars
from smartx96.meter.commands import SetCalendar
from smartx96.modbus.calendar.declarations import Which
from smartx96.modbus.calendar.layout import BLOCKS, LAYOUT, place_of
from smartx96.modbus.calendar.parts import ParameterError, activation_fields, meaning
from smartx96.modbus.calendar.reading import calendar_in
from smartx96.modbus.calendar.shown import Standing, State
from smartx96.modbus.calendar.writing import EMPTY
from smartx96.modbus.encoding import encode
from smartx96.modbus.image import Image
from smartx96.modbus.readings import Reading
from smartx96.modbus.registers import BY_ID

ACTIVATION = "calendar_draft_activation"
COMMAND = "calendar_command"


class Order(IntEnum):
    """Values of the command register."""

    PUT_IN_FORCE = 1
    TAKE_AS_PASSIVE = 2
    DISCARD = 3
    COPY_PASSIVE = 4
    CLEAR = 5


class Outcome(NamedTuple):
    """What comes of a write.

    Parameters
    ----------
    draft : Draft
        How it stands then.
    command : SetCalendar, optional
        What the meter is to do before; the draft stays as it was where the meter refuses.
    """

    draft: Draft
    command: SetCalendar | None = None


@dataclass(frozen=True)
class Draft:
    """The calendar that is being written: immutable, each write makes another.

    Until something is written it is a copy of the active calendar, or empty where the registers
    cannot show that one.

    Parameters
    ----------
    standing : Standing
    own : bytes, optional
        Registers of the draft once it was written.
    activation : datetime, optional
        From when it is to rule, by the local clock.
    """

    standing: Standing = field(default_factory=lambda: Standing(Calendars()))
    own: bytes | None = None
    activation: datetime | None = None

    def following(self, calendars: Calendars) -> Draft:
        """The draft of a meter that has these calendars; what was written stays."""
        if calendars is self.standing.calendars:
            return self
        return replace(self, standing=Standing(calendars))

    @property
    def data(self) -> bytes:
        """Bytes of the draft's block."""
        return self.standing.active.data if self.own is None else self.own

    @cached_property
    def checksum(self) -> int:
        """CRC-32 of the block (IEEE 802.3)."""
        return self.standing.active.checksum if self.own is None else zlib.crc32(self.own)

    def calendar(self) -> Calendar:
        """The calendar that the draft means; `ParameterError` where it is none."""
        return calendar_in(self.data)

    @cached_property
    def fault(self) -> int:
        """Address of the first register that keeps it from being a calendar; 0 is none."""
        try:
            self.calendar()
        except ParameterError as error:
            return error.register.address
        return 0

    def image(self) -> Image:
        """Registers of the three blocks."""
        data = {Which.ACTIVE: self.standing.active.data, Which.PASSIVE: self.standing.passive.data,
                Which.DRAFT: self.data}  # fmt: skip
        return Image(LAYOUT, b"".join(data[which] for which in BLOCKS))

    def readings(self) -> dict[str, Reading]:
        """Values of the registers that tell of calendars and draft, by id."""
        active, passive = self.standing.active, self.standing.passive
        return {
            "calendar_active_state": active.state,
            "calendar_passive_state": passive.state,
            "calendar_draft_state": int(self.own is not None),
            "calendar_draft_fault": self.fault,
            "calendar_active_crc": active.checksum,
            "calendar_passive_crc": passive.checksum,
            "calendar_draft_crc": self.checksum,
            "calendar_passive_activation": activation_fields(self.standing.calendars.activation),
            ACTIVATION: activation_fields(self.activation),
        }

    def write(self, values: Mapping[str, Reading]) -> Outcome:
        """Take the parameters of one request, all or none.

        Parameters
        ----------
        values : Mapping
            Values by id, as `encoding.decode` has them: parameters of the draft, its activation,
            the command. The command comes last, wherever it stands.

        Raises
        ------
        OptionError
            A value is not allowed, or the command cannot be followed; names the register.
        KeyError
            An id is none of these.
        """
        parameters = {id: value for id, value in values.items() if id not in (ACTIVATION, COMMAND)}
        draft = self._with(parameters) if parameters else self
        if ACTIVATION in values:
            when = meaning(BY_ID[ACTIVATION], "activation", values[ACTIVATION])
            draft = replace(draft, activation=when)
        return draft._commanded(values[COMMAND]) if COMMAND in values else Outcome(draft)

    def _with(self, parameters: Mapping[str, Reading]) -> Draft:
        data = bytearray(self.data)
        for id, value in parameters.items():
            run, place = place_of(id)
            if run.which is not Which.DRAFT:
                raise KeyError(id)
            register = run.at(place)
            meaning(register, run.part.id, value)
            offset = 2 * (run.part.offset + place * run.part.words)
            data[offset : offset + 2 * register.words] = encode(register, value)
        return replace(self, own=bytes(data))

    def _commanded(self, value: Reading) -> Outcome:
        if not isinstance(value, int) or value not in tuple(Order):
            raise ParameterError(BY_ID[COMMAND], f"must be 1 to {len(Order)}", value)
        order, pristine = Order(value), Draft(self.standing)
        match order:
            case Order.PUT_IN_FORCE:
                return Outcome(pristine, SetCalendar(self.calendar()))
            case Order.TAKE_AS_PASSIVE:
                if self.activation is None:
                    raise ParameterError(BY_ID[COMMAND], f"write {ACTIVATION} before", value)
                when = self.activation.isoformat()
                return Outcome(pristine, SetCalendar(self.calendar(), when))
            case Order.DISCARD:
                return Outcome(pristine)
            case Order.COPY_PASSIVE:
                return Outcome(self._copied(value))
            case Order.CLEAR:
                return Outcome(replace(pristine, own=EMPTY))

    def _copied(self, value: Reading) -> Draft:
        """The passive calendar with its activation."""
        passive = self.standing.passive
        if passive.state is State.SHOWN:
            return Draft(self.standing, passive.data, self.standing.calendars.activation)
        none = passive.state is State.NONE
        reason = "there is no passive calendar" if none else "the passive calendar is too large"
        raise ParameterError(BY_ID[COMMAND], reason, value)
