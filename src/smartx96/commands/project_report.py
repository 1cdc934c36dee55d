"""What a command that asks the meters of a project tells: a row for each, and the whole in one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import click

from smartx96.commands.json_document import write_json
from smartx96.wording import counted

if TYPE_CHECKING:
    from smartx96.configuration.project.project import Project, ProjectMeter
    from smartx96.configuration.project.visiting import Visit

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """What is told of a meter.

    Parameters
    ----------
    where : str
        Where it was asked, with its name.
    result : str
        In one word, or two.
    statement : str
    good : bool
        Whether there is nothing to look after.
    more : mapping of str to value
        What else programs are told.
    """

    where: str
    result: str
    statement: str
    good: bool
    more: Mapping[str, Any] = field(default_factory=dict)


class ProjectReport:
    """Rows of the meters of a project, in the order of the file.

    Parameters
    ----------
    project : Project
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._rows = dict[str, Row]()

    def taker(self, row: Callable[[Visit[T]], Row]) -> Callable[[Visit[T]], None]:
        """What keeps a row of each visit: of those that were done as a function makes it."""

        def take(visit: Visit[T]) -> None:
            failed = Row(visit.where, str(visit.fate), visit.failure, good=False)
            self._rows[visit.meter.name] = failed if visit.failure else row(visit)

        return take

    def carry_out(self, visits: Coroutine[Any, Any, None]) -> None:
        """Visit; Ctrl-C ends it, and what was found until then is told."""
        try:
            with asyncio.Runner() as runner:
                runner.run(visits)
        except KeyboardInterrupt:
            return

    @property
    def good(self) -> bool:
        """Whether every meter was asked, and none is to be looked after."""
        return all(row.good for row in self._all())

    @property
    def statement(self) -> str:
        """In one line: how many meters of each result, and whether all were asked."""
        counts = Counter(row.result for row in self._all())
        said = ", ".join(f"{number} {result}" for result, number in counts.items())
        whole = len(self._rows) == len(self._project.meters)
        total = f"{counted(len(self._project.meters), 'meter')}: {said}"
        return total if whole else f"{total}; stopped before the end"

    def tell(self, as_json: bool) -> None:
        """Print it."""
        if as_json:
            write_json(self.document())
            return
        rows = self._all()
        width = max(len(row.result) for row in rows)
        for row in rows:
            click.echo(f"{row.result:<{width}}  {row.where}: {row.statement}")
        click.echo(f"{self._project.path}: {self.statement}")

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "project": str(self._project.path),
            "good": self.good,
            "statement": self.statement,
            "meters": list(self._documents()),
        }

    def _documents(self) -> Iterator[dict[str, Any]]:
        for meter, row in zip(self._project.meters, self._all(), strict=True):
            yield {
                "name": meter.name,
                "where": row.where,
                "result": row.result,
                "good": row.good,
                "statement": row.statement,
                **row.more,
            }

    def _all(self) -> list[Row]:
        return [self._rows.get(meter.name) or _not_asked(meter) for meter in self._project.meters]


def _not_asked(meter: ProjectMeter) -> Row:
    return Row(str(meter.target), "not asked", "it was stopped before", good=False)
