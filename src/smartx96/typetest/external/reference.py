"""Reference: how uncertain the truth of a bench is, as it was stated."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from smartx96.errors import ConfigurationError, OptionError
from smartx96.typetest.external.filled import number
from smartx96.typetest.point import Point

COLUMNS = ("current_from", "factor", "percent")
_LARGEST = 1 << 20
_MOST = 100.0
"""An uncertainty above this is none [%]."""


@dataclass(frozen=True, slots=True)
class ReferenceUncertainty:
    """Expanded uncertainty (k = 2) of the truth [%].

    Parameters
    ----------
    text : str
        As it was stated.
    rows : tuple of (float, str, float)
        From a current over In on, at a factor (empty is any): percent.
    """

    text: str
    rows: tuple[tuple[float, str, float], ...]

    def at(self, point: Point) -> float:
        """At a point: the row of its factor, and of the highest current not above its own.

        Raises
        ------
        ConfigurationError
            The table has no such row.
        """
        own = [row for row in self.rows if row[1] in ("", str(point.factor))]
        reached = [row for row in own if row[0] <= point.multiple * (1 + 1e-9)]
        if not reached:
            raise ConfigurationError(
                f"{self.text}: has nothing for {point.multiple:g} In, {point.factor}: add a row"
            )
        # Of two that begin at the same current the one that names the factor.
        return max(reached, key=lambda row: (row[0], row[1] != ""))[2]


UNKNOWN = ReferenceUncertainty("not stated", ((0.0, "", 0.0),))
"""Nobody stated it."""


def reference_uncertainty(text: str) -> ReferenceUncertainty:
    """A percentage, or a table in a CSV file: `current_from` over In, `factor`, `percent`.

    Raises
    ------
    OptionError
        It is neither.
    ConfigurationError
        The table cannot be taken as it is; names the row.
    """
    try:
        percent = number(text.removesuffix("%").strip())
    except ValueError:
        return _table(Path(text))
    if not 0 <= percent <= _MOST:
        raise OptionError(f"--reference-uncertainty {text}: 0 to {_MOST:g} % is due")
    return ReferenceUncertainty(f"{percent:g} %", ((0.0, "", percent),))


def _table(path: Path) -> ReferenceUncertainty:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise OptionError(
            f"--reference-uncertainty {path}: give percent, or a CSV file: {reason}"
        ) from None
    table = csv.DictReader(text.splitlines(), strict=True)
    try:
        if tuple(table.fieldnames or ()) != COLUMNS:
            raise ConfigurationError(f"{path}: row 1 must be {','.join(COLUMNS)}")
        rows = tuple(_row(path, table.line_num, line) for line in table)
    except csv.Error as error:
        raise ConfigurationError(f"{path}: row {table.line_num}: {error}") from None
    if not rows:
        raise ConfigurationError(f"{path}: has no rows")
    return ReferenceUncertainty(str(path), rows)


def _row(path: Path, line: int, cell: dict[str, str]) -> tuple[float, str, float]:
    try:
        current, percent = (number(cell[id] or "") for id in ("current_from", "percent"))
    except ValueError as error:
        raise ConfigurationError(f"{path}: row {line}: {error}") from None
    if current < 0 or not 0 <= percent <= _MOST:
        raise ConfigurationError(
            f"{path}: row {line}: a current of 0 or more and 0 to {_MOST:g} % are due"
        )
    return current, (cell["factor"] or "").strip(), percent
