"""simulate: options, steps of time, the supply, and that nothing is left behind."""

from __future__ import annotations

import gc
import math
import os
import socket
import struct
import threading
import time
from datetime import UTC, datetime
from itertools import pairwise

import pytest

import smartx96
from smartx96.errors import ListenError, OptionError, X96Error
from smartx96.quantities import TABLE

WINDOW = 0.2
HOUR = 3600.0


@pytest.fixture
def meter():
    with smartx96.simulate(voltage=230, current=5, power_factor=0.9, tcp=False) as made:
        yield made


def test_it_shows_what_is_set(meter):
    assert meter["active_power"] == pytest.approx(3 * 230 * 5 * 0.9, rel=1e-12)
    assert meter["power_factor"] == pytest.approx(0.9, rel=1e-12)
    assert meter["reactive_power"] == pytest.approx(3 * 230 * 5 * math.sqrt(1 - 0.81))
    assert meter["voltage_l1_l2"] == pytest.approx(230 * math.sqrt(3))
    assert meter["frequency"] == 50.0
    assert meter["active_power_demand"] is None


def test_what_is_set_later_shows_at_once_and_the_rest_stays(meter):
    meter.set(current=[10, 9, 11], power_factor=-0.8)
    assert [meter[f"current_l{n}"] for n in (1, 2, 3)] == pytest.approx([10, 9, 11])
    assert meter["active_power"] == pytest.approx(-230 * 30 * 0.8, rel=1e-12)
    assert meter["power_factor_l2"] == pytest.approx(-0.8)
    assert meter["voltage_l3"] == pytest.approx(230.0)
    meter.set(voltage=[None, 0, None])
    assert meter["voltage_l2"] == 0.0
    assert meter["active_power_l1"] == pytest.approx(-1840.0)


def test_what_is_not_there_is_exactly_0(meter):
    """And no rounding, which clients and panels would show as 1e-14."""
    meter.set(voltage=[230.4, 229.7, 231.1], current=[4.9, 7.3, 2.2], power_factor=1.0)
    meter.set(frequency=50.013)
    assert [meter[f"reactive_power_l{n}"] for n in (1, 2, 3)] == [0.0] * 3
    assert meter["phase_angle_l2"] == 0.0
    meter.set(voltage=230, current=5, power_factor=0.0)
    assert [meter[f"active_power_l{n}"] for n in (1, 2, 3)] == [0.0] * 3
    assert [meter[f"voltage_unbalance_{name}"] for name in ("negative", "zero")] == [0.0] * 2
    meter.set(phase_angle=90 - 1e-6)
    assert meter["active_power_l2"] == pytest.approx(1150 * math.radians(1e-6), rel=1e-5)


def test_an_unknown_quantity_is_told_with_the_nearest(meter):
    with pytest.raises(KeyError, match=r"activepower: no quantity; did you mean active_power\?"):
        meter["activepower"]
    with pytest.raises(KeyError, match=r"no quantity; did you mean voltage_harmonic_l1\[6"):
        meter["voltage_harmonic_l1[66]"]


def test_harmonics_and_frequency(meter):
    meter.set(current_harmonics={5: 20.0, 7: 14.0}, voltage_thd=3.0, frequency=59.5)
    assert meter["current_harmonic_l1[5]"] == pytest.approx(20.0)
    assert meter["current_thd_l1"] == pytest.approx(math.hypot(20, 14))
    assert meter["voltage_thd_l2"] == pytest.approx(3.0)
    assert meter["frequency"] == pytest.approx(59.5)
    assert meter["current_l1"] == pytest.approx(5.0)
    assert meter["active_power"] == pytest.approx(3 * 230 * 5 * 0.9, rel=1e-12)


def test_a_value_that_cannot_be_changes_nothing(meter):
    before = meter.readings()
    with pytest.raises(OptionError, match="voltage -3 V"):
        meter.set(current=7, voltage=-3)
    assert meter.readings() == before
    assert meter.point.phases[0].current == 5.0


