"""`x96 registers`: the register map."""

from __future__ import annotations

import csv
import io
import json

import click

from smartx96.modbus.registers import BLOCKS, HOLDING, INPUT, Register, Space

COLUMNS = (
    "address", "hex", "words", "format", "id", "name", "unit",
    "access", "values", "default", "origin", "space",
)  # fmt: skip

Row = dict[str, str | int]

_TITLES = {
    Space.INPUT: "Input registers (function 04)",
    Space.HOLDING: "Holding registers (function 03)",
}
_EXAMPLES = """\b
Examples:
  x96 registers
  x96 registers --space holding
  x96 registers --csv > registers.csv
"""


def _row(register: Register) -> Row:
    description = register.description
    return {
        "address": register.address,
        "hex": f"0x{register.address:04X}",
        "words": register.words,
        "format": register.format.value,
        "id": register.id,
        "name": description.name,
        "unit": description.unit,
        "access": description.access,
        "values": description.values,
        "default": description.default,
        "origin": register.origin.value,
        "space": register.space.value,
    }


def rows(space: Space) -> list[Row]:
    """One row for each register of a space, in order of address, by `COLUMNS`."""
    return [_row(r) for r in (INPUT if space is Space.INPUT else HOLDING)]


def _columns(space: Space) -> list[str]:
    """Columns of a table of one space: an input register has no values to choose from."""
    left_out = {"space"} | ({"values", "default"} if space is Space.INPUT else set())
    return [c for c in COLUMNS if c not in left_out]


def as_csv(spaces: list[Space]) -> str:
    """Register map as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for space in spaces:
        writer.writerows(rows(space))
    return text.getvalue()


def as_json(spaces: list[Space]) -> str:
    """Register map as one JSON document."""
    return json.dumps([row for space in spaces for row in rows(space)], indent=1) + "\n"


def as_markdown(spaces: list[Space]) -> str:
    """Register map as Markdown, a section for each space."""
    return "\n".join(_section(space) for space in spaces)


def _section(space: Space) -> str:
    blocks = ", ".join(f"0x{b.start:04X}-0x{b.stop - 1:04X}" for b in BLOCKS[space])
    columns = _columns(space)
    lines = [f"## {_TITLES[space]}", "", f"Blocks: {blocks}", ""]
    lines += [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    for row in rows(space):
        cells = (str(row[c]).replace("|", "\\|") for c in columns)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _show(spaces: list[Space]) -> None:
    """Print tables, as wide as the terminal; piped, every register on one line."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    if not console.is_terminal:
        console.width = 500
    for space in spaces:
        columns = [c for c in _columns(space) if c != "address"]
        table = Table(title=_TITLES[space], title_justify="left", box=None)
        for name in columns:
            table.add_column(name, justify="right" if name == "words" else "left")
        for row in rows(space):
            # Text, for `[2]` of a harmonic is no markup.
            table.add_row(*(Text(str(row[c])) for c in columns))
        console.print(table)


_FORMATS = {"csv": as_csv, "json": as_json, "markdown": as_markdown}


@click.command(epilog=_EXAMPLES)
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
@click.option("--markdown", "form", flag_value="markdown", help="Print Markdown.")
@click.option("--json", "form", flag_value="json", help="Print one JSON document.")
@click.option(
    "--space",
    type=click.Choice(["input", "holding", "both"]),
    default="both",
    show_default=True,
    help="Input registers, holding registers or both.",
)
def command(form: str | None, space: str) -> None:
    """Print the Modbus register map."""
    spaces = list(Space) if space == "both" else [Space(space)]
    if form is None:
        _show(spaces)
    else:
        click.echo(_FORMATS[form](spaces), nl=False)
