"""The wiring check finds what was done to a proper installation, and nothing in one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import smartx96
from smartx96.metrology.foreign_phasors import phasors_of
from smartx96.metrology.wiring_check import check_wiring
from smartx96.models import Wiring
from smartx96.status import Status
from support.signals import balanced, rich

FOUR, THREE = Wiring.FOUR_WIRE, Wiring.THREE_WIRE
TURN = np.exp(-2j * np.pi / 3 * np.arange(3))
LOADS = (-20.0, 0.0, 15.0, 26.0, 40.0)
NAMES = ("l1", "l2", "l3")


def installation(angle: float, *, reverse: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """A slightly unbalanced supply and load; the phases' angles differ by up to 8 degrees."""
    turn = TURN.conj() if reverse else TURN
    u = np.array([231.0, 229.0, 228.0]) * turn * np.exp(1j * np.radians([0.0, 1.0, -0.7]))
    shift = np.radians(angle + np.array([0.0, 5.0, -3.0]))
    return u, np.array([4.1, 5.0, 3.2]) * turn * np.exp(-1j * shift)


def found(u, i, wiring=FOUR) -> set[tuple[str, tuple[str, ...]]]:
    return {(f.kind, f.phases) for f in check_wiring(u, i, wiring) if f.suspect}


def with_third_derived(i: np.ndarray) -> np.ndarray:
    return np.array([i[0], -i[0] - i[2], i[2]])


@pytest.mark.parametrize("angle", LOADS)
@pytest.mark.parametrize("wiring", [FOUR, THREE])
def test_a_proper_installation(angle: float, wiring: Wiring) -> None:
    u, i = installation(angle)
    assert check_wiring(u, i, wiring) == ()


@pytest.mark.parametrize("angle", [85.5, 88.0, 89.0])
def test_solar_power_that_covers_the_load(angle: float) -> None:
    """What is left of the current is reactive: no reason to rewire anything."""
    u, i = installation(angle)
    assert check_wiring(u, i, FOUR) == ()


@pytest.mark.parametrize("angle", LOADS)
@pytest.mark.parametrize("phase", range(3))
def test_one_current_reversed(angle: float, phase: int) -> None:
    u, i = installation(angle)
    i[phase] *= -1
    assert found(u, i) == {("current_reversed", (NAMES[phase],))}
    (finding,) = check_wiring(u, i, FOUR)
    assert f"current_direction_{NAMES[phase]}" in finding.text


@pytest.mark.parametrize("angle", [28.4, 31.8, 36.9])
def test_all_currents_reversed(angle: float) -> None:
    """One way to mount them all is likelier than three exchanged places."""
    u, i = installation(angle)
    assert found(u, -i) == {("currents_reversed", NAMES)}
    assert "every current is reversed" in check_wiring(u, -i, FOUR)[0].text


def test_solar_power_that_outweighs_the_load_a_little() -> None:
    """No single mistake gives such angles; neither does it need one."""
    u, i = installation(0.0)
    i *= np.exp(-1j * np.radians([70.0, 100.0, 155.0]))
    assert found(u, i) == set()
    (hint,) = check_wiring(u, i, FOUR)
    assert "solar power" in hint.text


@pytest.mark.parametrize("angle", LOADS)
@pytest.mark.parametrize("pair", list(combinations(range(3), 2)))
def test_two_currents_swapped(angle: float, pair: tuple[int, int]) -> None:
    u, i = installation(angle)
    i[list(pair)] = i[list(pair[::-1])]
    assert found(u, i) == {("current_swapped", tuple(NAMES[n] for n in pair))}


@pytest.mark.parametrize("angle", [0.0, 15.0, 26.0])
@pytest.mark.parametrize("by", [1, 2])
def test_every_current_on_a_wrong_phase(angle: float, by: int) -> None:
    u, i = installation(angle)
    ((kind, phases),) = found(u, np.roll(i, by))
    assert (kind, phases) == ("current_moved", NAMES)


@pytest.mark.parametrize("angle", LOADS)
@pytest.mark.parametrize("pair", list(combinations(range(3), 2)))
def test_two_voltages_swapped(angle: float, pair: tuple[int, int]) -> None:
    u, i = installation(angle)
    u[list(pair)] = u[list(pair[::-1])]
    assert found(u, i) == {("voltage_swapped", tuple(NAMES[n] for n in pair))}


@pytest.mark.parametrize("angle", LOADS)
def test_a_supply_that_turns_the_other_way(angle: float) -> None:
    u, i = installation(angle, reverse=True)
    assert found(u, i) == {("voltage_sequence", NAMES)}


@pytest.mark.parametrize("phase", range(3))
@pytest.mark.parametrize("left", [0.0, 0.15])
def test_a_missing_voltage(phase: int, left: float) -> None:
    u, i = installation(26.0)
    u[phase] *= left
    assert found(u, i) == {("voltage_missing", (NAMES[phase],))}


