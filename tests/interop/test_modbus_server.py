"""Clients of others read the server: pymodbus, and libmodbus by mbpoll."""

import asyncio
import re
import shutil
import struct
import subprocess
import threading
from types import SimpleNamespace

import numpy as np
import pytest
from pymodbus.client import ModbusTcpClient

from smartx96 import quantities
from smartx96.modbus import registers
from smartx96.modbus.bank import Images, RegisterBank
from smartx96.modbus.registers import INPUT, Format
from smartx96.modbus.server import ModbusTcpServer
from smartx96.settings import Settings

pytestmark = pytest.mark.interop

VALUES = np.arange(len(quantities.TABLE)) * 1.25 - 20.0
HARMONICS = np.arange(378, dtype=float).reshape(6, 63) / 8


@pytest.fixture(scope="module")
def address():
    """A server in a thread of its own; gives host and port."""
    snapshot = SimpleNamespace(
        values=VALUES, harmonics=HARMONICS, exact={"active_energy_import_exact": 2**53 + 1}
    )
    images = Images.of(snapshot, Settings({"ct_primary": 400}), {"serial_number": 7_654_321})
    server = ModbusTcpServer([RegisterBank(images)])
    loop = asyncio.new_event_loop()
    loop.run_until_complete(server.start(port=0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield server.address
    loop.call_soon_threadsafe(server.close)
    asyncio.run_coroutine_threadsafe(server.wait_closed(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    loop.close()


@pytest.fixture
def client(address):
    host, port = address
    with ModbusTcpClient(host, port=port, timeout=3, retries=0) as client:
        yield client


def expected(register) -> float:
    base, _, order = register.id.partition("[")
    if order:
        return HARMONICS[quantities.HARMONIC_INDEX[base], int(order[:-1]) - 1]
    return VALUES[quantities.INDEX[base]]


def test_pymodbus_reads_every_float(client):
    for register in INPUT:
        if register.format is Format.FLOAT32:
            answer = client.read_input_registers(register.address, count=2, device_id=1)
            value = client.convert_from_registers(answer.registers, client.DATATYPE.FLOAT32)
            assert value == expected(register), register.id


def test_pymodbus_reads_125_registers_over_blocks_and_gaps(client):
    words = {}
    for address in range(0, 1125, 125):
        answer = client.read_input_registers(address, count=125, device_id=1)
        assert len(answer.registers) == 125
        words.update(enumerate(answer.registers, address))
    for register in INPUT:
        if register.end <= 1125:
            pair = struct.pack(">HH", words[register.address], words[register.address + 1])
            assert struct.unpack(">f", pair)[0] == expected(register), register.id
    assert words[0x2C] == words[0x2D] == 0


def test_pymodbus_reads_exact_energy_and_text(client):
    answer = client.read_input_registers(0x2004, count=4, device_id=1)
    exact = client.convert_from_registers(answer.registers, client.DATATYPE.UINT64)
    assert exact == 2**53 + 1
    answer = client.read_holding_registers(0xE010, count=16, device_id=1)
    assert client.convert_from_registers(answer.registers, client.DATATYPE.STRING) == "UTC"


@pytest.mark.parametrize(("start", "count", "code"), [(0x047A, 1, 2), (0x133B, 2, 2)])
def test_pymodbus_gets_exceptions(client, start, count, code):
    answer = client.read_input_registers(start, count=count, device_id=1)
    assert answer.isError()
    assert answer.exception_code == code


def test_pymodbus_gets_exception_for_a_function_we_lack(client):
    assert client.read_coils(0, count=1, device_id=1).exception_code == 1


def mbpoll(address, *options: str) -> dict[int, str]:
    """Values by address as mbpoll prints them."""
    program = shutil.which("mbpoll")
    if program is None:
        pytest.skip("mbpoll is not installed")
    host, port = address
    command = [program, "-m", "tcp", "-p", str(port), "-0", "-1", "-q", *options, host]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {int(a): v for a, v in re.findall(r"^\[(\d+)\]:\s+(\S+)", done.stdout, re.MULTILINE)}


@pytest.mark.parametrize("first", [0x0000, 0x0064, 0x0154, 0x0192, 0x03FE])
def test_mbpoll_reads_floats(address, first):
    found = mbpoll(address, "-a", "1", "-t", "3:float", "-B", "-r", str(first), "-c", "50")
    known = {r.address: r for r in INPUT}
    assert len(found) == 50
    for place, text in found.items():
        value = expected(known[place]) if place in known else 0.0
        assert float(text) == pytest.approx(value, rel=1e-5), hex(place)


def test_mbpoll_reads_125_registers(address):
    found = mbpoll(address, "-a", "1", "-t", "3:hex", "-r", "0", "-c", "125")
    words = [int(found[n], 16) for n in range(125)]
    voltage = struct.unpack(">f", struct.pack(">HH", *words[:2]))[0]
    assert voltage == VALUES[quantities.INDEX["voltage_l1"]]
    assert len(found) == 125


def test_mbpoll_reads_settings(address):
    place = str(registers.BY_ID["ct_primary"].address)
    found = mbpoll(address, "-a", "1", "-t", "4:float", "-B", "-r", place, "-c", "1")
    assert [float(v) for v in found.values()] == [400.0]