@pytest.mark.parametrize("frequency", [50.0, 50.02, 61.7])
def test_energy_of_an_hour_is_exact(frequency):
    with smartx96.simulate(active_power=3105.0, frequency=frequency, tcp=False) as meter:
        before = meter["active_energy_import_exact"]
        meter.advance(hours=1)
        assert meter["active_energy_import_exact"] - before == pytest.approx(3105e6, abs=3)
        assert meter["active_energy_export_exact"] == 0


@pytest.mark.parametrize("seconds", [20_232, 61.7, 123.4, 3_599.99, 0.21])
def test_energy_of_any_time_is_exact(seconds):
    with smartx96.simulate(active_power=3105.0, tcp=False) as meter:
        before = meter["active_energy_import_exact"]
        meter.advance(seconds=seconds)
        gained = meter["active_energy_import_exact"] - before
        assert gained == pytest.approx(3105e6 * seconds / 3600, abs=3)


def test_each_step_takes_its_own_time(meter):
    start = datetime(2026, 6, 21, tzinfo=UTC)
    assert (meter.time - start).total_seconds() == pytest.approx(WINDOW)
    meter.set(current=6)
    assert (meter.time - start).total_seconds() == pytest.approx(2 * WINDOW)
    meter.advance(minutes=1, seconds=0.25)
    assert (meter.time - start).total_seconds() == pytest.approx(60.25 + 2 * WINDOW)
    meter.advance(to="2026-06-21T06:00")
    assert meter.time == datetime(2026, 6, 21, 6, tzinfo=UTC)
    meter.advance()
    assert meter.time == datetime(2026, 6, 21, 6, tzinfo=UTC)


def test_time_does_not_pass_by_itself(meter):
    before = meter.readings()
    time.sleep(0.05)
    assert meter.readings() == before


def test_demand_is_the_mean_of_its_period(meter):
    meter.change(demand_period=15, demand_slide=15)
    meter.advance(to="2026-06-21T00:15")
    meter.set(active_power=1000.0)
    meter.advance(to="2026-06-21T00:25")
    meter.set(active_power=4000.0)
    meter.advance(to="2026-06-21T00:30")
    # The first window after each change is the new one already.
    expected = (1000.0 * 600 + 4000.0 * 300) / 900
    assert meter["active_power_demand"] == pytest.approx(expected, rel=1e-9)


def test_pulses_have_their_times(meter):
    meter.set(active_power=1000.0)
    meter.advance(hours=1)
    pulses = meter.pulses(2)
    numbers = [pulse.number for pulse in pulses]
    assert numbers == list(range(1, meter["pulse2_count"] + 1))
    # 3200 pulses for a kWh; those of the first window came before.
    apart = [b.time - a.time for a, b in pairwise(pulses[5:])]
    assert max(abs(gap - 1_125_000) for gap in apart) <= 1
    with pytest.raises(OptionError, match="the meter has 1 and 2"):
        meter.pulses(3)


def test_tariffs_follow_the_time_of_day():
    with smartx96.simulate(
        start="2026-06-21T21:59", active_power=6000.0, settings={"tariff_control": 2}, tcp=False
    ) as meter:
        meter.advance(minutes=10)
        assert meter["active_energy_import_t2"] == pytest.approx(6.0 * 600.2 / 3600, rel=1e-8)
        assert meter["active_energy_import_t1"] == 0.0


def test_the_same_steps_give_the_same_registers():
    def steps() -> dict:
        with smartx96.simulate(fluctuation=1.0, seed=7, tcp=False) as meter:
            meter.set(current=[1, 2, 3], frequency=50.1)
            meter.advance(minutes=20)
            return meter.readings() | {"serial": meter._built.live.meter.serial_number}

    first = steps()
    assert list(first)[: len(TABLE)] == [quantity.id for quantity in TABLE]
    assert first == steps()