@pytest.mark.parametrize("phase", range(3))
def test_a_reversed_voltage(phase: int) -> None:
    u, i = installation(26.0)
    u[phase] *= -1
    assert found(u, i) == {("voltage_reversed", (NAMES[phase],))}


def test_one_phase_on_several_inputs() -> None:
    u, i = installation(26.0)
    assert found(np.array([u[0], u[0], u[2]]), i) == {("voltage_doubled", ("l1", "l2"))}
    assert ("voltage_doubled", NAMES) in found(np.array([u[0], 0.5 * u[0], u[0]]), i)


def test_two_mistakes_at_once() -> None:
    u, i = installation(26.0)
    i = np.array([i[1], i[0], -i[2]])
    assert found(u, i) == {("current_swapped", ("l1", "l2")), ("current_reversed", ("l3",))}


def test_feeding_in_is_a_hint_and_no_fault() -> None:
    u, i = installation(5.0)
    (finding,) = check_wiring(u, -i, FOUR)
    assert (finding.kind, finding.suspect) == ("feeding_in", False)
    (finding,) = check_wiring(u, -i * [1, 0, 0], Wiring.ONE_PHASE)
    assert (finding.kind, finding.suspect) == ("feeding_in", False)


@pytest.mark.parametrize("angle", LOADS)
def test_three_wires(angle: float) -> None:
    u, i = installation(angle)
    i = with_third_derived(i)
    for flips, phases in (([0], ("l1",)), ([2], ("l3",))):
        wrong = i.copy()
        wrong[flips] *= -1
        assert found(u, with_third_derived(wrong), THREE) == {("current_reversed", phases)}
    swapped = with_third_derived(i[[2, 1, 0]])
    assert found(u, swapped, THREE) == {("current_swapped", ("l1", "l3"))}


@given(
    angles=st.lists(st.floats(-60, 80), min_size=3, max_size=3),
    sizes=st.lists(st.floats(0.0, 100.0), min_size=3, max_size=3),
    turn=st.floats(-180, 180),
)
def test_no_load_is_called_a_mistake(angles, sizes, turn) -> None:
    """Any mixture of loads between 60 degrees leading and 80 degrees lagging is taken as it is."""
    u = 230 * TURN * np.exp(1j * np.radians(turn))
    i = np.array(sizes) * TURN * np.exp(1j * np.radians(turn - np.array(angles)))
    assert not any(f.suspect for f in check_wiring(u, i, FOUR))


def test_noise_and_nothing_say_nothing() -> None:
    rng = np.random.default_rng(4)
    u, _ = installation(0.0)
    noise = 0.001 * (rng.standard_normal(3) + 1j * rng.standard_normal(3))
    assert check_wiring(u, noise, FOUR, rms=np.full(3, 0.05)) == ()
    assert check_wiring(np.zeros(3), np.zeros(3), FOUR) == ()
    assert check_wiring(np.full(3, np.nan), np.full(3, np.nan), FOUR) == ()
    assert check_wiring(u, np.full(3, np.nan), FOUR) == ()


@pytest.mark.parametrize(("volts", "said"), [(2.2, False), (2.4, True)])
def test_what_open_inputs_pick_up_is_no_wiring(volts: float, said: bool) -> None:
    u, i = installation(20)
    i[1] *= -1
    u *= volts / np.abs(u).max()
    assert bool(check_wiring(u, i, FOUR, nominal=230.0)) is said
    wave = balanced(50.0, angle=20)
    wave.phasors[4] *= -1
    wave.phasors[:3] *= volts / 230
    assert bool(smartx96.measure(wave.samples(1.0), wave.rate).summary.wiring_findings) is said


def test_several_that_are_reversed_may_feed_in_together() -> None:
    u, i = installation(20)
    i[:2] *= -1
    assert {"they alone feed in" in f.text for f in check_wiring(u, i, FOUR)} == {True}
    assert "unless L1 alone" not in check_wiring(u, i, FOUR)[0].text
    i[1] *= -1
    assert ["unless L1 alone feeds in" in f.text for f in check_wiring(u, i, FOUR)] == [True]


def test_a_measurement_says_it() -> None:
    x = balanced(50.0, angle=20.0).samples(1.0)
    assert smartx96.measure(x, 12_800.0).summary.wiring_findings == ()
    x[4] *= -1
    summary = smartx96.measure(x, 12_800.0).summary
    assert summary.flags.names == ["wiring_suspect"]
    assert [f.phases for f in summary.wiring_findings] == [("l2",)]


def test_a_running_meter_says_it() -> None:
    from smartx96.block import Block
    from smartx96.meter.configuration import Configuration
    from smartx96.meter.meter import Meter
    from smartx96.metrology.stream import Stream

    x = balanced(50.0).samples(6.0)
    x[3] *= -1
    for size in (x.shape[1], 1280):
        meter, stream = Meter(Configuration()), Stream()
        seen = []
        for n in range(0, x.shape[1], size):
            for piece in stream.push(Block(x[:, n : n + size], 12_800.0, n)):
                meter.take(piece)
            snapshot = meter.snapshot()
            seen.append(
                snapshot is not None and bool(snapshot.exact["status"] & Status.WIRING_SUSPECT)
            )
        assert seen[-1]
        # Not before 15 windows.
        assert size == x.shape[1] or not any(seen[:29])


