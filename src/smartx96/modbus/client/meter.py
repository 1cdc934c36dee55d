"""Meter: a meter behind a client, by the ids of its parameters."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Iterator, Mapping

from smartx96.modbus.client.client import Client
from smartx96.modbus.client.errors import (
    DamagedAnswerError,
    ExceptionAnswerError,
    ExchangeError,
    NoAnswerError,
    UnreadableValueError,
)
from smartx96.modbus.client.nameplate import Identification, Nameplate
from smartx96.modbus.client.read_plan import Limits, ReadPlan, Stretch, register
from smartx96.modbus.client.together import together
from smartx96.modbus.client.write_plan import check_line_change, checked_bytes, write_plan
from smartx96.modbus.encoding import decode
from smartx96.modbus.exceptions import IllegalValueError
from smartx96.modbus.place import Kind
from smartx96.modbus.readings import WORD_ORDER_MARK, Reading
from smartx96.modbus.registers import BY_ID, Format, Register

_WORD_ORDER = BY_ID["word_order"]


class Meter:
    """A meter of the register map.

    How many registers it lets be read at once, and whether across gaps, is learnt from its
    exceptions; the order of words from its register, as often as that is read.

    Parameters
    ----------
    client : Client
    unit : int
    limits : Limits, optional
        To begin with.
    low_first : bool, optional
        Whether the low word of a float comes first; None asks the meter once.
    """

    def __init__(self, client: Client, unit: int, limits: Limits | None = None,
                 low_first: bool | None = None) -> None:  # fmt: skip
        self.client, self.unit = client, unit
        self.limits = limits or Limits()
        self._low_first = low_first

    def __repr__(self) -> str:
        return f"Meter({self.client.place}, unit {self.unit})"

    async def read(self, ids: Iterable[str]) -> dict[str, Reading]:
        """Values by id, in the order of the ids.

        They are of several moments where they need several requests. A float that is no number
        reads NaN; `word_order` reads 0 or 1.

        Raises
        ------
        OptionError
            No register has an id.
        ExchangeError
            There is no answer of use, or a register holds no value.
        """
        registers = {id: register(id) for id in ids}
        if not registers:
            return {}
        low_first = await self._order(registers.values())
        data = await self._fetched(registers)
        if _WORD_ORDER.id in data:
            # Somebody else may have changed it since it was asked for.
            low_first = self._low_first = _is_low_first(data[_WORD_ORDER.id])
        return {id: self._value(registers[id], data[id], low_first) for id in registers}

    async def write(self, values: Mapping[str, Reading]) -> None:
        """Write parameters, never twice; those that follow each other in one request.

        Of several requests those before a failure are done: the error's `done` names them. On a
        line a meter that was told another speed, or another parity, answers the next request only
        after `Client.follow`.

        Raises
        ------
        OptionError
            A value does not fit its register, or a register takes none, or speed and parity are to
            change at once on a line; nothing was written.
        ExchangeError
            The meter refuses, or there is no answer of use: where its `uncertain` is true, read
            back.
        """
        registers = [register(id) for id in values]
        if self.client.place.kind is not Kind.TCP:
            check_line_change(values)
        done: tuple[str, ...] = ()
        for writing in write_plan(values, await self._order(registers)):
            try:
                await self.client.write_registers(self.unit, writing.address, writing.data)
            except ExchangeError as error:
                error.done, error.failed = done, writing.ids
                if error.uncertain and _WORD_ORDER.id in writing.ids:
                    self._low_first = None
                raise
            done += writing.ids
            if _WORD_ORDER.id in writing.ids:
                self._low_first = bool(values[_WORD_ORDER.id])
            if "unit_address" in writing.ids:
                self.unit = int(float(str(values["unit_address"])))

    async def unlock(self, password: int) -> None:
        """Have this connection, or line, take protected writes for a minute.

        Raises
        ------
        ExceptionAnswerError
            The password is wrong (03), or there were too many wrong ones (04).
        """
        await self.write({"lock": password})

    async def nameplate(self) -> Nameplate:
        """What the meter says of itself, as far as it does.

        Raises
        ------
        ExchangeError
            There is no answer of use: nobody is there, or a gateway says so.
        """
        ids = ("serial_number", "meter_code")
        numbers = dict[str, Reading]()
        for id in ids:
            with _unless_refused():
                numbers |= await self.read([id])
        texts, identification = await self._identified()
        serial, code = (numbers.get(id) for id in ids)
        return Nameplate.of(
            texts,
            identification,
            serial if isinstance(serial, int) else None,
            code if isinstance(code, int) else None,
        )

    async def _identified(self) -> tuple[dict[int, str], Identification]:
        """Texts of the device identification by their object ids, and what came of the question."""
        try:
            return await self.client.identification(self.unit), Identification.TOLD
        except (NoAnswerError, DamagedAnswerError):
            # Some are silent to what they do not know, or answer it with a wrong length.
            return {}, Identification.NO_ANSWER
        except ExceptionAnswerError as error:
            if error.refused:
                return {}, Identification.REFUSED
            if error.unheard:
                # So a gateway tells of those who are silent.
                return {}, Identification.NO_ANSWER
            raise

    async def _order(self, registers: Iterable[Register]) -> bool:
        """Whether the low word comes first, asked once, where it is needed."""
        if self._low_first is None and any(r.format is Format.FLOAT32 for r in registers):
            self._low_first = await self._asked_order()
        return bool(self._low_first)

    async def _asked_order(self) -> bool:
        try:
            data = await self.client.read(
                _WORD_ORDER.space, self.unit, _WORD_ORDER.address, _WORD_ORDER.words
            )
        except ExceptionAnswerError as error:
            if not error.refused:
                raise
            # Of a meter without the register all floats have the high word first.
            return False
        return _is_low_first(data)

    async def _fetched(self, ids: Collection[str]) -> dict[str, bytes]:
        """Bytes by id, within limits that are narrowed as the meter asks for."""
        limits = self.limits
        while True:
            plan = ReadPlan.of(ids, limits, self.client.request_cost)
            try:
                data = await self._carried_out(plan)
            except ExceptionAnswerError as error:
                narrower = limits.after(plan, error.code)
                if narrower is None:
                    raise
                limits = narrower
            else:
                self.limits = limits
                return data

    async def _carried_out(self, plan: ReadPlan) -> dict[str, bytes]:
        if self.client.policy.outstanding == 1:
            parts = [await self._part(stretch) for stretch in plan.stretches]
        else:
            parts = await together(*(self._part(stretch) for stretch in plan.stretches))
        return {id: data for part in parts for id, data in part.items()}

    async def _part(self, stretch: Stretch) -> dict[str, bytes]:
        data = await self.client.read(stretch.space, self.unit, stretch.address, stretch.quantity)
        return dict(stretch.split(data))

    def _value(self, register: Register, data: bytes, low_first: bool) -> Reading:
        if register.id == _WORD_ORDER.id:
            return int(low_first)
        try:
            return decode(register, data, low_first)
        except IllegalValueError as error:
            if register.format is Format.FLOAT32:
                return float("nan")
            where = f"{self.client.place} unit {self.unit}"
            raise UnreadableValueError(f"{error}; is it a meter of this map?", where) from None


@contextlib.contextmanager
def _unless_refused() -> Iterator[None]:
    """What a meter does not have, it does not tell."""
    try:
        yield
    except ExceptionAnswerError as error:
        if not error.refused:
            raise


def _is_low_first(mark: bytes) -> bool:
    """What the register of the word order says."""
    return mark == checked_bytes(_WORD_ORDER, WORD_ORDER_MARK, low_first=True)
