"""LineWork: the meters of a line are set one after the other, and never two have one address."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from smartx96.configuration.changing.carrying_out import carry_out
from smartx96.configuration.changing.outcome import Outcome
from smartx96.configuration.changing.plan import Plan
from smartx96.configuration.link import Link
from smartx96.configuration.project.addresses import free_units, steps
from smartx96.configuration.project.at_once import few_at_once
from smartx96.configuration.project.journal import Journal
from smartx96.configuration.project.preparing import Prepared
from smartx96.configuration.project.project import ADDRESS, ProjectMeter
from smartx96.configuration.project.result import Fate, MeterResult
from smartx96.configuration.tariffs.outcome import CalendarOutcome
from smartx96.configuration.tariffs.outcome import State as CalendarState
from smartx96.configuration.tariffs.writing import carry_out as carry_out_calendar
from smartx96.errors import OptionError, PasswordError
from smartx96.modbus.client.errors import ExchangeError
from smartx96.settings import Change

Passwords = Callable[[ProjectMeter], int | None]
"""The password of a meter; None where nobody has told it."""

_ASIDE_ATTEMPTS = 5
"""Addresses that are tried for a meter that makes room."""


class LineWork:
    """The meters of one line on their way.

    Parameters
    ----------
    prepared : sequence of Prepared
        All of the project's meters there, those that do not answer too.
    at_once : int
        Meters that keep their addresses and are set at the same time.
    journal : Journal
    passwords : callable
    tell : callable
        Called with a meter's name and a line for each step.

    Attributes
    ----------
    journal_failure : str
        Why the journal does not take any more; empty where it does.
    """

    def __init__(self, prepared: Sequence[Prepared], at_once: int, journal: Journal,
                 passwords: Passwords, tell: Callable[[str, str], None]) -> None:  # fmt: skip
        self._ready = {p.meter.name: p for p in prepared if not (p.failure or p.wrong)}
        self._at_once, self._journal = at_once, journal
        self._passwords, self._tell = passwords, tell
        self.journal_failure = ""
        # A meter that does not answer now may come back, and has its address then.
        self._holders = {p.target.unit: p.meter.name for p in prepared}

    async def work(self, take: Callable[[MeterResult], None], stopped: Callable[[], bool]) -> None:
        """Set the meters that answer.

        Parameters
        ----------
        take : callable
            Called with the result of each meter, as it comes.
        stopped : callable
            Whether no further meter is to be begun.
        """

        async def set_one(prepared: Prepared) -> None:
            if not stopped():
                take(await self._set(prepared))

        moves = {name: prepared.move for name, prepared in self._ready.items()}
        stay = [name for name, move in moves.items() if move.now == move.then]
        await few_at_once((self._ready[name] for name in stay), set_one, self._at_once)
        # Whoever is through with it: set, or not to be had.
        through = set(stay)
        for name, aside in steps(moves):
            if stopped() or name in through:
                continue
            prepared = self._ready[name]
            if not aside:
                await set_one(prepared)
            elif (refusal := await self._step_aside(prepared)) is not None:
                through.add(name)
                take(refusal)

    async def _step_aside(self, prepared: Prepared) -> MeterResult | None:
        """Have a meter make room; the result where it did not."""
        link, plan = _both(prepared)
        moves = [each.move for each in self._ready.values()]
        units = (unit for unit in free_units(moves) if unit not in self._holders)
        reason = "there is no free address for it to step aside"
        for unit, _ in zip(units, range(_ASIDE_ATTEMPTS), strict=False):
            now = link.target.unit
            self._tell(prepared.meter.name, f"step aside to address {unit}")
            if not await self._note(self._journal.found, prepared, unit):
                return self._failed(prepared, f"nothing written: {self.journal_failure}")
            try:
                outcome = await carry_out(link, Plan(plan.before, (Change(ADDRESS, now, unit),)))
            except OptionError as error:
                reason = str(error)
                continue
            except ExchangeError as error:
                return self._failed(prepared, f"nothing written: {error}")
            if not outcome.done:
                return self._failed(prepared, outcome.statement, outcome)
            self._moved(prepared, now)
            prepared.plan = _from_aside(plan, unit)
            return None
        return self._failed(prepared, f"nothing written: {reason}")

    async def _set(self, prepared: Prepared) -> MeterResult:
        link, plan = _both(prepared)
        now, then = prepared.move
        holder = self._holders.get(then, prepared.meter.name)
        if holder != prepared.meter.name:
            return self._failed(
                prepared,
                f"nothing written: {ADDRESS} {then} may still be that of {holder!r}, which did not "
                f"go to its own; this meter has address {now}",
            )
        if now != then and not await self._note(self._journal.found, prepared, now):
            return self._failed(prepared, f"nothing written: {self.journal_failure}")
        try:
            outcome, calendar = await self._written(prepared, link, plan)
        except (OptionError, PasswordError, ExchangeError) as error:
            return self._failed(prepared, f"nothing written: {error}")
        self._moved(prepared, now)
        return await self._concluded(prepared, outcome, calendar)

    async def _written(
        self, prepared: Prepared, link: Link, plan: Plan
    ) -> tuple[Outcome, CalendarOutcome | None]:
        """Write settings, then the calendar."""
        name = prepared.meter.name
        password = self._passwords(prepared.meter) if prepared.protected else None

        def tell(line: str) -> None:
            self._tell(name, line)

        outcome = await carry_out(link, plan, password, tell)
        if prepared.calendar is None or not outcome.done:
            return outcome, None
        try:
            return outcome, await carry_out_calendar(link, prepared.calendar, password, tell)
        except (OptionError, PasswordError, ExchangeError) as error:
            wanted = prepared.calendar.wanted.calendar.name
            return outcome, CalendarOutcome(
                str(link.target), wanted, CalendarState.OLD, failure=str(error)
            )

    async def _concluded(self, prepared: Prepared, outcome: Outcome,
                         calendar: CalendarOutcome | None) -> MeterResult:  # fmt: skip
        """The result of a meter that was written, as the journal has it too."""
        whole = outcome.done and (calendar.done if calendar else prepared.calendar is None)
        said = [outcome.statement]
        if prepared.calendar is not None:
            said.append(calendar.statement if calendar else "the calendar was not written")
        if not whole:
            return self._failed(prepared, "; ".join(said), outcome, calendar)
        await self._note(self._journal.done, prepared, prepared.target.unit,
                         prepared.meter.fingerprint)  # fmt: skip
        fate = Fate.SAME if prepared.nothing_to_do else Fate.DONE
        return self._result(prepared, fate, "; ".join(said), outcome, calendar)

    async def _note(self, write: Callable[..., None], prepared: Prepared, *more: object) -> bool:
        """Write to the journal, and whether it took it; other lines do not wait for the disk."""
        try:
            await asyncio.to_thread(write, prepared.meter.name, prepared.serial_number, *more)
        except OptionError as error:
            self.journal_failure = str(error)
        return not self.journal_failure

    def _moved(self, prepared: Prepared, before: int) -> None:
        """Know who has which address; one that may have two has both."""
        unit = prepared.target.unit
        if unit != before:
            self._holders.pop(before, None)
            self._holders[unit] = prepared.meter.name

    def _failed(self, prepared: Prepared, statement: str, outcome: Outcome | None = None,
                calendar: CalendarOutcome | None = None) -> MeterResult:  # fmt: skip
        return self._result(prepared, Fate.FAILED, statement, outcome, calendar)

    def _result(self, prepared: Prepared, fate: Fate, statement: str, outcome: Outcome | None,
                calendar: CalendarOutcome | None) -> MeterResult:  # fmt: skip
        return MeterResult(
            prepared.meter.name, str(prepared.target), fate, statement, prepared.serial_number,
            prepared.plan, outcome, prepared.calendar, calendar,
        )  # fmt: skip


def _both(prepared: Prepared) -> tuple[Link, Plan]:
    """Of a meter that answers there are both."""
    if prepared.link is None or prepared.plan is None:
        raise AssertionError(f"{prepared.meter.name} is not ready")
    return prepared.link, prepared.plan


def _from_aside(plan: Plan, unit: int) -> Plan:
    """The plan of a meter that has stepped aside."""
    changes = (c._replace(old=unit) if c.id == ADDRESS else c for c in plan.changes)
    return replace(plan, before={**plan.before, ADDRESS: unit}, changes=tuple(changes))
