"""Pushing: all meters are planned, then set line by line; each has a result of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, nullcontext
from dataclasses import replace
from typing import NamedTuple

from smartx96.configuration.changing.undivided import undivided
from smartx96.configuration.project.at_once import MOST_LINES, few_at_once, lines_at_once
from smartx96.configuration.project.journal import Journal, Known, journal_path, known_meters
from smartx96.configuration.project.line_work import LineWork, Passwords
from smartx96.configuration.project.preparing import Prepared, prepare
from smartx96.configuration.project.project import Project, ProjectLine, ProjectMeter
from smartx96.configuration.project.result import Fate, MeterResult, Report, unwritten
from smartx96.configuration.target import Lines
from smartx96.errors import OptionError

MOST_AT_ONCE = 4
"""Meters behind one TCP port that are dealt with at once: while one is asked the others are thought
about. Still only one request is under way."""


class Progress(NamedTuple):
    """How far a push has come.

    Parameters
    ----------
    done, total : int
        Meters that were planned, and those that were set: each counts twice.
    meter, step : str
        What is being done.
    """

    done: int
    total: int
    meter: str
    step: str


Tell = Callable[[Progress], None]
Work = Callable[[list[ProjectMeter], Lines], Awaitable[None]]


async def push(
    project: Project, passwords: Passwords, *, resume: bool = False, dry_run: bool = False,
    strict: bool = False, tell: Tell = lambda progress: None,
) -> Report:  # fmt: skip
    """Set the meters of a project.

    All are found, read and planned first: where one cannot be set so, or is another meter than is
    wanted, nothing is written at all. Then the meters of each line are written in turn, lines at
    once; of those behind a TCP port a few at once. When it is cancelled it ends with the meters
    under way.

    Parameters
    ----------
    project : Project
    passwords : callable
        The password of a meter, or None; asked for once all is planned, where one is needed.
    resume : bool
        Whether meters are left out that the push before this one has done, by its journal.
    dry_run : bool
        Nothing is written, and a journal that is there is only read.
    strict : bool
        Whether nothing is written where a meter does not answer, nor any more after a failure.
    tell : callable

    Raises
    ------
    OptionError
        The journal cannot be written, or another push of this project is under way.
    """
    path = journal_path(project.path)
    with nullcontext() if dry_run else Journal(path) as journal:
        known = journal.known if journal else known_meters(path)
        return await _Push(project, passwords, journal, known, resume, strict, tell).run()


class _Push:
    """A push on its way."""

    def __init__(self, project: Project, passwords: Passwords, journal: Journal | None,
                 known: dict[str, Known], resume: bool, strict: bool, tell: Tell
                 ) -> None:  # fmt: skip
        self._project, self._passwords, self._journal = project, passwords, journal
        self._resume, self._strict, self._tell = resume, strict, tell
        self._known = known
        self._before = {m.name for m in project.meters if resume and self._was_done(m)}
        self._prepared = dict[str, Prepared]()
        self._results = dict[str, MeterResult]()
        self._progress = Progress(0, 2 * (len(project.meters) - len(self._before)), "", "")
        self._stopping = ""

    async def run(self) -> Report:
        """Plan, then write."""
        async with AsyncExitStack() as opened:
            lines = {
                line: await opened.enter_async_context(Lines(line.policy))
                for line in self._project.lines
            }
            # Stopped, it ends at the next meter rather than within one.
            failure = await undivided(self._whole(lines), self._stop)
        results = (self._result(meter) for meter in self._project.meters)
        return Report(self._project.path, tuple(results), failure or self._stopping)

    def _stop(self) -> None:
        self._stopping = "stopped before the end"

    async def _whole(self, lines: dict[ProjectLine, Lines]) -> str:
        """What keeps all from being written, if anything does."""
        await self._for_all(lines, self._plan_line)
        if self._stopping:
            return ""
        self._check_clashes()
        failure = self._failure() or self._check_passwords()
        if not failure and self._journal is not None:
            if not self._resume:
                self._journal.begin()
            await self._for_all(lines, self._write_line)
        return failure

    async def _for_all(self, lines: dict[ProjectLine, Lines], work: Work) -> None:
        """Do something with the meters of each line, lines at once."""

        async def one(line: ProjectLine, meters: list[ProjectMeter]) -> None:
            left = [meter for meter in meters if meter.name not in self._before]
            await work(left, lines[line])
            if len(lines) > MOST_LINES:
                self._let_go(left)

        await lines_at_once(self._project, one)

    def _let_go(self, meters: list[ProjectMeter]) -> None:
        """Close the port of a line until it is asked again: so many are not open at once."""
        links = (self._prepared[m.name].link for m in meters if m.name in self._prepared)
        link = next((each for each in links if each is not None), None)
        if link is not None:
            link.client.close()

    async def _plan_line(self, meters: list[ProjectMeter], lines: Lines) -> None:
        down = ""

        async def plan(meter: ProjectMeter) -> None:
            nonlocal down
            if self._stopping:
                return
            self._step(meter.name, "read")
            if down:
                # Whoever waits for a host that is down would wait for each meter behind it.
                prepared = Prepared(meter, failure=down)
            else:
                prepared = await prepare(meter, lines, self._known.get(meter.name))
                down = prepared.failure if prepared.down else down
            self._prepared[meter.name] = prepared
            self._step(meter.name, "planned", 1)

        await few_at_once(meters, plan, _at_once(meters))

    async def _write_line(self, meters: list[ProjectMeter], lines: Lines) -> None:
        if self._journal is None:
            return
        found = [self._prepared[meter.name] for meter in meters]
        work = LineWork(found, _at_once(meters), self._journal, self._passwords, self._step)

        def take(result: MeterResult) -> None:
            self._results[result.name] = result
            self._step(result.name, str(result.fate), 1)
            if work.journal_failure:
                self._stopping = work.journal_failure
            elif self._strict and not result.good:
                self._stopping = f"stopped after the failure of {result.name!r}"

        await work.work(take, lambda: bool(self._stopping))

    def _check_clashes(self) -> None:
        """No two meters of a line may end at one address, whatever profiles say."""
        for meters in self._project.lines.values():
            holders = dict[int, Prepared]()
            for prepared in (self._prepared[m.name] for m in meters if m.name not in self._before):
                if prepared.plan is None:
                    continue
                then = prepared.move.then
                holder = holders.setdefault(then, prepared)
                if holder is not prepared and not prepared.wrong:
                    prepared.wrong = (
                        f"it would have address {then} at {prepared.target.place}, as "
                        f"{holder.meter.name!r} does"
                    )

    def _failure(self) -> str:
        """Why nothing is to be written."""
        for prepared in self._prepared.values():
            if prepared.wrong:
                return f"nothing was written, because of {prepared.meter.name!r}: {prepared.wrong}"
            if prepared.failure and self._strict:
                return f"nothing was written, for {prepared.meter.name!r} does not answer"
        return ""

    def _check_passwords(self) -> str:
        """Why the passwords keep all from being written."""
        if self._journal is None:
            return ""
        for prepared in self._prepared.values():
            if prepared.protected and not prepared.failure:
                try:
                    missing = self._passwords(prepared.meter) is None
                except OptionError as error:
                    return f"nothing was written: meter {prepared.meter.name!r}: {error}"
                if missing:
                    return (
                        f"nothing was written: meter {prepared.meter.name!r} needs its password; "
                        "X96_PASSWORD has it, or the variable that password_variable names"
                    )
        return ""

    def _step(self, meter: str, step: str, done: int = 0) -> None:
        self._progress = Progress(self._progress.done + done, self._progress.total, meter, step)
        self._tell(self._progress)

    def _was_done(self, meter: ProjectMeter) -> bool:
        known = self._known.get(meter.name)
        return known is not None and known.done == meter.fingerprint

    def _result(self, meter: ProjectMeter) -> MeterResult:
        """What became of a meter."""
        name = meter.name
        if name in self._results:
            return self._results[name]
        if name in self._before:
            known = self._known[name]
            said = f"done at {known.time}, by the journal"
            where = str(replace(meter.target, unit=known.unit or meter.target.unit))
            return MeterResult(name, where, Fate.DONE_BEFORE, said, known.serial_number)
        if name in self._prepared:
            return unwritten(self._prepared[name], dry_run=self._journal is None)
        return MeterResult(name, str(meter.target), Fate.NOT_WRITTEN, "not asked")


def _at_once(meters: Sequence[ProjectMeter]) -> int:
    """How many meters of a line are dealt with at the same time: a real line has room for one."""
    return 1 if not meters or meters[0].target.is_line else MOST_AT_ONCE
