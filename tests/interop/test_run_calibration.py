"""A calibration over Modbus, by a client of others: seen at once, logged, kept over a restart."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pymodbus.client import ModbusTcpClient

from smartx96.store.reading import read_events
from smartx96.store.verification import verify
from support.running import Registers, Running

pytestmark = pytest.mark.interop

LOCK, FIRST, COUNT = 0x000E, 0xE020, 9
VOLTAGE, POWER = 0x0000, 0x000C
LOAD = "[voltage]\nrms = 230.0\n[current]\nrms = 4.0\nangle = 60.0\n"
WANTED = [500, 0, 0, -250, 0, 0, 1000, 0, -32]
"""Voltage gains, current gains and phase corrections of L1, L2, L3."""


@contextmanager
def meter(folder: Path, *more: str) -> Iterator[Running]:
    path = folder / "load.toml"
    path.write_text(LOAD)
    running = Running("--state", str(folder / "state"), "--source", str(path), *more)
    try:
        yield running
    finally:
        running.stop()


@contextmanager
def client(running: Running) -> Iterator[ModbusTcpClient]:
    with ModbusTcpClient("127.0.0.1", port=running.port, timeout=5) as found:
        assert found.connect()
        yield found


def write(client: ModbusTcpClient, address: int, words: list[int]) -> int:
    answer = client.write_registers(address, words, device_id=1)
    return answer.exception_code if answer.isError() else 0


def unlock(client: ModbusTcpClient) -> int:
    return write(client, LOCK, list(struct.unpack(">2H", struct.pack(">f", 1000.0))))


def calibration(client: ModbusTcpClient) -> list[int]:
    answer = client.read_holding_registers(FIRST, count=COUNT, device_id=1)
    assert not answer.isError(), answer
    kind = client.DATATYPE.INT16
    return [client.convert_from_registers([word], kind) for word in answer.registers]


def as_words(values: list[int]) -> list[int]:
    return [value & 0xFFFF for value in values]


def reaches(registers: Registers, address: int, value: float) -> bool:
    """Whether a reading comes to a value, to a hundred-thousandth, within a while."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        if registers.value(address) == pytest.approx(value, rel=1e-5):
            return True
        time.sleep(0.05)
    return False


def test_a_calibration_is_written_seen_logged_and_kept(tmp_path: Path) -> None:
    volts, watts = 230 * 1.005, 4.0 * 230 * 1.005 * 0.9975 * 0.4974770  # cos(60 deg + 10 min)
    with meter(tmp_path) as running, client(running) as asking, Registers(running.port) as reading:
        assert reaches(reading, VOLTAGE, 230.0)
        assert write(asking, FIRST, as_words(WANTED)) == 4  # locked
        assert calibration(asking) == [0] * COUNT
        assert unlock(asking) == 0
        assert write(asking, FIRST, as_words([5001])) == 3
        assert calibration(asking) == [0] * COUNT
        assert write(asking, FIRST, as_words(WANTED)) == 0
        assert calibration(asking) == WANTED
        assert reaches(reading, VOLTAGE, volts)
        assert reaches(reading, POWER, watts)
        assert reaches(reading, VOLTAGE + 2, 230.0)
    changed = [dict(e.details) for e in read_events(tmp_path / "state", "meter")
               if e.kind == "parameter_changed"]  # fmt: skip
    ids = [f"{kind}_l{n}" for kind in ("voltage_gain", "current_gain", "phase_correction")
           for n in (1, 2, 3)]  # fmt: skip
    assert changed == [
        {"setting": id, "old": 0, "new": value, "road": "modbus"}
        for id, value in zip(ids, WANTED, strict=True) if value
    ]  # fmt: skip
    (log,) = verify(tmp_path / "state")
    assert not log.findings
    with meter(tmp_path) as running, client(running) as asking, Registers(running.port) as reading:
        assert calibration(asking) == WANTED
        assert reaches(reading, VOLTAGE, volts)


def test_a_calibration_of_phasors_is_seen_as_well(tmp_path: Path) -> None:
    with (
        meter(tmp_path, "--signal", "phasors") as running,
        client(running) as asking,
        Registers(running.port) as reading,
    ):
        assert reaches(reading, VOLTAGE, 230.0)
        assert unlock(asking) == 0
        assert write(asking, FIRST, as_words(WANTED)) == 0
        assert reaches(reading, VOLTAGE, 230 * 1.005)
