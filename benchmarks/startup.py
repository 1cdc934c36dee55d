"""How quick and how light the program is: `x96 --help`, first Modbus answer, a live meter's load.

Prints medians of several starts; whole processes, wall time for starts and CPU time for the load.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

X96 = shutil.which("x96") or str(Path(sys.executable).with_name("x96"))
READ_VOLTAGE_L1 = bytes.fromhex("000100000006010400000002")


def help_seconds() -> float:
    begun = time.perf_counter()
    subprocess.run([X96, "--help"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def started(port: int) -> subprocess.Popen[bytes]:
    command = [X96, "run", "--tcp", f"127.0.0.1:{port}"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def voltage(port: int) -> float:
    """Voltage L1 as the port answers; 0 before the first window, OSError before the port."""
    with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        connection.sendall(READ_VOLTAGE_L1)
        answer = connection.recv(64)
    return float(struct.unpack(">f", answer[9:13])[0])


def first_reading_seconds() -> float:
    """From the start of the process to a Modbus answer with a voltage in it."""
    port, begun = free_port(), time.perf_counter()
    process = started(port)
    try:
        while time.perf_counter() - begun < 20:
            try:
                if voltage(port) > 0:
                    return time.perf_counter() - begun
            except OSError:
                pass
            time.sleep(0.005)
    finally:
        process.terminate()
        process.wait()
    raise SystemExit("no answer in 20 s")


def load(seconds: float) -> tuple[float, float]:
    """Share of one core and peak memory [MB] of a live meter on its built-in supply."""
    process = started(free_port())
    try:
        time.sleep(3)
        begun, spent = time.perf_counter(), _cpu_seconds(process.pid)
        time.sleep(seconds)
        share = (_cpu_seconds(process.pid) - spent) / (time.perf_counter() - begun)
        status = Path(f"/proc/{process.pid}/status").read_text()
    finally:
        process.terminate()
        process.wait()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return share, int(found[1]) / 1000 if found else float("nan")


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=30.0, help="of the load")
    given = parser.parse_args()
    helps = [help_seconds() for _ in range(given.starts)]
    first = [first_reading_seconds() for _ in range(given.starts)]
    share, megabytes = load(given.seconds)
    print(f"x96 --help             {median(helps):.3f} s, worst {max(helps):.3f} s")
    print(f"first Modbus reading   {median(first):.3f} s, worst {max(first):.3f} s")
    print(f"live meter             {100 * share:.1f} % of one core, {megabytes:.0f} MB at most")


if __name__ == "__main__":
    main()
