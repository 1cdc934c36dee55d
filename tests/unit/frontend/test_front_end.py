"""Transfer functions against closed forms and SciPy, calibration, and the error budget."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from smartx96.errors import OptionError
from smartx96.frontend.accuracy import CLASSES, interpolated, limits
from smartx96.frontend.anti_alias import AntiAliasFilter
from smartx96.frontend.budget import NOTHING, energy_error, shares, whole
from smartx96.frontend.calibration import Calibration
from smartx96.frontend.converter import Converter
from smartx96.frontend.current_transformer import CurrentTransformer, InstallationTransformer
from smartx96.frontend.divider import Divider
from smartx96.frontend.front_end import ELEMENTS, IDEAL, X96, FrontEnd
from smartx96.models import ROLES

ONE_MINUTE = math.pi / 10_800
HALF = math.pi / 3


def minute(**more: object) -> CurrentTransformer:
    return replace(CurrentTransformer.neutral(), phase_error=((100, 1),), **more)  # type: ignore[arg-type]


# What IEC 61869-2 has in tables 201 and 202: % of rated current, ratio error, minutes.
@pytest.mark.parametrize(
    ("accuracy_class", "row"),
    [
        ("0.1", (5, 0.4, 15)),
        ("0.1", (100, 0.1, 5)),
        ("0.2S", (1, 0.75, 30)),
        ("0.2S", (20, 0.2, 10)),
        ("0.5S", (1, 1.5, 90)),
        ("0.5S", (5, 0.75, 45)),
        ("0.5", (5, 1.5, 90)),
        ("0.5", (20, 0.75, 45)),
        ("1", (120, 1.0, 60)),
    ],
)
def test_limits_of_the_classes(accuracy_class: str, row: tuple[float, float, float]) -> None:
    ratio, phase = limits(accuracy_class)
    assert (row[0], row[1]) in ratio
    assert (row[0], row[2]) in phase


@pytest.mark.parametrize("accuracy_class", CLASSES)
@pytest.mark.parametrize("share", [1.0, 0.5, -0.3])
def test_a_class_with_its_share_keeps_its_limits(accuracy_class: str, share: float) -> None:
    transformer = CurrentTransformer(accuracy_class=accuracy_class, share=share, rated=1.0)
    for (percent, ratio), (_, phase) in zip(*limits(accuracy_class), strict=True):
        found = complex(transformer.transfer("i2", 50.0, percent / 100))
        assert abs(found) - 1 == pytest.approx(-share * ratio / 100, abs=1e-12)
        assert np.angle(found) == pytest.approx(share * phase * ONE_MINUTE, abs=1e-12)


def test_the_own_transformer_is_one_of_class_01() -> None:
    ratio, phase = limits("0.1")
    for percent in np.geomspace(5, 120, 200):
        error, lead = CurrentTransformer().errors(5 * percent / 100)
        assert abs(error) * 100 <= interpolated(ratio, percent)
        assert abs(lead) / ONE_MINUTE <= interpolated(phase, percent)


def test_between_points_a_curve_is_straight_over_the_logarithm() -> None:
    curve = ((1.0, -1.0), (100.0, 3.0))
    assert interpolated(curve, [0.1, 1, 10, 100, 500]) == pytest.approx([-1, -1, 1, 3, 3])


def test_saturation_begins_at_120_percent() -> None:
    transformer = replace(CurrentTransformer.neutral(), saturation_loss=5.0)
    assert abs(complex(transformer.transfer("i1", 50, 6.0))) == 1.0
    at_twice, lead = transformer.errors(12.0)
    assert (at_twice, lead) == (pytest.approx(-0.05), pytest.approx(0.05))
    assert np.all(np.diff(np.abs(transformer.transfer("i1", 50, np.linspace(6, 18, 50)))) < 0)


def test_the_phase_error_falls_with_frequency() -> None:
    """The magnetising current is that of an inductance."""
    transformer = minute()
    for frequency in (45.0, 50.0, 65.0, 3150.0):
        found = np.angle(transformer.transfer("i3", frequency, 5.0))
        assert found == pytest.approx(math.atan(math.tan(ONE_MINUTE) * 50 / frequency), rel=1e-12)


def test_one_minute_at_half_power_factor() -> None:
    front_end = FrontEnd(current_transformer=minute())
    found = energy_error(front_end, 1, 230.0, 5.0, HALF)
    assert found == pytest.approx(math.cos(HALF - ONE_MINUTE) / 0.5 - 1, rel=1e-9)
    assert f"{100 * found:.4f}" == "0.0504"
    assert energy_error(front_end, 1, 230.0, 5.0, -HALF) == pytest.approx(-found, rel=1e-3)


@pytest.mark.parametrize("frequency", [50.0, 1000.0, 3150.0])
def test_an_rc_element(frequency: float) -> None:
    found = complex(AntiAliasFilter(order=1, corner=7200).transfer("v1", frequency, 230))
    assert found == pytest.approx(1 / (1 + 1j * frequency / 7200), rel=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 8])
def test_filters_are_those_of_scipy(order: int) -> None:
    signal = pytest.importorskip("scipy.signal")
    frequencies = np.array([0.0, 50.0, 1000.0, 5000.0, 20_000.0])
    numerator, denominator = signal.butter(order, 2 * np.pi * 5000, analog=True)
    _, expected = signal.freqs(numerator, denominator, 2 * np.pi * frequencies)
    found = AntiAliasFilter(order=order, corner=5000).transfer("i1", frequencies, 5)
    assert found == pytest.approx(expected, rel=1e-9)


def test_a_channel_that_is_sampled_later_leads() -> None:
    converter = replace(Converter.neutral(), current_skew=(0, 100, 0))
    assert np.angle(converter.transfer("i2", 50, 5)) == pytest.approx(2 * np.pi * 50 * 1e-4)
    assert np.angle(converter.transfer("i1", 50, 5)) == 0.0


def test_temperature() -> None:
    """Ratios by ppm/K from 23 degC, a transformer's phase by % of itself."""
    divider = replace(Divider.neutral(), drift=25.0)
    transformer = minute(phase_drift=0.5)
    for temperature in (-25.0, 23.0, 55.0):
        warm = FrontEnd(divider=divider, current_transformer=transformer, temperature=temperature)
        kelvin = temperature - 23
        assert abs(complex(warm.transfer("v1", 50, 230))) == pytest.approx(1 + 25e-6 * kelvin)
        lead = np.angle(warm.transfer("i1", 50, 5))
        assert lead == pytest.approx(ONE_MINUTE * (1 + 0.005 * kelvin))
    with pytest.raises(OptionError, match="temperature 100 degC: must be -40 to 85 degC"):
        replace(IDEAL, temperature=100.0)


