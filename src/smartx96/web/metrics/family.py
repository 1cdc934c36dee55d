"""Family: a metric by its name, type, unit and text, as Prometheus and OpenMetrics know it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PREFIX = "x96"


class Type(StrEnum):
    """What sort of value a family has; the values are those of the exposition formats."""

    GAUGE = "gauge"
    """It goes up and down."""
    COUNTER = "counter"
    """It goes up, or back to zero."""
    INFO = "info"
    """It is 1, and its labels say something."""


@dataclass(frozen=True, slots=True)
class Family:
    """A metric with all its series.

    Parameters
    ----------
    stem : str
        Its name without prefix, unit and `_total`.
    type : Type
    unit : str
        Base unit in the plural, as names have it; empty where there is none.
    text : str
    """

    stem: str
    type: Type
    unit: str
    text: str

    @property
    def name(self) -> str:
        """Name as OpenMetrics has it in the lines that begin with `#`."""
        return "_".join(part for part in (PREFIX, self.stem, self.unit) if part)

    @property
    def sample(self) -> str:
        """Name before each value, and in PromQL."""
        suffix = {Type.COUNTER: "_total", Type.INFO: "_info"}.get(self.type, "")
        return self.name + suffix
