"""`x96 commission` of a project: each meter looked at in turn, a record of each, what came out."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
        begun = iter(range(len(chosen.meters)))

        async def work(meter: ProjectMeter, link: Link) -> dict[str, Any]:
            before = seconds * next(begun)
            tell = None if advance is None else lambda over: advance(before + over)
            return await look(link, expected=expected_of(meter, expected), advance=tell)

        report.carry_out(visit(chosen, work, report.taker(records.row)))
    report.tell(options["as_json"])
    if records.written and not options["as_json"]:
        click.echo(f"written: {counted(records.written, 'record')} in {records.folder}")
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


class _Records:
    """The records of a project, each written as its meter has been looked at."""

    def __init__(self, project: Project, chosen: Project, output: Sequence[Path],
                 formats: Sequence[str]) -> None:  # fmt: skip
        if formats and not output:
            raise OptionError("--format: of records; give their folder with -o")
        if len(output) > 1:
            raise OptionError("-o: of a project it is one folder; --format may be given twice")
        self.folder = output[0] if output else None
        self.written = 0
        self._stems = stems(meter.name for meter in project.meters)
        self._formats = tuple(dict.fromkeys(formats)) or FORMATS[:1]
        if self.folder is not None:
            _make(self.folder)
            self._check(meter.name for meter in chosen.meters)

    def row(self, visit: Visit[dict[str, Any]]) -> Row:
        """What is told of a meter that was looked at, once its records are written."""
        from smartx96.report.commissioning.sections import verdict
        from smartx96.report.contents import BAD, GOOD

        document = visit.outcome or {}
        told = verdict(document)
        said = [told.headline.partition(": ")[2].rstrip("."), *told.points]
        paths, failure = self._write(visit.meter.name, document)
        more = {"records": paths, "record": document}
        word = GOOD if document["passed"] else BAD
        statement = "; ".join(filter(None, (*said, failure)))
        return Row(visit.where, word, statement, document["passed"] and not failure, more)

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
        """What was written, and why something was not: the other meters are looked at."""
        from smartx96.report.commissioning.file import write_record

        done = list[str]()
        try:
            for path in self._paths(name):
                write_record(path, document)
                self.written += 1
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
