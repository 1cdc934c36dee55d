"""`x96 run` under a service manager: what comes to its socket."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import time

import pytest

from support.running import X96

pytestmark = pytest.mark.interop


@pytest.fixture
def manager(tmp_path):
    """A service manager's socket."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listening.bind(str(tmp_path / "notify"))
    listening.settimeout(30)
    yield listening
    listening.close()


@pytest.fixture
def started(manager):
    """Starts `x96 run` as a service manager does."""
    processes = []

    def start(*arguments, **variables):
        process = subprocess.Popen(
            [*X96, "run", "--tcp", "127.0.0.1:0", *arguments],
            env={**os.environ, "NOTIFY_SOCKET": manager.getsockname(), **variables},
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate(timeout=30)


def until(manager, text, seconds=30.0):
    """Messages up to one with a text."""
    end, found = time.monotonic() + seconds, []
    while not found or text not in found[-1]:
        manager.settimeout(max(end - time.monotonic(), 0.01))
        found.append(manager.recv(8192).decode())
    return found


def drained(manager):
    """Messages that are there."""
    manager.setblocking(False)
    found = []
    with contextlib.suppress(BlockingIOError):
        while True:
            found.append(manager.recv(8192))
    return found


def test_ready_means_that_the_port_is_open(manager, started):
    process = started(WATCHDOG_USEC="900000")
    ready = until(manager, "READY=1")[-1]
    port = int(re.search(r"listens on 127\.0\.0\.1:(\d+)", ready)[1])
    socket.create_connection(("127.0.0.1", port), timeout=5).close()
    # Well within the time of the watchdog, again and again.
    for _ in range(4):
        began = time.monotonic()
        until(manager, "WATCHDOG=1", 5.0)
        assert time.monotonic() - began < 0.9
    process.send_signal(signal.SIGTERM)
    until(manager, "STOPPING=1")
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_a_source_that_falls_dry_is_told_and_is_no_fault(manager, started):
    process = started("--source", "-", "--rate", "8000", "--format", "s16le", "--channels",
                      "v1=1,i1=2", "--state", "off", WATCHDOG_USEC="900000")  # fmt: skip
    assert "no samples come; Modbus TCP" in until(manager, "no samples come")[-1]
    until(manager, "WATCHDOG=1", 5.0)
    assert process.poll() is None


def test_who_cannot_open_a_port_is_never_ready(manager, started):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = started("--tcp", f"127.0.0.1:{taken.getsockname()[1]}")
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1, said
    assert drained(manager) == []


def test_a_process_that_hangs_feeds_no_watchdog(manager, started):
    process = started(WATCHDOG_USEC="900000")
    until(manager, "WATCHDOG=1")
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.5)
    drained(manager)
    time.sleep(1.0)
    assert drained(manager) == []
    manager.settimeout(30)
    process.send_signal(signal.SIGCONT)
    until(manager, "WATCHDOG=1")
