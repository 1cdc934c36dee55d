"""Matching: the rows of a file against the points of a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from smartx96.errors import ConfigurationError
from smartx96.typetest.external.filled import number
from smartx96.typetest.external.points_file import SET_TO, Key, Row, read
from smartx96.typetest.external.set_points import Asked, SetPoint, set_points
from smartx96.typetest.external.setting import numbers
from smartx96.typetest.limits import limits
from smartx96.typetest.plan.plan import planned
from smartx96.typetest.plan.scope import Scope
from smartx96.wording import counted

_NEAR = 1e-3
"""Spreadsheets round; what is farther from the plan than this share was changed by somebody."""


@dataclass(frozen=True, slots=True)
class Matched:
    """Rows with the points that they are of.

    Parameters
    ----------
    path : Path
    rows : tuple of Row
        Every row of the file, in its order.
    points : dict
        Points by the row's key, of those in the plan.
    """

    path: Path
    rows: tuple[Row, ...]
    points: dict[tuple[str, Asked], SetPoint]

    @property
    def foreign(self) -> tuple[Row, ...]:
        """Rows that are filled in but belong to another part of the plan."""
        return tuple(row for row in self.rows
                     if row.key not in self.points and not row.filled.empty)  # fmt: skip


def matched(path: Path, points: Sequence[SetPoint]) -> Matched:
    """Read a file and match it with the points of a plan.

    Raises
    ------
    ConfigurationError
        The file is none, a row is of no plan at all, or sets something else than its point.
    """
    rows = read(path)
    known = {(str(point.trial), asked): point for point in points for asked in point.asked}
    for row in rows:
        if row.key in known:
            _same(path, row, known[row.key])
        elif row.key not in _every():
            raise ConfigurationError(
                f"{path}: row {row.line}, column point: {row.point!r} with {row.asked} is of no "
                "plan: leave the columns up to `seconds` as --list wrote them"
            )
    there = {row.key for row in rows}
    return Matched(path, tuple(rows), {key: known[key] for key in known if key in there})


def told_of_foreign(found: Matched, scope: Scope) -> tuple[str, ...]:
    """What is to be said of filled rows that a scope does not use, and what to do.

    Parameters
    ----------
    found : Matched
    scope : Scope
    """
    clauses = Counter(_every()[row.key] for row in found.foreign)
    return tuple(_told(n, names, scope) for names, n in clauses.items())


def _told(count: int, clauses: tuple[str, ...], scope: Scope) -> str:
    one = count == 1
    what = f"{counted(count, 'filled row')} {'was' if one else 'were'} not judged: "
    what += "it belongs to" if one else "they belong to"
    if set(clauses) & set(scope.clauses):
        return f"{what} another class, wiring or rated current, or not to --quick"
    if len(clauses) == 1:
        return f"{what} the clause {clauses[0]}: add it to --clauses"
    return f"{what} the clauses {', '.join(clauses)}: add one of them to --clauses"


@cache
def _every() -> dict[Key, tuple[str, ...]]:
    """All points of all plans, with the clauses that they are of."""
    classes = tuple(dict.fromkeys(row.accuracy_class for row in limits()))
    found: dict[Key, dict[str, None]] = {}
    for scope in (Scope(classes=classes), Scope(classes=classes).quick()):
        for point in set_points(planned(scope)):
            for asked, checks in point.asked.items():
                own = found.setdefault((str(point.trial), asked), {})
                own.update(dict.fromkeys(check.clause for check in checks))
    return {key: tuple(clauses) for key, clauses in found.items()}


def _same(path: Path, row: Row, point: SetPoint) -> None:
    due = numbers(point)
    for column in SET_TO:
        text = row.given[column]
        try:
            value = number(text) if text else due[column]
        except ValueError as error:
            raise _refused(path, row, column, str(error)) from None
        if abs(value - due[column]) > _NEAR * max(1.0, abs(due[column])):
            raise _refused(
                path, row, column,
                f"{text} where the point has {due[column]:.7g}: what was applied in truth belongs "
                "into the columns true_...",
            )  # fmt: skip


def _refused(path: Path, row: Row, column: str, reason: str) -> ConfigurationError:
    return ConfigurationError(f"{path}: row {row.line}, column {column}: {reason}")
