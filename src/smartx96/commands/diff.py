"""`x96 diff`: a meter beside a file, or beside another meter; or two files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.asking import asked
from smartx96.commands.json_document import write_json
from smartx96.commands.meter_options import meter_options
from smartx96.commands.options import given_options, options_together, typed_options
from smartx96.errors import OptionError
from smartx96.wording import counted

if TYPE_CHECKING:
    from smartx96.configuration.profile.comparison import Comparison
    from smartx96.configuration.profile.file import Profile

DIFFERENT = 1
"""Exit code, as of `diff`."""

_EXAMPLES = """\b
Examples:
  x96 diff feeder.toml --tcp 192.168.1.20
  x96 diff feeder.toml spare.toml
  x96 diff --port /dev/ttyUSB0 --unit 7 --other-unit 8
"""

_PLACES = ("tcp", "port", "rtu_tcp")

other_options = options_together(
    click.option("--other-tcp", metavar="HOST[:PORT]", help="Where the other meter is; if only "
                 "--other-unit is given, at the same place."),
    click.option("--other-port", metavar="DEVICE"),
    click.option("--other-rtu-tcp", metavar="HOST:PORT"),
    click.option("--other-unit", type=click.IntRange(0, 255), metavar="N",
                 help="Address of the other meter."),
    click.option("--other-baud", type=click.IntRange(50, 4_000_000), metavar="BIT/S"),
    click.option("--other-parity", type=click.Choice(["N1", "E1", "O1", "N2"],
                                                     case_sensitive=False)),
)  # fmt: skip


@click.command("diff", epilog=_EXAMPLES)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE.toml]...")
@meter_options
@other_options
@click.option("--all", "everything", is_flag=True,
              help="Address, speed, parity and calibration count too, though they are of two "
              "meters.")  # fmt: skip
def command(files: tuple[Path, ...], everything: bool, **options: Any) -> int:
    """Compare a meter with a file, or with another meter, or two files.

    The exit code is 0 where nothing differs, 1 where something does. With a file only the settings
    that it states are compared: those that `x96 push` would write.
    """
    from smartx96.configuration.profile.comparison import compared

    given = typed_options if files else given_options
    here, there = _sides(files, options, given(click.get_current_context()))
    found = compared(here, there, everything=everything, stated=len(files) == 1)
    if options["as_json"]:
        write_json(found.document())
    else:
        for line in _lines(found):
            click.echo(line)
    return 0 if found.same else DIFFERENT


def _sides(files: tuple[Path, ...], options: Mapping[str, Any],
           given: set[str]) -> tuple[Profile, Profile]:  # fmt: skip
    """What is compared with what."""
    from smartx96.configuration.profile.file import read_profile

    other = any(name.startswith("other_") for name in given)
    if len(files) > 2 or (files and other):
        raise OptionError("more than two to compare: give two files, or a file and a meter, or "
                          "two meters")  # fmt: skip
    if len(files) == 2:
        if given & {*_PLACES, "unit"}:
            raise OptionError("two files are compared without a meter: leave its options out")
        return read_profile(files[0]), read_profile(files[1])
    if files:
        return read_profile(files[0]), _pulled(options)
    if not other:
        raise OptionError("compare with what? give a file, or --other-unit or another place")
    return _pulled(options), _pulled(_other(options, given))


def _other(options: Mapping[str, Any], given: set[str]) -> dict[str, Any]:
    """Options of the other meter, as those of the first where they are not given."""
    found = dict(options)
    if any(f"other_{name}" in given for name in _PLACES):
        found |= dict.fromkeys(_PLACES)
    named = (name for name in given if name.startswith("other_"))
    return found | {name.removeprefix("other_"): options[name] for name in named}


def _pulled(options: Mapping[str, Any]) -> Profile:
    from smartx96.configuration.profile.pulling import pulled

    profile: Profile = asked(options, pulled)
    return profile


def _lines(found: Comparison) -> Iterator[str]:
    """What differs, one setting a line; then the rest in short."""
    document = found.document()
    yield f"- {document['here']}"
    yield f"+ {document['there']}"
    for row in document["differences"]:
        yield f"  {_told(row)}"
    for side in ("here", "there"):
        for line in document["wrong"][side].values():
            yield f"warning: {document[side]}: no value of {line}"
    for row in document["left"]:
        yield f"of one meter each, --all counts it: {_told(row)}"
    differ = len(document["differences"])
    said = f"{counted(document['compared'], 'setting')} compared"
    yield f"{said}, {counted(differ, 'difference') if differ else 'no difference'}"


def _told(row: Mapping[str, Any]) -> str:
    here, there = (_value(row[side], row["unit"]) for side in ("here", "there"))
    return f"{row['id']}: {here} | {there}"


def _value(value: int | str | None, unit: str) -> str:
    """A value as people read it."""
    if value is None:
        return "none"
    return f"{value} {unit}".rstrip() if isinstance(value, int) else str(value)