def test_fluctuation_moves_the_readings():
    with smartx96.simulate(fluctuation=2.0, tcp=False) as meter:
        found = []
        for _ in range(20):
            meter.advance(seconds=1)
            found.append(meter["voltage_l1"])
    assert len(set(found)) == 20
    assert all(abs(value / 230 - 1) <= 0.02 for value in found)


def test_a_power_cut_and_what_comes_after(meter):
    meter.advance(minutes=1)
    before = meter["active_energy_import_exact"]
    meter.power_off()
    assert not meter.powered
    meter.advance(hours=5)
    assert not meter.powered
    meter.power_on()
    assert meter.powered
    gained = meter["active_energy_import_exact"] - before
    assert gained == pytest.approx(3105.0 * WINDOW / HOUR * 1e6, abs=2)
    assert meter["voltage_l1"] == pytest.approx(230.0)


def test_set_while_the_power_is_off_shows_when_it_is_back(meter):
    meter.power_off()
    meter.set(voltage=240)
    assert not meter.powered
    meter.power_on()
    assert meter["voltage_l1"] == pytest.approx(240.0)


def test_a_meter_that_lives_on_its_voltages():
    with smartx96.simulate(supply="self", tcp=False) as meter:
        assert int(meter["status"]) & 1  # warming up
        meter.set(voltage=[0, 0, 140])
        assert meter.powered
        meter.set(voltage=100)
        assert meter.powered  # for half a second
        meter.advance(seconds=1)
        assert not meter.powered
        with pytest.raises(OptionError, match="lives on its voltages"):
            meter.power_on()
        meter.set(voltage=180)
        assert meter.powered


def test_settings_are_shown_and_changed(meter):
    assert meter.settings["demand_period"] != 30
    meter.change(demand_period=30, pulse1_energy=2)
    assert (meter.settings["demand_period"], meter.settings["pulse1_energy"]) == (30, 2)
    with pytest.raises(OptionError, match="demand_period"):
        meter.change(pulse1_energy=3, demand_period=31)
    assert meter.settings["pulse1_energy"] == 2
    with pytest.raises(OptionError, match="did you mean demand_period"):
        meter.change(demand_periods=31)


def test_a_client_that_reads_the_lock_commits_nothing(monkeypatch):
    from smartx96.simulation.timeline import Timeline

    found: list[int] = []
    commit = Timeline.commit
    monkeypatch.setattr(Timeline, "commit", lambda self: (found.append(1), commit(self))[1])
    with smartx96.simulate() as meter, socket.create_connection(meter.tcp) as link:
        before = len(found)
        for _ in range(3):
            link.sendall(bytes.fromhex("0001 0000 0006 01 03 000e 0002"))
            assert link.recv(300)[7:9] == b"\x03\x04"
        assert len(found) == before
        link.sendall(bytes.fromhex("0001 0000 000b 01 10 003a 0002 04") + struct.pack(">f", 5.0))
        assert link.recv(300)[7:] == bytes.fromhex("10 003a 0002")
        assert len(found) > before


def test_reset_shows_at_once(meter):
    meter.advance(hours=1)
    assert meter["active_energy_import_resettable"] > 3
    meter.reset("energy")
    assert meter["active_energy_import_resettable"] == 0.0
    assert meter["active_energy_import"] > 3
    with pytest.raises(OptionError, match="use energy, maxima, demand"):
        meter.reset("all")


def test_transformers_and_values_are_on_the_primary_side():
    with smartx96.simulate(ct=(200, 5), vt=10, voltage=2300, current=150, tcp=False) as meter:
        assert meter["current_l1"] == pytest.approx(150.0)
        assert meter["active_power"] == pytest.approx(3 * 2300 * 150.0)
        meter.change(ct_primary=400)
        meter.set()
        assert meter["current_l1"] == pytest.approx(150.0)


