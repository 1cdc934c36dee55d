"""What a service manager is told of meters that run."""

from __future__ import annotations

import asyncio
import os
import socket
from types import SimpleNamespace

import pytest

from smartx96.commands import supervision
from smartx96.commands.supervision import Notifications, Supervision
from smartx96.installation.progress import Progress
from smartx96.meter.snapshot import InputState

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="sockets of Unix")


def meter(name="meter", measured=0.0, state=None, patience=10.0):
    return SimpleNamespace(name=name, meter=SimpleNamespace(measured_time=measured), input=state,
                           gone=False, ended=False, patience=patience, lag=None)  # fmt: skip


@pytest.fixture
def heard(tmp_path):
    """A socket, and what came there."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listening.bind(str(tmp_path / "notify"))
    listening.setblocking(False)

    def messages():
        found = []
        while True:
            try:
                found.append(listening.recv(8192).decode())
            except BlockingIOError:
                return found

    yield str(tmp_path / "notify"), messages
    listening.close()


def test_what_hangs_is_not_said_to_go_on():
    live = meter()
    progress = Progress(live)
    assert progress.goes_on(100.0)
    assert progress.goes_on(109.9)
    assert not progress.goes_on(110.0)
    live.meter.measured_time = 0.2
    assert progress.goes_on(110.0)
    assert not progress.goes_on(120.5)
    live.input = InputState(dry=True)
    assert progress.goes_on(500.0)
    live.input = InputState()
    assert not progress.goes_on(511.0)
    live.gone = True
    assert progress.goes_on(600.0)


def test_the_watchdog_is_fed_while_every_meter_goes_on(heard):
    address, messages = heard
    good, bad = meter("good", patience=0.2), meter("bad", patience=0.2)
    environment = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "60000",
                   "WATCHDOG_PID": str(os.getpid())}  # fmt: skip

    async def run():
        watched = Supervision([good, bad], environment)
        watched.ready(["listens here", "page there"])
        for _ in range(20):
            good.meter.measured_time += 1
            await asyncio.sleep(0.03)
        first = messages()
        good.meter.measured_time += 1
        await asyncio.sleep(0.1)
        hung = messages()
        bad.input = InputState(dry=True)
        await asyncio.sleep(0.1)
        dry = messages()
        watched.stopping()
        watched.stopping()
        return first, hung, dry, messages()

    first, hung, dry, last = asyncio.run(run())
    assert first[0] == "READY=1\nSTATUS=2 of 2 meters measure; listens here; page there"
    assert 3 <= first.count("WATCHDOG=1") <= 15
    assert hung == []
    assert "STATUS=1 of 2 meters measure, no samples for bad; listens here; page there" in dry
    assert "WATCHDOG=1" in dry
    assert last == ["STOPPING=1\nSTATUS=stopping"]


@pytest.mark.parametrize(
    ("late", "status"),
    [((True,), "measuring, but late"), ((False,), "measuring"),
     ((True, False, True), "3 of 3 meters measure, 2 late")],
)  # fmt: skip
def test_meters_that_are_late_are_told(heard, late, status):
    address, messages = heard
    meters = [meter(f"m{n}") for n in range(len(late))]
    for live, behind in zip(meters, late, strict=True):
        live.lag = SimpleNamespace(behind=behind)

    async def run():
        watched = Supervision(meters, {"NOTIFY_SOCKET": address})
        watched.ready([])
        watched.stopping()

    asyncio.run(run())
    assert messages()[0] == f"READY=1\nSTATUS={status}"


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, 5.0),
        ({"WATCHDOG_USEC": "3000000"}, 1.0),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, 5.0),
        ({"WATCHDOG_USEC": "600000000"}, 5.0),
        ({"WATCHDOG_USEC": "0"}, 5.0),
        ({"WATCHDOG_USEC": "-1"}, 5.0),
        ({"WATCHDOG_USEC": "soon"}, 5.0),
    ],
)
def test_how_often(environment, seconds):
    assert supervision._interval(environment) == pytest.approx(seconds)


def test_without_a_service_manager_nothing_is_done():
    async def run():
        watched = Supervision([meter()], {})
        watched.ready([])
        watched.stopping()
        return len(asyncio.all_tasks())

    assert asyncio.run(run()) == 1


def test_nobody_listens_and_nobody_reads(tmp_path):
    told = Notifications(str(tmp_path / "gone"))
    told.tell(READY=1)
    told.close()
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listening.bind(str(tmp_path / "full"))
    told = Notifications(str(tmp_path / "full"))
    for _ in range(2000):
        told.tell(STATUS="x" * 5000)
    told.close()
    assert len(listening.recv(10_000)) == len("STATUS=") + 2000
    listening.close()


@pytest.mark.skipif(not os.path.exists("/proc"), reason="abstract sockets of Linux")
def test_abstract_sockets():
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listening.bind(f"\0x96-{os.getpid()}")
    told = Notifications(f"@x96-{os.getpid()}")
    told.tell(STATUS="two\nlines", READY=1)
    assert listening.recv(100) == b"STATUS=two lines\nREADY=1"
    told.close()
    listening.close()
