"""`x96 panel`: the front of a running meter in the terminal, and its pages as text and pictures."""

from __future__ import annotations

import json
import os
import sys
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.options import (
    SECONDS,
    configuration_options,
    format_option,
    front_end_option,
    given_options,
    settings_options,
    source_options,
)
from smartx96.errors import OptionError

if TYPE_CHECKING:
    from smartx96.commands.panel_origin import Named, Origin
    from smartx96.panel.seen import Seen

_OF_PANEL = {"at", "meter", "token", "source", "page", "output", "listed", "whole", "size",
             "backlight", "flashing", "large", "as_json"}  # fmt: skip
"""Parameters that are not of a measured source."""

_OF_PICTURE = {"whole": "--face and --glass", "size": "--size"}
"""Options that only pictures have."""


@click.command("panel")
@click.option("--at", default="http://127.0.0.1:8096", show_default=True, metavar="URL",
              help="The page of the running meter.")  # fmt: skip
@click.option("--meter", metavar="ID", help="Which meter, where several run.")
@click.option("--token", envvar="X96_WEB_TOKEN", show_envvar=True, metavar="TOKEN",
              help="Where the page asks for one.")  # fmt: skip
@click.option("--source", metavar="SOURCE", help="Measure a source for a while instead: `mains`, "
              "a scenario TOML, a recording, as `x96 run` takes it.")  # fmt: skip
@click.option("--for", "seconds", type=SECONDS, default=3.0, show_default=True, metavar="SECONDS",
              help="How much of the source is measured.")  # fmt: skip
@click.option("--page", metavar="NAME", help="A page, or whatever else the panel can show, as text "
              "or to a file.")  # fmt: skip
@click.option("--list", "listed", is_flag=True, help="Name everything that the panel can show.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE.svg|FILE.png",
              help="Where the picture goes.")  # fmt: skip
@click.option("--face/--glass", "whole", default=True,
              help="Picture of the whole face, or of the glass alone.")  # fmt: skip
@click.option("--size", type=click.IntRange(48, 4096), default=960, show_default=True,
              metavar="PIXELS", help="Width of a PNG.")  # fmt: skip
@click.option("--backlight", type=click.Choice(["on", "off"]),
              help="Otherwise as it is on the meter.")  # fmt: skip
@click.option("--flashing", type=click.Choice(["lit", "unlit"]), default="lit", show_default=True,
              help="What flashes in a picture or text.")  # fmt: skip
@click.option("--large", is_flag=True, help="Text with large digits.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.option("--supply", type=click.Choice(["self", "auxiliary"]), default="self",
              show_default=True, help="What the meter of --source lives on: the voltages that it "
              "measures, or one that never fails.")  # fmt: skip
@front_end_option
@format_option
@source_options
@configuration_options
@settings_options
@click.pass_context
def command(context: click.Context, /, listed: bool, page: str | None, output: Path | None,
            **options: Any) -> int:  # fmt: skip
    """The front panel of a running meter.

    Without --page the terminal shows the panel as it lives, and keys 1 to 4, u m p e or the arrows
    press its keys; capital letters hold them for 3 s. Where the output is no terminal, the front is
    printed once.

    \b
    x96 panel
    x96 panel --at http://10.0.0.8:8096 --meter kitchen
    x96 panel --list
    x96 panel --page voltage-ln
    x96 panel --page harmonics-voltage-5 -o fifth.svg
    x96 panel --page lamp-test --glass --size 1640 -o lamps.png
    x96 panel --page energy --source fault.cfg --ct 200/5
    """
    given = given_options(context)
    _check(given, output)
    wanted = page is not None or listed or output is not None or options["as_json"]
    if options["source"] is None and not wanted and _interactive():
        return _live(options)
    if listed:
        _tell_names(_names(options, given), as_json=options["as_json"])
        return 0
    with closing(_origin(options, given)) as origin:
        _tell(origin, page, output, options)
    return 0


