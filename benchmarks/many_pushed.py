"""100 meters on one TCP gateway set from a project, beside the bare requests.

    python benchmarks/many_pushed.py [--meters N] [--times N]

The meters are a process of their own. A push finds, reads, plans, writes, reads back and compares
each of them, and keeps its journal. The requests that it makes are recorded and sent again by the
plainest program there is, one `sendall` and one `recv` after the other, while the meters stand as
they did before: the same work for them. Both in turn; medians. Once as fast as the meters are, and
once behind a gateway that needs a time for each request, as one with a serial line does.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from smartx96.configuration.project.project_file import read_project
from smartx96.configuration.project.pushing import push
from smartx96.configuration.project.result import Fate
from smartx96.modbus.client import tcp_link

PASSWORD = 1000
TURNAROUND = 0.005
"""Of a gateway, for a short request at a fast line [s]."""
VALUES = (
    {"ct_primary": 200, "demand_period": 15, "scroll_time": 5, "pulse1_width": 60},
    {"ct_primary": 400, "demand_period": 30, "scroll_time": 9, "pulse1_width": 100},
)
"""Before and after."""

_METERS = """
import sys, smartx96
with smartx96.simulate(meters=int(sys.argv[1]), tcp=True) as meter:
    print(meter.tcp[1], flush=True)
    sys.stdin.read()
"""

Frame = tuple[int, bytes]


@contextlib.contextmanager
def meters(count: int) -> Iterator[int]:
    """The port of meters in a process of their own."""
    command = [sys.executable, "-c", _METERS, str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


@contextlib.contextmanager
def gateway(port: int, turnaround: float) -> Iterator[int]:
    """The port of a gateway that takes a time for each request, one after the other."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_relay, args=(server, port, turnaround), daemon=True).start()
        yield server.getsockname()[1]


def _relay(server: socket.socket, port: int, turnaround: float) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = server.accept()
            with client, socket.create_connection(("127.0.0.1", port)) as meter:
                _no_delay(client, meter)
                while request := client.recv(300):
                    time.sleep(turnaround)
                    meter.sendall(request)
                    client.sendall(meter.recv(300))


def _no_delay(*sockets: socket.socket) -> None:
    for each in sockets:
        each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def project_file(folder: Path, port: int, count: int, values: dict[str, int]) -> Path:
    """A project of meters on one port, all set alike."""
    stated = "\n".join(f"{id} = {value}" for id, value in values.items())
    names = (f'[[meter]]\nname = "feeder {n}"\nunit = {n}\n' for n in range(1, count + 1))
    path = folder / f"{values['ct_primary']}.toml"
    path.write_text(f'[line.gateway]\ntcp = "127.0.0.1:{port}"\n[settings]\n{stated}\n'
                    + "\n".join(names))  # fmt: skip
    return path


def pushed(path: Path) -> float:
    """How long a push takes [s]; it must set every meter."""
    begun = time.perf_counter()
    report = asyncio.run(push(read_project(path), lambda meter: PASSWORD))
    took = time.perf_counter() - begun
    assert all(each.fate is Fate.DONE for each in report.results), report.statement
    return took


@contextlib.contextmanager
def recorded() -> Iterator[list[Frame]]:
    """Requests that go out on TCP connections meanwhile."""
    frames, send = list[Frame](), tcp_link.TcpLink.send

    def recording(self, unit, pdu, timeout, ended):  # type: ignore[no-untyped-def]
        frames.append((unit, pdu))
        return send(self, unit, pdu, timeout, ended)

    tcp_link.TcpLink.send = recording  # type: ignore[method-assign]
    try:
        yield frames
    finally:
        tcp_link.TcpLink.send = send  # type: ignore[method-assign]


def replayed(port: int, frames: list[Frame]) -> float:
    """How long the bare requests take [s]; none may be refused."""
    refused = 0
    begun = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as line:
        _no_delay(line)
        for unit, pdu in frames:
            line.sendall(struct.pack(">HHHB", 1, 0, len(pdu) + 1, unit) + pdu)
            refused += line.recv(300)[7] >> 7
    took = time.perf_counter() - begun
    assert not refused, f"{refused} requests were refused"
    return took


def ratios(folder: Path, port: int, count: int, times: int) -> tuple[list[float], list[float], int]:
    """Times of pushes and of their bare requests, in turn, and how many requests they were."""
    before, after = (project_file(folder, port, count, values) for values in VALUES)
    pushed(before)
    with recorded() as frames:
        pushes = [pushed(after)]
    own = list(frames)
    bare = list[float]()
    for n in range(times):
        pushed(before)
        bare.append(replayed(port, own))
        if n + 1 < times:
            pushed(before)
            pushes.append(pushed(after))
    return pushes, bare, len(own)


def report(what: str, folder: Path, port: int, count: int, times: int) -> None:
    """Print the figures."""
    pushes, bare, requests = ratios(folder, port, count, times)
    push_time, bare_time = statistics.median(pushes), statistics.median(bare)
    print(f"{what}: {count} meters, {requests} requests: pushed and compared in {push_time:.2f} s, "
          f"bare requests {bare_time:.2f} s, ratio {push_time / bare_time:.2f}")  # fmt: skip


def main() -> None:
    """Print the figures of both."""
    options = argparse.ArgumentParser()
    options.add_argument("--meters", type=int, default=100)
    options.add_argument("--times", type=int, default=3)
    given = options.parse_args()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as name, meters(given.meters) as port:
        folder = Path(name)
        report("at once", folder, port, given.meters, given.times)
        with gateway(port, TURNAROUND) as slow:
            report(f"gateway, {1e3 * TURNAROUND:g} ms a request", folder, slow, given.meters,
                   given.times)  # fmt: skip


if __name__ == "__main__":
    main()
