"""Carrying out: a plan is written to the meter, read back and compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from smartx96.configuration.changing.moving import check_free, move
from smartx96.configuration.changing.outcome import Entry, Outcome, State
from smartx96.configuration.changing.plan import OF_THE_LINE, Plan, is_held
from smartx96.configuration.changing.unlocking import PasswordError, Unlocking
from smartx96.configuration.changing.writer import Writer
from smartx96.configuration.link import Link
from smartx96.errors import OptionError, X96Error
from smartx96.modbus.client.errors import ExceptionAnswerError, ExchangeError
from smartx96.settings import Change


async def carry_out(
    link: Link, plan: Plan, password: int | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Outcome:  # fmt: skip
    """Write what a plan says, and compare what the meter has then.

    Parameters
    ----------
    link : Link
        Asked elsewhere afterwards where address or speed are among the changes.
    plan : Plan
    password : int, optional
        Of the meter.
    tell : callable
        Called with a line for each step.

    Returns
    -------
    Outcome
        Of every setting of the plan; a failure on the way is told there.

    Raises
    ------
    OptionError
        A password is needed, or another meter has the address; nothing was written.
    PasswordError, ExchangeError
        Nothing was written, because the meter does not take the password, or does not answer.
    """
    if not plan.changes:
        return _outcome(link, plan, Writer(link, Unlocking(link, None)), (), "")
    if plan.protected and password is None:
        ids = ", ".join(plan.protected)
        raise OptionError(f"{ids}: protected; give the meter's password (--password, X96_PASSWORD)")
    await check_free(link, plan.changes)
    lock = Unlocking(link, password)
    if plan.protected:
        tell("unlock")
        await lock.unlock()
    writer = Writer(link, lock)
    try:
        sent, failure = await _written(link, plan, writer, tell)
    finally:
        await lock.lock()
    return _outcome(link, plan, writer, sent, failure)


async def _written(link: Link, plan: Plan, writer: Writer,
                   tell: Callable[[str], None]) -> tuple[Sequence[Change], str]:  # fmt: skip
    """What was sent, and what went wrong."""
    ordinary = [change for change in plan.changes if change.id not in OF_THE_LINE]
    sent, failure = list[Change](), ""
    try:
        if ordinary:
            tell(f"write {len(ordinary)} settings")
            sent += ordinary
            await writer.write(ordinary)
            await writer.read_back(ordinary)
        for change in plan.changes[len(ordinary) :]:
            tell(f"write {change.id}")
            sent.append(change)
            await move(link, change, writer)
    except (ExchangeError, PasswordError) as error:
        failure = str(error)
        if isinstance(error, ExceptionAnswerError):
            writer.refused |= set(error.failed)
        await _asked_again(writer, sent)
    return sent, failure


async def _asked_again(writer: Writer, sent: Sequence[Change]) -> None:
    """Read back after a failure; what the meter does not tell stays in doubt."""
    try:
        await writer.read_back(sent)
    except X96Error:
        return


def _outcome(link: Link, plan: Plan, writer: Writer, sent: Sequence[Change],
             failure: str) -> Outcome:  # fmt: skip
    tried = {change.id for change in sent}
    entries = [_entry(change, writer, change.id in tried) for change in plan.changes]
    same = [Entry(id, value, value, value, State.SAME) for id, value in plan.same.items()]
    outcome = Outcome(str(link.target), (*same, *entries), failure, plan.notes)
    if not failure and not outcome.done:
        return replace(outcome, failure="the meter took the values and has others")
    return outcome


def _entry(change: Change, writer: Writer, tried: bool) -> Entry:
    after = writer.held.get(change.id)
    if not tried:
        state = State.NOT_WRITTEN
    elif after is None:
        state = State.IN_DOUBT
    elif is_held(after, change.new):
        state = State.WRITTEN
    elif change.id in writer.refused:
        state = State.REFUSED
    else:
        state = State.NOT_WRITTEN if is_held(after, change.old) else State.DIFFERS
    return Entry(change.id, change.old, change.new, after, state)
