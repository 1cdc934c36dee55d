"""Carrying out: a plan is written to the meter, read back and compared."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from smartx96.configuration.changing.moving import check_free, move
from smartx96.configuration.changing.outcome import Entry, Interruption, Outcome, State
from smartx96.configuration.changing.plan import OF_THE_LINE, Plan, is_held
from smartx96.configuration.changing.unlocking import Unlocking
from smartx96.configuration.changing.writer import Writer
from smartx96.configuration.link import Link
from smartx96.errors import OptionError, PasswordError, X96Error
from smartx96.modbus.client.errors import ExchangeError
from smartx96.settings import Change

Tell = Callable[[str], None]


async def carry_out(
    link: Link, plan: Plan, password: int | None = None, tell: Tell = lambda line: None
) -> Outcome:
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
        A password is needed, another meter has the address, or the meter is not known to have a
        setting; nothing was written.
    PasswordError, ExchangeError
        Nothing was written, because the meter does not take the password, or does not answer.
    Interruption
        It was cancelled on the way: with what was written until then, read back.
    """
    await _check(link, plan, password)
    lock = Unlocking(link, password)
    work = _Work(link, plan, Writer(link, lock), tell)
    try:
        try:
            if plan.protected:
                tell("unlock")
                await lock.unlock()
            await work.carry_out()
        finally:
            await lock.lock()
    except asyncio.CancelledError:
        await work.ask_again("stopped before the end")
        await lock.lock()
        raise Interruption(work.outcome) from None
    return work.outcome


async def _check(link: Link, plan: Plan, password: int | None) -> None:
    """Make sure, before anything is written, that all of it may be."""
    for change in plan.changes:
        link.check(change.id)
    if plan.protected and password is None:
        ids = ", ".join(plan.protected)
        raise OptionError(f"{ids}: protected; give the meter's password (--password, X96_PASSWORD)")
    await check_free(link, plan.changes)


class _Work:
    """A plan on its way to the meter, and how far it came."""

    def __init__(self, link: Link, plan: Plan, writer: Writer, tell: Tell) -> None:
        self._link, self._plan, self._writer, self._tell = link, plan, writer, tell
        self._sent = list[Change]()
        self._failure, self._notes = "", list(plan.notes)

    async def carry_out(self) -> None:
        """Write, read back; what goes wrong is kept."""
        try:
            await self._write()
        except (ExchangeError, PasswordError) as error:
            await self.ask_again(str(error))

    async def ask_again(self, failure: str) -> None:
        """Read back after a failure; what the meter does not tell stays in doubt."""
        self._failure = failure
        with contextlib.suppress(X96Error):
            await self._writer.read_back([*self._plan.same, *(each.id for each in self._sent)])

    @property
    def outcome(self) -> Outcome:
        """What became of each setting."""
        plan, tried = self._plan, {change.id for change in self._sent}
        same = (self._same_entry(id) for id in plan.same)
        entries = [*same, *(self._entry(each, each.id in tried) for each in plan.changes)]
        done = Outcome("", tuple(entries)).done
        failure = "" if done else self._failure or "the meter took the values and has others"
        return Outcome(str(self._link.target), tuple(entries), failure, tuple(self._notes))

    async def _write(self) -> None:
        changes, writer = self._plan.changes, self._writer
        ordinary = [change for change in changes if change.id not in OF_THE_LINE]
        if ordinary:
            self._tell(f"write {len(ordinary)} settings")
            self._sent += ordinary
            await writer.write(ordinary)
        if changes:
            # What was as wanted, too: a meter may change one setting with another.
            wanted = {change.id: change.new for change in ordinary}
            await writer.verify({**self._plan.same, **wanted})
        for change in changes[len(ordinary) :]:
            self._tell(f"write {change.id}")
            self._sent.append(change)
            note = await move(self._link, change, writer)
            self._notes += [note] if note else []

    def _entry(self, change: Change, tried: bool) -> Entry:
        """What became of a change."""
        before, after = self._plan.before.get(change.id), self._writer.held.get(change.id)
        if not tried:
            state = State.NOT_WRITTEN
        elif after is None:
            state = State.IN_DOUBT
        elif is_held(after, change.new):
            state = State.WRITTEN
        elif change.id in self._writer.refused:
            state = State.REFUSED
        else:
            state = State.NOT_WRITTEN if after == before else State.DIFFERS
        return Entry(change.id, before, change.new, after, state)

    def _same_entry(self, id: str) -> Entry:
        """What became of a setting that was as it is wanted."""
        value = self._plan.same[id]
        after = self._writer.held.get(id, value)
        return Entry(
            id, value, value, after, State.SAME if is_held(after, value) else State.DIFFERS
        )
