"""Pulses: none lost, none doubled, each at its time, never closer than width and pause."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96.meter.amounts import BITS, ROW, amounts
from smartx96.meter.portion import Starting
from smartx96.meter.pulse import Pulse
from smartx96.meter.pulses import OVERFLOW, Balance, PulseOutput, PulseRate, pulse_rate
from smartx96.settings import Settings
from support.meters import DAY, HOUR, SECOND, T0, accounts, pieces, portion

PAUSE = 30_000
EVERYTHING = Starting()


def rate(step: int, width: int = 100_000, balance: Balance = Balance.IMPORT) -> PulseRate:
    return PulseRate("active", balance, step, width)


def energy(windows) -> np.ndarray:
    """Active energy of L1 as whole watt-seconds and parts, positive or negative."""
    fine = amounts(windows, EVERYTHING, phases=True, strict=True).fine
    return fine[:, ROW["active_energy_import_l1"]] + fine[:, ROW["active_energy_export_l1"]]


def pulsed(output: PulseOutput, windows, own: PulseRate) -> list[Pulse]:
    return output.take(energy(windows), windows, own)


def model(windows, own: PulseRate, rest: Fraction = Fraction(0)) -> list[Fraction]:
    """When pulses begin [us] by exact fractions: due as the energy passes each step for the first
    time, power being constant in a window, and not before the output is free.
    """
    due, level, top = [], rest, 0
    for n in range(len(windows)):
        start, end = int(windows.start[n]), int(windows.end[n])
        gain = Fraction(float(windows.active[0, n])) * Fraction(float(windows.seconds[n]))
        while level + gain >= (top + 1) * own.step:
            top += 1
            due.append(start + (top * own.step - level) / gain * (end - start))
        level += gain
    begun: list[Fraction] = []
    for moment in due:
        free = begun[-1] + own.width + PAUSE if begun else moment
        begun.append(max(moment, free))
    return begun


def assert_as_the_model(found: list[Pulse], truth: list[Fraction], until: int, within=2) -> None:
    truth = [t for t in truth if t <= until]
    # The last may fall on either side of the end, by rounding.
    assert abs(len(found) - len(truth)) <= 1
    assert [p.number for p in found] == list(range(1, len(found) + 1))
    for pulse, moment in zip(found, truth, strict=False):
        assert abs(pulse.time - moment) <= within


# ---- when pulses come


@pytest.mark.parametrize("length", [200_000, 1_000_000, 199_920, 60_000_000])
@pytest.mark.parametrize("power", [0.7, 3.3, 100.0, 1104.0, 12_345.6])
def test_constant_power(power: float, length: int) -> None:
    """Pulse n comes at n * step / power after the beginning, to the microsecond of rounding."""
    step = 1125
    n = min(4000, round(3600e6 / length))
    windows = portion(T0, np.full(n, power), length=length)
    found = pulsed(PulseOutput(1), windows, rate(step, 60_000))
    until = int(windows.end[-1])
    if step / power > 0.09:
        count = int((until - T0) / 1e6 * power / step)
        assert len(found) == count
        for pulse in found:
            assert abs(pulse.time - (T0 + 1e6 * pulse.number * step / power)) <= 2
    assert_as_the_model(found, model(windows, rate(step, 60_000)), until)


def test_small_power_is_as_exact_as_large() -> None:
    """One pulse of output 2 at the starting current: 1.15 W make 225 Ws in 195.7 s."""
    windows = portion(T0, np.full(3000, 1.15), length=200_000)
    (first, second, third) = pulsed(PulseOutput(2), windows, rate(225))
    for n, pulse in enumerate((first, second, third), 1):
        assert pulse.time == pytest.approx(T0 + n * 225 / 1.15 * 1e6, abs=100)


@pytest.mark.parametrize("seed", range(6))
def test_changing_power_against_the_model(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 1500
    powers = rng.choice([0.0, 3.0, 700.0, 5000.0], n) * rng.uniform(0.5, 1.5, n)
    windows = portion(T0, powers, length=rng.integers(1000, 400_000, n))
    own = rate(int(rng.choice([36, 225, 1125, 36_000])), int(rng.choice([60, 100, 200]) * 1000))
    output = PulseOutput(1)
    found = pulsed(output, windows, own)
    assert len(found) > 3
    assert_as_the_model(found, model(windows, own), int(windows.end[-1]))
    assert output.pending + len(found) == len(model(windows, own))


def test_a_part_of_a_pulse_is_carried_from_window_to_window() -> None:
    output = PulseOutput(1)
    for n in range(9):
        assert pulsed(output, portion(T0 + n * SECOND, [1.0], length=SECOND), rate(10)) == []
    (pulse,) = pulsed(output, portion(T0 + 9 * SECOND, [1.0], length=SECOND), rate(10))
    assert pulse == Pulse(1, 1, T0 + 10 * SECOND, 100_000)
    assert output.rest == 0


# ---- width and pause


@pytest.mark.parametrize("width", [60_000, 100_000, 200_000])
@pytest.mark.parametrize("power", [500.0, 5_000.0, 50_000.0])
def test_width_and_pause_are_kept(width: int, power: float) -> None:
    rng = np.random.default_rng(3)
    powers = power * rng.uniform(0, 2, 500)
    output, found = PulseOutput(1), []
    for part in pieces(portion(T0, powers), range(0, 500, 7)):
        found += pulsed(output, part, rate(360, width))
    times = np.array([p.time for p in found])
    assert (np.diff(times) >= width + PAUSE).all()
    assert {p.width for p in found} == {width}


def test_a_backlog_is_caught_up() -> None:
    """100 kW for a second make 27 pulses of 3600 Ws; at 130 ms each they take 3.5 s."""
    windows = portion(T0, [100_000.0, *[0.0] * 40], length=[SECOND, *[200_000] * 40])
    output = PulseOutput(1)
    found = pulsed(output, windows.take(slice(0, 1)), rate(3600))
    assert output.pending + len(found) == 27
    assert output.pending > OVERFLOW
    found += pulsed(output, windows.take(slice(1, None)), rate(3600))
    assert (len(found), output.pending, output.count) == (27, 0, 27)
    times = [p.time for p in found]
    assert times[0] == T0 + 36_000
    assert {b - a for a, b in pairwise(times)} == {130_000}


def test_an_output_that_is_free_pulses_when_energy_is_due() -> None:
    """After a backlog the next pulse comes at its own time, not earlier and not later."""
    windows = portion(T0, [100_000.0, *[0.0] * 4, 3600.0, 3600.0], length=SECOND)
    found = pulsed(PulseOutput(1), windows, rate(3600))
    # 27 pulses of 100 kWs leave 2800 Ws; the other 800 take 222 ms.
    assert [p.time - T0 for p in found[-2:]] == pytest.approx([5_222_222, 6_222_222], abs=2)


# ---- counting


@settings(max_examples=150, deadline=None)
@given(
    powers=st.lists(st.floats(-5000, 5000), min_size=1, max_size=40),
    step=st.integers(1, 5000),
    balance=st.sampled_from([Balance.IMPORT, Balance.NET]),
    cuts=st.sets(st.integers(1, 39)),
)
def test_count_and_rest_are_the_energy(powers, step, balance, cuts) -> None:
    """count * step + waiting * step + rest = energy, exactly, whatever comes in."""
    windows = portion(T0, powers, length=170_000)
    output, total = PulseOutput(1), 0
    for part in pieces(windows, {c for c in cuts if c < len(powers)}):
        own = energy(part)
        sign = -1 if balance is Balance.NET else 1
        output.take(sign * own, part, rate(step, 60_000, balance))
        whole, parts = own.sum(axis=1).tolist()
        total += sign * ((whole << BITS) + parts)
        assert ((output.count + output.pending) * step << BITS) + output.rest == total


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    cuts=st.sets(st.integers(1, 199), max_size=20),
    step=st.sampled_from([1, 36, 225, 3600, 36_000]),
)
def test_cuts_change_no_pulse(seed: int, cuts: set[int], step: int) -> None:
    rng = np.random.default_rng(seed)
    powers = rng.choice([-1.0, 0.0, 1.0, 1.0], 200) * 10 ** rng.uniform(-1, 4.5, 200)
    windows = portion(T0, powers, length=rng.integers(1000, 500_000, 200))
    whole, cut = PulseOutput(1), PulseOutput(1)
    together = pulsed(whole, windows, rate(step))
    parts = [pulse for part in pieces(windows, cuts) for pulse in pulsed(cut, part, rate(step))]
    assert parts == together
    assert cut.state() == whole.state()


def test_net_energy_that_runs_back_is_made_up_first() -> None:
    """1000 Ws out, 700 back, 1500 out: pulses at 1000 and at 1700 - 0, not at 1300 + 700."""
    windows = portion(T0, [1000.0, -700.0, 1500.0], length=SECOND)
    output = PulseOutput(1)
    first, *more = pulsed(output, windows, rate(500, 60_000))
    assert first.time == T0 + SECOND // 2
    assert [p.time for p in more] == pytest.approx(
        [T0 + SECOND, T0 + 2 * SECOND + 1_200_000 * 1000 // 1500], abs=2
    )
    assert output.rest == 300 << BITS


def test_net_of_a_pure_consumer_never_pulses() -> None:
    counted = accounts({"pulse1_energy": 3, "pulse1_rate": 1})
    counted.take(portion(T0, np.full(5000, 2000.0), length=SECOND))
    assert not [p for p in counted.pulses if p.output == 1]
    assert counted.outputs[0].rest < 0


# ---- what an output counts


PULSED = {
    1: ("active", 1, 0), 2: ("active", 1, 1), 3: ("active", -1, 1), 4: ("active", 0, 1),
    5: ("reactive", 1, 0), 6: ("reactive", 1, 1), 7: ("reactive", -1, 1), 8: ("reactive", 0, 1),
}  # fmt: skip


@pytest.mark.parametrize("by_sum", [0, 1])
@pytest.mark.parametrize("code", range(1, 9))
def test_each_energy_of_output_1(code: int, by_sum: int) -> None:
    kind, into, out = PULSED[code]
    rng = np.random.default_rng(code)
    p, q = rng.normal(0, 3000, (3, 4000)), rng.normal(0, 2000, (3, 4000))
    drift = 2000.0 if out > 0 >= into else 0.0
    counted = accounts({"pulse1_energy": code, "pulse1_rate": 1, "energy_balance": by_sum})
    counted.take(portion(T0, p - drift, q - drift, length=SECOND))
    exact = counted.registers.exact(counted.rules.wiring, bool(by_sum))
    output = counted.outputs[0]
    step = 10_000_000  # 0.01 kWh in uWh
    truth = into * exact[f"{kind}_energy_import"] + out * exact[f"{kind}_energy_export"]
    rest = output.rest * 10**6 / 3600 / 2**BITS
    assert (output.count + output.pending) * step + rest == pytest.approx(truth, abs=13)
    assert output.count > 10


@pytest.mark.parametrize("code", range(1, 6))
@pytest.mark.parametrize("width", [60, 100, 200])
def test_each_rate_and_width_of_output_1(code: int, width: int) -> None:
    kilowatt_hours = {1: 0.01, 2: 0.1, 3: 1, 4: 10, 5: 100}[code]
    own = pulse_rate(1, Settings({"pulse1_rate": code, "pulse1_width": width}))
    assert (own.step, own.width) == (kilowatt_hours * 3_600_000, width * 1000)
    counted = accounts({"pulse1_rate": code, "pulse1_width": width})
    # Three and a half pulses in an hour.
    power = 3.5 * kilowatt_hours * 1000
    counted.take(portion(T0, np.full(3600, power), length=SECOND))
    found = [p for p in counted.pulses if p.output == 1]
    assert [p.time for p in found] == pytest.approx(
        [T0 + n * HOUR / 3.5 for n in (1, 2, 3)], abs=50
    )
    assert {p.width for p in found} == {width * 1000}


@pytest.mark.parametrize(
    ("primary", "secondary", "vt"), [(5, 5, 1), (1, 1, 1), (200, 5, 1), (750, 1, 35), (9999, 5, 7)]
)
def test_output_2_gives_3200_pulses_for_a_secondary_kilowatt_hour(primary, secondary, vt) -> None:
    counted = accounts({"ct_primary": primary, "ct_secondary": secondary, "vt_ratio": vt})
    power = 1000.0 * primary / secondary * vt  # 1 kW on the secondary side
    counted.take(portion(T0, np.full(3600, power), length=SECOND))
    found = [p for p in counted.pulses if p.output == 2]
    assert len(found) == 3200
    assert {p.width for p in found} == {60_000}
    assert found[-1].time == pytest.approx(T0 + HOUR, abs=2)


def test_output_2_counts_import_and_export_of_the_balance() -> None:
    windows = portion(T0, [[2000.0], [-1000.0], [0.0]], length=HOUR)
    for by_sum, energy_ in ((0, 3000), (1, 1000)):
        counted = accounts({"energy_balance": by_sum})
        counted.take(windows)
        output = counted.outputs[1]
        assert output.count + output.pending == energy_ * 3.2


# ---- changes and memory


def test_a_change_of_the_rate_keeps_the_part_of_a_pulse() -> None:
    output = PulseOutput(1)
    pulsed(output, portion(T0, [500.0], length=SECOND), rate(1000))
    output.changed(rate(1000), rate(100))
    assert output.rest == 50 << BITS
    output.changed(rate(100), rate(100, balance=Balance.TOTAL))
    assert output.rest == 0


def test_a_change_of_the_width_keeps_the_last_pulse_its_own() -> None:
    output = PulseOutput(1)
    (first,) = pulsed(output, portion(T0, [1000.0], length=SECOND), rate(1000, 200_000))
    windows = portion(T0 + SECOND, [10_000.0], length=SECOND)
    second = pulsed(output, windows, rate(1000, 60_000))[0]
    assert second.time - first.time >= 200_000 + PAUSE


def test_a_rate_a_thousand_times_too_high_takes_no_memory() -> None:
    """Six hours: 240 000 pulses come, 2600 million wait in one integer."""
    import tracemalloc

    output, own = PulseOutput(1), rate(1, 60_000)
    total = 0
    tracemalloc.start()
    for hour in range(6):
        windows = portion(T0 + hour * HOUR, np.full(3600, 120_000.0), length=SECOND)
        found = pulsed(output, windows, own)
        total += len(found)
        del found
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 14e6  # an hour's take 7; six hours' would 42
    assert total == output.count == pytest.approx(6 * HOUR / 90_000, abs=1)
    assert output.count + output.pending == 120_000 * 6 * 3600


def test_a_single_window_of_any_energy_takes_no_memory() -> None:
    output = PulseOutput(1)
    assert len(pulsed(output, portion(T0, [1e11], length=SECOND), rate(1, 60_000))) == 12
    assert output.pending == 10**11 - 12


def test_pulses_that_are_held_wait() -> None:
    output = PulseOutput(1)
    windows = portion(T0, np.full(10, 1000.0), length=SECOND)
    assert output.take(energy(windows), windows, rate(1000), held=True) == []
    assert (output.count, output.pending) == (0, 10)
    later = portion(T0 + 10 * SECOND, np.zeros(2), length=SECOND)
    found = pulsed(output, later, rate(1000))
    assert [p.number for p in found] == list(range(1, 11))
    assert found[0].time == T0 + 10 * SECOND


def test_overflow_begins_and_ends_once() -> None:
    counted = accounts({"pulse1_rate": 1})
    # 4.2 MW for three seconds make 350 pulses of 0.01 kWh; they take 46 s.
    counted.take(portion(T0, np.full(3, 4.2e6), length=SECOND))
    waiting = [n for n in range(60) if _follow(counted, n) and counted.outputs[0].overflowing]
    told = [(str(e.kind), e.details["output"]) for e in counted.events]
    assert told.count(("pulse_overflow", 1)) == 1
    assert told.count(("pulse_overflow_ended", 1)) == 1
    assert len(waiting) in (41, 42, 43)


def _follow(counted, n: int) -> bool:
    counted.take(portion(T0 + (3 + n) * SECOND, [0.0], length=SECOND))
    return True


# ---- clock and restart


@pytest.mark.parametrize("ahead", [-DAY, -3 * SECOND, 50_000, 2 * DAY])
def test_a_clock_that_is_set_neither_silences_nor_hurries_an_output(ahead: int) -> None:
    """Pulses go on in the rhythm that they had, by the new clock."""
    output = PulseOutput(1)
    first = pulsed(output, portion(T0, np.full(20, 50_000.0)), rate(3600))
    output.set_clock(ahead)
    second = pulsed(output, portion(T0 + 4 * SECOND + ahead, np.full(20, 50_000.0)), rate(3600))
    assert second[0].time - ahead - first[-1].time == 130_000
    assert len(second) == pytest.approx(len(first), abs=1)


def test_a_clock_that_runs_back_over_a_restart_does_not_silence_an_output() -> None:
    output = PulseOutput(1)
    pulsed(output, portion(T0, np.full(20, 50_000.0)), rate(3600))
    again = PulseOutput.restored(1, json.loads(json.dumps(output.state())), None)
    found = pulsed(again, portion(T0 - DAY, np.full(20, 50_000.0)), rate(3600))
    assert found[0].time - (T0 - DAY) <= 230_000
    assert len(found) >= 28


@pytest.mark.parametrize(
    ("emitted", "count", "pending", "first"),
    [
        (None, 30, 7, 31),
        (30, 30, 7, 31),
        (26, 30, 7, 27),
        (33, 33, 4, 34),
        (45, 45, 0, 46),
    ],
)
def test_restart_by_the_journal(emitted, count: int, pending: int, first: int) -> None:
    """Behind: those that were not emitted come first, under their own numbers, and none is counted
    twice. Ahead: those emitted are not emitted again.
    """
    state = {"count": 30, "pending": 7, "rest": 5, "free": 0, "overflowing": False}
    output = PulseOutput.restored(1, state, emitted)
    assert (output.count, output.pending, output.rest) == (count, pending, 5)
    windows = portion(T0, np.full(4, 100_000.0), length=SECOND)
    found = pulsed(output, windows, rate(100_000))
    assert [p.number for p in found] == list(range(first, first + len(found)))
    owed = 0 if emitted is None else max(0, 30 - emitted)
    assert output.count == count + len(found) - owed
    assert output.count + output.pending == count + pending + 4


def test_the_state_goes_on_as_if_nothing_had_been() -> None:
    rng = np.random.default_rng(9)
    windows = portion(T0, rng.uniform(0, 60_000, 400))
    one, other = PulseOutput(2), PulseOutput(2)
    for part in pieces(windows, range(0, 400, 11)):
        expected = pulsed(one, part, rate(3600))
        assert pulsed(other, part, rate(3600)) == expected
        other = PulseOutput.restored(2, json.loads(json.dumps(other.state())), other.count)
    assert one.state() == other.state()


def test_nothing_at_all() -> None:
    empty = portion(T0, [1.0]).take(slice(0, 0))
    assert PulseOutput(1).take(np.zeros((2, 0), np.int64), empty, rate(1)) == []
