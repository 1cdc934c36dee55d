"""Limits: what the standards allow, one row of a table for each class, test and range."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from smartx96.errors import ConfigurationError
from smartx96.models import OVERLOAD

COLUMNS = (
    "standard", "edition", "accuracy_class", "test", "load", "current_from", "current_to",
    "factor", "limit_percent", "verified",
)  # fmt: skip

LOADS = ("balanced", "single phase")

TRANSITIONAL = 0.05
"""Itr over In of a meter for transformers: In = 20 Itr (2014/32/EU, annex V, table 1)."""

_LEAST = {"A": 0.4 * TRANSITIONAL, "B": 0.2 * TRANSITIONAL, "C": 0.2 * TRANSITIONAL}
"""Imin over In by class (the same table)."""

_HAIR = 1e-9


@dataclass(frozen=True, slots=True)
class Row:
    """One limit.

    Parameters
    ----------
    standard, edition, accuracy_class, test, load, factor : str
        As in the table.
    current_from, current_to : str
        As in the table; `lowest` and `highest` are their numbers.
    lowest, highest : float
        Current over In.
    limit : float or None
        [%]; None where the standard asks for something else than an error.
    verified : bool
        Whether a second public source has confirmed it.
    open_end : bool
        Whether the highest current belongs to the row that begins there.
    """

    standard: str
    edition: str
    accuracy_class: str
    test: str
    load: str
    factor: str
    current_from: str
    current_to: str
    lowest: float
    highest: float
    limit: float | None
    verified: bool
    open_end: bool = False

    @property
    def name(self) -> str:
        """What tells the row from all others."""
        return (
            f"{self.standard}:{self.edition} class {self.accuracy_class}, {self.test}, {self.load},"
            f" {self.current_from}..{self.current_to}, {self.factor}"
        )

    def holds(self, multiple: float) -> bool:
        """Whether a current, as a multiple of In, lies in the row's range."""
        if multiple < self.lowest - _HAIR or multiple > self.highest + _HAIR:
            return False
        return not self.open_end or multiple < self.highest - _HAIR


def multiple_of(text: str, accuracy_class: str) -> float:
    """A current such as `0.05 In`, `Imax` or `Itr` as a multiple of In.

    Raises
    ------
    ValueError
        It is none of these.
    """
    share, _, name = text.rpartition(" ")
    units = {"In": 1.0, "Imax": OVERLOAD, "Itr": TRANSITIONAL, "Imin": _LEAST.get(accuracy_class)}
    unit = units.get(name)
    if unit is None:
        raise ValueError(f"no current: {text!r}")
    return unit * (float(share) if share else 1.0)


@cache
def limits() -> tuple[Row, ...]:
    """The table of the package, read and checked once."""
    return parsed(files(__package__).joinpath("limits.csv").read_text("utf-8"))


def parsed(text: str) -> tuple[Row, ...]:
    """Rows of a table of limits.

    Raises
    ------
    ConfigurationError
        A line is not what the table's columns say; names the line.
    """
    reader = csv.DictReader(text.splitlines())
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise ConfigurationError(f"limits: line 1 must be {','.join(COLUMNS)}")
    rows = []
    for line in reader:
        try:
            rows.append(_row(line))
        except (ValueError, TypeError, AttributeError) as error:
            raise ConfigurationError(f"limits: line {reader.line_num}: {error}") from None
    names = [row.name for row in rows]
    doubled = next((name for n, name in enumerate(names) if name in names[:n]), None)
    if doubled is not None:
        raise ConfigurationError(f"limits: {doubled}: stated twice")
    return tuple(rows)


def _row(line: dict[str, str]) -> Row:
    name, load, verified = line["accuracy_class"], line["load"], line["verified"]
    lowest, highest = (multiple_of(line[id], name) for id in ("current_from", "current_to"))
    if load not in LOADS or verified not in ("yes", "no") or lowest > highest:
        raise ValueError(f"load {load!r}, verified {verified!r}, {lowest:g}..{highest:g} In")
    limit = float(line["limit_percent"]) if line["limit_percent"] else None
    if limit is not None and not limit > 0:
        raise ValueError(f"limit {limit:g} %: above 0 is due")
    return Row(
        line["standard"], line["edition"], name, line["test"], load, line["factor"],
        line["current_from"], line["current_to"], lowest, highest, limit, verified == "yes",
        # Ranges of a standard read `from <= I < to`, but for the last, which ends at In or Imax.
        open_end=lowest < highest and line["current_to"] not in ("In", "Imax"),
    )  # fmt: skip
