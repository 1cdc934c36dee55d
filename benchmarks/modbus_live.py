"""A meter that measures live samples while 32 Modbus clients read as fast as it answers.

    python benchmarks/modbus_live.py [SECONDS]

`x96 run` takes 12.8 kS/s of six channels over TCP as they come, from a process of its own; a
further one holds 32 connections, each with one read of 80 input registers under way. Printed is
what the meter says at the end: samples lost, blocks dropped.
"""

from __future__ import annotations

import multiprocessing
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from modbus_server import CONNECTIONS, REGISTERS, load

X96 = [sys.executable, "-c", "from smartx96.commands.main import main; main()"]
SENDER = Path(__file__).parents[1] / "tests" / "support" / "pcm_sender.py"
RATE = 12_800
LIMIT = 20.0


def main() -> None:
    """Print the figures."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    meter = subprocess.Popen(
        [*X96, "run", "--state", "off", "--tcp", "127.0.0.1:0", "--source", "tcp-listen:0",
         "--rate", str(RATE), "--format", "s16le", "--scale", "v=500,i=20"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert meter.stdout is not None
    heading = next(line for line in meter.stdout if line.startswith("SMART"))
    source = re.search(r":(\d+)\s*$", heading)
    listens = re.search(r"127\.0\.0\.1:(\d+)", next(iter(meter.stdout)))
    assert source is not None
    assert listens is not None
    sender = subprocess.Popen(
        [sys.executable, SENDER, f"tcp:{source[1]}", str(RATE), "s16le", str(seconds + 4), "1536"]
    )
    time.sleep(2.0)
    ours, theirs = multiprocessing.Pipe()
    client = multiprocessing.Process(target=load, args=(int(listens[1]), seconds, theirs))
    client.start()
    assert ours.poll(seconds + LIMIT)
    count, elapsed = ours.recv()
    client.join(LIMIT)
    sender.wait(LIMIT)
    time.sleep(0.5)
    meter.send_signal(signal.SIGTERM)
    output, _ = meter.communicate(timeout=LIMIT)
    print(f"{CONNECTIONS} connections, {REGISTERS} registers: {count / elapsed:.0f} reads/s")
    print(next(line for line in output.splitlines() if line.startswith("input:")))


if __name__ == "__main__":
    main()
