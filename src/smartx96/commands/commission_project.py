"""`x96 commission` of a project: meters looked at, lines at once, a record of each, the result."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from smartx96.commands.progress import progress
from smartx96.commands.project_report import ProjectReport, Row
from smartx96.errors import OptionError
from smartx96.models import WIRINGS
from smartx96.wording import counted

if TYPE_CHECKING:
    from smartx96.configuration.commissioning.subject import Expected
    from smartx96.configuration.link import Link
    from smartx96.configuration.project.project import Project, ProjectMeter
    from smartx96.configuration.project.visiting import Visit

Look = Callable[..., Awaitable[dict[str, Any]]]
"""Looks at a meter: of its link, and with `expected` and `advance`."""

FORMATS = ("html", "pdf", "json")

_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that are no files for Windows."""
_LONGEST = 200
"""Of a file's name, without what stands behind the point [bytes]."""


def commission_project(project: Project, look: Look, expected: Expected, seconds: float,
                       output: Sequence[Path], options: Mapping[str, Any]) -> int:  # fmt: skip
    """Look at the meters of a project; 0 where each was, and no check failed.

    Parameters
    ----------
    project : Project
        All of it, so that files are called the same whichever meters are looked at.
    look : callable
    expected : Expected
        Of all meters; else what the project says of each.
    seconds : float
        How long each is looked at.
    output : sequence of Path
        The folder of the records, if there are to be any.
    options : mapping
    """
    from smartx96.configuration.project.visiting import visit

    chosen = project.only(options["only"]) if options["only"] else project
    records = _Records(project, chosen, output, options["formats"])
    report = ProjectReport(chosen)
    with progress("looking", seconds * len(chosen.meters)) as advance:
        looked = dict[str, float]()

        async def work(meter: ProjectMeter, link: Link) -> _Record:
            def tell(over: float) -> None:
                looked[meter.name] = over
                if advance is not None:
                    advance(sum(looked.values()))

            document = await look(link, expected=expected_of(meter, expected), advance=tell)
            return await records.written_of(meter, document)

        take = report.taker(records.row)
        report.carry_out(visit(chosen, work, take, lambda: records.stopped))
    report.tell(options["as_json"])
    if records.count and not options["as_json"]:
        click.echo(f"written: {counted(records.count, 'record')} in {records.folder}")
    return 0 if report.good else 1


def expected_of(meter: ProjectMeter, given: Expected) -> Expected:
    """What is given counts; else the settings that the project states of a meter."""
    stated = {**(meter.profile.values if meter.profile else {}), **meter.settings}
    found = given
    if found.ct is None and {"ct_primary", "ct_secondary"} <= stated.keys():
        found = replace(found, ct=(int(stated["ct_primary"]), int(stated["ct_secondary"])))
    if found.vt is None and "vt_ratio" in stated:
        found = replace(found, vt=int(stated["vt_ratio"]))
    if found.wiring is None and "system_type" in stated:
        found = replace(found, wiring=WIRINGS[int(stated["system_type"])])
    return found


def stems(names: Iterable[str]) -> dict[str, str]:
    """What the files of meters are called: their names, without signs that files cannot have.

    No two are called the same, also where capitals do not count.
    """
    found, taken = dict[str, str](), set[str]()
    for name in names:
        plain = re.sub(r"[^\w.+ -]+", "-", name).strip(" .-") or "meter"
        plain = plain.encode()[:_LONGEST].decode(errors="ignore")
        plain = f"meter-{plain}" if _DEVICE.fullmatch(plain) else plain
        stem, number = plain, 1
        while stem.casefold() in taken:
            number += 1
            stem = f"{plain}-{number}"
        taken.add(stem.casefold())
        found[name] = stem
    return found


class _Record(NamedTuple):
    """What was found of a meter, the files that say so, and why others were not written."""

    document: dict[str, Any]
    paths: list[str]
    failure: str


class _Records:
    """The records of a project, each written as its meter has been looked at."""

    def __init__(self, project: Project, chosen: Project, output: Sequence[Path],
                 formats: Sequence[str]) -> None:  # fmt: skip
        if formats and not output:
            raise OptionError("--format: of records; give their folder with -o")
        if len(output) > 1:
            raise OptionError("-o: of a project it is one folder; --format may be given twice")
        self.folder = output[0] if output else None
        self.count, self.stopped = 0, False
        self._writing = asyncio.Lock()
        self._stems = stems(meter.name for meter in project.meters)
        self._formats = tuple(dict.fromkeys(formats)) or FORMATS[:1]
        if self.folder is not None:
            _make(self.folder)
            self._check(meter.name for meter in chosen.meters)

    async def written_of(self, meter: ProjectMeter, document: dict[str, Any]) -> _Record:
        """A meter's records, written one by one; meanwhile the others are looked at.

        Stopped within, it is told of as it was written, and no other is begun.
        """
        from smartx96.configuration.changing.undivided import undivided

        async with self._writing:
            writing = asyncio.to_thread(self._write, meter.name, document)
            paths, failure = await undivided(writing, self._stop)
        self.count += len(paths)
        return _Record(document, paths, failure)

    def row(self, visit: Visit[_Record]) -> Row:
        """What is told of a meter that was looked at."""
        from smartx96.report.commissioning.sections import verdict
        from smartx96.report.contents import BAD, GOOD

        if visit.outcome is None:
            raise AssertionError(f"{visit.where} was not looked at")
        document, paths, failure = visit.outcome
        told = verdict(document)
        said = [told.headline.partition(": ")[2].rstrip("."), *told.points]
        more = {"records": paths, "record": document}
        word = GOOD if document["passed"] else BAD
        statement = "; ".join(filter(None, (*said, failure)))
        return Row(visit.where, word, statement, document["passed"] and not failure, more)

    def _stop(self) -> None:
        self.stopped = True

    def _check(self, names: Iterable[str]) -> None:
        from smartx96.report.commissioning.file import check_path

        for name in names:
            for path in self._paths(name):
                check_path(path)

    def _paths(self, name: str) -> list[Path]:
        if self.folder is None:
            return []
        return [self.folder / f"{self._stems[name]}.{each}" for each in self._formats]

    def _write(self, name: str, document: Mapping[str, Any]) -> tuple[list[str], str]:
        """What was written, and why something was not."""
        from smartx96.report.commissioning.file import write_record

        done = list[str]()
        try:
            for path in self._paths(name):
                write_record(path, document)
                done.append(str(path))
        except OptionError as error:
            return done, str(error)
        return done, ""


def _make(folder: Path) -> None:
    """Make the folder, where it is none yet."""
    if folder.suffix.lower().removeprefix(".") in FORMATS and not folder.is_dir():
        raise OptionError(f"-o {folder}: of a project it is a folder; --format says of what kind")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OptionError(f"-o {folder}: {error.strerror or error}") from None
