"""Transports over real sockets and pipes of this computer."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from smartx96.errors import ListenError, OptionError
from smartx96.samples.live_pcm.addresses import DISPLACED_SECONDS
from smartx96.samples.live_pcm.frames import FORMATS
from smartx96.samples.live_pcm.stream import PcmStream
from smartx96.samples.live_pcm.tcp import BACK_OFF, SILENT_SECONDS, TcpClient, TcpListener
from smartx96.samples.live_pcm.transport import LARGEST_READ, NamedPipe, StandardInput, Transport
from smartx96.samples.live_pcm.udp import UdpReceiver

HOST = "127.0.0.1"


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def received(transport: Transport, size: int) -> bytes:
    data, until = b"", time.monotonic() + 10
    while len(data) < size and time.monotonic() < until:
        data += transport.receive(0.05)
    return data


def happens(transport: Transport, what: Callable[[], bool]) -> bool:
    until = time.monotonic() + 10
    while not what() and time.monotonic() < until:
        transport.receive(0.02)
    return what()


def test_a_client_connects_again_when_the_sender_is_back() -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        client = TcpClient(HOST, port)
        assert happens(client, lambda: client.connections == 1)
        first, _ = server.accept()
        first.sendall(b"abc")
        assert received(client, 3) == b"abc"
        first.close()
        assert happens(client, lambda: client.connections == 2)
        second, _ = server.accept()
        second.sendall(b"def")
        assert received(client, 3) == b"def"
        second.close()
    client.close()


def test_a_client_whose_server_is_away_pauses_longer_and_longer() -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
    clock, pauses = Clock(), []
    client = TcpClient(HOST, port, clock=clock)
    for _ in range(8):
        before = client._attempts
        assert happens(client, lambda n=before: client._attempts > n)
        pauses.append(client._next - clock.now)
        clock.now = client._next
    assert pauses == pytest.approx([*BACK_OFF, *BACK_OFF[-1:] * 3])
    assert client.connections == 0
    client.close()


def test_a_silent_connection_is_taken_for_dead() -> None:
    clock = Clock()
    with socket.create_server((HOST, 0)) as server:
        client = TcpClient(HOST, server.getsockname()[1], clock=clock)
        assert happens(client, lambda: client.connections == 1)
        silent, _ = server.accept()
        clock.now += SILENT_SECONDS - 0.1
        assert client.receive(0.05) == b""
        assert client._connected
        clock.now += 0.2
        assert client.receive(0.05) == b""
        assert not client._connected
        clock.now += BACK_OFF[0]
        assert happens(client, lambda: client.connections == 2)
        silent.close()
    client.close()


def test_once_a_client_ends_with_its_connection() -> None:
    with socket.create_server((HOST, 0)) as server:
        client = TcpClient(HOST, server.getsockname()[1], again=False)
        assert happens(client, lambda: client.connections == 1)
        server.accept()[0].close()
        with pytest.raises(EOFError):
            received(client, 1)
    client.close()


def test_a_listener_takes_one_sender_and_a_silent_one_gives_way() -> None:
    clock = Clock()
    listener = TcpListener(HOST, 0, clock=clock)
    with (
        socket.create_connection(listener.address) as first,
        socket.create_connection(listener.address) as second,
    ):
        assert happens(listener, lambda: listener.counters()["refused"] == 1)
        first.sendall(b"abc")
        assert received(listener, 3) == b"abc"
        assert second.recv(1) == b""
        clock.now += DISPLACED_SECONDS
        with socket.create_connection(listener.address) as third:
            assert happens(listener, lambda: listener.connections == 2)
            third.sendall(b"xyz")
            assert received(listener, 3) == b"xyz"
            assert first.recv(1) == b""
    listener.close()


@pytest.mark.parametrize("size", [3, LARGEST_READ + 3])
def test_the_next_sender_is_taken_though_the_end_of_the_last_is_unread(size: int) -> None:
    """Both have happened by the time that somebody reads: the end and the new connection."""
    listener = TcpListener(HOST, 0)
    with socket.create_connection(listener.address) as first:
        assert happens(listener, lambda: listener.connections == 1)
        first.sendall(b"a" * size)
    with socket.create_connection(listener.address) as second:
        second.sendall(b"xyz")
        assert received(listener, size + 3) == b"a" * size + b"xyz"
    assert listener.counters() == {"connections": 2, "refused": 0}
    listener.close()


def test_a_sender_that_was_kept_waiting_is_not_displaced() -> None:
    """Nobody reads for longer than a silent sender may be silent; this one was not."""
    clock = Clock()
    listener = TcpListener(HOST, 0, clock=clock)
    with socket.create_connection(listener.address) as healthy:
        healthy.sendall(b"abc")
        assert received(listener, 3) == b"abc"
        healthy.sendall(b"def")
        clock.now += 2 * DISPLACED_SECONDS
        with socket.create_connection(listener.address) as other:
            assert received(listener, 3) == b"def"
            assert happens(listener, lambda: listener.counters()["refused"] == 1)
            assert other.recv(1) == b""
        healthy.sendall(b"ghi")
        assert received(listener, 3) == b"ghi"
    assert listener.connections == 1
    listener.close()


def test_a_sender_of_datagrams_that_nobody_read_is_not_displaced() -> None:
    clock = Clock()
    receiver = UdpReceiver(HOST, 0, 4, clock)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as healthy,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        healthy.sendto(b"abcd", receiver.address)
        assert received(receiver, 4) == b"abcd"
        clock.now += 2 * DISPLACED_SECONDS
        other.sendto(b"XXXX", receiver.address)
        healthy.sendto(b"efgh", receiver.address)
        assert received(receiver, 4) == b"efgh"
    assert (receiver.connections, receiver.counters()["foreign"]) == (1, 1)
    receiver.close()


def test_a_port_that_is_taken() -> None:
    listener = TcpListener(HOST, 0)
    with pytest.raises(ListenError, match=r"tcp-listen cannot listen on 127\.0\.0\.1:\d+: "):
        TcpListener(HOST, listener.address[1])
    listener.close()
    receiver = UdpReceiver(HOST, 0, 4)
    with pytest.raises(ListenError, match=r"udp cannot listen on"):
        UdpReceiver(HOST, receiver.address[1], 4)
    receiver.close()


def test_a_host_that_does_not_exist() -> None:
    with pytest.raises(OptionError, match=r"--source: no\.such\.host\.invalid: "):
        TcpClient("no.such.host.invalid", 1)


def test_datagrams_of_whole_frames_from_one_sender() -> None:
    clock = Clock()
    receiver = UdpReceiver(HOST, 0, 4, clock)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        for data in (b"abcd", b"", b"abc", b"efghijkl"):
            one.sendto(data, receiver.address)
        other.sendto(b"XXXX", receiver.address)
        one.sendto(b"mnop", receiver.address)
        assert received(receiver, 16) == b"abcdefghijklmnop"
        assert receiver.counters() == {
            "connections": 1, "invalid": 2, "foreign": 1, "overflowed": 0
        }  # fmt: skip
        clock.now += DISPLACED_SECONDS
        assert receiver.receive(0.01) == b""
        other.sendto(b"XXXX", receiver.address)
        assert received(receiver, 4) == b"XXXX"
        assert receiver.connections == 2
    receiver.close()


def test_datagrams_that_the_system_dropped_are_known() -> None:
    """Nobody reads until the system's buffer is full; the loss is told to the frame."""
    receiver, many, last = UdpReceiver(HOST, 0, 4), 6000, -1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for n in range(many):
            sender.sendto(n.to_bytes(4, "little") * 250, receiver.address)
        while data := receiver.receive(0.2):
            last = _check_numbers(data, last, receiver.missed)
        sender.sendto(many.to_bytes(4, "little") * 250, receiver.address)
        last = _check_numbers(receiver.receive(1.0), last, receiver.missed)
    assert last == many
    if receiver.counters()["overflowed"] == 0:
        pytest.skip("this system dropped no datagrams")
    receiver.close()


