"""Checks of the supply: voltages, frequency, sequence, unbalance, distortion."""

from __future__ import annotations

from smartx96.configuration.commissioning.checks.check import Check, Matter
from smartx96.configuration.commissioning.subject import Subject
from smartx96.models import Wiring
from smartx96.quantities import LINES, PHASES

_VOLTAGES = Matter("voltages", "Voltages")
_FREQUENCY = Matter("frequency", "Frequency")
_SEQUENCE = Matter("sequence", "Phase sequence")
_UNBALANCE = Matter("unbalance", "Unbalance of the voltages")
_DISTORTION = Matter("distortion", "Distortion of the voltages")

_DEVIATION = 10.0
"""From the nominal voltage [%] (EN 50160, 4.2.2)."""
_FREQUENCIES = (45.0, 65.0)
"""For which the meter is specified [Hz]."""
_MOST_UNBALANCE = 2.0
"""Negative over positive sequence [%] (EN 50160, 4.2.4)."""
_MOST_DISTORTION = 8.0
"""THD [%] (EN 50160, 4.2.5)."""


def places(wiring: Wiring) -> tuple[str, ...]:
    """Where a wiring has voltages."""
    return tuple(PHASES[wiring.phases]) if wiring.has_neutral else LINES


def voltages(subject: Subject) -> Check:
    """Whether voltages are near the nominal one."""
    found = [subject.values.get(f"voltage_{place}") for place in places(subject.wiring)]
    there = [value for value in found if value is not None]
    if not there:
        return _VOLTAGES.open("the meter tells none")
    told = listed(there, "V")
    nominal = subject.nominal_voltage
    if nominal is None:
        return _VOLTAGES.open(f"{told}; the meter does not tell its nominal voltage")
    limit = f"within {_DEVIATION:g} % of {nominal:g} V"
    if all(abs(value - nominal) <= _DEVIATION / 100 * nominal for value in there):
        return _VOLTAGES.passed(f"{told}; {limit}")
    return _VOLTAGES.failed(
        f"{told}; not {limit}: check fuses, terminals and the ratio of voltage transformers"
    )


def frequency(subject: Subject) -> Check:
    """Whether there is one that the meter is made for."""
    found = subject.values.get("frequency", 0.0)
    if not found:
        return _FREQUENCY.open("the meter tells none: it has no voltage")
    low, high = _FREQUENCIES
    limit = f"{low:g} to {high:g} Hz"
    return _FREQUENCY.judged(low <= found <= high, f"{found:.3f} Hz; the meter is made for {limit}")


def sequence(subject: Subject) -> Check | None:
    """Whether the phases follow each other as their names do."""
    if subject.wiring is Wiring.ONE_PHASE:
        return None
    found = subject.values.get("voltage_sequence", 0.0)
    if found == 1.0:
        return _SEQUENCE.passed("L1-L2-L3")
    if found == 2.0:
        return _SEQUENCE.failed(
            "L1-L3-L2: exchange two phases, voltage and current together, unless the supply is "
            "meant to turn this way"
        )
    return _SEQUENCE.open("the meter tells none: a voltage is missing, or it has no such register")


def unbalance(subject: Subject) -> Check | None:
    """Whether the voltages are alike enough."""
    if subject.wiring is Wiring.ONE_PHASE:
        return None
    found = subject.phasors.unbalance
    if found is None or not subject.values.get("voltage_sequence"):
        return _UNBALANCE.open("it takes three voltages, those between them, and their sequence")
    return _UNBALANCE.judged(
        found <= _MOST_UNBALANCE,
        f"{found:.2f} % of the other sequence; EN 50160 allows {_MOST_UNBALANCE:g} %",
    )


def distortion(subject: Subject) -> Check:
    """Whether the voltages are clean enough."""
    ids = [f"voltage_thd_{place}" for place in places(subject.wiring)]
    found = [subject.values[id] for id in ids if id in subject.values]
    if not any(found):
        return _DISTORTION.open("the meter tells no distortion")
    return _DISTORTION.judged(
        max(found) <= _MOST_DISTORTION,
        f"THD {listed(found, '%')}; EN 50160 allows {_MOST_DISTORTION:g} %",
    )


def listed(values: list[float], unit: str) -> str:
    """Values of phases in one text."""
    return f"{' / '.join(f'{value:.4g}' for value in values)} {unit}"
