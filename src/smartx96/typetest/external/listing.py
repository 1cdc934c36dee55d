"""Listing: the points of a plan as a file to begin with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from smartx96.errors import OptionError
from smartx96.typetest.external.duration import RESOLUTION, proposed_seconds
from smartx96.typetest.external.points_file import rows_of, save
from smartx96.typetest.external.records import counted_reasons
from smartx96.typetest.external.set_points import left_out, set_points
from smartx96.typetest.plan.plan import planned
from smartx96.typetest.plan.scope import Scope


@dataclass(frozen=True, slots=True)
class Listed:
    """What was listed.

    Parameters
    ----------
    rows : int
    seconds : float
        All rows, one after the other [s].
    left_out : list of (str, str, int)
        Clause, reason and number of the checks that a bench cannot do.
    """

    rows: int
    seconds: float
    left_out: list[tuple[str, str, int]]


def list_points(scope: Scope, path: Path, resolution: float = RESOLUTION) -> Listed:
    """Write the points of a scope, with nothing filled in.

    Parameters
    ----------
    scope : Scope
    path : Path
        Of a new file.
    resolution : float
        Step of the register that will be read, at the meter's terminals [Wh, varh].

    Returns
    -------
    Listed

    Raises
    ------
    OptionError
        The file exists or cannot be written, or a bench can do nothing of the scope.
    """
    if path.exists():
        raise OptionError(f"{path}: exists; give the name of a new file")
    plan = planned(scope)
    points = set_points(plan)
    if not points:
        raise OptionError(f"{path}: a bench can do nothing of {', '.join(scope.clauses)}")
    seconds = {
        (str(point.trial), asked): proposed_seconds(point, asked, resolution)
        for point in points
        for asked in point.asked
    }
    rows = rows_of(points, seconds)
    save(path, rows)
    reasons = ((check.clause, left_out(check)) for check in plan.checks)
    left = counted_reasons((clause, why) for clause, why in reasons if why)
    return Listed(len(rows), sum(seconds.values()), left)
