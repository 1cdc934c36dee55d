"""`x96 log`: values of meters at an interval, into a file or a database."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.json_document import write_json
from smartx96.commands.log_line import LogLine
from smartx96.commands.log_plot import plot
from smartx96.commands.meter_options import (
    family_options,
    json_option,
    line_options,
    member_of_options,
    place_options,
    policy_of,
    policy_options,
    target_of,
)
from smartx96.commands.once import Once
from smartx96.commands.options import options_together, typed_options
from smartx96.commands.project_options import project_options, refuse
from smartx96.errors import OptionError

if TYPE_CHECKING:
    from smartx96.configuration.polling.log_run import LogRun
    from smartx96.configuration.polling.polled import Polled
    from smartx96.configuration.target import Lines
    from smartx96.tables.log.row import Layout

selection_options = options_together(
    click.option("--ids", multiple=True, metavar="ID,...", help="Values, by the ids of "
                 "`x96 registers`; a harmonic quantity stands for all its orders."),
    click.option("--groups", multiple=True, metavar="NAME,...", help="Groups of values: main, "
                 "instantaneous, thd, harmonic, energy, exact, demand, count, status, all.  "
                 "[default: main]"),
)  # fmt: skip

time_options = options_together(
    click.option("--every", default="10s", show_default=True, metavar="TIME",
                 help="Interval, such as 500ms, 10s, 15min; polls are at its whole multiples, by "
                 "the clock (UTC)."),
    click.option("--for", "stretch", metavar="TIME", help="End after this time."),
    click.option("--count", type=click.IntRange(min=1), metavar="N", help="End after N polls."),
)  # fmt: skip

_SAID_BY_PROJECT = {"unit", "baud", "parity", "timeout", "retries", "member"}
"""Options of which a project file has keys."""


@click.group("log", invoke_without_command=True)
@click.option("-o", "--output", cls=Once, metavar="FILE|URL", help="FILE.csv, FOLDER.parquet, "
              "FILE.db (SQLite), postgresql://USER@HOST/DATABASE or - for JSON lines.")  # fmt: skip
@project_options
@place_options
@click.option("--unit", default="1", show_default=True, metavar="N,...",
              help="Addresses of the meters, such as 1 or 1,3,10-14.")  # fmt: skip
@click.option("--name", metavar="NAME", help="Of a single meter in the log; otherwise its place "
              "and unit.")  # fmt: skip
@selection_options
@time_options
@line_options
@policy_options
@family_options
@click.option("--table", default="meter_log", show_default=True, metavar="NAME",
              help="Table of a database.")  # fmt: skip
@json_option
@click.pass_context
def command(context: click.Context, /, **options: Any) -> int:
    """Poll meters at an interval, and write a row for each meter and moment.

    A row has the moment that was due (UTC), the meter, its serial number, when it answered, how
    long that took, and the values. A meter that does not answer gets a row without values, whose
    `fault` says why: what is missing is a gap, never an old value. Started again with the same
    output, it goes on after the newest row. Ctrl-C ends it.

    \b
    x96 log --tcp 192.168.1.20 -o kitchen.csv
    x96 log --port /dev/ttyUSB0 --unit 1-4 --every 1min -o hall.db
    x96 log --project site.toml --groups energy --every 15min -o site.parquet
    x96 log --tcp 192.168.1.20 --ids frequency,active_power -o - | jq .active_power
    x96 log --project site.toml -o postgresql://meters@db.example/site
    x96 log plot kitchen.csv -o kitchen.html
    """
    if context.invoked_subcommand is not None:
        return 0
    if options["output"] is None:
        raise OptionError("where to? give -o FILE.csv, FOLDER.parquet, FILE.db or postgresql://...")
    if options["output"] == "-" and options["as_json"]:
        raise OptionError("-o - and --json: both write on the standard output; give one of them")
    if options["project"] is not None:
        said = typed_options(context) & _SAID_BY_PROJECT
        refuse(said, "a project says it of each meter itself; --only NAME chooses")
    return asyncio.run(_logged(options))


command.add_command(plot)


async def _logged(options: dict[str, Any]) -> int:
    from smartx96.configuration.polling.log_run import LogRun
    from smartx96.configuration.polling.polled_meter import PolledMeter
    from smartx96.configuration.polling.schedule import interval
    from smartx96.configuration.polling.selection import selected
    from smartx96.tables.log.destination import check_destination, open_log
    from smartx96.tables.log.statements import check_table

    every, table = interval(options["every"]), check_table(options["table"])
    layout: Layout = selected(_parts(options["ids"]), _parts(options["groups"]))
    check_destination(options["output"])
    polled = _polled(options)
    strict = bool(options["ids"]) and len(polled) == 1
    line = LogLine(len(polled))
    meters = [PolledMeter(each, layout.ids, line.tell, strict=strict) for each in polled]
    log = open_log(options["output"], layout, [meter.name for meter in meters], table)
    try:
        for note in log.notes:
            line.tell(note)
        run = LogRun(meters, log, layout, every, line.tell, line)
    except BaseException:
        log.close()
        raise
    line.recorder = run.recorder
    line.tell(f"every {options['every']} to {log.name}; Ctrl-C ends it")
    try:
        await _until_told(run, options)
    finally:
        line.close()
        for lines in {id(each.lines): each.lines for each in polled}.values():
            await lines.aclose()
    return _account(run, options)


async def _until_told(run: LogRun, options: dict[str, Any]) -> None:
    """Poll until that is done, or a signal comes."""
    from smartx96.configuration.polling.schedule import duration, now

    stretch = options["stretch"]
    until = None if stretch is None else now() + duration(stretch)
    running = asyncio.ensure_future(run.run(count=options["count"], until=until))

    def end() -> None:
        # Only once: a second time would lose what is being written, and the account of it.
        if not running.cancelling():
            running.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, end)
    await asyncio.wait([running])
    if not running.cancelled():
        running.result()


def _account(run: LogRun, options: dict[str, Any]) -> int:
    """Say what became of it: 1 where no meter ever answered, or rows were lost."""
    from smartx96.wording import counted

    document = run.document()
    if options["as_json"]:
        write_json(document)
    else:
        gaps = sum(sum(meter["faults"].values()) for meter in document["meters"])
        lost = f"; {counted(document['rows_lost'], 'row')} lost" if document["rows_lost"] else ""
        rows = counted(document["rows_written"], "row")
        click.echo(f"{rows} written, {gaps} of them gaps{lost}", err=True)
    return 0 if run.answers and not document["rows_lost"] else 1


def _parts(given: Sequence[str]) -> list[str]:
    """Parts of repeated options and of lists with commas."""
    return [part.strip() for text in given for part in text.split(",") if part.strip()]


def _polled(options: dict[str, Any]) -> list[Polled]:
    """The meters that the options name."""
    from smartx96.configuration.polling.polled import Polled
    from smartx96.configuration.target import Lines

    if options["project"] is not None:
        return _of_project(options)
    if options["only"]:
        raise OptionError("--only: is for the meters of a --project; give --unit")
    units, lines = _units(options["unit"]), Lines(policy_of(options))
    targets = [target_of({**options, "unit": unit}) for unit in units]
    if options["name"] and len(targets) > 1:
        raise OptionError(f"--name {options['name']}: is for a single meter")
    member, unverified = member_of_options(options), options["unverified"]
    return [
        Polled(options["name"] or f"{target.place}/{target.unit}", target, lines, member,
               unverified)
        for target in targets
    ]  # fmt: skip


def _of_project(options: dict[str, Any]) -> list[Polled]:
    """The meters of a project file, at the addresses that they have by it."""
    from dataclasses import replace

    from smartx96.configuration.polling.polled import Polled
    from smartx96.configuration.project.project_file import read_project
    from smartx96.configuration.target import Lines

    if any(options[name] is not None for name in ("tcp", "port", "rtu_tcp", "name")):
        raise OptionError("--project: has its meters' places and names; give no other")
    project = read_project(options["project"])
    if options["only"]:
        project = project.only(options["only"])
    lines: dict[object, Lines] = {}
    return [
        Polled(
            meter.name, replace(meter.target, unit=meter.unit_wanted),
            lines.setdefault(meter.line, Lines(meter.line.policy)), meter.member,
            meter.unverified or options["unverified"], meter.serial_number,
        )
        for meter in project.meters
    ]  # fmt: skip


def _units(text: str) -> list[int]:
    """Addresses such as `1,3,10-14`."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        ends = [first, last or first]
        if not all(end.isdecimal() and int(end[:9]) <= 255 for end in ends):
            raise OptionError(f"--unit {text}: give numbers 0 to 255, such as 1 or 1,3,10-14")
        found += range(int(first), int(ends[1]) + 1)
    if not found:
        raise OptionError(f"--unit {text}: names no address")
    return list(dict.fromkeys(found))
