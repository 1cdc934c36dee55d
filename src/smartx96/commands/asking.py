"""How commands ask a meter: over one link that is opened at the first question."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from smartx96.commands.meter_options import member_of_options, policy_of, target_of
from smartx96.errors import X96Error

if TYPE_CHECKING:
    from smartx96.configuration.link import Link

T = TypeVar("T")
Ask = Callable[[Callable[["Link"], Awaitable[T]]], T]


@contextlib.contextmanager
def asking(options: Mapping[str, Any], *, named: bool = False) -> Iterator[Ask[Any]]:
    """A meter that is asked several times; in between its user may be asked.

    Where nobody knows whether it is this program, that is told on standard error.

    Parameters
    ----------
    options : mapping
    named : bool
        Whether all that is asked for is named, so that nothing is left out without a word.

    Yields
    ------
    callable
        Takes a coroutine function of the link, and gives what that gives.

    Raises
    ------
    OptionError
        The options name no meter.
    ExchangeError
        It does not answer, with what to look at.
    """
    import asyncio

    from smartx96.configuration.advice import advised
    from smartx96.configuration.changing.outcome import Interruption
    from smartx96.configuration.link import Link
    from smartx96.configuration.target import Lines

    target, member = target_of(options), member_of_options(options)
    lines = Lines(policy_of(options))
    links = list[Link]()

    async def told(ask: Callable[[Link], Awaitable[T]]) -> T:
        first = not links
        with advised(links[0].target if links else target, known=bool(links)):
            if not links:
                links.append(await Link.open(lines, target, member=member,
                                             unverified=options["unverified"]))  # fmt: skip
        with advised(links[0].target, known=True):
            try:
                found = await ask(links[0])
            except Interruption as stopped:
                said = stopped.outcome
                raise X96Error(f"{said.target}: interrupted: {said.statement}") from None
        if first and links[0].doubt and not named:
            click.echo(f"note: {links[0].target}: {links[0].doubt}; --unverified tries", err=True)
        return found

    async def let_go() -> None:
        await lines.aclose()

    with asyncio.Runner() as runner:
        try:
            yield lambda ask: runner.run(told(ask))
        finally:
            runner.run(let_go())


def asked(options: Mapping[str, Any], ask: Callable[[Link], Awaitable[T]], *,
          named: bool = False) -> T:  # fmt: skip
    """What a coroutine function gives of the meter of the options, as `asking`.

    Raises
    ------
    OptionError
        The options name no meter.
    ExchangeError
        It does not answer, with what to look at.
    """
    with asking(options, named=named) as meter:
        found: T = meter(ask)
        return found
