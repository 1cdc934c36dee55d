"""Typeset: the contents of a report as PDF, the same bytes wherever it is made."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from smartx96.errors import MissingExtraError
from smartx96.report.charts.flat import COLOURS, flat_chart, flat_drawing, flat_sample
from smartx96.report.contents import Block, Charts, Contents, Figure, Table

FONT = "Libertinus Serif"
"""It comes with typst: fonts of the machine would make other bytes."""

_DATE = datetime(2000, 1, 1, tzinfo=UTC)
"""In every file: a report does not depend on when it was made."""
_WIDTH = 270.0
"""Of a chart's plot [px]; two stand beside each other."""
_NARROW = 14
"""Columns of words that are no longer get the width they need."""


def required(instead: str = "") -> None:
    """Make sure that PDF can be written.

    Parameters
    ----------
    instead : str
        What to give where it cannot.

    Raises
    ------
    MissingExtraError
        typst is not installed.
    """
    if importlib.util.find_spec("typst") is None:
        raise MissingExtraError(
            "PDF needs typst, which is not installed: pip install 'smartx96[reports]'"
            + (f", or give {instead}" if instead else "")
        )


def typeset(report: Contents) -> bytes:
    """The report as PDF; equal contents give equal bytes.

    Raises
    ------
    MissingExtraError
        typst is not installed.
    """
    required()
    import typst

    template = files(__package__).joinpath("report.typ").read_bytes()
    found = typst.compile(
        template, format="pdf", ignore_system_fonts=True, timestamp=_DATE,
        sys_inputs={"contents": json.dumps(_plain(report))},
    )  # fmt: skip
    if not isinstance(found, bytes):
        raise TypeError("typst made no document")
    return found


def _plain(report: Contents) -> dict[str, Any]:
    """The contents as the template takes them."""
    return {
        "kind": report.kind, "title": report.title, "footer": report.footer,
        "facts": asdict(report.facts), "verdict": asdict(report.verdict),
        "colours": {name.removeprefix("--"): value for name, value in COLOURS.items()},
        "sections": [
            {"heading": section.heading, "blocks": [_block(block) for block in section.blocks]}
            for section in report.sections
        ],
    }  # fmt: skip


def _block(block: Block) -> dict[str, Any]:
    found = {"is": type(block).__name__, **asdict(block)}
    if isinstance(block, Charts):
        found["legend"] = [
            {"text": text, "sample": flat_sample(style)} for text, style in block.legend
        ]
        found["charts"] = [
            {"title": chart.title, "caption": chart.caption,
             "drawing": flat_chart(chart.drawing, _WIDTH, FONT)}
            for chart in block.charts
        ]  # fmt: skip
    if isinstance(block, Figure):
        found["drawing"] = flat_drawing(block.drawing, FONT)
    if isinstance(block, Table):
        found["widths"] = [_share(block, column) for column in range(len(block.headings))]
    return found


def _share(table: Table, column: int) -> int:
    """Share of the width that a column takes; 0 is what it needs."""
    longest = max((len(row[column]) for row in table.rows), default=0)
    return 0 if column not in table.words or longest <= _NARROW else min(longest, 60)
