"""What the commands that change one meter share: a plan is shown, written, and its outcome told."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.asking import Ask
from smartx96.commands.given_password import needed_password
from smartx96.commands.live_line import notify
from smartx96.commands.progress import PATIENCE
from smartx96.errors import PasswordError

if TYPE_CHECKING:
    from smartx96.configuration.changing.outcome import Outcome
    from smartx96.configuration.changing.plan import Plan
    from smartx96.modbus.readings import Reading


def told_plan(heading: str, plan: Plan) -> None:
    """Print what will change, and what that brings about."""
    from smartx96.configuration.reading import valued

    def shown(id: str, value: Reading) -> str:
        return valued(id, value).text

    click.echo(heading)
    ids = [*(change.id for change in plan.changes), *plan.same]
    width = max(map(len, ids), default=0)
    for change in plan.changes:
        id = change.id
        click.echo(f"  {id:<{width}}  {shown(id, change.old)} -> {shown(id, change.new)}")
    for id, value in plan.same.items():
        click.echo(f"  {id:<{width}}  {shown(id, value)}, as it is")
    for id, why in plan.left.items():
        click.echo(f"  {id} left alone: {why}")
    for note in plan.notes:
        click.echo(f"note: {note}")


def write(ask: Ask[Any], plan: Plan, options: dict[str, Any]) -> Outcome:
    """Write a plan, with the password that its user gives where one is needed.

    Raises
    ------
    OptionError
        A password is needed and not given; nothing was written.
    PasswordError, ExchangeError
        Nothing was written, because the meter does not take the password, or does not answer.
    X96Error
        Somebody stopped it half-way: with what was written.
    """
    from smartx96.configuration.changing.carrying_out import carry_out

    password = None
    if plan.protected:
        password = needed_password(options, f"{', '.join(plan.protected)}: protected")
    tell = patient_teller()
    with nothing_written():
        outcome: Outcome = ask(partial(carry_out, plan=plan, password=password, tell=tell))
    return outcome


@contextlib.contextmanager
def nothing_written() -> Iterator[None]:
    """Say of a failure that the meter is as before: what is written in part is an outcome."""
    from smartx96.modbus.client.errors import ExchangeError

    try:
        yield
    except (PasswordError, ExchangeError) as error:
        raise type(error)(f"{error}; nothing was written") from error


def patient_teller() -> Callable[[str], None]:
    """Tells a terminal the steps of what lasts over two seconds."""
    begun = time.monotonic()

    def tell(line: str) -> None:
        if sys.stderr.isatty() and time.monotonic() - begun >= PATIENCE:
            notify(f"{line} ...")

    return tell


def report(outcome: Outcome | None, asked_at: str = "") -> None:
    """Print what became of a plan; None was a dry run.

    Parameters
    ----------
    outcome : Outcome or None
    asked_at : str
        Where the meter was asked before.
    """
    if outcome is None:
        click.echo("dry run: nothing was written")
        return
    from smartx96.configuration.reading import valued

    click.echo(f"{'done' if outcome.done else 'NOT done'}: {outcome.statement}")
    if asked_at not in ("", outcome.target):
        click.echo(f"from now on it is asked at {outcome.target}")
    if outcome.done:
        return
    for entry in outcome.entries:
        has = "not known" if entry.after is None else valued(entry.id, entry.after).text
        wanted = valued(entry.id, entry.wanted).text
        click.echo(f"  {entry.id}: {entry.state}; wanted {wanted}, has {has}")


def exit_code(outcome: Outcome | None) -> int:
    """0 where the meter has all that was wanted, or nothing was to be written."""
    return 0 if outcome is None or outcome.done else 1
