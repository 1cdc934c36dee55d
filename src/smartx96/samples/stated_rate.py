"""Which sampling rate counts: the user's, the file's statement, or that of its time stamps."""

from __future__ import annotations

from smartx96.samples.clock import SNAP
from smartx96.samples.column_rate import ColumnRate

AGREES = 1e-4
"""Relative difference up to which a stated rate is the one that rounded time stamps mean."""


def agreed(
    given: float | None, stated: float | None, stamped: ColumnRate | None
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
    """
    if given is not None:
        return given, ()
    if stamped is None:
        return stated, ()
    notes = (stamped.note,) if stamped.note else ()
    if stated is None:
        return stamped.rate, notes
    if abs(stated / stamped.rate - 1) <= AGREES + SNAP:
        return stated, notes
    return stamped.rate, (
        f"the file states {stated:g} S/s, its time column means {stamped.rate:g} S/s, which is "
        "taken; --rate settles it",
        *notes,
    )
