"""PolledMeter: a meter that is asked again and again, and what becomes of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from smartx96.configuration.advice import advice
from smartx96.configuration.link import Link
from smartx96.configuration.polling.counters import Counters
from smartx96.configuration.polling.faults import MISSED, fault_of
from smartx96.configuration.polling.polled import Polled
from smartx96.configuration.polling.schedule import now
from smartx96.modbus.client.errors import ExchangeError
from smartx96.modbus.client.read_plan import ReadPlan
from smartx96.modbus.readings import Reading
from smartx96.tables.log.row import LARGEST, Row, Value, listed, moment
from smartx96.wording import counted

_SERIAL_NUMBER = "serial_number"

_REST = 10
"""A silent meter may take one part in so many of the time of its line from those who answer."""


class PolledMeter:
    """A meter and the values that it is asked for.

    Parameters
    ----------
    polled : Polled
    ids : sequence of str
    tell : callable
        Takes a line for the user.
    strict : bool
        Whether an id that the meter does not have is an error, not an empty column.
    clock : callable
        The time [us since 1970-01-01T00:00Z].

    Attributes
    ----------
    silent : bool
        Whether it did not answer when it was asked last.
    """

    def __init__(self, polled: Polled, ids: Sequence[str], tell: Callable[[str], None], *,
                 strict: bool = False, clock: Callable[[], int] = now) -> None:  # fmt: skip
        self.polled, self._ids, self._strict, self._clock = polled, ids, strict, clock
        self._say = tell
        self._link: Link | None = None
        self._counters = Counters(ids)
        self._serial_number: int | None = None
        self._silent_since: int | None = None
        self._newest: int | None = None
        self._lacking = list[str]()
        self.silent = self._unsure = False
        self._cost = self._asked_again = 0.0

    @property
    def name(self) -> str:
        """In the log."""
        return self.polled.name

    @property
    def serial_number(self) -> int | None:
        """As it told it last."""
        return self._serial_number

    def resume(self, row: Row) -> None:
        """Go on after the newest row of an earlier run."""
        self._serial_number, self._newest = row.serial_number, row.time
        self._counters.take(row.values)

    def gap_since(self, interval: int, due: int) -> Row | None:
        """The row with which a gap since an earlier run begins; None where there is none.

        Parameters
        ----------
        interval : int
            [us]
        due : int
            When it is asked first in this run [us since 1970-01-01T00:00Z].
        """
        if self._newest is None:
            return None
        missed = (self._newest // interval + 1) * interval
        return self.gap(missed, MISSED) if missed < due else None

    def gap(self, due: int, fault: str) -> Row:
        """A row without values."""
        nothing = (None,) * len(self._ids)
        return Row(due, self.name, self._serial_number, None, None, fault, nothing)

    async def begin(self) -> str | None:
        """Find out who it is, before it is due; the fault where it does not answer.

        Raises
        ------
        OptionError
            It does not have what is asked for, and that is an error.
        """
        row = await self.poll(self._clock())
        if row.fault is None:
            self._say(self._about())
        return row.fault

    async def poll(self, due: int) -> Row:
        """Ask it.

        Raises
        ------
        OptionError
            It does not have what is asked for, and that is an error.
        """
        begun = time.monotonic()
        try:
            values = await self._answered()
            for line in self._counters.take(values):
                self.tell(line)
                await self._recognise()
            took = round(time.monotonic() - begun, 4)
            row = Row(due, self.name, self._serial_number, self._clock(), took, None, values)
            self._heard(due)
        except ExchangeError as error:
            self._missed(error, due)
            row = self.gap(due, fault_of(error))
            self._cost = time.monotonic() - begun
            self._asked_again = time.monotonic() + _REST * self._cost
        return row

    def rests(self, left: float) -> bool:
        """Whether it is silent and to ask it now would take from the others.

        Parameters
        ----------
        left : float
            Time until the next moment [s].
        """
        return self.silent and self._cost > left and time.monotonic() < self._asked_again

    async def _answered(self) -> tuple[Value, ...]:
        """Values in the order of the ids."""
        if self.silent or self._unsure:
            await self._recognise()
        # Another meter of this line may have another speed.
        await self.polled.lines.client(self.polled.target)
        link = self._link or await self._identified()
        readings = await link.read(id for id in self._ids if link.has(id))
        self._check(link)
        return tuple(_value(readings.get(id)) for id in self._ids)

    async def _identified(self) -> Link:
        """Ask who it is."""
        polled = self.polled
        self._link = await Link.open(
            polled.lines, polled.target, member=polled.member, unverified=polled.unverified
        )
        self._compare(self._link.nameplate.serial_number)
        return self._link

    async def _recognise(self) -> None:
        """Ask for its serial number: where it is another one, nothing that was known counts.

        A meter that gave no answer to who it is is asked for that too, if values wait for it.
        """
        if self._link is not None:
            numbers, known = await self._link.read([_SERIAL_NUMBER]), self._link.nameplate
            if numbers.get(_SERIAL_NUMBER) != known.serial_number or self._doubt(self._link):
                self._link = None
                await self._identified()

    def _check(self, link: Link) -> None:
        """Tell, once, what it does not have; raise where that is an error."""
        missing = [id for id in self._ids if not link.has(id)]
        unknown = self._doubt(link)
        if self._strict and missing and not unknown:
            link.check(missing[0])
        news, self._lacking = bool(missing) and missing != self._lacking, missing
        if news and unknown:
            self.tell(f"{listed(missing)}: empty in the log; {unknown}")
        elif news:
            self.tell(f"{link.member} does not have {listed(missing)}: empty in the log")
        # Who it is is asked once more with the next poll, and then whenever it was silent.
        self._unsure = news and bool(unknown)

    def _doubt(self, link: Link) -> str:
        """Why values are hidden that it may have; empty where none are."""
        return link.doubt if any(link.hides(id) for id in self._ids) else ""

    def _compare(self, serial_number: int | None) -> None:
        expected = self._serial_number
        self._serial_number = serial_number
        if expected is not None and serial_number not in (None, expected):
            self._counters.forget()
            self.tell(
                f"the meter was exchanged: serial number {expected} before, {serial_number} now"
            )
        planned = self.polled.serial_number
        if planned is not None and serial_number not in (None, planned):
            self.tell(f"has serial number {serial_number}, not {planned} as the project says")

    def _heard(self, due: int) -> None:
        self.silent = False
        if self._silent_since is not None:
            self.tell(f"answers again at {moment(due)}; there are gaps from "
                      f"{moment(self._silent_since)} on")  # fmt: skip
            self._silent_since = None

    def _missed(self, error: ExchangeError, due: int) -> None:
        self.silent = True
        if self._silent_since is None:
            self._silent_since = due
            said = advice(self.polled.target, error, known=self._link is not None)
            self.tell(f"{said}; gaps from {moment(due)} on")

    def tell(self, text: str) -> None:
        """Say something of it to the user, with its name or place once."""
        named = self.name in text or self.name.startswith(text.partition(" ")[0])
        self._say(text if named else f"{self.name}: {text}")

    def _about(self) -> str:
        """What it is, and what a poll costs."""
        link = self._link
        if link is None:
            return self.name
        ids = [id for id in self._ids if link.has(id)]
        plan = ReadPlan.of(ids, link.meter.limits, link.client.request_cost)
        serial = "" if self._serial_number is None else f", serial number {self._serial_number}"
        requests = counted(len(plan.stretches), "request")
        return f"{self.name}: {link.member}{serial}; {counted(len(ids), 'value')} in {requests}"


def _value(reading: Reading | None) -> Value:
    """A number for the log: floats as short as tells them, of integers those that columns hold."""
    if isinstance(reading, float):
        return float(str(np.float32(reading))) if np.isfinite(reading) else None
    return reading if isinstance(reading, int) and reading <= LARGEST else None
