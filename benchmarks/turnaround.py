"""RTU turnaround on a pseudo-terminal: from the end of the request's frame to the answer.

    python benchmarks/turnaround.py

The end of a frame is t3.5 after its last byte, which on a pseudo-terminal comes when it is written.
The meter is `x96 run` as a process of its own; it measures the mains meanwhile.
"""

from __future__ import annotations

import os
import select
import statistics
import subprocess
import sys
import tempfile
import time
import tty
from pathlib import Path

from pymodbus.framer import FramerRTU

X96 = [sys.executable, "-c", "from smartx96.commands.main import main; main()"]
READS = 300
BITS = 10
"""Of a character, N1."""
BODY = bytes.fromhex("01 04 0000 0050")
REQUEST = BODY + FramerRTU.compute_CRC(BODY).to_bytes(2, "big")
ANSWER = 5 + 2 * 0x50
LIMIT = 20.0


def asked(device: int) -> float:
    """Time from the request's last byte to the answer's first [s]."""
    begun = time.perf_counter()
    os.write(device, REQUEST)
    if not select.select([device], [], [], LIMIT)[0]:
        raise TimeoutError("no answer")
    took = time.perf_counter() - begun
    data = b""
    while len(data) < ANSWER:
        data += os.read(device, ANSWER)
    return took


def measure(baud_rate: int) -> None:
    """Print the figures of a speed."""
    silence = 3.5 * BITS / baud_rate if baud_rate <= 19200 else 1.75e-3
    with tempfile.TemporaryDirectory() as folder:
        link, settings = Path(folder) / "line", Path(folder) / "settings.toml"
        settings.write_text(f"baud_rate = {baud_rate}\n")
        meter = subprocess.Popen(
            [*X96, "run", "--state", "off", "--tcp", "off", "--rtu", f"pty:{link}",
             "--settings", str(settings)],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            end = time.monotonic() + LIMIT
            while not link.exists():
                if time.monotonic() > end:
                    raise TimeoutError("the meter did not start")
                time.sleep(0.05)
            device = os.open(link, os.O_RDWR | os.O_NOCTTY)
            tty.setraw(device)
            late = []
            for _ in range(READS):
                late.append(1e3 * (asked(device) - silence))
                time.sleep(0.005)
        finally:
            meter.terminate()
            meter.wait(LIMIT)
    tenths = statistics.quantiles(late, n=10)
    print(
        f"{baud_rate} bit/s: answer {statistics.median(late):.2f} ms after the frame's end "
        f"(median; 10 % before {tenths[0]:.2f}, 10 % after {tenths[-1]:.2f}); "
        f"t3.5 is {1e3 * silence:.2f} ms"
    )


def main() -> None:
    """Print the figures."""
    for baud_rate in (9600, 38400):
        measure(baud_rate)


if __name__ == "__main__":
    main()
