"""`x96 scan`: which meters are on the lines of this computer, and in networks."""

from __future__ import annotations

import asyncio
import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.json_document import write_json
from smartx96.commands.meter_options import json_option
from smartx96.commands.new_file import check_new, force_option
from smartx96.commands.options import SECONDS
from smartx96.commands.progress import progress
from smartx96.errors import OptionError, X96Error

if TYPE_CHECKING:
    from smartx96.configuration.search.candidates import Scope
    from smartx96.configuration.search.search import Progress, Search
    from smartx96.modbus.place import Place

_HERE = "127.0.0.1"
_PATIENCE = 2.0
"""Of what takes longer it is told beforehand how long [s]."""

_EXAMPLES = """\b
Examples:
  x96 scan
  x96 scan --port /dev/ttyUSB0 --units 1-32
  x96 scan --port /dev/ttyUSB0 --all
  x96 scan --tcp 192.168.1.0/24
  x96 scan --tcp 192.168.1.20:502 --units 1-247 --json
  x96 scan --port /dev/ttyUSB0 --units 1-40 -o site.toml
"""


@click.command(epilog=_EXAMPLES)
@click.option(
    "--port",
    multiple=True,
    metavar="DEVICE",
    help="A serial port, such as /dev/ttyUSB0 or COM3; may be given several times.",
)
@click.option(
    "--tcp",
    multiple=True,
    metavar="HOST|NETWORK[:PORT]",
    help="A host or a network, such as 192.168.1.0/24, of 1024 addresses at most; ports "
    "502 and 5020 if none is given; may be given several times.",
)
@click.option(
    "--rtu-tcp",
    multiple=True,
    metavar="HOST:PORT",
    help="A device server that carries RTU frames; may be given several times.",
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Try all speeds, parities and addresses, not only the likely ones.",
)
@click.option("--units", metavar="1-16,32", help="Only these addresses, or unit ids.")
@click.option(
    "--baud",
    multiple=True,
    type=click.IntRange(50, 4_000_000),
    metavar="BIT/S",
    help="Only this speed; may be given several times.",
)
@click.option(
    "--parity",
    multiple=True,
    metavar="N1|E1|O1|N2",
    type=click.Choice(["N1", "E1", "O1", "N2"], case_sensitive=False),
    help="Only this parity with these stop bits; may be given several times.",
)
@click.option(
    "--timeout",
    type=SECONDS,
    metavar="SECONDS",
    help="How long each answer is waited for; otherwise 0.2 s, and 0.5 s of the likely.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PROJECT.toml",
    help="Write the meters that are found as a project, which `x96 push` takes.",
)
@force_option
@json_option
def command(as_json: bool, output: Path | None, force: bool, **options: Any) -> None:
    """Find meters on lines and in networks.

    Without options the serial ports of this computer are searched, and ports 502 and 5020 of
    this computer itself. A line is asked for address 1 at the usual speeds first, then for all
    addresses at the speed at which somebody answered. Nothing is ever written. Ctrl-C ends the
    search with what was found so far.
    """  # fmt: skip
    from smartx96.commands.scan_summary import nobody, show
    from smartx96.configuration.search.pace import Pace
    from smartx96.configuration.search.search import Search

    scope = _scope(options)
    if not scope.places:
        raise OptionError("no place to search: give --port or --tcp")
    if output is not None:
        _check_project(output, force)
    search = Search(scope, Pace.of(options["timeout"]))
    if not as_json and search.left > _PATIENCE:
        click.echo(_announcement(search), err=True)
    _run(search)
    document = search.document()
    if as_json:
        write_json(document)
    else:
        show(document)
    if not document["found"]:
        raise X96Error(nobody(document, scope))
    if output is not None:
        # A search takes minutes: somebody may have written there meanwhile.
        _check_project(output, force)
        _write(search, output, as_json)


def _check_project(path: Path, force: bool) -> None:
    from smartx96.partial_file import check_writable

    check_new(path, force)
    check_writable(path, "project")


def _write(search: Search, path: Path, as_json: bool) -> None:
    """Write the project, and tell who is not in it."""
    from smartx96.configuration.project.found_meters import write_found
    from smartx96.wording import counted

    parted = write_found(path, search.found, stopped=search.stopped)
    for found, why in parted.left:
        click.echo(f"left out: {found.target}: {why}", err=True)
    if not as_json:
        click.echo(f"{path}: {counted(len(parted.meters), 'meter')}")


def _scope(options: dict[str, Any]) -> Scope:
    from smartx96.configuration.search.candidates import Scope

    return Scope(
        tuple(dict.fromkeys(_places(options))),
        options["everything"],
        () if options["units"] is None else units_of(options["units"]),
        _parameters(options),
    )


def _places(options: dict[str, Any]) -> list[Place]:
    from smartx96.configuration.search.hosts import tcp_places
    from smartx96.configuration.search.ports import serial_ports
    from smartx96.modbus.place import Kind, Place

    found = list[Place]()
    for name, kind in (("port", Kind.RTU), ("rtu_tcp", Kind.RTU_TCP)):
        for text in options[name]:
            try:
                found.append(Place.typed(kind, text))
            except OptionError as error:
                raise OptionError(f"--{name.replace('_', '-')} {text!r}: {error}") from None
    for text in options["tcp"]:
        try:
            found += tcp_places(text)
        except OptionError as error:
            raise OptionError(f"--tcp {error}") from None
    return found or [*(port.place for port in serial_ports()), *tcp_places(_HERE)]


def units_of(text: str) -> tuple[int, ...]:
    """Addresses that a text such as `1-16,32` names, each once.

    Raises
    ------
    OptionError
        It is none.
    """
    found = dict[int, None]()
    for part in text.split(","):
        match = re.fullmatch(r"\s*([0-9]{1,3})\s*(?:-\s*([0-9]{1,3})\s*)?", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if not first <= last <= 255:
            raise OptionError(f"--units {text!r}: give addresses 0 to 255, such as 1-16,32")
        found |= dict.fromkeys(range(first, last + 1))
    return tuple(found)


def _parameters(options: dict[str, Any]) -> tuple[Any, ...]:
    """Speeds with parities, where any are given: what is not is the usual."""
    from smartx96.modbus.line.parameters import LineParameters

    if not options["baud"] and not options["parity"]:
        return ()
    return tuple(
        LineParameters(baud, parity[0], int(parity[1]))
        for parity in dict.fromkeys(p.upper() for p in options["parity"] or ("N1",))
        for baud in dict.fromkeys(options["baud"] or (9600,))
    )


def _run(search: Search) -> None:
    """Search, with a bar on a terminal; Ctrl-C ends it."""
    with progress("searching", 1.0) as advance:
        if advance is not None:
            begun = search.left

            def tell(told: Progress) -> None:
                advance(max(0.0, 1 - told.left / begun) if begun else 1.0)

            search.listen(tell)
        with contextlib.suppress(KeyboardInterrupt), asyncio.Runner() as runner:
            runner.run(search.run())


def _announcement(search: Search) -> str:
    places = [str(place) for place in search.scope.places]
    shown = ", ".join(places[:3]) + (f" and {len(places) - 3} others" if len(places) > 3 else "")
    return f"searching {shown}: at most {_span(search.left)} where nobody answers; Ctrl-C ends it"


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
