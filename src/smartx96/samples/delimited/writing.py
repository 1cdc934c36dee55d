"""Writing recordings as text columns separated by commas."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from smartx96.samples.outgoing.source import Outgoing, Piece
from smartx96.samples.outgoing.writing import unfinished


def write_csv(path: Path, outgoing: Outgoing) -> None:
    """Write `time_s` and one column per channel, every number in full; missing ones are empty.

    Parameters
    ----------
    path : Path
    outgoing : Outgoing
        Annotated: with lines before the header for rate, start and side, and units in the header.
    """
    with unfinished(path) as (part,), part.open("w", encoding="utf-8", newline="\n") as file:
        if outgoing.annotated:
            file.writelines(_annotations(outgoing))
        csv.writer(file, lineterminator="\n").writerow(["time_s", *_names(outgoing)])
        for piece in outgoing.pieces():
            file.writelines(_lines(piece, outgoing.rate))


def _annotations(outgoing: Outgoing) -> Iterator[str]:
    yield f"# rate: {outgoing.rate!r}\n"
    if outgoing.start is not None:
        yield f"# start: {outgoing.start.isoformat()}\n"
    if len(set(outgoing.sides)) == 1:
        yield f"# side: {outgoing.sides[0]}\n"


def _names(outgoing: Outgoing) -> Iterator[str]:
    for channel in outgoing.channels:
        name = " ".join(channel.name.split())
        unit = channel.unit if outgoing.annotated else ""
        yield f"{name} [{unit}]" if unit else name


def _lines(piece: Piece, rate: float) -> list[str]:
    times = np.arange(piece.start, piece.end) / rate
    rows = np.vstack((times, piece.samples)).T.tolist()
    return [",".join(map(_text, row)) + "\n" for row in rows]


def _text(value: float) -> str:
    """Shortest text that reads back as the same number."""
    return "" if value != value else repr(value)
