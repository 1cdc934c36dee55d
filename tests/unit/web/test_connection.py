"""HTTP by hand: endless heads and bodies, idle connections, too many of them, nonsense."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time

import pytest

from smartx96.errors import ListenError
from smartx96.modbus.admission import networks
from smartx96.web import asked as asked_module
from smartx96.web import connection as connection_module
from smartx96.web import listener as listener_module
from smartx96.web.connection import LARGE_ANSWERS
from smartx96.web.guard import BODY, HEAD
from smartx96.web.listener import Listener
from support.pages import pages, raw, until

JSON, CLOSE = "Content-Type: application/json", "Connection: close"


def connected(served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", served.port), timeout=10)


def answered(client: socket.socket) -> bytes:
    """All that comes until the connection ends."""
    found = b""
    with client, contextlib.suppress(ConnectionError):
        while data := client.recv(65536):
            found += data
    return found


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def alive(served) -> bool:
    with served.client() as client:
        return client.get("/healthz").status_code == 200


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(connection_module, "REQUEST_SECONDS", 0.5)
    monkeypatch.setattr(asked_module, "REQUEST_SECONDS", 0.5)


def test_who_says_nothing_is_dropped(impatient, served):
    begun = time.monotonic()
    assert answered(connected(served)) == b""
    assert 0.4 < time.monotonic() - begun < 3.0


def test_a_head_that_drips_is_dropped(impatient, served):
    """A byte now and then does not keep the connection (slowloris)."""
    begun = time.monotonic()
    with connected(served) as client:
        assert drips(client) < 20
    assert time.monotonic() - begun < 3.0
    assert alive(served)


def drips(client: socket.socket) -> int:
    """How many bytes a client gets rid of, one each tenth of a second."""
    for n in range(100):
        try:
            client.sendall(b"G")
        except ConnectionError:
            return n
        time.sleep(0.1)
    return 100


def test_a_body_that_never_comes_is_given_up(impatient, served):
    client = raw(served.port, f"POST {served.path}/panels HTTP/1.1", "Host: localhost", JSON,
                 "Content-Length: 10", "Connection: close")  # fmt: skip
    assert status(answered(client)) == 408


def test_a_connection_that_is_kept_is_dropped_when_idle(impatient, served):
    client = raw(served.port, "GET /healthz HTTP/1.1", "Host: localhost")
    begun = time.monotonic()
    assert status(answered(client)) == 200
    assert time.monotonic() - begun < 3.0


LONG = 4_000_000
"""Bytes of an answer that no system takes at once."""


async def _long(scope, receive, send) -> None:
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-length", str(LONG).encode())]})  # fmt: skip
    await send({"type": "http.response.body", "body": b"x" * LONG})


async def _taken(pause: float, clients: int = 1) -> tuple[list[int], float]:
    """How much of a long answer comes to clients that read 64 kB after each pause, and how long it
    takes until all connections have ended.
    """
    listener = Listener("127.0.0.1", 0, (), print)
    await listener.serve(_long)

    async def read() -> int:
        reader, writer = await asyncio.open_connection(*listener.address, limit=65536)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        found = 0
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                found += len(data)
                await asyncio.sleep(pause)
        writer.close()
        return found

    begun = time.monotonic()
    found = await asyncio.gather(*(read() for _ in range(clients)))
    spent = time.monotonic() - begun
    await listener.close()
    return found, spent


def test_an_answer_comes_whole_to_who_reads_slowly(impatient):
    """Longer than a request may take, for it is on its way."""
    (found,), spent = asyncio.run(_taken(0.03))
    assert spent > 1.2
    assert found > LONG


def test_an_answer_is_not_on_its_way_for_ever(impatient, monkeypatch):
    monkeypatch.setattr(connection_module, "SENDING_SECONDS", 0.9)
    (found,), _ = asyncio.run(_taken(0.03))
    assert 0 < found < LONG


def test_answers_under_way_are_bounded(impatient, monkeypatch):
    monkeypatch.setattr(connection_module, "LARGE_ANSWERS", 1)
    found, _ = asyncio.run(_taken(0.05, clients=3))
    assert min(found) < LONG


def test_who_reads_nothing_of_an_answer_is_dropped(impatient):
    async def stuck() -> int:
        listener = Listener("127.0.0.1", 0, (), print)
        await listener.serve(_long)
        with socket.create_connection(listener.address) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await asyncio.sleep(1.6)
            left = len(listener._server.server_state.connections)
        await listener.close()
        return left

    assert asyncio.run(stuck()) == 0


def test_a_profile_is_refused_while_many_answers_are_on_their_way(served, client, monkeypatch):
    assert client.get(f"{served.path}/profile").status_code == 200
    monkeypatch.setattr(connection_module.Connection, "answers_under_way", LARGE_ANSWERS)
    answer = client.get(f"{served.path}/profile")
    assert answer.status_code == 503
    assert "ask again" in answer.json()["error"]


def test_a_stream_is_not_idle(impatient, served):
    client = raw(served.port, f"GET {served.path}/events?topics=wiring HTTP/1.1", "Host: localhost")
    time.sleep(1.2)
    assert served.call(lambda: len(served.server._resources.meters[served.name].viewers)) == 1
    client.close()


@pytest.mark.parametrize(
    "lines",
    [
        ("GET /" + "x" * HEAD + " HTTP/1.1", "Host: localhost", CLOSE),
        ("GET /?" + "x" * HEAD + " HTTP/1.1", "Host: localhost", CLOSE),
        ("GET / HTTP/1.1", "Host: localhost", CLOSE, "X: " + "y" * HEAD),
        ("GET / HTTP/1.1", "Host: localhost", CLOSE, *(f"X{n}: y" for n in range(4000))),
        ("nonsense",),
        ("GET / HTTP/1.1",),
        ("GET / HTTP/1.1", "Host: localhost", "Host: evil.example"),
        ("GET / HTTP/1.1", "Host: localhost", "Content-Length: 1", "Content-Length: 2"),
        ("\x00\xff\xfe",),
        ("\x16\x03\x01\x02\x00\x01",),
    ],
)
def test_what_is_no_request_is_refused(served, lines):
    answer = answered(raw(served.port, *lines))
    assert status(answer) in (400, 431)
    assert b"Traceback" not in answer
    assert alive(served)


def test_a_long_body_is_refused_however_it_comes(served):
    head = (f"POST {served.path}/panels HTTP/1.1", "Host: localhost", JSON, "Connection: close")
    declared = raw(served.port, *head, f"Content-Length: {BODY + 1}")
    assert status(answered(declared)) == 413
    chunk = b"400\r\n" + b" " * 1024 + b"\r\n"
    chunked = raw(served.port, *head, "Transfer-Encoding: chunked", body=chunk * 5)
    assert status(answered(chunked)) == 413


def test_requests_in_one_segment_are_answered_in_their_order(served):
    request = "GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n"
    client = connected(served)
    client.sendall(
        (request.format("/healthz", "") + request.format("/api/meters", "")
         + request.format("/nothing", "Connection: close\r\n")).encode()
    )  # fmt: skip
    answer = answered(client)
    places = [answer.find(text) for text in (b'"status":"ok"', b'"meters":[', b'"error"')]
    assert -1 not in places
    assert places == sorted(places)


def test_an_upgrade_is_not_made(served):
    client = raw(served.port, "GET /healthz HTTP/1.1", "Host: localhost",
                 "Connection: Upgrade, close", "Upgrade: websocket")  # fmt: skip
    assert status(answered(client)) in (200, 400, 426)
    assert alive(served)


def test_connections_are_bounded(meter, monkeypatch):
    monkeypatch.setattr(listener_module, "CONNECTIONS", 5)
    with pages(meter) as served:
        held = [connected(served) for _ in range(5)]
        connections = served.server._listener._server.server_state.connections
        until(lambda: len(connections) == 5)
        assert answered(raw(served.port, "GET /healthz HTTP/1.1", "Host: localhost")) == b""
        assert len(served.notes) == 1
        held.pop().close()
        until(lambda: len(connections) == 4)
        assert alive(served)
        for each in held:
            each.close()


def test_who_may_not_connect_is_closed():
    notes: list[str] = []

    async def app(scope, receive, send) -> None:
        raise AssertionError

    async def refused() -> bytes:
        listener = Listener("127.0.0.1", 0, networks(["10.0.0.0/8"]), notes.append)
        await listener.serve(app)
        reader, writer = await asyncio.open_connection(*listener.address)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            found = await reader.read()
        except ConnectionError:
            found = b""
        writer.close()
        await listener.close()
        return found

    assert asyncio.run(refused()) == b""
    assert notes == ["page: refused 127.0.0.1: is not among the allowed addresses"]


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "x" * 300])
def test_a_host_that_is_not_ours(host):
    with pytest.raises(ListenError, match="--web") as refused:
        Listener(host, 0, (), print)
    assert str(refused.value).isprintable()


def test_a_port_that_is_taken(served):
    with pytest.raises(ListenError, match="in use"):
        Listener("127.0.0.1", served.port, (), print)
