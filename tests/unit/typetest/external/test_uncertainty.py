"""Uncertainty against closed forms and a simulation, and what is said of verdicts near a limit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from smartx96.errors import ConfigurationError, OptionError
from smartx96.typetest.check import Check, Kind, percent_error, value_of
from smartx96.typetest.external.duration import proposed_seconds
from smartx96.typetest.external.reference import reference_uncertainty
from smartx96.typetest.external.set_points import Asked, set_points
from smartx96.typetest.external.trial_errors import Compared
from smartx96.typetest.external.uncertainty import (
    Closeness,
    Uncertainty,
    closeness,
    expanded,
    uncertainty,
)
from smartx96.typetest.factor import Factor
from smartx96.typetest.plan.plan import planned
from smartx96.typetest.plan.scope import Scope
from smartx96.typetest.point import Point, Record, Trial

IDS = ("active_energy_import", "active_energy_export")


def trial(multiple: float, **changes: object) -> Trial:
    return Trial((Point(multiple=multiple).but(**changes),))


def record(error: float) -> Record:
    return Record({IDS[0]: 50.0, IDS[1]: 0.0}, {IDS[0]: 50.0 * (1 + error / 100), IDS[1]: 0.0})


def test_standard_uncertainties_of_a_row() -> None:
    errors = np.array([0.11, 0.14, 0.09, 0.12, 0.16])
    found = Compared(IDS[0], (1.0,) * 5, tuple(1 + errors / 100), 10.0, 0.004, 0.003)
    parts = uncertainty(found, 0.05)
    assert parts.reference == 0.025
    assert parts.repeatability == pytest.approx(errors.std(ddof=1) / np.sqrt(5), rel=1e-9)
    squares = 0.025**2 + parts.repeatability**2 + 0.004**2 + 0.003**2
    assert parts.expanded == pytest.approx(2 * np.sqrt(squares), rel=1e-12)


def test_a_difference_has_both_uncertainties() -> None:
    point, reference = trial(1.0, voltage=0.9), trial(1.0)
    parts = {(point, "active"): Uncertainty(0.03, 0, 0, 0),
             (reference, "active"): Uncertainty(0, 0.04, 0, 0)}  # fmt: skip
    records = {point: record(0.2), reference: record(-0.1)}
    of_both = (("point", point), ("reference", reference))
    check = Check("voltage", Kind.VARIATION, of_both, 0.4)
    assert value_of(check, records) == pytest.approx(0.3)
    assert expanded(check, records, parts) == pytest.approx(2 * 0.05, rel=1e-9)
    warm = (("point", trial(1.0, temperature=43.0)), ("reference", reference))
    check = Check("temperature", Kind.COEFFICIENT, warm, 0.03, "%/K")
    records[check.trial] = record(0.2)
    parts[check.trial, "active"] = Uncertainty(0.03, 0, 0, 0)
    assert expanded(check, records, parts) == pytest.approx(2 * 0.05 / 20, rel=1e-9)


def test_composite_error_as_a_simulation_spreads_it() -> None:
    changed = {
        "temperature": trial(1.0, temperature=55.0),
        "voltage": trial(1.0, voltage=1.1),
        "frequency": trial(1.0, frequency=51.0),
    }
    point = trial(1.0)
    parts = (("point", point), *changed.items())
    check = Check("composite", Kind.COMPOSITE, parts, 1.0)
    errors = {point: 0.4, **dict(zip(changed.values(), (0.7, 0.5, 0.3), strict=True))}
    spread = {each: 0.01 * n for n, each in enumerate(errors, 1)}
    found = expanded(
        check, {t: record(e) for t, e in errors.items()},
        {(t, "active"): Uncertainty(u, 0, 0, 0) for t, u in spread.items()},
    )  # fmt: skip
    random = np.random.default_rng(96)
    drawn = [random.normal(errors[t], spread[t], 200_000) for t in errors]
    e, *others = drawn
    values = np.sqrt(e**2 + sum((x - e) ** 2 for x in others))
    assert found == pytest.approx(2 * values.std(), rel=0.02)


def test_counts_have_none() -> None:
    starting = trial(0.001)
    check = Check("starting", Kind.PULSES, (("point", starting),), 1.0, "pulses", at_least=True)
    assert expanded(check, {starting: Record({}, {}, (0, 3))}, {}) is None


def test_reading_moves_by_its_share_of_what_is_true() -> None:
    point = trial(1.0)
    check = Check("intrinsic", Kind.ERROR, (("point", point),), 0.5)
    records = {point: record(-40.0)}
    assert percent_error(records[point], "active") == pytest.approx(-40)
    parts = {(point, "active"): Uncertainty(0.1, 0, 0, 0)}
    assert expanded(check, records, parts) == pytest.approx(0.2, rel=1e-9)


@pytest.mark.parametrize(
    ("passed", "margin", "spread", "word"),
    [
        (True, 0.2, 0.1, Closeness.CLEAR),
        (True, 0.05, 0.1, Closeness.NEAR),
        (False, -0.05, 0.1, Closeness.DOUBTFUL),
        (False, -0.2, 0.1, Closeness.CLEAR),
        (None, None, 0.1, Closeness.CLEAR),
        (False, None, None, Closeness.CLEAR),
    ],
)
def test_words_near_the_limit(passed, margin, spread, word) -> None:
    assert closeness(passed, margin, spread) is word


def test_reference_table(tmp_path: Path) -> None:
    path = tmp_path / "reference.csv"
    path.write_text(
        "current_from,factor,percent\n0,,0.2\n0.05,,0.05\n0.05,cos 0.5 ind,0.08\n1,cos 1,0.02\n"
    )
    table = reference_uncertainty(str(path))
    half = Factor("cos", 0.5, "ind")
    unity = Factor("cos", 1.0)
    due = {(0.01, unity): 0.2, (0.05, unity): 0.05, (0.1, half): 0.08, (1.2, unity): 0.02,
           (1.2, half): 0.08}  # fmt: skip
    for (multiple, factor), percent in due.items():
        assert table.at(Point(multiple=multiple, factor=factor)) == percent
    path.write_text("current_from,factor,percent\n0.05,,0.05\n")
    with pytest.raises(ConfigurationError, match=r"has nothing for 0\.01 In, cos 1: add a row"):
        reference_uncertainty(str(path)).at(Point(multiple=0.01))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b,c\n", "row 1 must be"),
        ("current_from,factor,percent\n", "has no rows"),
        ("current_from,factor,percent\n0,,x\n", "row 2: 'x' is no number"),
        ("current_from,factor,percent\n0,,101\n", "row 2: a current of 0 or more"),
        ("current_from,factor,percent\n0\n", "row 2"),
        ('current_from,factor,percent\n"', "row"),
    ],
)
def test_broken_reference_tables(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "reference.csv"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=said):
        reference_uncertainty(str(path))


@pytest.mark.parametrize("text", ["nothing.csv", "-1", "101 %", "nan", ""])
def test_no_uncertainty(text: str) -> None:
    with pytest.raises(OptionError, match="--reference-uncertainty"):
        reference_uncertainty(text)


def test_proposed_time_brings_a_tenth_of_the_limit() -> None:
    scope = Scope(classes=("0.5S",), clauses=("intrinsic", "starting")).quick()
    points = [p for p in set_points(planned(scope)) if Asked.ACTIVE in p.asked]
    for point in points:
        _, power = point.energy(Asked.ACTIVE)
        seconds = proposed_seconds(point, Asked.ACTIVE, resolution=0.5, timing=0.1)
        limit = point.limit(Asked.ACTIVE)
        energy, random = power * seconds / 3600, np.random.default_rng(1)
        ends = random.uniform(-0.5, 0.5, (2, 2, 100_000))
        step = 100 * (ends[0, 1] - ends[0, 0]) * 0.5 / energy
        time = 100 * (ends[1, 1] - ends[1, 0]) * 0.1 / seconds
        if limit is not None:
            assert 2 * step.std() + 2 * time.std() == pytest.approx(0.1 * limit, rel=0.03)
    (starting,) = [p for p in set_points(planned(scope)) if Asked.PULSES in p.asked]
    assert proposed_seconds(starting, Asked.PULSES) == starting.trial.seconds == 490