def _check_numbers(data: bytes, last: int, missed: int) -> int:
    numbers = [int.from_bytes(data[n : n + 4], "little") for n in range(0, len(data), 1000)]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert numbers[0] - last - 1 == missed / 250
    return numbers[-1]


def test_what_is_taken_at_once_is_bounded() -> None:
    receiver = UdpReceiver(HOST, 0, 4)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(8):
            sender.sendto(bytes(60_000), receiver.address)
        sizes = [len(receiver.receive(0.1)) for _ in range(8)]
    assert sum(sizes) == 480_000
    assert max(sizes) <= LARGEST_READ
    receiver.close()


def test_a_pipe_waits_for_the_next_sender(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    pipe = NamedPipe(path)
    assert pipe.receive(0.01) == b""
    for number in (1, 2):
        path.write_bytes(b"abc")  # opens: somebody reads
        assert received(pipe, 3) == b"abc"
        assert pipe.receive(0.01) == b""
        assert pipe.connections == number
    spent = time.process_time()
    for _ in range(5):
        pipe.receive(0.05)
    assert time.process_time() - spent < 0.1  # no turning round while nobody writes
    pipe.close()


def test_a_pipe_that_its_sender_makes_anew(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    pipe = NamedPipe(path)
    path.write_bytes(b"abc")
    assert received(pipe, 3) == b"abc"
    path.unlink()
    assert received(pipe, 0) == pipe.receive(0.01) == b""
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"def",), daemon=True)
    writer.start()
    assert received(pipe, 3) == b"def"
    writer.join(5)
    assert pipe.connections == 2
    pipe.close()


