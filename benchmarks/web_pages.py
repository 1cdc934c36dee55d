"""A meter that measures live samples while 200 pages are open, slow and vanishing ones among them.

    python benchmarks/web_pages.py [SECONDS] [STREAMS]

`x96 run` takes 12.8 kS/s of six channels over TCP as they come, from a process of its own; a
further one holds the streams: of ten, seven read, one never reads, one reads a little
now and then, and one vanishes without a word and comes again. A Modbus client asks beside them.
Printed are the CPU time of the meter's process, what a page got, how long a Modbus read took, and
what the meter says at the end: samples lost, blocks dropped.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import re
import selectors
import signal
import socket
import struct
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

X96 = [sys.executable, "-c", "from smartx96.commands.main import main; main()"]
SENDER = Path(__file__).parents[1] / "tests" / "support" / "pcm_sender.py"
FEW = "panel,meter,readings"
MANY = f"{FEW},phasors,spectrum,waveforms,energies,demand,pulses,events,wiring,traffic"
RATE = 12_800
LIMIT = 20.0
KINDS = ("reads",) * 7 + ("never reads", "reads slowly", "vanishes")
RESET = struct.pack("ii", 1, 0)


def stream(port: int, topics: str) -> socket.socket:
    """An open stream."""
    client = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
    client.sendall(
        f"GET /api/meters/meter/events?topics={topics} HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{port}\r\n\r\n".encode()
    )
    client.setblocking(False)
    return client


def read(client: socket.socket, size: int) -> bytes:
    try:
        return client.recv(size)
    except BlockingIOError:
        return b""
    except OSError:
        return b""


def watch(port: int, count: int, seconds: float, told: Connection) -> None:
    """Hold streams, and tell how many messages and bytes one that reads has got."""
    kinds = [KINDS[n % len(KINDS)] for n in range(count)]
    clients = [stream(port, FEW if n % 10 else MANY) for n in range(count)]
    selector = selectors.DefaultSelector()
    for kind, client in zip(kinds, clients, strict=True):
        if kind == "reads":
            selector.register(client, selectors.EVENT_READ)
    begun, messages, octets, turn = time.monotonic(), 0, 0, 0.0
    told.send("open")
    while (now := time.monotonic()) < begun + seconds:
        for key, _ in selector.select(0.2):
            data = read(key.fileobj, 1 << 16)  # type: ignore[arg-type]
            messages, octets = messages + data.count(b"event: readings"), octets + len(data)
        if now < turn:
            continue
        turn = now + 2.0
        for n, kind in enumerate(kinds):
            if kind == "reads slowly":
                read(clients[n], 2000)
            elif kind == "vanishes":
                clients[n].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                clients[n].close()
                clients[n] = stream(port, "panel,readings")
    told.send((messages / kinds.count("reads") / seconds, octets / seconds))


def ask(port: int, seconds: float, told: Connection) -> None:
    """Read registers every 50 ms, and tell how long it took."""
    request = bytes.fromhex("000100000006010400000050")
    delays = []
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as client:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            begun = time.monotonic()
            client.sendall(request)
            answer = b""
            while len(answer) < 169:
                answer += client.recv(512)
            delays.append(time.monotonic() - begun)
            time.sleep(0.05)
    delays.sort()
    told.send((delays[len(delays) // 2], delays[int(0.99 * len(delays))], delays[-1]))


def cpu(process: int) -> float:
    """CPU time of a process [s]."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def sockets(process: int) -> int:
    """How many a process has open."""
    found = 0
    for file in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found += str(file.readlink()).startswith("socket")
    return found


def memory(process: int) -> int:
    """Resident memory [MB]."""
    status = Path(f"/proc/{process}/status").read_text()
    found = re.search(r"VmRSS:\s*(\d+)", status)
    return int(found[1]) // 1024 if found else 0


def port_of(line: str) -> int:
    found = re.search(r":(\d+)\D*$", line.partition(", unit")[0])
    assert found is not None, line
    return int(found[1])


def main() -> None:
    """Print the figures."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    meter = subprocess.Popen(
        [*X96, "run", "--state", "off", "--tcp", "127.0.0.1:0", "--web", "127.0.0.1:0",
         "--source", "tcp-listen:0", "--rate", str(RATE), "--format", "s16le",
         "--scale", "v=500,i=20"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert meter.stdout is not None
    source, modbus, page = (port_of(next(iter(meter.stdout)).rstrip()) for _ in range(3))
    sender = subprocess.Popen(
        [sys.executable, SENDER, f"tcp:{source}", str(RATE), "s16le", str(2 * seconds + 12), "1536"]
    )
    time.sleep(3.0)
    before, begun = cpu(meter.pid), time.monotonic()
    time.sleep(seconds / 4)
    alone = (cpu(meter.pid) - before) / (time.monotonic() - begun)
    ours, theirs = multiprocessing.Pipe()
    pages = multiprocessing.Process(target=watch, args=(page, count, seconds, theirs))
    pages.start()
    assert ours.poll(LIMIT)
    ours.recv()
    asked, asking = multiprocessing.Pipe()
    client = multiprocessing.Process(target=ask, args=(modbus, seconds - 2, asking))
    client.start()
    before, begun = cpu(meter.pid), time.monotonic()
    assert ours.poll(seconds + LIMIT)
    used = (cpu(meter.pid) - before) / (time.monotonic() - begun)
    messages, octets = ours.recv()
    held, resident = sockets(meter.pid), memory(meter.pid)
    median, slow, slowest = asked.recv()
    pages.join(LIMIT)
    client.join(LIMIT)
    time.sleep(1.0)
    left = sockets(meter.pid)
    sender.terminate()
    time.sleep(0.5)
    meter.send_signal(signal.SIGTERM)
    output, _ = meter.communicate(timeout=LIMIT)
    print(f"{count} streams: {100 * used:.0f} % of a core, {100 * alone:.1f} % without any; "
          f"{resident} MB")  # fmt: skip
    print(f"a page that reads got {messages:.2f} readings/s; all of them {octets / 1e6:.2f} MB/s")
    print(f"Modbus read: median {1000 * median:.2f} ms, 99 % {1000 * slow:.1f} ms, "
          f"slowest {1000 * slowest:.1f} ms")  # fmt: skip
    print(f"sockets: {held} with the pages, {left} a second after they had gone")
    print(next(line for line in output.splitlines() if line.startswith("input:")))


if __name__ == "__main__":
    main()