def test_power_that_turns_round_for_a_while_is_no_wiring() -> None:
    from smartx96.block import Block
    from smartx96.meter.configuration import Configuration
    from smartx96.meter.meter import Meter
    from smartx96.metrology.stream import Stream

    x = balanced(50.0).samples(20.0)
    x[3, 76_800:] *= -1
    meter, stream = Meter(Configuration()), Stream()
    for piece in stream.push(Block(x, 12_800.0, 0)):
        meter.take(piece)
    snapshot = meter.snapshot()
    assert snapshot is not None
    assert not snapshot.exact["status"] & Status.WIRING_SUSPECT
    assert any(finding.suspect for finding in meter.logbook.wiring.history())


@pytest.mark.parametrize("reverse", [False, True])
def test_phasors_from_the_registers_of_a_meter(reverse: bool) -> None:
    wave = rich(50.0, seed=11, angle=40.0, reverse=reverse, orders=1)
    summary = smartx96.measure(wave.samples(1.0), wave.rate).summary
    u, i = phasors_of({id: v for id, v in summary.values.items() if v == v})
    truth = wave.phasors[:, 0] * np.exp(-1j * np.angle(wave.phasors[0, 0]))
    assert u == pytest.approx(truth[:3], rel=1e-4)
    assert i == pytest.approx(truth[3:], rel=1e-4)


@pytest.mark.parametrize("angle", LOADS)
def test_a_reversed_line_voltage(angle: float) -> None:
    """The classic mistake of two voltage transformers in V: the third line voltage is root 3."""
    u, i = installation(angle)
    lines = u - u[[1, 2, 0]]
    for which, phases in ((0, ("l1_l2",)), (1, ("l2_l3",))):
        wrong = lines[:2].copy()
        wrong[which] *= -1
        star = (
            np.array([2 * wrong[0] + wrong[1], wrong[1] - wrong[0], -wrong[0] - 2 * wrong[1]]) / 3
        )
        assert found(star, with_third_derived(i), THREE) == {("voltage_reversed", phases)}
    twice = np.array([3 * lines[0], 0 * lines[0], -3 * lines[0]]) / 3
    assert found(twice, with_third_derived(i), THREE) == {("voltage_doubled", ("l1_l2", "l2_l3"))}


def test_a_voltage_of_another_size() -> None:
    u, i = installation(26.0)
    u[2] *= 0.5
    assert found(u, i) == {("voltage_unequal", ("l3",))}


def test_a_phase_without_current_is_a_hint() -> None:
    u, i = installation(26.0)
    i[1] = 0
    (finding,) = check_wiring(u, i, FOUR)
    assert (finding.kind, finding.phases, finding.suspect) == ("current_missing", ("l2",), False)


@pytest.mark.parametrize("angle", [-90.0, 90.0])
def test_purely_reactive_loads_are_no_certain_mistake(angle: float) -> None:
    u = 230 * TURN
    i = 5 * TURN * np.exp(-1j * np.radians(angle))
    assert not any(f.suspect for f in check_wiring(u, i, FOUR))


def test_a_mistake_for_a_part_of_the_time_says_when() -> None:
    x = balanced(50.0, rate=1600.0).samples(40.0)
    x[4, 24_000:] *= -1
    (finding,) = smartx96.measure(x, 1600.0).summary.wiring_findings
    assert (finding.kind, finding.phases) == ("current_reversed", ("l2",))
    assert finding.start == pytest.approx(15.0, abs=3.1)
    assert finding.end == pytest.approx(40.0, abs=3.1)
    assert finding.when.startswith("from 1")


def test_a_sequence_that_turns_on_the_way_is_no_doubled_voltage() -> None:
    x = balanced(50.0, rate=1600.0).samples(12.0)
    x[[1, 2], :8000] = x[[2, 1], :8000]
    x[[4, 5], :8000] = x[[5, 4], :8000]
    kinds = {f.kind for f in smartx96.measure(x, 1600.0).summary.wiring_findings}
    assert kinds == {"voltage_sequence"}


def test_power_that_turns_round_for_a_moment_is_no_mistake() -> None:
    """Import, three seconds of any angle, export."""
    rate = 1600.0
    t = np.arange(round(30 * rate)) / rate
    shift = np.interp(t, [0, 14, 17, 30], [10.0, 10.0, 170.0, 170.0])
    turn = 2 * np.pi * (50 * t - np.arange(3)[:, None] / 3)
    x = np.concatenate([325 * np.sin(turn), 7 * np.sin(turn - np.radians(shift))])
    findings = smartx96.measure(x, rate).summary.wiring_findings
    assert [f.kind for f in findings if f.suspect] == []
