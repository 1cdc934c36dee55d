"""`x96 tariffs`: the tariff calendar of a meter, shown, pulled, compared, pushed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.asking import asked, asking
from smartx96.commands.changing import nothing_written, patient_teller
from smartx96.commands.given_password import needed_password
from smartx96.commands.json_document import write_json
from smartx96.commands.meter_options import meter_options
from smartx96.commands.new_file import check_new, text_file_options
from smartx96.commands.tariffs_text import (
    shown,
    size,
    tell_notes,
    tell_outcome,
    tell_plan,
)
from smartx96.errors import OptionError
from smartx96.wording import counted

if TYPE_CHECKING:
    from smartx96.configuration.link import Link
    from smartx96.configuration.tariffs.outcome import CalendarOutcome
    from smartx96.configuration.tariffs.plan import CalendarPlan
    from smartx96.configuration.tariffs.reading import MeterCalendars
    from smartx96.meter.calendar import DatedCalendar

DIFFERENT = 1
"""Exit code, as of `diff`."""

_EXAMPLES = """\b
Examples:
  x96 tariffs template -o tariffs.toml
  x96 tariffs show --tcp 192.168.1.20
  x96 tariffs pull --tcp 192.168.1.20 -o tariffs.toml
  x96 tariffs diff tariffs.toml --port /dev/ttyUSB0 --unit 7
  x96 tariffs push tariffs.toml --tcp 192.168.1.20 --activation 2027-01-01
"""

passive_option = click.option(
    "--passive", is_flag=True, help="The calendar that waits for its activation."
)

file_argument = click.argument("file", type=click.Path(path_type=Path), metavar="FILE.toml")


@click.group("tariffs", epilog=_EXAMPLES)
def command() -> None:
    """Read or set the tariff calendar of a meter.

    A calendar goes to the meter as a draft, is compared there, and is taken as a whole or not at
    all. No other meter of the family is known to have such registers: --unverified tries.
    """


@command.command("show")
@meter_options
def show(**options: Any) -> None:
    """Show the calendar that rules, the one that waits, and the next switches."""
    from smartx96.configuration.tariffs.document import calendars_document

    target, found = _read(options)
    document = calendars_document(target, found)
    if options["as_json"]:
        write_json(document)
        return
    for line in shown(document, found):
        click.echo(line)


@command.command("pull")
@meter_options
@text_file_options
@passive_option
def pull(output: Path | None, force: bool, passive: bool, **options: Any) -> None:
    """Write a calendar of a meter as a file, such as `push` takes."""
    from smartx96.configuration.calendar_file import calendar_text, write_calendar
    from smartx96.meter.calendar.plain import calendar_data

    check_new(output, force)
    target, found = _read(options)
    calendar, activation = _held(found, passive)
    if output is not None:
        write_calendar(calendar, output, activation)
    if options["as_json"]:
        write_json({"target": target, **calendar_data(calendar, activation)})
    elif output is None:
        click.echo(calendar_text(calendar, activation), nl=False)
    else:
        click.echo(f"{output}: {size(calendar_data(calendar))}")


@command.command("push")
@file_argument
@meter_options
@click.option("--activation", metavar="TIME", help="From when on it rules, by the meter's local "
              "clock, such as 2027-01-01 or 2027-01-01T06:00; instead of the file's.")  # fmt: skip
@click.option("--now", is_flag=True, help="It rules at once, whatever the file says.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
def push(file: Path, activation: str | None, now: bool, dry_run: bool, **options: Any) -> int:
    """Give a meter the calendar of FILE.toml."""
    from smartx96.configuration.calendar_file import read_calendar
    from smartx96.configuration.tariffs.plan import planned
    from smartx96.configuration.tariffs.writing import carry_out

    if now and activation is not None:
        raise OptionError("--now and --activation: give one of them")
    wanted = read_calendar(file)
    if now or activation is not None:
        wanted = wanted._replace(activation=None if activation is None else _moment(activation))
    with asking(options) as meter:
        plan: CalendarPlan = meter(lambda link: planned(link, wanted))
        if dry_run:
            return tell_plan(plan, options)
        password = None if plan.same else needed_password(options, "a tariff calendar is protected")
        if not options["as_json"]:
            tell_notes(plan.notes)
        tell = patient_teller()
        with nothing_written():
            outcome: CalendarOutcome = meter(lambda link: carry_out(link, plan, password, tell))
    return tell_outcome(outcome, len(plan.notes), options)


@command.command("diff")
@file_argument
@meter_options
@passive_option
def diff(file: Path, passive: bool, **options: Any) -> int:
    """Compare a meter's calendar with FILE.toml; the exit code is 1 where they differ."""
    from smartx96.configuration.calendar_file import read_calendar
    from smartx96.configuration.tariffs.comparison import differences

    wanted = read_calendar(file)
    target, found = _read(options)
    before, after = _held(found, passive), wanted if passive else wanted._replace(activation=None)
    differ = differences(before, after)
    if options["as_json"]:
        rows = [{"key": each.key, "here": each.before, "there": each.after} for each in differ]
        write_json({"here": target, "there": str(file), "differences": rows})
    else:
        click.echo(f"- {target}\n+ {file}")
        for each in differ:
            click.echo(f"  {each}")
        click.echo(counted(len(differ), "difference") if differ else "no difference")
    return DIFFERENT if differ else 0


@command.command("template")
@text_file_options
def template(output: Path | None, force: bool) -> None:
    """Write a calendar file to begin with; no meter is needed."""
    from smartx96.configuration.tariffs.template import TEMPLATE
    from smartx96.partial_file import whole_file

    check_new(output, force)
    if output is None:
        click.echo(TEMPLATE, nl=False)
        return
    with whole_file(output, "calendar") as target:
        target.write(TEMPLATE.encode())


def _read(options: dict[str, Any]) -> tuple[str, MeterCalendars]:
    """Where the meter is asked, and its calendars."""
    from smartx96.configuration.tariffs.reading import read_calendars

    async def read(link: Link) -> tuple[str, MeterCalendars]:
        return str(link.target), await read_calendars(link)

    found: tuple[str, MeterCalendars] = asked(options, read)
    return found


def _held(found: MeterCalendars, passive: bool) -> DatedCalendar:
    """The calendar that rules, or the one that waits with its activation."""
    from smartx96.meter.calendar import DatedCalendar
    from smartx96.modbus.calendar.declarations import Which

    held = found.calendars[Which.PASSIVE if passive else Which.ACTIVE]
    return DatedCalendar(held.shown(), found.control.activation if passive else None)


def _moment(text: str) -> datetime:
    from smartx96.errors import ConfigurationError
    from smartx96.meter.calendar.plain import check_activation

    try:
        moment = datetime.fromisoformat(text)
        check_activation(moment)
    except ConfigurationError as error:
        raise OptionError(f"--{error}") from None
    except ValueError:
        raise OptionError(f"--activation {text!r}: give it like 2027-01-01T06:00") from None
    return moment
