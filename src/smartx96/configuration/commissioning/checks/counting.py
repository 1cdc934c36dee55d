"""Checks of what the meter reckons: powers that add up, energies that count the right way."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from smartx96.configuration.commissioning.checks.check import Check, Matter
from smartx96.configuration.commissioning.subject import Subject
from smartx96.quantities import PHASES

_SUMS = Matter("sums", "Sums of the powers")
_ENERGY = Matter("energy_direction", "Direction of the energies")

_SHARE = 0.005
"""Of the apparent power by which sums may miss: registers are not of one moment everywhere."""
_TRIANGLE = 1.005
"""Root of P² and Q² over the apparent power at most."""
_RESOLUTION = 10.0
"""Step of a float energy register, as coarse as the family shows it [Wh]."""
_SLACK = 1.5
"""Time by which a register may be behind: it is renewed once a second [s]."""
_MISMATCH = 0.2
_MILLION, _THOUSAND = 1e6, 1e3


def sums(subject: Subject) -> Check:
    """Whether powers of phases make the total, and apparent power covers both others."""
    values = subject.values
    if not values.get("apparent_power"):
        return _SUMS.open("there is no power")
    wrong = [*_unequal(subject), *_triangles(values)]
    if wrong:
        return _SUMS.failed(
            f"{'; '.join(wrong)}: are these the registers of this meter, is the word order right?"
        )
    return _SUMS.passed("powers of the phases make the total, and S² is no less than P² + Q²")


def _unequal(subject: Subject) -> Iterator[str]:
    values, phases = subject.values, PHASES[subject.wiring.phases]
    for name, id in (("P", "active_power"), ("Q", "reactive_power")):
        parts = [values.get(f"{id}_{phase}") for phase in phases]
        if id not in values or not subject.wiring.has_neutral or None in parts:
            continue
        added = math.fsum(part for part in parts if part is not None)
        allowed = _SHARE * values["apparent_power"] + subject.observation.spread(id)
        if abs(added - values[id]) > allowed:
            yield f"{name} of the phases is {added:.5g}, the total {values[id]:.5g}"


def _triangles(values: Mapping[str, float]) -> Iterator[str]:
    for place in ("", *(f"_{phase}" for phase in PHASES)):
        p, q, s = (values.get(f"{id}_power{place}") for id in ("active", "reactive", "apparent"))
        if p is None or q is None or not s:
            continue
        if math.hypot(p, q) > _TRIANGLE * s:
            name = place.removeprefix("_").upper() or "total"
            yield f"{name} P² + Q² is more than S²: {p:.5g} W, {q:.5g} var, {s:.5g} VA"


def energy_direction(subject: Subject) -> Check:
    """Whether import and export grow as the power flows."""
    seconds = subject.observation.duration
    expected = _expected(subject)
    grown = {way: _growth(subject, way) for way in expected}
    if any(each is None for each in grown.values()) or not expected:
        return _ENERGY.open("the meter tells no import and export, or no power")
    found = {way: each for way, each in grown.items() if each is not None}
    told = ", ".join(f"{way} {growth:+.4g} Wh" for way, (growth, _) in found.items())
    told = f"{told} in {seconds:.0f} s; the power makes " + ", ".join(
        f"{way} {energy:.4g} Wh" for way, energy in expected.items()
    )
    if any(growth < 0 for growth, _ in found.values()):
        return _ENERGY.open(f"{told}: a register has begun anew")
    if any(_misses(expected[way], *found[way], seconds) for way in expected):
        nothing = not any(growth for growth, _ in found.values())
        return _ENERGY.failed(f"{told}: it counts {'nothing' if nothing else 'another way'}")
    if not any(growth > step for growth, step in found.values()):
        return _ENERGY.open(f"{told}: too little to tell; {_longer(expected, found, seconds)}")
    return _ENERGY.passed(told)


def _expected(subject: Subject) -> dict[str, float]:
    """What the mean power imports and exports in the time [Wh]."""
    values, hours = subject.values, subject.observation.duration / 3600
    ways = {way: values.get(f"active_power_{way}") for way in ("import", "export")}
    if None in ways.values() or not any(ways.values()):
        total = values.get("active_power")
        if total is None:
            return {}
        ways = {"import": max(total, 0.0), "export": max(-total, 0.0)}
    return {way: power * hours for way, power in ways.items() if power is not None}


def _growth(subject: Subject, way: str) -> tuple[float, float] | None:
    """By how much a register has grown, and its step [Wh]."""
    exact = subject.observation.growth(f"active_energy_{way}_exact")
    if exact is not None:
        return exact / _MILLION, 1 / _MILLION
    id = f"active_energy_{way}"
    grown = subject.observation.growth(id)
    if grown is None:
        return None
    unit = _THOUSAND * (_THOUSAND if subject.settings["energy_prefix"] else 1.0)
    spacing = float(np.spacing(np.float32(subject.observation.readings[-1].values[id])))
    return grown * unit, max(_RESOLUTION, unit * spacing)


def _misses(expected: float, growth: float, step: float, seconds: float) -> bool:
    behind = expected * _SLACK / seconds if seconds else 0.0
    return abs(growth - expected) > _MISMATCH * expected + behind + 1.5 * step


def _longer(expected: Mapping[str, float], found: Mapping[str, tuple[float, float]],
            seconds: float) -> str:  # fmt: skip
    way = max(expected, key=lambda way: expected[way])
    if not expected[way] or not seconds:
        return "look again under load"
    enough = max(2 * _SLACK, 3 * found[way][1] / expected[way] * seconds)
    return f"--seconds {math.ceil(enough)} would do"
