"""`x96 run` read and set by real clients: lines, several meters, terms of service."""

from __future__ import annotations

import re
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.exceptions import ModbusException, ModbusIOException
from pymodbus.framer import FramerType

from support.running import X96

pytestmark = pytest.mark.interop

VOLTAGE = 0x0000
ADDRESS, BAUD_RATE, SCROLL, LOCK, CT_PRIMARY = 0x0014, 0x001C, 0x003A, 0x000E, 0x0034


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """`x96 run`, and what it has printed up to its first readings."""
    process = subprocess.Popen(
        [*X96, "run", "--state", "off", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        lines = []
        for line in process.stdout:
            lines.append(line.rstrip())
            if re.search(r"\d s  ", line) or "meters in all" in line:
                break
        assert lines, process.communicate(timeout=10)
        yield process, lines
    finally:
        process.terminate()
        process.communicate(timeout=20)


def stopped(process: subprocess.Popen[str]) -> tuple[str, str]:
    process.terminate()
    return process.communicate(timeout=20)


def serial(device: Path, timeout: float = 1.0) -> ModbusSerialClient:
    client = ModbusSerialClient(str(device), baudrate=9600, timeout=timeout, retries=0)
    assert client.connect()
    return client


def tcp(lines: list[str], spoken: str = "Modbus TCP", **options) -> ModbusTcpClient:
    line = next(line for line in lines if line.startswith(f"{spoken} listens"))
    port = int(re.search(r":(\d+)", line)[1])
    return ModbusTcpClient("127.0.0.1", port=port, timeout=2, retries=0, **options)


def floats(client, address: int, unit: int, count: int = 1) -> list[float]:
    answer = client.read_holding_registers(address, count=2 * count, device_id=unit)
    assert not answer.isError(), answer
    return list(struct.unpack(f">{count}f", struct.pack(f">{2 * count}H", *answer.registers)))


def voltage(client, unit: int) -> float:
    answer = client.read_input_registers(VOLTAGE, count=2, device_id=unit)
    assert not answer.isError(), answer
    return struct.unpack(">f", struct.pack(">2H", *answer.registers))[0]


def write(client, address: int, value: float, unit: int) -> int:
    """The exception; 0 is none."""
    words = struct.unpack(">2H", struct.pack(">f", value))
    answer = client.write_registers(address, list(words), device_id=unit)
    return answer.exception_code if answer.isError() else 0


def silent(client, unit: int) -> bool:
    try:
        return isinstance(
            client.read_input_registers(VOLTAGE, count=2, device_id=unit), ModbusIOException
        )
    except (ModbusException, ConnectionError):
        return True


def street(folder: Path, count: int) -> Path:
    """Meters on one line; the CT primary of each is its address."""
    config = folder / "street.toml"
    meters = (f'[[meter]]\nname = "m{n}"\nsettings = {{ unit_address = {n}, ct_primary = {n} }}\n'
              for n in range(1, count + 1))  # fmt: skip
    config.write_text(
        f'tcp = "off"\nrtu = "pty:{folder / "line"}"\ninterval = 1.0\n' + "".join(meters)
    )
    return config


def test_a_line_of_247_meters(tmp_path):
    with running(str(street(tmp_path, 247)), "--signal", "phasors") as (_, lines):
        end = time.monotonic() + 30
        while not (tmp_path / "line").exists() and time.monotonic() < end:
            time.sleep(0.05)
        client = serial(tmp_path / "line", timeout=5)
        with client:
            for unit in (1, 2, 99, 246, 247):
                assert floats(client, CT_PRIMARY, unit) == [unit]
            end = time.monotonic() + 10  # a window of phasors is a second long
            while not voltage(client, 247) and time.monotonic() < end:
                time.sleep(0.1)
            assert all(200 < voltage(client, unit) < 260 for unit in (1, 2, 99, 246, 247))
    assert lines


def test_address_changes_with_the_next_request(tmp_path):
    with (
        running(str(street(tmp_path, 3)), "--signal", "phasors") as _,
        serial(tmp_path / "line") as client,
    ):
        assert write(client, ADDRESS, 77.0, 2) == 0
        assert silent(client, 2)
        assert floats(client, CT_PRIMARY, 77) == [2.0]


def test_a_meter_that_goes_to_another_speed_leaves_the_line(tmp_path):
    with (
        running(str(street(tmp_path, 3)), "--signal", "phasors") as (process, _),
        serial(tmp_path / "line") as client,
    ):
        assert write(client, BAUD_RATE, 3.0, 2) == 0
        assert silent(client, 2)
        assert voltage(client, 3) > 0
        assert write(client, BAUD_RATE, 3.0, 1) == 0
        assert voltage(client, 1) > 0
        assert voltage(client, 2) > 0
        assert silent(client, 3)
        time.sleep(0.6)
        _, errors = stopped(process)
    assert "now 19200 N1" in errors
    assert "unit 3 is set to 9600 N1, and hears nothing" in errors


def test_a_broadcast_reaches_all_and_is_not_answered(tmp_path):
    with (
        running(str(street(tmp_path, 3)), "--signal", "phasors") as _,
        serial(tmp_path / "line", timeout=0.5) as client,
    ):
        words = list(struct.unpack(">2H", struct.pack(">f", 9.0)))
        client.write_registers(SCROLL, words, device_id=0, no_response_expected=True)
        time.sleep(0.2)
        assert [floats(client, SCROLL, unit) for unit in (1, 2, 3)] == [[9.0]] * 3


def test_unlocking_on_one_road_unlocks_no_other(tmp_path):
    arguments = ("--tcp", "127.0.0.1:0", "--rtu", f"pty:{tmp_path / 'line'}")
    with running(*arguments) as (_, lines), serial(tmp_path / "line") as line, tcp(lines) as other:
        assert write(line, CT_PRIMARY, 100.0, 1) == 4
        assert write(line, LOCK, 1000.0, 1) == 0
        assert write(other, CT_PRIMARY, 100.0, 1) == 4
        assert write(line, CT_PRIMARY, 100.0, 1) == 0
        assert floats(other, CT_PRIMARY, 1) == [100.0]


def test_a_second_process_does_not_take_the_link(tmp_path):
    arguments = ("--tcp", "off", "--rtu", f"pty:{tmp_path / 'line'}")
    with running(*arguments):
        done = subprocess.run(
            [*X96, "run", "--state", "off", *arguments], capture_output=True, text=True, timeout=20
        )
        assert done.returncode == 1
        assert "is there already, which leads to /dev/pts/" in done.stderr
        with serial(tmp_path / "line") as client:
            assert voltage(client, 1) > 0


def test_a_link_that_was_left_over_is_replaced_and_others_are_not(tmp_path):
    arguments = ("--tcp", "off", "--rtu", f"pty:{tmp_path / 'line'}")
    with running(*arguments) as (process, _):
        process.kill()
        process.wait(10)
        assert (tmp_path / "line").is_symlink()
    with running(*arguments), serial(tmp_path / "line") as client:
        assert voltage(client, 1) > 0
    (tmp_path / "line").symlink_to("/dev/null")
    done = subprocess.run(
        [*X96, "run", "--state", "off", *arguments], capture_output=True, text=True, timeout=20
    )
    assert "is there already, which leads to /dev/null" in done.stderr
    assert (tmp_path / "line").is_symlink()


def test_two_meters_of_one_address_are_told_at_the_start(tmp_path):
    config = tmp_path / "two.toml"
    config.write_text("[meter.a]\n[meter.b]\nsettings.unit_address = 2\n")
    state = ("--state", str(tmp_path / "state"), "--tcp", "127.0.0.1:0")
    with running(str(config), *state) as (process, lines), tcp(lines) as client:
        assert write(client, ADDRESS, 2.0, 1) == 0
        stopped(process)
    with running(str(config), *state) as (_, lines):
        assert any("2 meters on 127.0.0.1:" in line and "unit 2" in line for line in lines)


def test_a_file_is_checked_with_what_the_command_line_says(tmp_path):
    config = tmp_path / "two.toml"
    config.write_text(f'[meter.a]\nrtu = "pty:{tmp_path / "line"}"\n[meter.b]\n')
    with running(str(config), "--tcp", "off") as (_, lines):
        assert sum("listens" in line for line in lines) == 1


def test_rtu_over_tcp(tmp_path):
    with (
        running("--tcp", "off", "--rtu-tcp", "127.0.0.1:0") as (_, lines),
        tcp(lines, "Modbus RTU over TCP", framer=FramerType.RTU) as client,
    ):
        assert 200 < voltage(client, 1) < 260
        assert write(client, SCROLL, 9.0, 1) == 0
        assert silent(client, 2)


def test_read_only_refuses_and_reads(tmp_path):
    with running("--tcp", "127.0.0.1:0", "--read-only") as (_, lines), tcp(lines) as client:
        assert voltage(client, 1) > 0
        assert write(client, SCROLL, 9.0, 1) == 4


def test_who_may_connect(tmp_path):
    with running("--tcp", "127.0.0.1:0", "--allow", "192.0.2.0/24") as (process, lines):
        with tcp(lines) as client:
            assert silent(client, 1)
        _, errors = stopped(process)
    assert "refused 127.0.0.1: is not among the allowed addresses" in errors


def test_one_client_too_many_is_told(tmp_path):
    with running("--tcp", "127.0.0.1:0", "--connections", "1") as (process, lines):
        with tcp(lines) as first, tcp(lines) as second:
            assert voltage(first, 1) > 0
            assert silent(second, 1)
            assert voltage(first, 1) > 0
        _, errors = stopped(process)
    assert "refused 127.0.0.1: 1 clients are connected already" in errors


def test_faults_are_the_same_in_every_run(tmp_path):
    def heard() -> list[bool]:
        arguments = ("--tcp", "127.0.0.1:0", "--faults", "silent=0.3,seed=5")
        found = []
        with running(*arguments) as (_, lines):
            for _ in range(10):
                with tcp(lines) as client:
                    client.comm_params.timeout_connect = 0.3
                    found.append(not silent(client, 1))
        return found

    first = heard()
    assert set(first) == {True, False}
    assert heard() == first


def test_a_device_that_is_none_is_one_clear_line(tmp_path):
    done = subprocess.run(
        [*X96, "run", "--state", "off", "--tcp", "off", "--rtu", "/dev/nowhere"],
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        "x96: Modbus RTU cannot open /dev/nowhere: No such file or directory"
    )
    assert "Traceback" not in done.stderr


def test_a_file_in_the_place_of_the_link_is_not_replaced(tmp_path):
    (tmp_path / "line").write_text("mine")
    done = subprocess.run(
        [*X96, "run", "--state", "off", "--tcp", "off", "--rtu", f"pty:{tmp_path / 'line'}"],
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.returncode == 1
    assert "is there already; give another name" in done.stderr
    assert (tmp_path / "line").read_text() == "mine"
