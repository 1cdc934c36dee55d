"""Writing recordings as text columns separated by commas."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from smartx96.samples.writing import Outgoing, Piece, unfinished


def write_csv(path: Path, outgoing: Outgoing) -> None:
    """Write `time_s` and one column per role, every number in full; missing ones are empty.

    Parameters
    ----------
    path : Path
    outgoing : Outgoing
    """
    with unfinished(path) as (part,), part.open("w", encoding="ascii", newline="\n") as file:
        file.write(",".join(("time_s", *outgoing.roles)) + "\n")
        for piece in outgoing.pieces():
            file.writelines(_lines(piece, outgoing.rate))


def _lines(piece: Piece, rate: float) -> list[str]:
    times = np.arange(piece.start, piece.end) / rate
    rows = np.vstack((times, piece.samples)).T.tolist()
    return [",".join(map(_text, row)) + "\n" for row in rows]


def _text(value: float) -> str:
    """Shortest text that reads back as the same number."""
    return "" if value != value else repr(value)
