"""Simulated meters, read and written by clients of others: pymodbus and minimalmodbus."""

from __future__ import annotations

import math
import os
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import smartx96
from support.running import CURRENT, EXACT_IMPORT, FREQUENCY, POWER, VOLTAGE, Registers

pytestmark = pytest.mark.interop

PHASE_POWER, FACTOR, REACTIVE, DEMAND = 0x0C, 0x3E, 0x3C, 0x54
IMPORT_RESETTABLE, THD_CURRENT, CURRENT_HARMONIC_5 = 0x184, 0xF0, 0x306 + 2 * 3
PASSWORD, DEMAND_PERIOD, CT_PRIMARY, UNIT_ADDRESS, RESET = 0x18, 0x02, 0x34, 0x14, 0xD8
CLOCK = 0xF000


@pytest.fixture
def meter() -> Iterator[smartx96.SimulatedMeter]:
    with smartx96.simulate(voltage=230, current=5, power_factor=0.9) as made:
        yield made


def client(meter: smartx96.SimulatedMeter, **options: Any) -> Registers:
    return Registers(meter.tcp[1], meter.unit, timeout=3, retries=0, **options)


def write(registers: Registers, address: int, value: float, unit: int = 1) -> bool:
    """Write a float; whether the meter took it."""
    words = list(struct.unpack(">HH", struct.pack(">f", value)))
    return not registers._client.write_registers(address, words, device_id=unit).isError()


def holding(registers: Registers, address: int, unit: int = 1) -> float:
    answer = registers._client.read_holding_registers(address, count=2, device_id=unit)
    assert not answer.isError()
    return struct.unpack(">f", struct.pack(">HH", *answer.registers))[0]


def test_a_client_sees_what_is_set_when_set_returns(meter):
    with client(meter) as registers:
        assert registers.value(POWER) == pytest.approx(3105.0, rel=1e-6)
        for n in range(50):
            current, factor, voltage = 1 + n / 7, math.cos(n / 5), 220 + n / 3
            meter.set(current=[current, 2, 3], power_factor=factor, voltage=voltage)
            assert registers.value(CURRENT) == pytest.approx(current, rel=1e-6)
            assert registers.value(PHASE_POWER) == pytest.approx(
                voltage * current * factor, rel=1e-5
            )
            assert registers.value(POWER) == pytest.approx(
                voltage * (current + 5) * factor, rel=1e-5
            )
            assert registers.value(FACTOR) == pytest.approx(factor, rel=1e-5)
            assert registers.value(VOLTAGE + 4) == pytest.approx(voltage, rel=1e-6)


def test_powers_frequency_and_harmonics(meter):
    with client(meter) as registers:
        meter.set(active_power=-1500.0, reactive_power=700.0, frequency=50.7)
        assert registers.value(POWER) == pytest.approx(-1500.0, rel=1e-6)
        assert registers.value(REACTIVE) == pytest.approx(700.0, rel=1e-6)
        assert registers.value(FREQUENCY) == pytest.approx(50.7, rel=1e-6)
        meter.set(current_harmonics={5: 12.0, 7: (5.0, 90)})
        assert registers.value(CURRENT_HARMONIC_5) == pytest.approx(12.0, rel=1e-5)
        assert registers.value(THD_CURRENT) == pytest.approx(13.0, rel=1e-5)


def test_energy_demand_and_pulses_follow_time(meter):
    meter.change(demand_period=15)
    with client(meter) as registers:
        before = registers.exact(EXACT_IMPORT)
        meter.advance(hours=1)
        assert registers.exact(EXACT_IMPORT) - before == pytest.approx(3105e6, abs=3)
        assert registers.value(DEMAND) == pytest.approx(3105.0, rel=1e-6)
        answer = registers._client.read_input_registers(0x205C, count=4, device_id=1)
        kind = registers._client.DATATYPE.UINT64
        count = registers._client.convert_from_registers(answer.registers, kind)
        assert count == math.floor(3.105 * (1 + 0.2 / 3600) * 3200)
        assert len(meter.pulses(2)) == count


def test_the_clock_register_follows(meter):
    def clock() -> datetime:
        answer = registers._client.read_holding_registers(CLOCK, count=4, device_id=1)
        raw = struct.pack(">HHHH", *answer.registers)
        second, minute, hour, _, day, month, year, century = (int(f"{byte:02x}") for byte in raw)
        return datetime(100 * century + year, month, day, hour, minute, second)

    with client(meter) as registers:
        assert clock() == datetime(2026, 6, 21)
    begun = datetime(2026, 6, 29, 23, 30)
    with smartx96.simulate(start=begun) as late, client(late) as registers:
        late.advance(hours=25)
        assert clock() == begun + timedelta(hours=25)


def test_a_power_cut_answers_nobody(meter):
    pymodbus = pytest.importorskip("pymodbus.exceptions")
    meter.advance(hours=1)
    with client(meter) as registers:
        before = registers.exact()
    meter.power_off()
    with (
        Registers(meter.tcp[1], timeout=0.3, retries=0) as registers,
        pytest.raises(pymodbus.ModbusException),
    ):
        registers.value(VOLTAGE)
    meter.power_on()
    with client(meter) as registers:
        assert registers.value(VOLTAGE) == pytest.approx(230.0)
        assert before < registers.exact() < before + 1000e3


