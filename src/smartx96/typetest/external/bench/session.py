"""Session: goes through the points of a file, and keeps each as soon as it is measured."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from smartx96.errors import OptionError, X96Error
from smartx96.modbus.client.errors import ExchangeError
from smartx96.typetest.external.bench.rig import Method, Rig
from smartx96.typetest.external.bench.source import Answer, Source
from smartx96.typetest.external.document import BY_POWER
from smartx96.typetest.external.external_test import Conditions
from smartx96.typetest.external.matching import Matched
from smartx96.typetest.external.outcome import outcome
from smartx96.typetest.external.points_file import Key, Row, save
from smartx96.typetest.external.set_points import Asked, SetPoint
from smartx96.wording import counted

Say = Callable[[str], None]
"""Called with one line for the user."""


@dataclass
class Session:
    """A file that is being filled in.

    Parameters
    ----------
    found : Matched
    rig : Rig
    source : Source
    say : callable
    conditions : Conditions
        By which the error of a row is told.
    """

    found: Matched
    rig: Rig
    source: Source
    say: Say
    conditions: Conditions = field(default_factory=Conditions)

    def __post_init__(self) -> None:
        self._rows: dict[Key, Row] = {row.key: row for row in self.found.rows}
        self._acquainted = False
        self._left_out: Counter[str] = Counter()

    def run(self, runner: asyncio.Runner) -> None:
        """Measure every row that is empty, point by point.

        What was measured is in the file at once, so that another session goes on with the rest.

        Parameters
        ----------
        runner : asyncio.Runner
            In which the meters are read; a source is set outside of it, for as long as it takes.

        Raises
        ------
        X96Error
            A meter does not answer, or the source fails; the file keeps what it has.
        """
        # A meter that lives on what it measures is dead before the first point is set.
        with contextlib.suppress(ExchangeError):
            self._acquaint(runner)
        by_point: dict[SetPoint, list[Row]] = {}
        for row in self._rows.values():
            if row.key in self.found.points and row.filled.empty:
                by_point.setdefault(self.found.points[row.key], []).append(row)
        for n, (point, rows) in enumerate(by_point.items(), 1):
            try:
                answer = self._point(runner, point, rows, f"{n}/{len(by_point)}")
            except X96Error as error:
                told = f"point {point.number}: {error}; {self.found.path} keeps {self._kept}"
                raise X96Error(f"{told}: start again to go on") from None
            if answer is Answer.END:
                self.say(f"{self.found.path} keeps {self._kept}: start again to go on")
                break
        for reason, count in self._left_out.items():
            self.say(f"left out: {counted(count, 'row')}: {reason}")

    def _point(self, runner: asyncio.Runner, point: SetPoint, rows: list[Row],
               place: str) -> Answer:  # fmt: skip
        if self._acquainted:
            rows = self._able(point, rows)
            if not rows:
                return Answer.SKIP
        self.say(f"{place} point {point.number}: {point.trial}")
        answer = self.source.set(point)
        if answer is not Answer.SET:
            return answer
        runner.run(asyncio.sleep(self.rig.settle))
        if not self._acquainted:
            self._acquaint(runner)
            rows = self._able(point, rows)
        for row in rows:
            filled = runner.run(self.rig.measured(point, row.asked))
            self._rows[row.key] = replace(row, filled=replace(filled, notes=row.filled.notes))
            save(self.found.path, list(self._rows.values()))
            told = outcome(self.found.path, self._rows[row.key], point, self.conditions)
            self.say(f"  {self._said(row)}: {told}")
        return answer

    def _said(self, row: Row) -> str:
        """What is read, and by what where that is not the energy itself."""
        power = self.rig.method is Method.POWER and row.asked in (Asked.ACTIVE, Asked.REACTIVE)
        return f"{row.asked} {BY_POWER}" if power else str(row.asked)

    def _acquaint(self, runner: asyncio.Runner) -> None:
        """Ask the meters who they are; the file must be of the same."""
        runner.run(self.rig.acquaint())
        self._acquainted = True
        if not self.rig.name:
            raise OptionError("--device: say what is tested, as it cannot say itself")
        for row in self._rows.values():
            if row.filled.meter and row.filled.meter != self.rig.name:
                raise X96Error(
                    f"{self.found.path}: row {row.line} is of {row.filled.meter!r}, this is "
                    f"{self.rig.name!r}: use another file"
                )

    def _able(self, point: SetPoint, rows: list[Row]) -> list[Row]:
        """Rows that can be measured; of the others it is said at the end why not."""
        reasons = [self.rig.unable(point, row.asked) for row in rows]
        self._left_out.update(reason for reason in reasons if reason)
        return [row for row, reason in zip(rows, reasons, strict=True) if reason is None]

    @property
    def _kept(self) -> str:
        return counted(sum(not row.filled.empty for row in self._rows.values()), "row")
