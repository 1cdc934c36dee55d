"""Check of the wiring: what is wrong with it in every reading."""

from __future__ import annotations

from collections import Counter
from itertools import compress

import numpy as np

from smartx96.configuration.commissioning.checks.check import Check, Matter
from smartx96.configuration.commissioning.checks.load import currents
from smartx96.configuration.commissioning.checks.supply import places
from smartx96.configuration.commissioning.subject import Subject
from smartx96.metrology.foreign_phasors import phasors_of
from smartx96.metrology.wiring_check import check_wiring
from smartx96.metrology.wiring_findings import Finding
from smartx96.models import Wiring
from smartx96.quantities import PHASES
from smartx96.wording import counted

_WIRING = Matter("wiring", "Wiring")

_LOADED = 0.002
"""Share of the rated current from which a wiring can be judged: twice the starting current."""
_OF_SEQUENCE = "voltage_sequence"
"""Has a check of its own."""


def wiring(subject: Subject) -> Check:
    """Whether voltages and currents stand to each other as in a proper installation."""
    if not any(subject.values.get(f"voltage_{place}") for place in places(subject.wiring)):
        return _WIRING.open("there is no voltage")
    whole, found = len(subject.observation.readings), seen(subject)
    # What is in some readings only may be the load.
    certain = [finding.suspect and times == whole for finding, times in found]
    suspects = list(compress(found, certain))
    if suspects:
        return _WIRING.failed(_told(suspects, whole))
    if max(currents(subject).values(), default=0.0) <= _least(subject):
        return _WIRING.open("there is hardly a current: look again under load")
    return _WIRING.open(_told(found, whole)) if found else _WIRING.passed(_proper(subject))


def _told(found: list[tuple[Finding, int]], whole: int) -> str:
    often = {whole: ""}
    return "; ".join(
        finding.text + often.get(times, f", in {times} of {counted(whole, 'reading')}")
        for finding, times in found
    )


def _least(subject: Subject) -> float:
    """Current that is no more than noise [A]."""
    return _LOADED * (subject.nominal_current or 0.0)


def seen(subject: Subject) -> list[tuple[Finding, int]]:
    """Findings, and in how many readings each was seen."""
    counts, findings = Counter[tuple[str, tuple[str, ...]]](), dict[object, Finding]()
    for values in subject.observation.values:
        rms = np.array([values.get(f"current_{phase}", np.nan) for phase in PHASES])
        voltage, current = phasors_of(values, subject.wiring)
        current = np.where(rms > _least(subject), current, 0)
        least = subject.nominal_voltage or 0.0
        for finding in check_wiring(voltage, current, subject.wiring, rms, least):
            if finding.kind != _OF_SEQUENCE:
                counts[finding.kind, finding.phases] += 1
                findings[finding.kind, finding.phases] = finding
    return [(findings[key], times) for key, times in counts.items()]


def _proper(subject: Subject) -> str:
    if subject.wiring is Wiring.ONE_PHASE:
        return "the current stands to its voltage as that of a load does"
    return "every current stands to its voltage as that of a load does"
