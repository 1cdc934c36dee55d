"""`x96 commission`: a meter in place looked at and checked, and the record of it."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.asking import asked
from smartx96.commands.commission_project import FORMATS, commission_project
from smartx96.commands.json_document import write_json
from smartx96.commands.meter_options import meter_options
from smartx96.commands.options import SECONDS
from smartx96.commands.progress import progress
from smartx96.commands.project_options import project_given, project_options
from smartx96.errors import OptionError
from smartx96.models import Wiring

if TYPE_CHECKING:
    from smartx96.configuration.commissioning.record import Entry
    from smartx96.configuration.commissioning.subject import Expected
    from smartx96.configuration.link import Link

_OF_PROJECT = ("seconds", "output", "formats", "place", "by", "remarks", "ct", "vt", "wiring")
"""Options that mean something for all meters of a project."""


@click.command("commission")
@click.option("--seconds", type=SECONDS, default=5.0, show_default=True, metavar="SECONDS",
              help="How long the meter is looked at.")  # fmt: skip
@click.option("--watch", is_flag=True, help="Show values and checks in the terminal as they "
              "change, until Ctrl-C.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), multiple=True,
              metavar="FILE.html|.pdf|.json|FOLDER",
              help="Write the record; may be given several times. Of a project: the folder of the "
              "records, each called as its meter.")  # fmt: skip
@click.option("--format", "formats", multiple=True, type=click.Choice(FORMATS),
              help="Of a project: what records are; html if not given, and may be given several "
              "times.")  # fmt: skip
@click.option("--place", default="", metavar="TEXT", help="Where the meter is, for the record.")
@click.option("--by", default="", metavar="TEXT", help="Who looks at it, for the record.")
@click.option("--remark", "remarks", multiple=True, metavar="TEXT",
              help="For the record; may be given several times.")  # fmt: skip
@click.option("--ct", metavar="P/S", help="What is on the current transformers: is it set so?")
@click.option("--vt", type=click.IntRange(1, 9999), metavar="RATIO",
              help="The ratio of the voltage transformers: is it set so?")  # fmt: skip
@click.option("--wiring", type=click.Choice([each.value for each in Wiring], case_sensitive=False),
              help="How the meter is connected: is it set so?")  # fmt: skip
@project_options
@meter_options
def command(seconds: float, watch: bool, output: tuple[Path, ...], place: str, by: str,
            remarks: tuple[str, ...], **options: Any) -> int:  # fmt: skip
    """Check a meter in place: values, phasors, wiring, settings, clock.

    Nothing is written to the meter. The exit code is 0 where no check failed, and 1 where one did;
    what cannot be judged from here, and why, is told.

    \b
    x96 commission --tcp 192.168.1.20
    x96 commission --port /dev/ttyUSB0 --unit 3 --watch
    x96 commission --tcp 192.168.1.20 --ct 200/5 --wiring 3p4w --seconds 30 \\
        --place "Substation 4, panel B" --by "M. Weber" -o record.html -o record.pdf
    x96 commission --project site.toml --by "M. Weber" -o records --format pdf
    """
    if watch and (output or options["as_json"]):
        raise OptionError("--watch: goes with neither -o nor --json; they look for --seconds")
    if watch and options["project"] is not None:
        raise OptionError("--watch: is for one meter, not for those of a project")
    expected = _expected(options)
    project = project_given(options, _OF_PROJECT)
    if project is not None:
        from smartx96.configuration.commissioning.record import Entry

        look = partial(_looked, seconds=seconds, entry=Entry(place, by, remarks))
        return commission_project(project, look, expected, seconds, output, options)
    if options["formats"]:
        raise OptionError("--format: is for the records of a --project; else -o says it")
    if watch:
        return _watched(options, expected)
    from smartx96.configuration.commissioning.record import Entry
    from smartx96.report.commissioning.file import check_path, write_record

    entry = Entry(place, by, remarks)
    for path in output:
        check_path(path)
    try:
        with progress("looking", seconds) as advance:
            document = asked(options, partial(_looked, seconds=seconds, expected=expected,
                                              entry=entry, advance=advance))  # fmt: skip
    except KeyboardInterrupt:
        click.echo("x96: stopped; nothing was written", err=True)
        raise click.Abort from None
    if options["as_json"]:
        write_json(document)
    else:
        from smartx96.commands.commission_text import show

        show(document)
    for path in output:
        write_record(path, document)
        if not options["as_json"]:
            click.echo(f"written: {path}")
    return 0 if document["passed"] else 1


def _expected(options: dict[str, Any]) -> Expected:
    """What its user knows of the installation."""
    from smartx96.configuration.commissioning.subject import Expected
    from smartx96.settings import ct_ratio

    ratio, wiring = options["ct"], options["wiring"]
    return Expected(
        None if ratio is None else ct_ratio(ratio, "--ct"),
        options["vt"],
        None if wiring is None else Wiring(wiring),
    )


async def _looked(link: Link, seconds: float, expected: Expected, entry: Entry,
                  advance: Any) -> dict[str, Any]:  # fmt: skip
    from smartx96.configuration.commissioning.commissioning import Commissioning
    from smartx96.configuration.commissioning.record import record

    found = await Commissioning.begin(link, expected)
    await found.observe(seconds, advance)
    return record(found.subject(), entry)


def _watched(options: dict[str, Any], expected: Expected) -> int:
    """The checks as they change, until somebody leaves; the code is that of the last ones."""
    if not sys.stdout.isatty():
        raise OptionError("--watch: needs a terminal; leave it out to look once")
    from smartx96.commands.commission_text import Watch

    with Watch() as watch:
        try:
            asked(options, partial(_watch, expected=expected, watch=watch))
        except KeyboardInterrupt:
            if watch.document is None:
                raise
    watch.leave()
    return 0 if watch.document and watch.document["passed"] else 1


async def _watch(link: Link, expected: Expected, watch: Any) -> None:
    from smartx96.configuration.commissioning.commissioning import PERIOD, SHOWN, Commissioning
    from smartx96.configuration.commissioning.record import record

    found = await Commissioning.begin(link, expected)
    while True:
        watch.show(record(found.subject()))
        await found.observe_once(PERIOD)
        found.forget(SHOWN)