def _check(given: set[str], output: Path | None) -> None:
    """Refuse options that would have no effect."""
    from smartx96.panel.picture import check_suffix

    if "source" in given:
        where = given & {"at", "meter"}
        if where:
            raise OptionError(
                f"--{where.pop()} is of a running meter, --source is not: leave one of them out"
            )
    elif foreign := sorted(given - _OF_PANEL - {"page", "listed"}):
        name = {"seconds": "for", "start": "from", "stop": "to", "settings_file": "settings"}
        option = name.get(foreign[0], foreign[0]).replace("_", "-")
        raise OptionError(f"--{option}: belongs to a source, give --source as well")
    if output is not None:
        check_suffix(output)
    elif useless := sorted(given & _OF_PICTURE.keys()):
        raise OptionError(f"{_OF_PICTURE[useless[0]]}: for pictures, give -o FILE.svg or FILE.png")


def _interactive() -> bool:
    """Whether somebody sits at a terminal that can be drawn upon."""
    both = sys.stdin.isatty() and sys.stdout.isatty()
    return both and os.environ.get("TERM", "dumb") != "dumb"


def _live(options: dict[str, Any]) -> int:
    """The panel in the terminal, until somebody leaves."""
    from smartx96.commands.panel_origin import RunningMeter
    from smartx96.terminal.display import Display
    from smartx96.terminal.session import Session
    from smartx96.web.address import PageAddress

    address = PageAddress.parse(options["at"], options["token"])
    with closing(RunningMeter(address, options["meter"])) as running:
        meter, model = running.id, running.model
    source, target = sys.stdin.fileno(), sys.stdout.fileno()
    return Session(address, meter, model, Display(source, target), source).run()


def _origin(options: dict[str, Any], given: set[str]) -> Origin:
    if options["source"] is None:
        from smartx96.commands.panel_origin import RunningMeter
        from smartx96.web.address import PageAddress

        return RunningMeter(PageAddress.parse(options["at"], options["token"]), options["meter"])
    from smartx96.commands.panel_origin import MeasuredMeter
    from smartx96.commands.run import meter_plan

    return MeasuredMeter(meter_plan({**options, "pulses": ()}, given), options["seconds"])


def _names(options: dict[str, Any], given: set[str]) -> list[Named]:
    """What can be shown; where no meter was named and none runs, by a meter as delivered."""
    from smartx96.commands.live_line import notify
    from smartx96.commands.panel_origin import named
    from smartx96.meter.configuration import Configuration
    from smartx96.web.client import PageError

    try:
        with closing(_origin(options, given)) as origin:
            return origin.names()
    except PageError as error:
        if error.status is not None or given & {"at", "meter"}:
            raise
    delivered = Configuration()
    notify(f"note: no meter runs at {options['at']}; "
           f"these are the pages of the {delivered.model.name} as delivered")  # fmt: skip
    return named(delivered)


def _tell_names(names: list[Named], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([asdict(one) for one in names], indent=1))
        return
    width = max((len(one.name) for one in names), default=0)
    chapter = ""
    for one in names:
        if one.chapter != chapter:
            click.echo(f"{'' if not chapter else chr(10)}{one.chapter}")
            chapter = one.chapter
        click.echo(f"  {one.name:<{width}}  {one.title}")


def _tell(origin: Origin, page: str | None, output: Path | None, options: dict[str, Any]) -> None:
    """One screen, as it was asked for."""
    from smartx96.panel.picture import write_picture
    from smartx96.panel.terminal import terminal

    shown = _lighted(origin.seen(page), options["backlight"])
    lit = options["flashing"] == "lit"
    if output is not None:
        write_picture(output, shown, origin.model, width=options["size"], flashing=lit,
                      whole=options["whole"])  # fmt: skip
    if options["as_json"]:
        click.echo(json.dumps({"model": origin.model.name, **shown.document()}, indent=1))
    elif output is not None:
        click.echo(f"written: {output}")
    else:
        click.echo("\n".join(terminal(shown, origin.model, large=options["large"], dark=not lit)))


def _lighted(shown: Seen, backlight: str | None) -> Seen:
    return shown if backlight is None else replace(shown, backlight=backlight == "on")
