"""`x96 show`, `get`, `set`, `clock` ... as processes: on a pseudo-terminal, and with meters of
others; what they did is looked at with pymodbus.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pymodbus.client import ModbusTcpClient

from smartx96 import simulate
from support.ports import free_port
from support.running import X96, Running

pytestmark = pytest.mark.interop

CLOCK, CT_PRIMARY, DEMAND_PERIOD, SCROLL = 0xF000, 0x0034, 0x0002, 0x003A

SERVER = """
import asyncio, struct, sys
from pymodbus.server import StartAsyncTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

def floats(first, last, **values):
    found = [0.0] * ((last - first) // 2)
    for address, value in values.items():
        found[(int(address[1:]) - first) // 2] = value
    return list(struct.unpack(f">{2 * len(found)}H", struct.pack(f">{len(found)}f", *found)))

inputs = floats(0, 0x60, _0=230.5, _2=231.5, _4=229.5, _52=1500.0, _70=50.0)
settings = floats(0, 0x40, _2=60.0, _10=3.0, _18=0.0, _20=1.0, _28=2.0, _40=2141.0, _58=5.0)
unused = [SimData(0, values=[False], datatype=DataType.BITS)]
tables = (
    unused, unused,
    [SimData(0, values=settings, datatype=DataType.REGISTERS),
     SimData(0xFC00, values=[0, 4711, 0x70, 0x0102], datatype=DataType.REGISTERS)],
    [SimData(0, values=inputs, datatype=DataType.REGISTERS)],
)
asyncio.run(StartAsyncTcpServer(
    SimDevice(1, simdata=tables), address=("127.0.0.1", int(sys.argv[1]))))
"""
"""A meter of others: the first registers of the family, and what it says it is by a code."""


def x96(*arguments: str, code: int = 0, **environment: str) -> str:
    """Output of a command; of one that fails, its one line."""
    found = subprocess.run(
        [*X96, *arguments], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
        env=os.environ | environment,
    )  # fmt: skip
    assert found.returncode == code, found
    assert found.stderr.count("\n") == (code != 0), found.stderr
    return found.stderr if code else found.stdout


@contextmanager
def of_others() -> Iterator[int]:
    """A server of pymodbus; its port."""
    port = free_port()
    with subprocess.Popen([sys.executable, "-c", SERVER, str(port)]) as server:
        try:
            for _ in range(100):
                with socket.socket() as knock:
                    if knock.connect_ex(("127.0.0.1", port)) == 0:
                        break
                threading.Event().wait(0.1)
            yield port
        finally:
            server.terminate()


def holding(port: int, address: int, count: int = 2) -> list[int]:
    with ModbusTcpClient("127.0.0.1", port=port) as client:
        answer = client.read_holding_registers(address, count=count, device_id=1)
        assert not answer.isError()
        return list(answer.registers)


def number(port: int, address: int) -> float:
    return struct.unpack(">f", struct.pack(">2H", *holding(port, address)))[0]


def shown_by(port: int) -> datetime:
    """What the clock of a meter shows, by the bytes of its register."""
    data = struct.pack(">4H", *holding(port, CLOCK, 4)).hex()
    s, m, h, _, day, month, year, century = (int(data[n : n + 2]) for n in range(0, 16, 2))
    return datetime(100 * century + year, month, day, h, m, s, tzinfo=UTC)


def test_clock_is_compared_and_set():
    meter = Running()
    try:
        place = ("--tcp", f"127.0.0.1:{meter.port}")
        ahead = struct.unpack(">4H", bytes.fromhex("0000120401013020"))
        with ModbusTcpClient("127.0.0.1", port=meter.port) as client:
            assert not client.write_registers(CLOCK, list(ahead), device_id=1).isError()
            wrong = datetime(2030, 1, 1, 12, tzinfo=UTC)
            difference = (wrong - datetime.now(UTC)).total_seconds()
        found = json.loads(x96("clock", *place, "--json"))
        # A snapshot of a meter is up to 0.2 s old, and it takes a while to be there.
        assert found["difference"] == pytest.approx(difference, abs=1.0)
        found = json.loads(x96("clock", "--set", *place, "--json"))
        assert abs(found["set"]["difference"]) < 0.7
        off = (shown_by(meter.port) - datetime.now(UTC)).total_seconds()
        assert -2.0 < off < 0.5
    finally:
        meter.stop()


def test_a_clock_is_told_no_time_that_cannot_be():
    with simulate(tcp=True, settings={"time_zone": "Europe/Berlin"}) as meter:
        place = ("--tcp", f"127.0.0.1:{meter.tcp[1]}")
        before = holding(meter.tcp[1], CLOCK, 4)
        for dry in ((), ("--dry-run",)):
            for given in ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "1900-01-01"):
                assert "2000 to 2099" in x96("clock", f"--set={given}", *dry, *place, code=2)
            assert "left out" in x96("clock", "--set=2026-03-29T02:30", *dry, *place, code=2)
        told = x96("clock", "--set=2026-07-01T12:00:00Z", "--dry-run", *place)
        assert "it would be set to 2026-07-01T14:00:00" in told
        assert holding(meter.tcp[1], CLOCK, 4) == before


def test_a_meter_is_set_and_moved_over_a_line(tmp_path: Path):
    line = tmp_path / "line"
    meter = Running("--rtu", f"pty:{line}")
    try:
        place = ("--port", str(line))
        assert x96("get", "ct_primary", *place) == "ct_primary = 5 A\n"
        said = x96("set", "ct_primary=200", "scroll_time=9", "unit_address=5", "baud_rate=19200",
                   *place, X96_PASSWORD="1000")  # fmt: skip
        assert "done: 4 written" in said
        assert f"from now on it is asked at {line} 19200 N1 unit 5" in said
        with ModbusTcpClient("127.0.0.1", port=meter.port) as client:
            answer = client.read_holding_registers(CT_PRIMARY, count=2, device_id=5)
            assert answer.registers == [0x4348, 0]
        elsewhere = ("--unit", "5", "--baud", "19200")
        assert "CT 200/5 A" in x96("show", *place, *elsewhere)
        told = x96("get", "ct_primary", *place, "--retries", "0", "--timeout", "0.3", code=1)
        assert "has it address 1, 9600 N1? are A and B swapped?" in told
    finally:
        meter.stop()


def test_a_meter_of_others_is_shown_and_set_as_far_as_it_is_documented():
    with of_others() as port:
        place = ("--tcp", f"127.0.0.1:{port}")
        page = x96("show", *place)
        assert "taken for SDM630, serial number 4711" in page
        assert "software 1.02" in page
        assert "230.5     231.5     229.5" in page
        found = json.loads(x96("get", "*", *place, "--json"))
        assert found["active_power"]["value"] == 1500.0
        assert not {"clock", "ct_primary", "status", "energy_balance"} & set(found)
        assert "--unverified tries" in x96("get", "clock", *place, code=2)
        assert "--unverified tries" in x96("set", "ct_primary=9", *place, code=2)
        assert "--unverified tries" in x96("clock", "--set", *place, code=2)
        assert number(port, CT_PRIMARY) == 0.0
        assert "done: 2 written" in x96("set", "demand_period=15", "scroll_time=7", *place)
        assert (number(port, DEMAND_PERIOD), number(port, SCROLL)) == (15.0, 7.0)
        assert "does not have" in x96("get", "apparent_energy", "voltage_l1_l2", *place, code=1)


@contextmanager
def babbling(says: bytes) -> Iterator[int]:
    """What a device server brings of a line whose speed is another: a port; nothing is silence."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            try:
                connection, _ = server.accept()
                with connection:
                    while connection.recv(256):
                        connection.sendall(says)
            except OSError:
                return

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (bytes.fromhex("01 03 04 00 80 f8 fe 00 e0 80"), "are 9600 N1 right, is the line termin"),
        (b"", "speed and parity of the meter? are A and B swapped?"),
    ],
)
def test_a_wrong_speed_is_told(says, words):
    with babbling(says) as port:
        told = x96("show", "--rtu-tcp", f"127.0.0.1:{port}", "--retries", "0", "--timeout", "0.3",
                   code=1)  # fmt: skip
        assert words in told


def test_no_password_is_in_a_traceback():
    meter = Running()
    try:
        found = subprocess.run(
            [*X96, "--debug", "set", "ct_primary=200", "--tcp", f"127.0.0.1:{meter.port}"],
            capture_output=True, text=True, timeout=60, env=os.environ | {"X96_PASSWORD": "7391"},
        )  # fmt: skip
        assert "Traceback" in found.stderr
        assert "password is wrong" in found.stderr
        assert "7391" not in found.stderr + found.stdout
    finally:
        meter.stop()
