"""Which sampling rate counts: the user's, the file's statement, or that of its time stamps."""

from __future__ import annotations

from pathlib import Path

from smartx96.errors import RateError
from smartx96.samples.stamps.clock import SNAP
from smartx96.samples.stamps.column_rate import ColumnRate

AGREES = 1e-4
"""Relative difference up to which a stated rate is the one that rounded time stamps mean."""

LEAST = 1e-3
"""Relative uncertainty above which time stamps do not tell the rate."""


def agreed(
    given: float | None, stated: float | None, stamped: ColumnRate | None, path: Path
) -> tuple[float | None, tuple[str, ...]]:
    """The rate [1/s] that counts, and notes on what was decided; None where nothing tells it.

    Parameters
    ----------
    given : float, optional
        The user's, which rules.
    stated : float, optional
        The file's own statement.
    stamped : ColumnRate, optional
        That of its time stamps.
    path : Path
        The file, for the message of an error.

    Raises
    ------
    RateError
        The time stamps are too coarse to tell the rate, and nothing else does.
    """
    if given is not None:
        return given, ()
    if stamped is None:
        return stated, ()
    notes = (stamped.note,) if stamped.note else ()
    if stated is None or stamped.stretches:
        if stamped.doubt > LEAST:
            raise RateError(f"{path}: {_too_coarse(stamped)}")
        return stamped.rate, notes
    if stamped.doubt and abs(stated / stamped.rate - 1) <= stamped.doubt:
        return stated, ()
    if abs(stated / stamped.rate - 1) <= AGREES + SNAP:
        return stated, notes
    return stamped.rate, (
        f"the file states {stated:g} S/s, its time column means {stamped.rate:g} S/s, which is "
        "taken; --rate settles it",
        *notes,
    )


def _too_coarse(stamped: ColumnRate) -> str:
    if stamped.doubt >= 1:
        return "the time stamps change only once, which tells no sampling rate; give --rate HZ"
    return (
        f"the time stamps are so coarse that they tell the sampling rate as {stamped.rate:.4g} S/s "
        f"to {100 * stamped.doubt:.1g} % only; give --rate HZ"
    )
