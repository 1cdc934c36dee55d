"""Sampled values over a network: raw sockets on the loopback and on a virtual cable."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from smartx96.errors import ChannelError, ListenError, RecordingError
from smartx96.samples.sampled_values import interface as interface_module
from smartx96.samples.sampled_values import live as live_module
from smartx96.samples.sampled_values.interface import Interface
from smartx96.samples.sampled_values.live import open_live
from support.published import asdu, frame, sample

X96 = [sys.executable, "-c", "from smartx96.commands.main import main; main()"]
EXAMPLE = Path(__file__).parents[2] / "examples" / "balanced-feeder.toml"


def _permitted() -> str:
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except (AttributeError, OSError) as error:
        return f"raw sockets are not permitted: {error}"
    return ""


pytestmark = [
    pytest.mark.interop,
    pytest.mark.alone,
    pytest.mark.skipif(bool(_permitted()), reason=_permitted() or "permitted"),
]


def own(name: str) -> str:
    """A stream that nobody else sends who tests on this machine."""
    return f"{name}-{os.getpid()}"


@pytest.fixture
def wire():
    """A raw socket on the loopback."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.bind(("lo", 0))
        yield sock


@pytest.fixture
def cable():
    """The two ends of a virtual cable."""
    if shutil.which("ip") is None:
        pytest.skip("the program ip is not installed")
    one, other = f"x{os.getpid() % 100_000}a", f"x{os.getpid() % 100_000}b"
    made = subprocess.run(
        ["ip", "link", "add", one, "type", "veth", "peer", "name", other],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip(f"no virtual cable: {made.stderr.strip()}")
    try:
        for end in (one, other):
            subprocess.run(["ip", "link", "set", end, "up"], check=True)
        yield one, other
    finally:
        subprocess.run(["ip", "link", "delete", one], check=False)


class Sender(threading.Thread):
    """Sends numbered samples at 4000 S/s, frame by frame, as the journey says."""

    def __init__(self, sock: socket.socket, svid: str, tags: bytes = b"") -> None:
        super().__init__(daemon=True)
        self.sock, self.svid, self.tags = sock, svid, tags
        self.stopped = threading.Event()
        self.number = 0
        self.spoil = lambda number: [number]

    def octets(self, number: int) -> bytes:
        values = [number, -number, number % 7, 0, 100 * number, 1, 2, 3]
        return frame([asdu(number % 4000, sample(values), self.svid)], tags=self.tags)

    def run(self) -> None:
        begun = time.monotonic()
        while not self.stopped.is_set():
            while self.number < (time.monotonic() - begun) * 4000:
                for number in self.spoil(self.number):
                    self.sock.send(self.octets(number))
                self.number += 1
            time.sleep(0.002)


@pytest.fixture
def sending(wire):
    senders = []

    def start(svid: str, sock: socket.socket = wire, **options: object) -> Sender:
        sender = Sender(sock, svid, **options)
        senders.append(sender)
        sender.start()
        return sender

    yield start
    for sender in senders:
        sender.stopped.set()
        sender.join(2)


def take(source, seconds: float, length: float = 0.1):
    """Blocks of a live source until it has so many seconds; then it is closed."""
    found = []
    for block in source.blocks(length):
        found.append(block)
        if found[-1].end - found[0].start >= seconds * source.rate:
            break
    source.close()
    return found


def numbers(blocks) -> np.ndarray:
    """What the sender numbered, by the current of L1."""
    row = 3  # v1 v2 v3 i1 i2 i3
    return np.concatenate([np.round(b.physical()[row] * 1000).astype(int) for b in blocks])


def positions(blocks) -> np.ndarray:
    return np.concatenate([np.arange(b.start, b.end) for b in blocks])


def test_samples_arrive_in_blocks_and_in_order(sending):
    sending(own("LIVE1"))
    source = open_live("lo", stream=own("LIVE1"))
    assert (source.rate, source.side, source.live) == (4000, "primary", True)
    assert source.roles == ("v1", "v2", "v3", "i1", "i2", "i3")
    assert abs(source.start.timestamp() - time.time()) < 3
    blocks = take(source, 1.5)
    found = numbers(blocks)
    assert np.array_equal(found, np.arange(found[0], found[0] + len(found)))
    assert np.array_equal(positions(blocks), found - found[0])
    assert max(block.length for block in blocks) <= 400
    counters = source.counters()
    assert counters["received"] >= len(found)
    assert {k for k, v in counters.items() if v} == {"received"}


def test_losses_doubles_and_late_frames_are_counted(sending):
    sender = sending(own("LIVE2"))

    def spoil(number: int) -> list[int]:
        place = number % 100
        if place == 10:
            return []
        if place == 20:
            return [number, number]
        return {30: [number + 1], 31: [number - 1]}.get(place, [number])

    sender.spoil = spoil
    source = open_live("lo", stream=own("LIVE2"))
    blocks = take(source, 2.0)
    found = numbers(blocks)
    expected = [n for n in range(found[0], found[-1] + 1) if n % 100 != 10]
    assert found.tolist() == expected
    assert np.array_equal(positions(blocks), found - found[0])
    counters = source.counters()
    for name in ("lost", "doubled", "reordered", "gaps"):
        assert counters[name] == pytest.approx(len(expected) / 99, abs=6), name
    assert counters["dropped"] == counters["restarts"] == 0


def test_after_an_outage_the_sample_clock_is_on_time(sending):
    sender = sending(own("LIVE3"))
    source = open_live("lo", stream=own("LIVE3"))
    found = []
    for block in source.blocks(0.1):
        found.append(block)
        if block.end > 3000 and sender.is_alive():
            sender.stopped.set()
            sender.join()
            stopped = time.monotonic()
            silent = len(found)
            again = threading.Timer(1.7, lambda: sending(own("LIVE3")))
            again.start()
        elif not sender.is_alive() and block.start - found[silent - 1].end > 2000:
            waited = time.monotonic() - stopped
            break
    source.close()
    gap = block.start - found[-2].end
    assert gap == pytest.approx(waited * 4000, abs=0.25 * 4000)
    assert source.counters()["restarts"] == 1


def test_close_ends_the_blocks_at_once(sending):
    sender = sending(own("LIVE4"))
    source = open_live("lo", stream=own("LIVE4"))
    ended = threading.Event()

    def consume() -> None:
        for _ in source.blocks(0.1):
            pass
        ended.set()

    thread = threading.Thread(target=consume)
    thread.start()
    time.sleep(0.5)
    sender.stopped.set()
    time.sleep(0.3)  # silence: blocks waits and gives nothing
    assert not ended.is_set()
    begun = time.monotonic()
    source.close()
    assert ended.wait(2)
    assert time.monotonic() - begun < 0.2
    thread.join()


def test_frames_for_which_the_kernel_has_no_room(sending, monkeypatch):
    monkeypatch.setattr(interface_module, "BUFFER", 100_000)
    sending(own("LIVE5"))
    source = open_live("lo", stream=own("LIVE5"))
    blocks = source.blocks(0.1)
    first = [next(blocks) for _ in range(3)]
    time.sleep(1.0)  # nobody reads
    rest = []
    for block in blocks:
        rest.append(block)
        if block.end - first[0].start > 8000:
            break
    source.close()
    counters = source.counters()
    assert counters["dropped"] > 500
    found = numbers([*first, *rest])
    assert np.array_equal(positions([*first, *rest]), found - found[0])
    assert counters["lost"] == pytest.approx(counters["dropped"], abs=5)


def test_a_tagged_stream_over_a_cable(cable, sending):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.bind((cable[0], 0))
        sender = sending(own("LIVE6"), sock, tags=b"\x81\x00\x80\x07")
        source = open_live(cable[1])
        found = numbers(take(source, 1.0))
        sender.stopped.set()
        sender.join()
    assert np.array_equal(found, np.arange(found[0], found[0] + len(found)))


def test_several_streams_need_a_choice(cable, sending):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.bind((cable[0], 0))
        senders = [sending(svid, sock) for svid in ("ONE", "TWO")]
        with pytest.raises(ChannelError, match=r"sv:x\w+: 2 streams; choose .* ONE .* TWO"):
            open_live(cable[1])
        for sender in senders:
            sender.stopped.set()
            sender.join()


def test_a_stream_among_others_comes_in_blocks_as_long(cable, sending):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.bind((cable[0], 0))
        senders = [sending(svid, sock) for svid in ("ONE", "TWO", "THREE")]
        source = open_live(cable[1], stream="TWO")
        blocks = take(source, 2.0)
        for sender in senders:
            sender.stopped.set()
        for sender in senders:
            sender.join()
    found = numbers(blocks)
    assert np.array_equal(positions(blocks), found - found[0])
    later = [block.length for block in blocks if block.start > 4000]
    assert max(later) <= 400
    assert np.median(later) >= 350
    counters = source.counters()
    assert counters["received"] < 1.5 * len(found)  # not those of others
    assert counters["lost"] == 0


def test_silence_is_one_line(cable, monkeypatch):
    monkeypatch.setattr(live_module, "PATIENCE_SECONDS", 0.3)
    with pytest.raises(RecordingError, match=r"no sampled values came within 0\.3 s"):
        open_live(cable[1])


def test_an_interface_that_is_not_there():
    with pytest.raises(ListenError, match=r"sv:nix: there is no interface 'nix'; there are .*lo"):
        Interface("nix")


def test_a_right_that_is_missing(monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(interface_module.socket, "socket", refuse)
    with pytest.raises(ListenError, match=r"sv:lo: raw sockets need the right CAP_NET_RAW"):
        Interface("lo")


def test_generate_sends_and_run_measures(tmp_path):
    svid = f"FEEDER{os.getpid()}"
    send = [*X96, "generate", str(EXAMPLE), "-o", "sv:lo", "--sv-profile", "F4800S2I4U4"]
    sender = subprocess.Popen(
        [*send, "--svid", svid, "--duration", "60"], stdout=subprocess.PIPE, text=True
    )
    try:
        measured = subprocess.run(
            [*X96, "run", "--state", "off", "--source", f"sv:lo/{svid}", "--tcp", "off",
             "--for", "3"],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
    finally:
        sender.send_signal(signal.SIGINT)
        said, _ = sender.communicate(timeout=10)
    assert measured.returncode == 0, measured.stderr
    assert re.search(r"230\.\d 230\.\d 230\.\d V  4\.01\d 3\.91\d 4\.11\d A", measured.stdout)
    assert sender.returncode == 0
    frames, seconds = re.search(r"sent (\d+) frames, ([\d.]+) s", said).groups()
    assert int(frames) == pytest.approx(2400 * float(seconds), abs=2400 * 0.06)


def test_the_sender_keeps_time(wire):
    svid = f"CLOCK{os.getpid()}"
    receiver = Interface("lo")
    send = [*X96, "generate", "mains", "-o", "sv:lo", "--rate", "4000", "--duration", "2"]
    sender = subprocess.Popen([*send, "--svid", svid], stdout=subprocess.DEVNULL)
    times = []
    with contextlib.closing(receiver):
        while sender.poll() is None:
            batch = receiver.receive(4096, 0.1, lambda: False)
            times += [t for n, t in enumerate(batch.times.tolist()) if svid.encode() in batch[n]]
    assert len(times) == 8000
    # However late single frames are, on the whole they neither gain nor lose.
    assert (times[-1] - times[0]) / 1e9 == pytest.approx(7999 / 4000, abs=0.1)