@pytest.mark.parametrize("how", [{"wiring": "3p3w"}, {"settings": {"system_type": "3P3W"}}])
def test_three_wires(how):
    with smartx96.simulate(**how, voltage=400, current=5, power_factor=0.8, tcp=False) as meter:
        assert meter["voltage_l2_l3"] == pytest.approx(400.0)
        assert meter["voltage_l1"] is None
        assert meter["active_power"] == pytest.approx(math.sqrt(3) * 400 * 5 * 0.8)
        assert meter["power_factor"] == pytest.approx(0.8)


def test_one_phase_of_a_model_without_harmonics():
    with smartx96.simulate(
        model="X96-5E", wiring="1p2w", active_power=500, current_thd=10, tcp=False
    ) as meter:
        assert meter["active_power"] == pytest.approx(500.0)
        assert meter["current_l2"] is None
        assert meter["current_thd_l1"] is None


def test_several_meters_share_time_and_not_loads():
    with smartx96.simulate(meters=3, unit=5, current=1.0, tcp=False) as first:
        assert [each.unit for each in first.meters] == [5, 6, 7]
        second = first.meters[1]
        second.set(current=4.0, frequency=51.0)
        assert (first["current_l1"], second["current_l1"]) == pytest.approx((1.0, 4.0))
        assert first.time == second.time
        second.power_off()
        assert (first.powered, second.powered) == (True, False)
        first.meters[1].power_on()
        assert second.powered


def test_a_folder_keeps_it(tmp_path):
    with smartx96.simulate(state=tmp_path / "state", settings={"demand_period": 5}) as meter:
        meter.advance(hours=2)
        exact, pulses, at = meter["active_energy_import_exact"], meter["pulse2_count"], meter.time
    with smartx96.simulate(state=tmp_path / "state") as meter:
        gained = meter["active_energy_import_exact"] - exact
        assert gained == pytest.approx(3450.0 * WINDOW / HOUR * 1e6, abs=2)
        assert 0 <= meter["pulse2_count"] - pulses <= 1
        assert (meter.time - at).total_seconds() == pytest.approx(WINDOW)
        assert meter.settings["demand_period"] == 5
    with (
        smartx96.simulate(state=tmp_path / "state"),
        pytest.raises(X96Error, match=r"another process|in use|already"),
    ):
        smartx96.simulate(state=tmp_path / "state")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"model": "X96"}, "model 'X96': use X96-5A or X96-5E"),
        ({"wiring": "4w"}, "wiring '4w': use 1p2w, 3p3w, 3p4w"),
        ({"model": "X96-5E", "wiring": "3p3w"}, "has no wiring 3p3w"),
        ({"ct": 200}, "ct 200: give primary and secondary"),
        ({"ct": (200, 3)}, "ct_secondary: 3 A is not allowed"),
        ({"vt": 0}, "vt_ratio: 0 is not allowed"),
        ({"settings": {"demand": 3}}, "'demand' is no setting"),
        ({"ct": (5, 5), "settings": {"ct_primary": 6}}, "ct_primary: is stated twice"),
        ({"unit": 0}, "unit_address: 0 is not allowed"),
        ({"unit": (1, 1)}, "each meter an address of its own"),
        ({"unit": 200, "meters": 100}, "100 meters from unit 200: the last address is 247"),
        ({"meters": 0}, "meters 0: must be a whole number, 1 to 247"),
        ({"supply": "mains"}, "supply 'mains': use auxiliary or self"),
        ({"start": "noon"}, "time 'noon': give date and time"),
        ({"fluctuation": 99}, "fluctuation 99 %: must be 0 to 50 %"),
        ({"seed": -1}, "seed -1: must be a whole number"),
        ({"tcp": 70000}, "tcp 70000: must be a whole number, 0 to 65535"),
        ({"rtu": 3}, "rtu 3: use True, False or the path of a link"),
        ({"faults": "slow=3"}, "faults 'slow=3'"),
        ({"power_factor": 2}, "power_factor 2: must be -1 to 1"),
        ({"volts": 2}, "volts: unknown; did you mean voltage"),
        ({"serve_us": "sdm630"}, "serve_us: unknown; did you mean serve_as"),
        ({"serve_as": "sdm72"}, "serve_as 'sdm72': use sdm630"),
        ({"colour": "red"}, "colour: unknown; options are model, .*; quantities are voltage, "),
        ({"current_l2": 3}, "current_l2: give current="),
    ],
)
def test_options_are_checked_and_nothing_is_left(options, said):
    before = threading.active_count()
    with pytest.raises(OptionError, match=said) as refused:
        smartx96.simulate(**options)
    assert "\n" not in str(refused.value)
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"hours": -1}, "must be 0 to 3660 days"),
        ({"days": 4000}, "must be 0 to 3660 days"),
        ({"hours": 1, "to": "2026-06-22"}, "leave one out"),
        ({"to": "2026-06-20"}, "must be 0 to"),
        ({"to": "tomorrow"}, "time 'tomorrow'"),
    ],
)
def test_time_goes_on_by_what_is_possible(meter, step, said):
    with pytest.raises(OptionError, match=said):
        meter.advance(**step)


