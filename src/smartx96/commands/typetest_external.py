"""`x96 typetest` of a meter outside of this program: what its options open."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.external_options import option_of
from smartx96.errors import OptionError, X96Error

if TYPE_CHECKING:
    from smartx96.modbus.client.client import Client
    from smartx96.typetest.external.bench.pulse_input import PulseInput
    from smartx96.typetest.external.bench.rig import Rig
    from smartx96.typetest.external.bench.source import Answer
    from smartx96.typetest.external.external_test import Conditions, ExternalTest
    from smartx96.typetest.external.set_points import SetPoint
    from smartx96.typetest.external.trial_errors import Transformers
    from smartx96.typetest.plan.scope import Scope


def write_list(scope: Scope, options: dict[str, Any]) -> None:
    """Write the points, and say what a bench cannot do."""
    from smartx96.typetest.external.listing import list_points
    from smartx96.wording import counted

    made = list_points(scope, options["listed"], options["resolution"])
    hours = made.seconds / 3600
    click.echo(
        f"written: {options['listed']}: {counted(made.rows, 'row')}, {hours:.3g} h in all "
        f"(resolution {options['resolution']:g} Wh); --by power is quicker"
    )
    for clause, reason, n in made.left_out:
        click.echo(f"left out: {clause}, {counted(n, 'check')}: {reason}")


def judged_points(scope: Scope, options: dict[str, Any]) -> ExternalTest:
    """Measure what is empty, where a meter is given, and judge what is there."""
    from smartx96.typetest.external.external_test import external_test

    conditions = _conditions(options)
    if options["meter"] or options["pulses"]:
        _measure(scope, options, conditions)
    elif options["reference"] or options["reference_pulses"] or options["set_command"]:
        raise OptionError("--meter: say where the meter is read, or --pulses, where its pulses are")
    return external_test(scope, options["points"], conditions)


def _conditions(options: dict[str, Any]) -> Conditions:
    from smartx96.typetest.external.external_test import Conditions
    from smartx96.typetest.external.reference import UNKNOWN, reference_uncertainty
    from smartx96.typetest.external.trial_errors import UNITY

    stated = options["reference_uncertainty"]
    return Conditions(
        transformers=_transformers(options) or UNITY,
        reference=UNKNOWN if stated is None else reference_uncertainty(stated),
        stated=stated is not None,
        constant=options["constant"],
        device=options["device"],
        bench=options["bench"],
    )


def _transformers(options: dict[str, Any]) -> Transformers | None:
    """Ratios that were stated."""
    from smartx96.typetest.external.trial_errors import Transformers

    if options["ct"] is None and options["vt"] is None:
        return None
    primary, _, secondary = (options["ct"] or "1/1").partition("/")
    try:
        ratio = float(primary) / float(secondary)
    except (ValueError, ZeroDivisionError):
        ratio = 0.0
    if not 0 < ratio < float("inf"):
        raise OptionError(f"--ct {options['ct']}: give primary/secondary, such as 200/5")
    return Transformers(ratio, options["vt"] or 1.0)


def _measure(scope: Scope, options: dict[str, Any], conditions: Conditions) -> None:
    from smartx96.typetest.external.bench.session import Session
    from smartx96.typetest.external.bench.source import CommandSource, switched_off
    from smartx96.typetest.external.listing import list_points
    from smartx96.typetest.external.matching import matched
    from smartx96.typetest.external.set_points import set_points
    from smartx96.typetest.plan.plan import planned

    path, command = options["points"], options["set_command"]
    source = Operator() if command is None else CommandSource(command)
    if not path.exists():
        list_points(scope, path, options["resolution"])
    found = matched(path, set_points(planned(scope)))
    with asyncio.Runner() as runner, _rig(options, runner) as rig, switched_off(source):
        try:
            Session(found, rig, source, _say, conditions).run(runner)
        except KeyboardInterrupt:
            _say(f"{path} keeps what was measured: start again to go on")
            raise


@contextlib.contextmanager
def _rig(options: dict[str, Any], runner: asyncio.Runner) -> Iterator[Rig]:
    """What stands on the bench, as the options name it."""
    from smartx96.modbus.client.meter import Meter
    from smartx96.typetest.external.bench.metered import Metered
    from smartx96.typetest.external.bench.rig import Method, Rig

    with contextlib.ExitStack() as opened:
        clients: dict[str, Client] = {}

        def metered(name: str, unit: str, role: str) -> Metered | None:
            if options[name] is None:
                return None
            if options[name] not in clients:
                clients[options[name]] = _client(options, name)
                opened.callback(runner.run, _closed(clients[options[name]]))
            meter = Meter(clients[options[name]], options[unit])
            return Metered(meter, _transformers(options) if name == "meter" else None, role)

        def pulses(name: str) -> PulseInput | None:
            if options[name] is None:
                return None
            from smartx96.typetest.external.bench.pulse_input import open_pulses

            found = open_pulses(options[name], option_of(name))
            opened.callback(found.close)
            return found

        if options["reference_pulses"] and not options["reference_constant"]:
            raise OptionError("--reference-constant: say its pulses for 1 kWh")
        yield Rig(
            metered=metered("meter", "unit", "the meter"), pulses=pulses("pulses"),
            reference=metered("reference", "reference_unit", "the reference"),
            reference_pulses=pulses("reference_pulses"), method=Method(options["by"]),
            constant=options["constant"], repeat=options["repeat"],
            reference_constant=options["reference_constant"] or options["constant"],
            seconds=options["seconds"], settle=options["settle"], device=options["device"],
        )  # fmt: skip


def _client(options: dict[str, Any], name: str) -> Client:
    from smartx96.modbus.client.client import Client
    from smartx96.modbus.client.policy import Policy
    from smartx96.modbus.line.parameters import LineParameters
    from smartx96.modbus.place import Place

    try:
        place = Place.named(options[name])
    except OptionError as error:
        raise OptionError(f"{option_of(name)} {error}") from None
    line = LineParameters(options["baud"], options["parity"], int(options["stop_bits"]))
    return Client(place, line, Policy(timeout=options["timeout"]))


async def _closed(client: Client) -> None:
    client.close()


class Operator:
    """A person at a terminal, who sets the points."""

    def set(self, point: SetPoint) -> Answer:
        """Say what is to be set, and wait until it is.

        Raises
        ------
        X96Error
            Nobody is there to answer.
        """
        from smartx96.typetest.external.bench.source import Answer
        from smartx96.typetest.external.setting import described

        for line in described(point):
            click.echo(f"  {line}", err=True)
        click.echo("  set it, then press Enter (s skips it, q ends): ", nl=False, err=True)
        answer = sys.stdin.readline()
        if not answer:
            raise X96Error("nobody answers on standard input: give --set-command, or answer there")
        return {"s": Answer.SKIP, "q": Answer.END}.get(answer.strip().lower(), Answer.SET)

    def off(self) -> None:
        """Remind of the source."""
        click.echo("no more points: switch the source off", err=True)


def _say(line: str) -> None:
    click.echo(line, err=True)
