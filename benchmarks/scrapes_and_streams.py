"""What a thousand scrapes of /metrics and a hundred event streams cost a running meter.

    python benchmarks/scrapes_and_streams.py [SECONDS]

`x96 run` measures its mains; a process of its own scrapes 1000 times, evenly over SECONDS (60
unless told), while another holds 100 streams of `/events` and reads all that comes. Printed is the
CPU time of the meter's process alone, with each, and with both, in percent of a core over the same
time; and what one scrape and one stream for one second cost.
"""

from __future__ import annotations

import multiprocessing
import re
import selectors
import signal
import socket
import subprocess
import sys
import time
from multiprocessing.synchronize import Event
from pathlib import Path

X96 = [sys.executable, "-c", "from smartx96.commands.main import main; main()"]
SCRAPES, STREAMS = 1000, 100
LIMIT = 20.0


def cpu(process: int) -> float:
    """CPU time of a process [s]."""

    threads = Path(f"/proc/{process}/task").iterdir()
    return sum(int((t / "schedstat").read_text().split()[0]) for t in threads) / 1e9


def scrape(port: int, count: int, seconds: float, begin: Event) -> None:
    """Ask for the metrics so often, evenly, on one connection that is kept, as Prometheus does."""
    request = f"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    begin.wait()
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as client:
        for n in range(count):
            time.sleep(max(0.0, start + n * seconds / count - time.monotonic()))
            client.sendall(request)
            answer = client.recv(1 << 16)
            while b"\r\n\r\n" not in answer:
                answer += client.recv(1 << 16)
            head, _, body = answer.partition(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head)
            assert length is not None
            left = int(length[1]) - len(body)
            while left > 0:
                left -= len(client.recv(1 << 16))


def hold(port: int, count: int, seconds: float, begin: Event, ready: Event) -> None:
    """Hold streams and read them."""
    selector, got = selectors.DefaultSelector(), 0
    for _ in range(count):
        client = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        client.sendall(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        selector.register(client, selectors.EVENT_READ)
    ready.set()
    begin.wait()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for key, _ in selector.select(0.2):
            assert isinstance(key.fileobj, socket.socket)
            got += key.fileobj.recv(1 << 16).count(b"event: readings")
    print(f"  each stream got {got / count / seconds:.2f} readings/s")


def used(meter: int, port: int, scrapes: int, streams: int, seconds: float) -> float:
    """CPU time of the meter while so much is asked [s]."""
    begin, ready = multiprocessing.Event(), multiprocessing.Event()
    parts = []
    if streams:
        parts.append(
            multiprocessing.Process(target=hold, args=(port, streams, seconds, begin, ready))
        )
    if scrapes:
        parts.append(multiprocessing.Process(target=scrape, args=(port, scrapes, seconds, begin)))
    for part in parts:
        part.start()
    if streams:
        assert ready.wait(LIMIT)
        time.sleep(2.0)
    before = cpu(meter)
    begin.set()
    time.sleep(seconds)
    found = cpu(meter) - before
    for part in parts:
        part.join(LIMIT)
        assert part.exitcode == 0
    return found


def main() -> None:
    """Print the figures."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    meter = subprocess.Popen(
        [*X96, "run", "--state", "off", "--tcp", "off", "--web", "127.0.0.1:0"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert meter.stdout is not None
    port = 0
    for line in meter.stdout:
        if found := re.search(r"page at http://[\d.]+:(\d+)", line):
            port = int(found[1])
            break
    time.sleep(3.0)
    alone = used(meter.pid, port, 0, 0, seconds)
    print(f"alone: {100 * alone / seconds:.2f} % of a core over {seconds:g} s")
    for scrapes, streams in ((SCRAPES, 0), (0, STREAMS), (SCRAPES, STREAMS)):
        more = used(meter.pid, port, scrapes, streams, seconds) - alone
        each = []
        if scrapes and not streams:
            each.append(f"{1e3 * more / scrapes:.3f} ms a scrape")
        if streams and not scrapes:
            each.append(f"{1e3 * more / streams / seconds:.3f} ms a stream and second")
        print(f"{scrapes} scrapes, {streams} streams: {100 * more / seconds:.2f} % of a core more"
              f"{'; ' if each else ''}{', '.join(each)}")  # fmt: skip
    meter.send_signal(signal.SIGTERM)
    meter.communicate(timeout=LIMIT)


if __name__ == "__main__":
    main()
