"""`x96 push` of a project: its bar, its passwords, its report."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.given_password import (
    interactive,
    password_number,
    password_of,
    typed_password,
)
from smartx96.commands.json_document import write_json
from smartx96.commands.progress import PATIENCE
from smartx96.errors import OptionError

if TYPE_CHECKING:
    import rich.progress

    from smartx96.configuration.project.project import Project, ProjectMeter
    from smartx96.configuration.project.pushing import Progress


def push_project(file: Path, options: Mapping[str, Any]) -> int:
    """Set the meters of a project; 0 where each has all that it is to have."""
    from smartx96.configuration.project.project_file import read_project
    from smartx96.configuration.project.pushing import push
    from smartx96.partial_file import check_writable

    if options["output"] is not None:
        check_writable(options["output"], "report")
    project = read_project(file).with_terms(
        everything=options["everything"], leave_unknown=options["leave_unknown"]
    )
    if options["only"]:
        project = project.only(options["only"])
    passwords = _Passwords(project, options)
    with _bar() as bar:
        passwords.bar = bar
        with asyncio.Runner() as runner:
            found = runner.run(
                push(project, passwords, resume=options["resume"], dry_run=options["dry_run"],
                     strict=options["strict"], tell=bar.show)
            )  # fmt: skip
    document = found.document()
    if options["as_json"]:
        write_json(document)
    else:
        for line in _lines(document, options["dry_run"]):
            click.echo(line)
    # Told before: what fails here must not keep it from being known.
    if options["output"] is not None:
        _write(document, options["output"])
    return 0 if found.good else 1


def _write(document: dict[str, Any], path: Path) -> None:
    from smartx96.partial_file import whole_file

    with whole_file(path, "report") as file:
        file.write((json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode())


def _lines(document: dict[str, Any], dry_run: bool) -> Iterator[str]:
    """A line for each meter, its notes, and the whole in one."""
    meters = document["meters"]
    width = max(len(meter["result"]) for meter in meters)
    for meter in meters:
        left = ", ".join((meter["plan"] or {}).get("left", ()))
        more = f"; left alone: {left}" if left else ""
        named = meter["where"] if meter["name"] in meter["where"] else f"{meter['name']}"
        yield f"{meter['result']:<{width}}  {named}: {meter['statement']}{more}"
        yield from (f"  note: {note}" for note in meter["notes"])
    yield f"{document['project']}: {document['statement']}"
    if dry_run:
        yield "dry run: nothing was written"
    elif not document["good"] and any(meter["result"] == "done" for meter in meters):
        yield f"`x96 push {document['project']} --resume` leaves out what is done"


class _Passwords:
    """Passwords of meters: of their own variable, the option, or typed once for all others."""

    def __init__(self, project: Project, options: Mapping[str, Any]) -> None:
        self._given = password_of(options)
        self._own = {}
        for variable in {meter.password_variable for meter in project.meters} - {""}:
            text = os.environ.get(variable)
            if text is None:
                raise OptionError(f"{project.path}: password_variable {variable}: it is not set")
            self._own[variable] = password_number(text, variable)
        self.bar: _Bar | None = None

    def __call__(self, meter: ProjectMeter) -> int | None:
        """The password of a meter, if there is one."""
        if meter.password_variable:
            return self._own[meter.password_variable]
        if self._given is None and interactive():
            with self.bar.paused() if self.bar else contextlib.nullcontext():
                self._given = typed_password("password of the meters", "protected settings")
        return self._given


class _Bar:
    """A bar on a terminal, of what lasts over two seconds."""

    def __init__(self, bar: rich.progress.Progress | None) -> None:
        self._bar, self._begun = bar, time.monotonic()
        self._task = None if bar is None else bar.add_task("", total=None, visible=False)

    def show(self, progress: Progress) -> None:
        """How far it has come, and at which meter it is."""
        if self._bar is None or self._task is None:
            return
        self._bar.update(
            self._task, completed=progress.done, total=progress.total,
            description=f"{progress.meter}: {progress.step}",
            visible=time.monotonic() - self._begun >= PATIENCE,
        )  # fmt: skip

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the terminal to a question."""
        if self._bar is None:
            yield
            return
        self._bar.stop()
        try:
            yield
        finally:
            self._bar.start()


@contextlib.contextmanager
def _bar() -> Iterator[_Bar]:
    if not sys.stderr.isatty():
        yield _Bar(None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Columns

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
               TextColumn("{task.description}", markup=False))  # fmt: skip
    with Columns(*columns, console=Console(stderr=True), transient=True) as bar:
        yield _Bar(bar)
