"""Writer: makes a meter's draft a calendar, has it taken, and finds out what the meter has then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from smartx96.configuration.changing.passing import again
from smartx96.configuration.changing.unlocking import Unlocking
from smartx96.configuration.link import Link
from smartx96.configuration.tariffs.control import Control, read_control
from smartx96.configuration.tariffs.draft import Piece
from smartx96.configuration.tariffs.outcome import State
from smartx96.configuration.tariffs.plan import CalendarPlan
from smartx96.errors import PasswordError, X96Error
from smartx96.modbus.calendar.declarations import Which
from smartx96.modbus.calendar.draft import ACTIVATION, COMMAND, Order
from smartx96.modbus.calendar.parts import activation_fields
from smartx96.modbus.client.errors import ExceptionAnswerError, ExchangeError
from smartx96.modbus.exceptions import ExceptionCode

_LOCKED = ExceptionCode.DEVICE_FAILURE


class DraftError(X96Error):
    """A draft that has become another one than was written."""


class Writer:
    """Writes one calendar to one meter; whatever it writes may be written twice.

    Attributes
    ----------
    unheard : str
        Why the meter did not tell how its calendars stand, when it was asked last.
    """

    def __init__(self, link: Link, lock: Unlocking, plan: CalendarPlan) -> None:
        self._link, self._lock, self._plan = link, lock, plan
        self._commanded = self._reopened = False
        self.unheard = ""

    async def draft(self, tell: Callable[[str], None]) -> None:
        """Make the draft the calendar that is wanted, and compare.

        Raises
        ------
        ExchangeError, PasswordError
            It could not be written.
        DraftError
            It is another one.
        """
        way = self._plan.drafting
        await self._order(way.beginning)
        for n, piece in enumerate(way.pieces, 1):
            tell(f"write part {n} of {len(way.pieces)}")
            await self._written(partial(self._put, piece))
        activation = self._plan.wanted.activation
        if activation is not None:
            fields = {ACTIVATION: activation_fields(activation)}
            await self._written(partial(self._link.write, fields))
        tell("compare the draft")
        control = await read_control(self._link)
        if not self._plan.is_drafted(control):
            raise DraftError(
                f"the draft has check sum 0x{control.checksums[Which.DRAFT]:08X}, what was written "
                f"0x{way.checksum:08X}: has the meter restarted, is somebody else writing?"
            )
        tell(_STEPS[self._plan.order])

    async def command(self) -> None:
        """Have the meter take its draft.

        Raises
        ------
        ExchangeError, PasswordError
            It did not, or nobody knows.
        """
        await self._written(self._commanded_once)

    async def concluded(self) -> tuple[State, bool]:
        """Which calendar rules, and whether nothing is left of the draft."""
        control = await self._asked()
        if control is not None and self._plan.is_taken(control):
            return self._state(control), True
        discarded = await self._discarded()
        # A command without an answer may come late: only a draft that is gone cannot be taken.
        settled = discarded or not self._commanded
        control = await self._asked()
        if control is not None and (settled or self._plan.is_taken(control)):
            return self._state(control), discarded
        return State.IN_DOUBT if self._commanded else State.OLD, discarded

    def _state(self, control: Control) -> State:
        if self._plan.is_taken(control):
            return State.RULES if self._plan.rules(control) else State.WAITS
        before = self._plan.before
        same = (control.active, control.checksums[Which.ACTIVE]) == (before.state, before.checksum)
        return State.OLD if same else State.OTHER

    async def _asked(self) -> Control | None:
        """How the calendars stand; None where the meter does not tell."""
        self.unheard = ""
        try:
            return await read_control(self._link)
        except X96Error as error:
            self.unheard = str(error)
            return None

    async def _discarded(self) -> bool:
        try:
            await self._order(Order.DISCARD)
        except (ExchangeError, PasswordError):
            return False
        return True

    async def _commanded_once(self) -> None:
        """Send the command; that it has no answer is no failure where the meter has followed it."""
        before, self._commanded = self._commanded, True
        try:
            await self._link.write({COMMAND: self._plan.order})
        except ExchangeError as error:
            self._commanded = before or error.uncertain
            control = await self._asked() if error.uncertain else None
            if control is None or not self._plan.is_taken(control):
                raise

    async def _order(self, order: Order) -> None:
        await self._written(partial(self._link.write, {COMMAND: order}))

    async def _put(self, piece: Piece) -> None:
        async with self._link.lines.at(self._link.target) as client:
            await client.write_registers(self._link.target.unit, *piece)

    async def _written(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write, again where that is of use."""
        failures, self._reopened = 0, False
        while True:
            await self._lock.unlock()
            try:
                return await write()
            except ExchangeError as error:
                if not await self._is_passing(error, failures):
                    raise
                failures += 1

    async def _is_passing(self, error: ExchangeError, failures: int) -> bool:
        """Whether the next attempt may go better."""
        locked = isinstance(error, ExceptionAnswerError) and error.code == _LOCKED
        if locked and not self._reopened:
            # A new connection is locked, whatever the one before was.
            self._lock.forget()
            self._reopened = True
            return True
        return await again(error, failures, self._link.client.policy)


_STEPS = {
    Order.PUT_IN_FORCE: "put the calendar in force",
    Order.TAKE_AS_PASSIVE: "have the calendar wait for its activation",
}