def test_once_a_pipe_ends_with_its_sender(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    pipe = NamedPipe(path, again=False)
    path.write_bytes(b"abc")
    assert received(pipe, 3) == b"abc"
    with pytest.raises(EOFError):
        received(pipe, 1)
    pipe.close()


def test_once_a_pipe_ends_with_a_sender_that_sent_nothing(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    pipe = NamedPipe(path, again=False)
    assert pipe.receive(0.01) == b""  # nobody has come yet
    path.write_bytes(b"")
    with pytest.raises(EOFError):
        received(pipe, 1)
    pipe.close()


def test_a_path_that_is_no_pipe(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="mkfifo"):
        NamedPipe(tmp_path / "nothing")
    with pytest.raises(OptionError, match="no named pipe"):
        NamedPipe(tmp_path)


def silent_transports(tmp_path: Path) -> list[Transport]:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return [
        StandardInput(os.pipe()[0]),
        NamedPipe(path),
        TcpListener(HOST, 0),
        UdpReceiver(HOST, 0, 4),
        TcpClient(HOST, 1),
        TcpClient("192.0.2.1", 9),  # nobody answers there (RFC 5737)
    ]


@pytest.mark.alone
def test_closed_from_another_thread_they_end_at_once(tmp_path: Path) -> None:
    for transport in silent_transports(tmp_path):
        stream = PcmStream(transport, FORMATS["s32le"], ["1"], 1000.0)
        reader = threading.Thread(target=lambda s=stream: list(s.blocks([0], 0.1)), daemon=True)
        reader.start()
        time.sleep(0.15)
        assert reader.is_alive(), transport.name
        begun = time.monotonic()
        stream.close()
        reader.join(5)
        assert not reader.is_alive(), transport.name
        assert time.monotonic() - begun < 0.2, transport.name


def test_why_nothing_comes_over_tcp() -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
    client = TcpClient(HOST, port)
    assert client.silence().startswith(f"tcp:{HOST}:{port}: no answer yet; start the sender")
    assert happens(client, lambda: "connection refused; start the sender" in client.silence())
    with socket.create_server((HOST, port)) as server:
        assert happens(client, lambda: client.connections == 1)
        assert client.silence() == f"tcp:{HOST}:{port}: the sender is silent"
        server.accept()[0].close()
        assert happens(client, lambda: "the connection has ended" in client.silence())
    client.close()


def test_a_host_that_does_not_answer_is_told_after_five_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    with socket.create_server((HOST, 0)) as server:
        client = TcpClient(HOST, server.getsockname()[1], clock=clock)
        client.receive(0.01)
        # As if its answer were still on the way.
        monkeypatch.setattr("select.select", lambda *_: ([], [], []))
        for clock.now, why in ((4.9, "no answer yet"), (5.1, "no answer within 5 s")):
            client.receive(0.01)
            assert why in client.silence()
        client.close()


def test_why_nothing_comes_to_a_listener() -> None:
    listener = TcpListener(HOST, 0)
    assert "no sender is connected" in listener.silence()
    with socket.create_connection(listener.address):
        assert happens(listener, lambda: listener.connections == 1)
        assert listener.silence().endswith("the sender is silent")
    listener.close()


def test_why_no_datagrams_come() -> None:
    receiver = UdpReceiver(HOST, 0, 12)
    assert "no datagram has come" in receiver.silence()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"abc", receiver.address)
        assert happens(receiver, lambda: "not whole frames of 12 bytes" in receiver.silence())
        sender.sendto(b"a" * 24, receiver.address)
        assert happens(receiver, lambda: receiver.silence().endswith("the sender is silent"))
    receiver.close()


def test_why_nothing_comes_through_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    pipe = NamedPipe(path)
    assert "nobody writes" in pipe.silence()
    with path.open("wb", buffering=0) as sender:
        sender.write(b"abc")
        assert received(pipe, 3) == b"abc"
        assert pipe.silence() == f"{path}: the sender is silent"
    assert happens(pipe, lambda: "nobody writes" in pipe.silence())
    pipe.close()