def test_a_port_that_is_taken_is_one_line_and_nothing_is_left():
    before = threading.active_count()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError, match=f"127.0.0.1:{port}"):
            smartx96.simulate(tcp=port)
    assert threading.active_count() == before


def test_nothing_is_left_behind_and_a_hundred_are_cheap():
    def files() -> int:
        return len(os.listdir("/proc/self/fd"))

    with smartx96.simulate():
        pass
    gc.collect()
    threads, before, begun = threading.active_count(), files(), time.process_time()
    for _ in range(100):
        with smartx96.simulate() as meter:
            assert threading.active_count() == threads + 1
            assert meter.tcp[1] > 0
    spent = time.process_time() - begun
    gc.collect()
    assert threading.active_count() == threads
    assert files() == before
    assert spent < 10.0


def test_closed_is_one_line(meter):
    meter.close()
    meter.close()
    with pytest.raises(X96Error, match="closed"):
        meter.set(voltage=3)
    with pytest.raises(OptionError, match="closed"):
        meter.tcp  # noqa: B018
    assert "no port" in repr(meter)


def test_a_meter_that_is_forgotten_warns_and_ends():
    before = threading.active_count()
    made = smartx96.simulate(tcp=False)
    thread = made._simulation.thread._thread
    with pytest.warns(ResourceWarning, match="was not closed"):
        del made
    thread.join(5)
    assert threading.active_count() == before


def test_what_fails_in_the_thread_reaches_the_caller(meter, monkeypatch):
    def broken(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(meter._built.live.meter, "take_readings", broken)
    with pytest.raises(RuntimeError, match="a defect"):
        meter.set(current=3)
    monkeypatch.undo()
    meter.set(current=4)
    assert meter["current_l1"] == pytest.approx(4.0)


def test_it_says_what_it_is():
    with smartx96.simulate(wiring="1p2w", unit=9) as meter:
        host, port = meter.tcp
        assert repr(meter) == f"<SimulatedMeter: X96-5A, 1p2w, {host}:{port}, unit 9>"


def test_reads_as_short_as_those_of_real_models() -> None:
    with smartx96.simulate(max_read=60) as meter:
        assert len(asked(meter, 60)) == 9 + 120
        assert asked(meter, 61)[7:] == b"\x84\x03"
    with pytest.raises(OptionError, match="max_read 126: must be 1 to 125"):
        smartx96.simulate(max_read=126)


def asked(meter: smartx96.SimulatedMeter, count: int) -> bytes:
    """The answer to a read of input registers."""
    with socket.create_connection(meter.tcp, timeout=5) as client:
        client.sendall(struct.pack(">HHHBBHH", 1, 0, 6, 1, 4, 0, count))
        return client.recv(300)
