"""Typeset: the report of a type test as PDF, the same bytes wherever it is made."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from smartx96.errors import MissingExtraError
from smartx96.report.charts.flat import COLOURS, flat_chart, flat_sample
from smartx96.report.typetest.contents import Block, Charts, Table
from smartx96.report.typetest.sections import contents

FONT = "Libertinus Serif"
"""It comes with typst: fonts of the machine would make other bytes."""

_DATE = datetime(2000, 1, 1, tzinfo=UTC)
"""In every file: a report does not depend on when it was made."""
_WIDTH = 270.0
"""Of a chart's plot [px]; two stand beside each other."""
_NARROW = 14
"""Columns of words that are no longer get the width they need."""


def required() -> None:
    """Make sure that PDF can be written.

    Raises
    ------
    MissingExtraError
        typst is not installed.
    """
    if importlib.util.find_spec("typst") is None:
        raise MissingExtraError(
            "PDF needs typst, which is not installed: pip install 'smartx96[reports]', or give "
            "--no-pdf"
        )


def typeset(document: Mapping[str, Any]) -> bytes:
    """The report as PDF; equal documents give equal bytes.

    Parameters
    ----------
    document : mapping
        Of a type test, as its JSON has it.

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
        sys_inputs={"contents": json.dumps(_plain(document))},
    )  # fmt: skip
    if not isinstance(found, bytes):
        raise TypeError("typst made no document")
    return found


def _plain(document: Mapping[str, Any]) -> dict[str, Any]:
    """The contents as the template takes them."""
    report = contents(document)
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
    if isinstance(block, Table):
        found["widths"] = [_share(block, column) for column in range(len(block.headings))]
    return found


def _share(table: Table, column: int) -> int:
    """Share of the width that a column takes; 0 is what it needs."""
    longest = max((len(row[column]) for row in table.rows), default=0)
    return 0 if column not in table.words or longest <= _NARROW else min(longest, 60)