def test_what_a_client_writes_shows_at_once(meter):
    with client(meter) as registers:
        assert write(registers, DEMAND_PERIOD, 30.0)
        assert meter.settings["demand_period"] == 30
        assert not write(registers, CT_PRIMARY, 100.0)
        assert not write(registers, PASSWORD, 1.0)
        assert write(registers, PASSWORD, 1000.0)
        assert write(registers, CT_PRIMARY, 100.0)
        assert holding(registers, CT_PRIMARY) == 100.0
        # Values are on the primary side: the power is what was set.
        meter.set()
        assert registers.value(POWER) == pytest.approx(3105.0, rel=1e-6)
        meter.advance(hours=1)
        assert registers.value(IMPORT_RESETTABLE) > 3.0
        assert write(registers, RESET, 1.0)
        assert registers.value(IMPORT_RESETTABLE) == 0.0
        assert not write(registers, UNIT_ADDRESS, 300.0)
        assert write(registers, UNIT_ADDRESS, 9.0)
        assert holding(registers, UNIT_ADDRESS, unit=9) == 9.0
    assert meter.unit == 9


def test_a_password_of_ones_own(meter):
    meter.change(password=4711)
    with client(meter) as registers:
        assert not write(registers, PASSWORD, 1000.0)
        assert write(registers, PASSWORD, 4711.0)


def test_read_only_takes_nothing():
    with smartx96.simulate(read_only=True) as meter, client(meter) as registers:
        assert not write(registers, DEMAND_PERIOD, 30.0)
        assert registers.value(CURRENT) == 5.0


def test_faults_of_the_answers_repeat():
    pymodbus = pytest.importorskip("pymodbus.exceptions")

    def struck() -> list[bool]:
        found = []
        with smartx96.simulate(faults="busy=0.4,seed=5") as meter, client(meter) as registers:
            for _ in range(20):
                answer = registers._client.read_input_registers(0, count=2, device_id=1)
                found.append(answer.isError())
        return found

    first = struck()
    assert 3 < sum(first) < 17
    assert first == struck()
    with (
        smartx96.simulate(faults="silent=1") as meter,
        Registers(meter.tcp[1], timeout=0.2, retries=0) as registers,
        pytest.raises(pymodbus.ModbusException),
    ):
        registers.value(VOLTAGE)


def test_several_meters_behind_one_port():
    with smartx96.simulate(meters=3, unit=11, current=1.0) as first:
        for n, each in enumerate(first.meters):
            each.set(current=2.0 + n)
        for n in range(3):
            with Registers(first.tcp[1], 11 + n, timeout=3, retries=0) as registers:
                assert registers.value(CURRENT) == pytest.approx(2.0 + n)


@pytest.mark.alone
def test_clients_are_answered_while_time_passes(meter):
    slowest, stop = [0.0], threading.Event()

    def poll() -> None:
        with client(meter) as registers:
            while not stop.is_set():
                begun = time.monotonic()
                registers.value(VOLTAGE)
                slowest[0] = max(slowest[0], time.monotonic() - begun)

    poller = threading.Thread(target=poll)
    poller.start()
    meter.advance(days=5)
    stop.set()
    poller.join(10)
    assert 0.0 < slowest[0] < 1.0


@pytest.mark.parametrize("named", [False, True])
def test_a_line_on_a_pseudo_terminal(named, tmp_path):
    minimalmodbus = pytest.importorskip("minimalmodbus")
    link = tmp_path / "line"
    with smartx96.simulate(rtu=link if named else True, tcp=False, unit=7, current=3.0) as meter:
        assert (meter.rtu == str(link)) is named
        instrument = minimalmodbus.Instrument(meter.rtu, 7)
        instrument.serial.timeout = 1.0
        assert instrument.read_float(CURRENT, 4) == pytest.approx(3.0)
        meter.set(current=4.0, power_factor=-0.5)
        assert instrument.read_float(CURRENT, 4) == pytest.approx(4.0)
        assert instrument.read_float(POWER, 4) == pytest.approx(-3 * 230 * 4 * 0.5)
        instrument.write_float(DEMAND_PERIOD, 20.0)
        assert meter.settings["demand_period"] == 20
        meter.power_off()
        instrument.serial.timeout = 0.2
        with pytest.raises(minimalmodbus.NoResponseError):
            instrument.read_float(CURRENT, 4)
        instrument.serial.close()
    assert not link.exists()


TESTS = """
import threading
from struct import pack, unpack

def test_the_fixture(x96):
    from pymodbus.client import ModbusTcpClient
    host, port = x96.tcp
    with ModbusTcpClient(host, port=port) as client:
        x96.set(current=2.5)
        words = client.read_input_registers(6, count=2, device_id=1).registers
    assert unpack(">f", pack(">HH", *words))[0] == 2.5

def test_the_factory(x96_meter):
    one, other = x96_meter(current=1), x96_meter(current=2, wiring="1p2w")
    assert one.tcp != other.tcp
    assert (one["current_l1"], other["current_l1"]) == (1.0, 2.0)

def test_as_another_model(x96_meter):
    from pymodbus.client import ModbusTcpClient
    host, port = x96_meter(serve_as="sdm630").tcp
    with ModbusTcpClient(host, port=port) as client:
        assert client.read_holding_registers(0xFC02, count=1, device_id=1).registers == [0x0070]
        assert not client.read_input_registers(0, count=80, device_id=1).isError()
        assert client.read_input_registers(0, count=81, device_id=1).exception_code == 3

def test_nothing_is_left():
    assert threading.active_count() == 1
"""


def test_fixtures_of_the_plugin(tmp_path: Path):
    (tmp_path / "test_client.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    found = subprocess.run(
        [*command, str(tmp_path)], cwd=tmp_path, env=environment,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "4 passed" in found.stdout, found.stdout + found.stderr


def test_the_plugin_costs_those_nothing_who_do_not_use_it():
    script = (
        "import sys, smartx96.pytest_plugin; "
        "print([n for n in ('numpy', 'asyncio', 'smartx96.simulation') if n in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert found.stdout.strip() == "[]"
