"""Options of the commands that ask meters: where, how, with what right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.options import SECONDS, options_together
from smartx96.errors import OptionError

if TYPE_CHECKING:
    from smartx96.configuration.family import Member
    from smartx96.configuration.target import Target
    from smartx96.modbus.client.policy import Policy
    from smartx96.modbus.line.parameters import LineParameters

place_options = options_together(
    click.option("--tcp", metavar="HOST[:PORT]", help="Modbus TCP: the meter, or its gateway; "
                 "port 502 if not given."),
    click.option("--port", metavar="DEVICE", help="A serial port, such as /dev/ttyUSB0 or COM3."),
    click.option("--rtu-tcp", metavar="HOST:PORT", help="RTU frames over TCP, as device servers "
                 "of serial ports carry them."),
)  # fmt: skip

line_options = options_together(
    click.option("--baud", type=click.IntRange(50, 4_000_000), default=9600, show_default=True,
                 metavar="BIT/S", help="Speed of the line."),
    click.option("--parity", type=click.Choice(["N1", "E1", "O1", "N2"], case_sensitive=False),
                 default="N1", show_default=True, help="Parity and stop bits of the line."),
)  # fmt: skip

policy_options = options_together(
    click.option("--timeout", type=SECONDS, default=1.0, show_default=True, metavar="SECONDS",
                 help="How long an answer is waited for."),
    click.option("--retries", type=click.IntRange(0, 100), default=2, show_default=True,
                 metavar="N", help="How often a read without an answer is asked again."),
)  # fmt: skip

family_options = options_together(
    click.option("--member", metavar="X96-5A|X96-5E|SDM630",
                 help="What the meter is taken for, whatever it says."),
    click.option("--unverified", is_flag=True, help="Use registers that only this program "
                 "documents, of whatever meter."),
)  # fmt: skip

password_option = click.option(
    "--password", envvar="X96_PASSWORD", show_envvar=True, metavar="0..9999",
    help="Of the meter, where something protected is written.",
)  # fmt: skip

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document and nothing else."
)

meter_options = options_together(
    place_options,
    click.option("--unit", type=click.IntRange(0, 255), default=1, show_default=True, metavar="N",
                 help="Address of the meter on the line, or its unit id."),
    line_options,
    policy_options,
    family_options,
    password_option,
    json_option,
)  # fmt: skip
"""Options of one meter."""

_KINDS = {"tcp": "tcp", "port": "rtu", "rtu_tcp": "rtu_tcp"}
"""Options of places, and what kind of place they name."""


def target_of(options: Mapping[str, Any]) -> Target:
    """Where one meter is asked.

    Raises
    ------
    OptionError
        No place is given, or two, or one that cannot be.
    """
    from smartx96.configuration.target import Target
    from smartx96.modbus.place import Kind, Place

    given = [name for name in _KINDS if options[name] is not None]
    if len(given) != 1:
        raise OptionError(
            f"{' and '.join(_typed(name) for name in given)}: give one of them"
            if given
            else "where is the meter? give --tcp HOST, --port DEVICE or --rtu-tcp HOST:PORT"
        )
    try:
        place = Place.typed(Kind(_KINDS[given[0]]), options[given[0]])
    except OptionError as error:
        raise OptionError(f"{_typed(given[0])} {options[given[0]]!r}: {error}") from None
    return Target(place, options["unit"], parameters_of(options))


def parameters_of(options: Mapping[str, Any]) -> LineParameters:
    """Speed, parity and stop bits of the line."""
    from smartx96.modbus.line.parameters import LineParameters

    parity, stop_bits = options["parity"].upper()
    return LineParameters(options["baud"], parity, int(stop_bits))


def policy_of(options: Mapping[str, Any]) -> Policy:
    """How long answers are waited for, and how often they are asked for again."""
    from smartx96.modbus.client.policy import Policy

    return Policy(timeout=options["timeout"], retries=options["retries"])


def member_of_options(options: Mapping[str, Any]) -> Member | None:
    """What a meter is taken for; None asks it."""
    from smartx96.configuration.family import member_named

    return None if options["member"] is None else member_named(options["member"])


def _typed(name: str) -> str:
    """An option as it is typed."""
    return f"--{name.replace('_', '-')}"
