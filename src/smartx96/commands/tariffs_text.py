"""What `x96 tariffs` says: calendars of a meter, a plan to one, what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.json_document import write_json
from smartx96.errors import X96Error
from smartx96.wording import counted

if TYPE_CHECKING:
    from smartx96.configuration.tariffs.outcome import CalendarOutcome
    from smartx96.configuration.tariffs.plan import CalendarPlan
    from smartx96.configuration.tariffs.reading import MeterCalendars


def shown(document: dict[str, Any], found: MeterCalendars) -> Iterator[str]:
    """What a meter goes by, in lines."""
    from smartx96.configuration.calendar_file import calendar_text

    yield f"{document['target']}: tariff {document['tariff']} rules"
    yield "  " + ", ".join(
        f"{id} {document[id]}" for id in ("tariff_control", "time_zone", "clock")
    )
    for switch in document["next"]:
        yield f"  {switch['time'].replace('T', ' ')} tariff {switch['tariff']}"
    if document["draft"]:
        yield "  there is a draft, which rules nothing"
    for which, held in found.calendars.items():
        yield ""
        if held.calendar is None:
            yield held.told
            continue
        told = document[which]
        yield f"{which} calendar: {size(told['calendar'])}, check sum {told['checksum']}\n"
        activation = found.control.activation if which == "passive" else None
        yield calendar_text(held.calendar, activation).rstrip()


def size(data: dict[str, Any]) -> str:
    """How much there is in a calendar."""
    nouns = {"seasons": "season", "weeks": "week", "days": "day", "special_days": "special day"}
    return ", ".join(counted(len(data[table]), noun) for table, noun in nouns.items())


def tell_plan(plan: CalendarPlan, options: dict[str, Any]) -> int:
    """What would change."""
    if options["as_json"]:
        write_json(plan.document())
        return 0
    document = plan.document()
    for difference in plan.differences:
        click.echo(f"  {difference}")
    tell_notes(plan.notes)
    click.echo(
        "the meter has this calendar: nothing to write"
        if document["same"]
        else f"{counted(len(document['differences']), 'difference')} to the calendar that rules, "
        f"{counted(document['writes'], 'write')}; nothing is written"
    )
    return 0


def tell_notes(notes: tuple[str, ...]) -> None:
    """What the user should know besides."""
    for note in notes:
        click.echo(f"note: {note}")


def tell_outcome(outcome: CalendarOutcome, told: int, options: dict[str, Any]) -> int:
    """What became of it; the first notes were told before."""
    if options["as_json"]:
        write_json(outcome.document())
        return 0 if outcome.done else 1
    tell_notes(outcome.notes[told:])
    if not outcome.done:
        raise X96Error(f"{outcome.target}: {outcome.statement}")
    click.echo(f"{outcome.target}: {outcome.statement}")
    return 0
