"""Visiting: the meters of a project are asked, lines at once; who does not answer is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from smartx96.configuration.link import Link
from smartx96.configuration.project.at_once import lines_at_once
from smartx96.configuration.project.journal import Known, journal_path, known_meters
from smartx96.configuration.project.preparing import NOBODY, found, told_failure
from smartx96.configuration.project.project import Project, ProjectLine, ProjectMeter
from smartx96.configuration.project.result import Fate
from smartx96.configuration.target import Lines
from smartx96.errors import X96Error
from smartx96.modbus.client.errors import ExchangeError, NotConnectedError

T = TypeVar("T")

Work = Callable[[ProjectMeter, Link], Awaitable[T]]
"""What is done with a meter that was found."""


@dataclass(frozen=True, slots=True)
class Visit(Generic[T]):
    """What became of the visit to a meter.

    Parameters
    ----------
    meter : ProjectMeter
    where : str
        Where it was asked.
    fate : Fate
        `DONE`, `NOT_REACHED`, `WRONG` where another meter is there, or `FAILED`.
    outcome : object, optional
        What the work gave, where it was done.
    failure : str
        Why it was not.
    """

    meter: ProjectMeter
    where: str
    fate: Fate
    outcome: T | None = None
    failure: str = ""


async def visit(project: Project, work: Work[T], take: Callable[[Visit[T]], None],
                stopped: Callable[[], bool] = lambda: False) -> None:  # fmt: skip
    """Do something with each meter of a project; one that fails leaves the others alone.

    Lines are visited at once, the meters of each in turn. Each is found as `x96 push` finds it: by
    its serial number where the project has it, and where an earlier push has left it.

    Parameters
    ----------
    project : Project
    work : callable
    take : callable
        Called with each visit as it ends, in whatever order.
    stopped : callable
        Whether no further meter is to be begun.

    Raises
    ------
    OptionError
        The journal of the project cannot be read.
    """
    known = known_meters(journal_path(project.path))

    async def along(line: ProjectLine, meters: list[ProjectMeter]) -> None:
        down = ""
        async with Lines(line.policy) as lines:
            for meter in meters:
                if stopped():
                    return
                if down:
                    # Whoever waits for a host that is down would wait for each meter behind it.
                    take(Visit(meter, str(meter.target), Fate.NOT_REACHED, failure=down))
                    continue
                one, is_down = await _visited(meter, lines, known.get(meter.name, NOBODY), work)
                down = one.failure if is_down else ""
                take(one)

    await lines_at_once(project, along)


async def _visited(meter: ProjectMeter, lines: Lines, known: Known, work: Work[T]
                   ) -> tuple[Visit[T], bool]:  # fmt: skip
    """The visit to a meter, and whether its whole line does not open."""
    link: Link | None = None
    target, down = meter.target, False
    try:
        link = await found(meter, lines, known)
        target = link.target
        return Visit(meter, str(target), Fate.DONE, await work(meter, link)), False
    except ExchangeError as error:
        failure = told_failure(target, error, known=link is not None)
        fate, down = Fate.NOT_REACHED, isinstance(error, NotConnectedError)
    except X96Error as error:
        failure = str(error).removeprefix(f"{target}: ")
        fate = Fate.WRONG
    fate = fate if link is None else Fate.FAILED
    return Visit(meter, str(target), fate, failure=failure), down
