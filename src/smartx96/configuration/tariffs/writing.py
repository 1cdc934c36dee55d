"""Writing: a calendar goes into a meter's draft, is compared there, and is taken as a whole.

The command that lets the draft rule is the only moment at which anything changes for the meter.
Until then a failure leaves the calendar that ruled. The activation is written before it and not
with it: so a command that comes twice finds a draft without one, and does nothing more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from smartx96.configuration.changing.outcome import Interruption
from smartx96.configuration.changing.unlocking import Unlocking
from smartx96.configuration.link import Link
from smartx96.configuration.tariffs.outcome import DONE, CalendarOutcome, State
from smartx96.configuration.tariffs.plan import CalendarPlan, planned
from smartx96.configuration.tariffs.writer import DraftError, Writer
from smartx96.errors import OptionError, PasswordError
from smartx96.meter.calendar import DatedCalendar
from smartx96.modbus.calendar.draft import COMMAND
from smartx96.modbus.client.errors import ExchangeError

_UNEXPLAINED = "the meter took the command, and shows another calendar than was written"


async def push_calendar(
    link: Link, wanted: DatedCalendar, password: int | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> CalendarOutcome:  # fmt: skip
    """Give a meter a calendar: `planned` and `carry_out` in one.

    Parameters
    ----------
    link : Link
    wanted : DatedCalendar
        With an activation it waits until then, without one it rules at once.
    password : int, optional
        Of the meter.
    tell : callable
        Called with a line for each step.

    Returns
    -------
    CalendarOutcome
        A failure on the way is told there.

    Raises
    ------
    OptionError, PasswordError, ExchangeError
        As `planned` and `carry_out`: nothing was written.
    Interruption
        As `carry_out`.
    """
    return await carry_out(link, await planned(link, wanted), password, tell)


async def carry_out(
    link: Link, plan: CalendarPlan, password: int | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> CalendarOutcome:  # fmt: skip
    """Write what a plan says, and compare which calendar the meter has then.

    Parameters
    ----------
    link : Link
    plan : CalendarPlan
    password : int, optional
        Of the meter.
    tell : callable
        Called with a line for each step.

    Returns
    -------
    CalendarOutcome
        A failure on the way is told there.

    Raises
    ------
    OptionError
        There is no password; nothing was written.
    PasswordError, ExchangeError
        Nothing was written, because the meter does not take the password, or does not answer.
    Interruption
        It was cancelled on the way: with which calendar rules.
    """
    if plan.same:
        return _outcome(link, plan, State.SAME)
    if password is None:
        raise OptionError(
            f"{COMMAND}: protected; give the meter's password (--password, X96_PASSWORD)"
        )
    lock = Unlocking(link, password)
    writer = Writer(link, lock, plan)
    try:
        tell("unlock")
        await lock.unlock()
        try:
            failure = await _failure(writer, tell)
            return await _concluded(link, plan, writer, failure)
        except asyncio.CancelledError:
            stopped = await _concluded(link, plan, writer, "stopped before the end")
            raise Interruption(stopped) from None
    finally:
        await lock.lock()


async def _failure(writer: Writer, tell: Callable[[str], None]) -> str:
    """Write all of it; what went wrong."""
    try:
        await writer.draft(tell)
        await writer.command()
    except (ExchangeError, PasswordError, DraftError) as error:
        return str(error)
    return ""


async def _concluded(link: Link, plan: CalendarPlan, writer: Writer,
                     failure: str) -> CalendarOutcome:  # fmt: skip
    """What became of it, by the meter's own word."""
    state, discarded = await writer.concluded()
    notes = () if discarded else ("the draft is left in the meter, where it rules nothing",)
    why = "" if state in DONE else failure or writer.unheard or _UNEXPLAINED
    return _outcome(link, plan, state, why, notes)


def _outcome(link: Link, plan: CalendarPlan, state: State, failure: str = "",
             notes: tuple[str, ...] = ()) -> CalendarOutcome:  # fmt: skip
    calendar, activation = plan.wanted
    return CalendarOutcome(
        str(link.target), calendar.name, state, activation, failure, (*plan.notes, *notes)
    )