def test_a_neutral_element_does_nothing() -> None:
    for name in ELEMENTS:
        element = type(getattr(replace(X96, installation_transformer=InstallationTransformer()),
                               name)).neutral()  # fmt: skip
        for role in ROLES:
            found = element.transfer(role, np.array([50.0, 3150.0]), 7.0, 32.0)
            assert found == pytest.approx(np.ones(2), abs=1e-15), name


def test_the_calibration_takes_the_errors_away_where_it_was_made() -> None:
    bare = replace(X96, calibration=None)
    for phase in (1, 2, 3):
        assert abs(energy_error(bare, phase, 230, 5, HALF)) > 1e-3
        for angle in (0.0, HALF, -HALF):
            found = energy_error(X96, phase, 230, 5, angle)
            assert found == pytest.approx(X96.clock_error, abs=1e-12)
        # It takes the meter's own errors alone.
        mounted = replace(X96, installation_transformer=InstallationTransformer()).calibrated()
        assert mounted.calibration == X96.calibration


def test_x96_keeps_class_05s_with_room() -> None:
    """Limits of IEC 62053-22 for class 0.5S, at 23 degC [%]."""
    for phase in (1, 2, 3):
        for current in (0.05, 0.1, 0.249):
            assert abs(energy_error(X96, phase, 230, current, 0)) * 100 < 1.0 / 2
        for current in (0.25, 0.5, 1, 2.5, 5, 6):
            assert abs(energy_error(X96, phase, 230, current, 0)) * 100 < 0.5 / 2
        for current in (0.1, 0.25, 0.499):
            assert abs(energy_error(X96, phase, 230, current, HALF)) * 100 < 1.0 / 2
        for current in (0.5, 1, 5, 6):
            assert abs(energy_error(X96, phase, 230, current, HALF)) * 100 < 0.6 / 2


WORST = replace(X96, installation_transformer=InstallationTransformer(), temperature=55.0)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("frequency", [45.0, 50.0, 1250.0])
def test_shares_of_a_channel_explain_the_whole(role: str, frequency: float) -> None:
    rms = 0.25 if role[0] == "i" else 200.0
    found = shares(WORST, role, rms, frequency)
    assert list(found) == list(ELEMENTS)
    total = sum(found.values(), NOTHING)
    expected = whole(WORST, role, rms, frequency)
    assert total.ratio == pytest.approx(expected.ratio, abs=1e-12)
    assert total.phase == pytest.approx(expected.phase, abs=1e-12)
    assert any(share.ratio for share in found.values())
    alone = WORST.only("filter")
    assert found["filter"] == whole(alone, role, rms, frequency)


def test_a_clock_that_is_too_quick_makes_energy() -> None:
    front_end = FrontEnd(converter=replace(Converter.neutral(), clock=100.0))
    assert energy_error(front_end, 1, 230, 5, 0) == pytest.approx(1e-4)


def test_only() -> None:
    alone = X96.only("divider", "filter")
    assert set(alone.elements) == {"divider", "filter"}
    assert alone.divider is X96.divider
    with pytest.raises(OptionError, match=r"lens: no element; they are installation_transformer, "):
        X96.only("lens")


def test_every_number_has_a_source() -> None:
    for element in X96.elements.values():
        assert isinstance(element, CurrentTransformer | Divider | AntiAliasFilter | Converter
                          | Calibration)  # fmt: skip
        for name, (_, declared) in element.parameters().items():
            assert declared.text, name
            assert declared.source, name


@pytest.mark.parametrize(
    ("element", "change", "line"),
    [
        (Converter, {"bits": 33}, "bits = 33: must be a whole number from 0 to 32"),
        (Converter, {"noise": math.nan}, "noise = nan: must be a number from 0 to 100000 ppm"),
        (Divider, {"ratio_error": (1, 2)}, r"ratio_error = \(1, 2\): must be -50 to 50 %"),
        (CurrentTransformer, {"accuracy_class": "2"}, "accuracy_class = '2': must be one of 0.1"),
        (CurrentTransformer, {"ratio_error": ((5, 1), (5, 2))}, "currents ascending"),
    ],
)
def test_numbers_that_are_refused(element: type, change: dict[str, object], line: str) -> None:
    with pytest.raises(OptionError, match=line):
        element(**change)
