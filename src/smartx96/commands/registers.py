"""`x96 registers`: the register map."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import groupby

import click

from smartx96.errors import OptionError
from smartx96.modbus.calendar import layout as calendar
from smartx96.modbus.registers import BLOCKS, HOLDING, INPUT, Register, Space

COLUMNS = (
    "address", "hex", "words", "format", "id", "name", "unit",
    "access", "values", "default", "origin", "space",
)  # fmt: skip

_SHORT = ["hex", "format", "id", "unit", "access"]
"""Columns that fit on a terminal: an id tells what its register is."""

_TOLD = 2
"""So many registers are told of one by one: an address may be in both spaces."""

_WIDEST = 500
"""Wider than any line [columns]."""

Row = dict[str, str | int]

_TITLES = {
    Space.INPUT: "Input registers (function 04)",
    Space.HOLDING: "Holding registers (function 03)",
}
_EXAMPLES = """\b
Examples:
  x96 registers
  x96 registers --space holding
  x96 registers active_energy
  x96 registers 0x0034
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


def rows(space: Space, wanted: Wanted | None = None) -> list[Row]:
    """One row for each register of a space that is wanted, in order of address, by `COLUMNS`."""
    return [_row(r) for r in _chosen(space, wanted)]


def _chosen(space: Space, wanted: Wanted | None, folded: bool = False) -> list[Register]:
    """Registers by address; of the thousands of the tariff calendar one for each kind, or with
    `folded` the first and the last.
    """
    if space is Space.INPUT:
        registers = list(INPUT)
    else:
        one = calendar.parameter_at(wanted.address) if wanted and wanted.address else None
        runs = (run.ends if folded else (run.listed,) for run in calendar.RUNS)
        own = [one] if one else [register for run in runs for register in run]
        registers = sorted((*HOLDING, *own), key=lambda r: r.address)
    return [r for r in registers if wanted is None or wanted(r)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which registers are asked for.

    Parameters
    ----------
    text : str
        An address, such as 52 or 0x0034, which the words of a register hold; else a part of an id.
    """

    text: str

    @property
    def address(self) -> int | None:
        """The address, if it is one."""
        try:
            return int(self.text, 0)
        except ValueError:
            return None

    def __call__(self, register: Register) -> bool:
        """Whether it is one of them."""
        address = self.address
        if address is None:
            return self.text.casefold() in register.id
        return register.address <= address < register.end


def _columns(space: Space) -> list[str]:
    """Columns of a table of one space: an input register has no values to choose from."""
    left_out = {"space"} | ({"values", "default"} if space is Space.INPUT else set())
    return [c for c in COLUMNS if c not in left_out]


def as_csv(spaces: list[Space], wanted: Wanted | None = None) -> str:
    """Register map as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for space in spaces:
        writer.writerows(rows(space, wanted))
    return text.getvalue()


def as_json(spaces: list[Space], wanted: Wanted | None = None) -> str:
    """Register map as one JSON document."""
    return json.dumps([row for space in spaces for row in rows(space, wanted)], indent=1) + "\n"


def as_markdown(spaces: list[Space], wanted: Wanted | None = None) -> str:
    """Register map as Markdown, a section for each space."""
    return "\n".join(_section(space, wanted) for space in spaces)


def _section(space: Space, wanted: Wanted | None) -> str:
    blocks = ", ".join(f"0x{b.start:04X}-0x{b.stop - 1:04X}" for b in _blocks(space))
    columns = _columns(space)
    lines = [f"## {_TITLES[space]}", "", f"Blocks: {blocks}", ""]
    lines += [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    for row in rows(space, wanted):
        cells = (str(row[c]).replace("|", "\\|") for c in columns)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _blocks(space: Space) -> list[range]:
    own = calendar.BLOCKS.values() if space is Space.HOLDING else ()
    return sorted((*BLOCKS[space], *own), key=lambda block: block.start)


def _show(spaces: list[Space], wanted: Wanted | None, wide: bool) -> None:
    """Print tables: what fits on a terminal, or with `wide` everything, as long as lines become."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # A line that is too long goes on below; cut off it would look whole.
    console = Console(width=_WIDEST, soft_wrap=True, highlight=False)
    for space in spaces:
        registers = _chosen(space, wanted, folded=not wide)
        if not registers:
            continue
        columns = [c for c in _columns(space) if c != "address"] if wide else _SHORT
        table = Table(title=_TITLES[space], title_justify="left", box=None,
                      padding=(0, 1) if wide else (0, 1, 0, 0))  # fmt: skip
        for name in columns:
            table.add_column(name, justify="right" if name == "words" else "left", no_wrap=True)
        for row in map(_row, registers) if wide else _folded(registers):
            # Text, for `[2]` of a harmonic is no markup.
            table.add_row(*(Text(str(row[c])) for c in columns))
        console.print(table)
    if not wide:
        console.print("x96 registers REGISTER tells all of one, --wide all of every one")


def _folded(registers: list[Register]) -> Iterator[Row]:
    """Rows of registers; those of one kind that follow each other are one."""
    for name, run in groupby(registers, lambda r: r.id.partition("[")[0]):
        orders = list(run)
        first, last = orders[0], orders[-1]
        row = _row(first)
        if first is not last:
            row["hex"] = f"{row['hex']}-0x{last.address:04X}"
            ranges = zip(_numbers(first), _numbers(last), strict=True)
            row["id"] = f"{name}[{','.join('..'.join(pair) for pair in ranges)}]"
        yield row


def _numbers(register: Register) -> list[str]:
    return register.id.partition("[")[2].removesuffix("]").split(",")


def _told(register: Register) -> str:
    """All of one register, a line each."""
    return "\n".join(f"{name:8} {value}" for name, value in _row(register).items() if value != "")


def _advice(wanted: Wanted, spaces: list[Space]) -> str:
    """What was meant by a text that no register has."""
    ids = dict.fromkeys(r.id.partition("[")[0] for each in spaces for r in _chosen(each, None))
    near = get_close_matches(wanted.text[:64], ids, n=1) if wanted.address is None else []
    return f"did you mean {near[0]}?" if near else "`x96 registers` lists addresses and ids"


_FORMATS = {"csv": as_csv, "json": as_json, "markdown": as_markdown}


@click.command(epilog=_EXAMPLES)
@click.argument("register", required=False)
@click.option("--csv", "form", flag_value="csv", help="Print CSV.")
@click.option("--markdown", "form", flag_value="markdown", help="Print Markdown.")
@click.option("--json", "form", flag_value="json", help="Print one JSON document.")
@click.option("--wide", "form", flag_value="wide", help="Print all columns, in long lines.")
@click.option(
    "--space",
    type=click.Choice(["input", "holding", "both"]),
    default="both",
    show_default=True,
    help="Input registers, holding registers or both.",
)
def command(register: str | None, form: str | None, space: str) -> None:
    """Print the Modbus register map, or what it says of REGISTER.

    REGISTER is an address, such as 52 or 0x0034, an id, or a part of ids.
    """
    spaces = list(Space) if space == "both" else [Space(space)]
    wanted = None if register is None else Wanted(register)
    found = [r for each in spaces for r in _chosen(each, wanted)]
    if wanted is not None and not found:
        raise OptionError(f"{wanted.text}: no register; {_advice(wanted, spaces)}")
    told = [r for r in found if r.id == register] or found
    if form in _FORMATS:
        click.echo(_FORMATS[form](spaces, wanted), nl=False)
    elif form is None and len(told) <= _TOLD:
        click.echo("\n\n".join(map(_told, told)))
    else:
        _show(spaces, wanted, wide=form == "wide")
