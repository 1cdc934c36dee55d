"""Scope: which part of the plan is run."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from smartx96.errors import OptionError
from smartx96.models import OVERLOAD, Wiring
from smartx96.typetest.factor import ACTIVE, REACTIVE, Factor
from smartx96.typetest.limits import Row, limits
from smartx96.typetest.point import SINGLE, Load

CLASSES = ("0.5S", "1", "C")
"""What the datasheet promises, and the class of the MID that is tested to."""

CLAUSES = {
    "intrinsic": "intrinsic error of active energy",
    "reactive": "intrinsic error of reactive energy",
    "single-phase": "error with one phase loaded less that with all",
    "temperature": "temperature coefficient",
    "voltage": "variation by the voltage",
    "frequency": "variation by the frequency",
    "sequence": "variation by a reversed phase sequence",
    "interruption": "variation by the loss of one or two phases",
    "harmonics": "variation by a 5th harmonic in voltage and current",
    "phase-fired": "variation by odd harmonics, a phase-fired waveform",
    "sub-harmonics": "variation by sub-harmonics, a burst-fired waveform",
    "half-wave": "half-wave rectified current, for information",
    "reactive-influence": "reactive energy under frequency and harmonics",
    "starting": "starting",
    "no-load": "no-load condition",
    "meter-constant": "pulses of both outputs against the registers",
    "start-up": "initial start-up of the meter",
    "phase-loss": "measuring on through the loss of one and two phases",
    "netting": "import and export at once, by both nettings",
    "composite": "composite error",
    "datasheet": "readings within the datasheet's promises",
}
"""Clauses by the names that choose them, in the order of the report."""

RATED_CURRENTS = (5, 1)
"""In [A]."""

MULTIPLES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, OVERLOAD)
"""Currents of the intrinsic error over In."""

VARIED = (0.05, 0.1, 1.0, OVERLOAD)
"""Currents of variations over In."""


@dataclass(frozen=True)
class Scope:
    """Which part of the plan is run.

    Parameters
    ----------
    classes : tuple of str
        Accuracy classes.
    clauses : tuple of str
        Of `CLAUSES`.
    wirings : tuple of Wiring
    rated_currents : tuple of int
        [A].
    multiples, varied : tuple of float
        Currents over In, of the intrinsic error and of variations.
    factors, reactive_factors : tuple of Factor
    singles : tuple of Load

    Raises
    ------
    OptionError
        A class or clause that there is not; names those that there are.
    """

    classes: tuple[str, ...] = CLASSES
    clauses: tuple[str, ...] = tuple(CLAUSES)
    wirings: tuple[Wiring, ...] = (Wiring.FOUR_WIRE, Wiring.THREE_WIRE, Wiring.ONE_PHASE)
    rated_currents: tuple[int, ...] = RATED_CURRENTS
    multiples: tuple[float, ...] = MULTIPLES
    varied: tuple[float, ...] = VARIED
    factors: tuple[Factor, ...] = ACTIVE
    reactive_factors: tuple[Factor, ...] = REACTIVE
    singles: tuple[Load, ...] = SINGLE
    rows: tuple[Row, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = tuple(dict.fromkeys(row.accuracy_class for row in limits()))
        _known("class", self.classes, known)
        _known("clause", self.clauses, tuple(CLAUSES))
        _known("In", tuple(map(str, self.rated_currents)), tuple(map(str, RATED_CURRENTS)))
        rows = tuple(row for row in limits() if row.accuracy_class in self.classes)
        object.__setattr__(self, "rows", rows)

    def quick(self) -> Scope:
        """Fewer currents and connections, with something of every clause and every row."""
        return replace(
            self,
            wirings=self.wirings[:1],
            rated_currents=self.rated_currents[:1],
            multiples=(0.01, 0.02, 0.05, 0.1, OVERLOAD),
            varied=(0.1, OVERLOAD),
            singles=self.singles[:1],
        )

    @property
    def extent(self) -> str:
        """How much of the plan it is, in words."""
        whole = Scope(classes=self.classes)
        short = self.multiples != whole.multiples
        name = "quick plan" if short else "plan"
        whole = whole.quick() if short else whole
        parts = [
            f"{noun}{'' if len(own) == 1 else 's'} {', '.join(map(str, own))}"
            for noun, own, every in (
                ("clause", self.clauses, whole.clauses), ("wiring", self.wirings, whole.wirings)
            )
            if set(own) != set(every)
        ]  # fmt: skip
        if parts:
            return f"part of the {name}: {'; '.join(parts)}"
        return name if short else "full plan"

    def loads(self, wiring: Wiring) -> tuple[Load, ...]:
        """Which phases are loaded in turn: one alone only where there are several and a neutral."""
        return (Load.BALANCED, *(self.singles if wiring is Wiring.FOUR_WIRE else ()))

    def rows_of(self, test: str) -> list[Row]:
        """Rows whose test begins so."""
        return [row for row in self.rows if row.test.startswith(test)]


def _known(what: str, given: tuple[str, ...], known: tuple[str, ...]) -> None:
    strange = [text for text in given if text not in known]
    if strange or not given:
        raise OptionError(f"{what} {', '.join(strange) or 'missing'}: use {', '.join(known)}")
