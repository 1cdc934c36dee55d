"""Many meters in one process, read by Modbus: time to start, memory, turnaround.

    python benchmarks/many_served.py

247 meters on one pseudo-terminal, and 1000 meters behind TCP ports of their own, each a reading a
second made of the mains' phasors: `x96 run` as a process of its own. Start is the time from its
launch until the first meter and the last one have answered.
"""

from __future__ import annotations

import logging
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.exceptions import ModbusException

X96 = [sys.executable, "-c", "from smartx96.commands.main import main; main()"]
VOLTAGE = 0x0000
LIMIT = 60.0
"""Longest wait for anything [s]."""


def on_line(folder: Path) -> str:
    """247 meters on one line."""
    meters = (f'[[meter]]\nname = "m{n}"\nsettings = {{ unit_address = {n} }}\n'
              for n in range(1, 248))  # fmt: skip
    return f'tcp = "off"\nrtu = "pty:{folder / "line"}"\ninterval = 1.0\n' + "".join(meters)


def on_ports(first: int) -> str:
    """1000 meters behind ports of their own."""
    meters = (f'[[meter]]\nname = "m{n}"\ntcp = "127.0.0.1:{first + n}"\n' for n in range(1000))
    return "interval = 1.0\n" + "".join(meters)


def answers(client: ModbusSerialClient | ModbusTcpClient, unit: int) -> bool:
    """Whether a meter answers with a voltage."""
    try:
        found = client.read_input_registers(VOLTAGE, count=2, device_id=unit)
    except (ModbusException, OSError):
        return False
    return not found.isError() and found.registers[0] > 0


def waited(ready: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + LIMIT
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError("no answer")
        time.sleep(0.02)


def memory(process: subprocess.Popen[bytes]) -> float:
    """Resident memory [MB]."""
    text = Path(f"/proc/{process.pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0]) / 1e3


def started(config: Path, ready: Callable[[], bool]) -> tuple[subprocess.Popen[bytes], float]:
    """The process, and how long it took until it was ready [s]."""
    begun = time.monotonic()
    process = subprocess.Popen(
        [*X96, "run", str(config), "--state", "off", "--signal", "phasors"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    waited(ready)
    return process, time.monotonic() - begun


def report(what: str, count: int, process: subprocess.Popen[bytes], took: float,
           one: float) -> None:  # fmt: skip
    """Print the figures, beside the memory of a process with one meter [MB]."""
    time.sleep(3.0)
    whole = memory(process)
    print(f"{what}: first and last answer after {took:.1f} s; {whole:.0f} MB, "
          f"{1e3 * (whole - one) / (count - 1):.0f} kB for each further meter")  # fmt: skip


def line(folder: Path, one: float) -> None:
    """247 meters on one line, each of them read."""
    config, device = folder / "line.toml", folder / "line"
    config.write_text(on_line(folder))
    client = ModbusSerialClient(str(device), baudrate=9600, timeout=0.3, retries=0)

    def ready() -> bool:
        if not device.exists() or not client.connect():
            return False
        return answers(client, 1) and answers(client, 247)

    process, took = started(config, ready)
    try:
        report("247 meters on one line", 247, process, took, one)
        times = []
        for unit in range(1, 248):
            begun = time.perf_counter()
            assert answers(client, unit), unit
            times.append(time.perf_counter() - begun)
        print(f"a read of each at 9600 bit/s: median {1e3 * statistics.median(times):.1f} ms")
    finally:
        client.close()
        process.terminate()
        process.wait(LIMIT)


def ports(folder: Path, one: float) -> None:
    """1000 meters behind ports of their own, each of them read."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        first = 20_000 + free.getsockname()[1] % 10_000
    config = folder / "ports.toml"
    config.write_text(on_ports(first))

    def reads(n: int) -> bool:
        client = ModbusTcpClient("127.0.0.1", port=first + n, timeout=2, retries=0)
        with client:
            return client.connected and answers(client, 1)

    process, took = started(config, lambda: reads(0) and reads(999))
    try:
        report("1000 meters behind ports of their own", 1000, process, took, one)
        assert all(reads(n) for n in range(1000))
    finally:
        process.terminate()
        process.wait(LIMIT)


def alone(folder: Path) -> float:
    """Memory of a process with one meter [MB]."""
    config = folder / "one.toml"
    config.write_text('tcp = "127.0.0.1:0"\ninterval = 1.0\n')
    process, _ = started(config, lambda: True)
    time.sleep(3.0)
    found = memory(process)
    process.terminate()
    process.wait(LIMIT)
    return found


def main() -> None:
    """Print the figures."""
    logging.disable(logging.CRITICAL)  # the client tells of every port that is not open yet
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one = alone(folder)
        line(folder, one)
        ports(folder, one)


if __name__ == "__main__":
    main()
