"""`x96 run` as its users meet it: a process, its port, clients of others."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from support.running import X96, Running

pytestmark = pytest.mark.interop

SCENARIO = """
frequency = 50.02
[voltage]
rms = [231.0, 229.0, 230.0]
harmonics = [[5, 3.0, 0]]
[current]
rms = [5.0, 4.0, 3.0]
angle = 30.0
harmonics = [[3, 10.0, 0], [63, 2.0, 0]]
"""


@pytest.fixture(scope="module")
def meter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    path = tmp_path_factory.mktemp("run") / "feeder.toml"
    path.write_text(SCENARIO)
    running = Running("--source", str(path), "--ct", "200/5")
    yield running
    running.stop()


HARMONICS = 0x0190
"""Register from which orders stand."""


def truth() -> dict[int, float]:
    """Register address and value by closed form; currents 200/5 on the primary side."""
    volts = np.array([231.0, 229.0, 230.0]) * np.sqrt(1 + 0.03**2)
    amps = 40 * np.array([5.0, 4.0, 3.0]) * np.sqrt(1 + 0.1**2 + 0.02**2)
    real = 40 * np.array([231 * 5, 229 * 4, 230 * 3]) * np.cos(np.radians(30))
    imaginary = real * np.tan(np.radians(30))
    return {
        **{0x00 + 2 * n: volts[n] for n in range(3)},
        **{0x06 + 2 * n: amps[n] for n in range(3)},
        **{0x0C + 2 * n: real[n] for n in range(3)},
        **{0x18 + 2 * n: imaginary[n] for n in range(3)},
        0x34: real.sum(),
        0x3C: imaginary.sum(),
        0x38: (volts * amps).sum(),
        0x3E: real.sum() / (volts * amps).sum(),
        0x46: 50.02,
        0xEA: 3.0,
        0xF0: 100 * np.hypot(0.1, 0.02),
        0xA0: 1.0,
        0x0198: 3.0,
        0x047C - 4 - 124 - 124: 2.0,  # current L1, order 63: 0x0380
    }


def test_it_says_where_it_listens_and_reads(meter: Running) -> None:
    assert "X96-5A" in meter.heading
    assert re.search(r"231\.\d 229\.\d 230\.\d V", meter.line)
    assert "50.020 Hz" in meter.line


def test_mbpoll_reads_the_right_values(meter: Running) -> None:
    mbpoll = shutil.which("mbpoll")
    if mbpoll is None:
        pytest.skip("mbpoll is not installed")
    for address, value in truth().items():
        done = subprocess.run(
            [mbpoll, "-m", "tcp", "-p", str(meter.port), "-a", "1", "-t", "3:float", "-B", "-0",
             "-r", str(address), "-c", "1", "-1", "-q", "127.0.0.1"],
            capture_output=True, text=True, timeout=20, check=True,
        )  # fmt: skip
        found = re.search(rf"\[{address}\]:\s+(\S+)", done.stdout)
        assert found, done.stdout
        assert float(found[1]) == pytest.approx(value, rel=2e-5), hex(address)


def test_pymodbus_reads_the_right_values(meter: Running) -> None:
    client_module = pytest.importorskip("pymodbus.client")
    client = client_module.ModbusTcpClient("127.0.0.1", port=meter.port)
    assert client.connect()
    try:
        for address, value in truth().items():
            answer = client.read_input_registers(address, count=2, device_id=1)
            assert not answer.isError()
            found = client.convert_from_registers(answer.registers, client.DATATYPE.FLOAT32)
            # Orders are found in single precision, by parts of the fundamental.
            close = 1e-5 if address >= HARMONICS else 1e-6
            assert found == pytest.approx(value, rel=close), hex(address)
        primary = client.read_holding_registers(0x34, count=2, device_id=1)
        assert client.convert_from_registers(primary.registers, client.DATATYPE.FLOAT32) == 200.0
    finally:
        client.close()


@pytest.mark.parametrize(
    ("options", "there", "zero"),
    [
        # L1 voltage, frequency, total power; L2 voltage, line voltage, L2 power.
        (("--wiring", "1p2w"), (0x00, 0x46, 0x34), (0x02, 0xC8, 0x0E)),
        # Line voltages, L2 current, total power, THD of L1-L2; nothing of phases and neutral.
        (("--wiring", "3p3w"), (0xC8, 0xCA, 0x08, 0x34, 0xEA), (0x00, 0x0C, 0x12, 0xE0)),
        # No THD, no harmonics.
        (("--model", "X96-5E"), (0x00, 0x34), (0xEA, 0xF0, 0x0198, 0x0380)),
    ],
)
def test_other_wirings_and_the_small_model(
    tmp_path: Path, options: tuple[str, ...], there: tuple[int, ...], zero: tuple[int, ...]
) -> None:
    client_module = pytest.importorskip("pymodbus.client")
    path = tmp_path / "feeder.toml"
    path.write_text(SCENARIO)
    running = Running("--source", str(path), *options)
    try:
        assert options[1] in running.heading
        client = client_module.ModbusTcpClient("127.0.0.1", port=running.port)
        assert client.connect()

        def value(address: int) -> float:
            answer = client.read_input_registers(address, count=2, device_id=1)
            return float(client.convert_from_registers(answer.registers, client.DATATYPE.FLOAT32))

        assert all(value(address) > 1.0 for address in there)
        assert all(value(address) == 0.0 for address in zero)
        client.close()
    finally:
        running.stop()


def test_energy_runs_on(meter: Running) -> None:
    """Over two seconds the import register gains what the power brings, to one window."""
    client_module = pytest.importorskip("pymodbus.client")
    client = client_module.ModbusTcpClient("127.0.0.1", port=meter.port)
    assert client.connect()

    def exact() -> int:
        answer = client.read_input_registers(0x2004, count=4, device_id=1)
        return int(client.convert_from_registers(answer.registers, client.DATATYPE.UINT64))

    try:
        before = exact()
        time.sleep(2)
        gained = exact() - before
    finally:
        client.close()
    watts = truth()[0x34]
    assert 1.2 < gained / (watts * 1e6 / 3600) < 4.0


def test_a_clean_stop() -> None:
    running = Running()
    output, errors = running.stop()
    assert running.process.returncode == 0
    assert errors == ""
    assert "Traceback" not in output


def test_a_meter_that_was_kept_from_measuring_says_so_once() -> None:
    running = Running("--source", "examples/balanced-feeder.toml")
    time.sleep(0.5)
    running.process.send_signal(signal.SIGSTOP)
    time.sleep(2.0)
    running.process.send_signal(signal.SIGCONT)
    time.sleep(2.0)
    _, errors = running.stop()
    (late,) = re.findall(r"^note: late by (\d\.\d) s: this computer cannot keep up", errors, re.M)
    assert float(late) == pytest.approx(2.0, abs=0.5)
    assert (
        len(re.findall(rf"^note: caught up after .* s, {late} s late at most$", errors, re.M)) == 1
    )


def test_a_taken_port_is_one_clear_line(meter: Running) -> None:
    done = subprocess.run(
        [*X96, "run", "--state", "off", "--tcp", f"127.0.0.1:{meter.port}"],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert str(meter.port) in done.stderr
    assert "choose another host or port with --tcp" in done.stderr
    assert done.stdout == "", "nothing has begun"


def test_once_ends_with_the_recording(tmp_path: Path) -> None:
    path = tmp_path / "brief.toml"
    path.write_text("duration = 1.5\n")
    running = Running("--source", str(path), "--once", "--speed", "max", "--signal", "waveform")
    assert running.line.split()[0] == "0.3"
    output, errors = running.end()
    assert running.process.returncode == 0, errors
    # The last line shows where it ended, not only how it began.
    assert output.split()[0] == "1.3"


@pytest.mark.alone
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_live_meter_is_light() -> None:
    """Below 5 % of one core and 100 MB, as its processes' accounts say."""
    running = Running()
    try:
        pid = running.process.pid
        begun, spent = time.monotonic(), cpu_seconds(pid)
        time.sleep(6)
        share = (cpu_seconds(pid) - spent) / (time.monotonic() - begun)
        status = Path(f"/proc/{pid}/status").read_text()
        kilobytes = int(re.search(r"VmHWM:\s+(\d+)", status)[1])
    finally:
        running.stop()
    assert kilobytes < 100_000
    # Twice the promise: what else runs on the machine slows every process's seconds.
    assert share < 0.10


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
