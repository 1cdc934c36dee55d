"""Streams: what comes and when, shared messages, slow and vanished clients, limits."""

from __future__ import annotations

import json
import os
import socket
import struct
import time

import pytest

import smartx96
from smartx96.modbus.program import version
from smartx96.web import listener as listener_module
from smartx96.web import resources as resources_module
from smartx96.web import stream as stream_module
from smartx96.web.watched import Topic
from support.pages import events, pages, raw, until

ALL = ",".join(["panel", *Topic])
RESET = struct.pack("ii", 1, 0)


def opened(client, served, topics):
    return client.stream("GET", f"{served.path}/events?topics={topics}")


def viewers(served) -> int:
    return served.call(lambda: len(served.server._resources.meters[served.name].viewers))


def test_every_topic_comes_at_once_and_whole(served, client):
    served.meter.set(voltage=[300, 230, 230])
    served.meter.advance(seconds=5)
    found = {}
    with opened(client, served, ALL) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        for name, data in events(answer):
            found[name] = data
            if set(found) == {"panel", *Topic}:
                break
    for topic in set(Topic) - {Topic.METER, Topic.EVENTS}:
        answer = client.get(f"{served.path}/{topic}").json()
        assert answer.pop("meter") == served.name
        assert answer.pop("version") == version()
        assert found[topic] == answer
    assert found["meter"]["wiring"] == "3p4w"
    assert found["events"]["events"][0]["kind"] == "over_voltage"
    assert int(found["panel"]["on"], 16) > 0


def test_what_changes_comes_and_nothing_else_does(served, client, meter):
    """The meter's time stands still but for the steps of the test."""
    with opened(client, served, "readings,wiring") as answer:
        coming = events(answer)
        assert {next(coming)[0], next(coming)[0]} == {"readings", "wiring"}
        time.sleep(0.7)
        meter.set(voltage=[240, 230, 230])
        name, data = next(coming)
    assert name == "readings"
    assert data["values"]["voltage_l1"] == 240


def test_readings_come_five_times_a_second_at_most(served, client, meter):
    with opened(client, served, "readings") as answer:
        coming = events(answer)
        next(coming)
        begun, times = time.monotonic(), []
        end = begun + 2.0
        volts = 200
        while time.monotonic() < end:
            volts += 1
            meter.set(voltage=volts)
        meter.set(voltage=123)
        for _, data in coming:
            times.append(time.monotonic())
            if data["values"]["voltage_l1"] == 123:
                break
    assert volts > 220
    assert 2 <= len(times) / (times[-1] - begun) <= 6


def test_a_heartbeat_when_nothing_changes(served, client, monkeypatch):
    monkeypatch.setattr(stream_module, "HEARTBEAT", 0.3)
    with opened(client, served, "wiring") as answer:
        lines = answer.iter_lines()
        beats, begun = [], time.monotonic()
        for line in lines:
            if line.startswith(":"):
                beats.append(time.monotonic() - begun)
            if len(beats) == 3:
                break
    assert beats[-1] >= 0.85


def test_equal_viewers_share_the_message(served):
    watched = served.server._resources.meters[served.name]
    one, other = (served.call(lambda: watched.part(Topic.SPECTRUM)) for _ in range(2))
    assert one is other
    served.meter.advance(seconds=1)
    assert served.call(lambda: watched.part(Topic.SPECTRUM)) is one  # it says the same
    served.meter.set(current_harmonics={3: 10.0})
    assert served.call(lambda: watched.part(Topic.SPECTRUM)) is not one


def test_a_meter_that_nobody_looks_at_makes_nothing(served, client):
    watched = served.server._resources.meters[served.name]
    with opened(client, served, "waveforms") as answer:
        next(events(answer))
        assert watched._running is not None
    until(lambda: watched._running is None)
    assert watched._parts.keys() == {Topic.WAVEFORMS}
    before = watched._parts[Topic.WAVEFORMS]
    served.meter.set(voltage=240)
    time.sleep(0.5)
    assert watched._parts[Topic.WAVEFORMS] is before


def test_one_who_leaves_is_noticed_at_once(served):
    client = raw(served.port, f"GET {served.path}/events HTTP/1.1", "Host: localhost")
    client.recv(100)
    until(lambda: viewers(served) == 1)
    client.close()
    until(lambda: viewers(served) == 0, 2.0)


def test_one_who_is_reset_is_noticed_at_once(served):
    client = raw(served.port, f"GET {served.path}/events HTTP/1.1", "Host: localhost")
    client.recv(100)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    client.close()
    until(lambda: viewers(served) == 0, 2.0)


def narrow(served, topics: str) -> socket.socket:
    """A client whose system takes little, and who does not read."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(10)
    client.connect(("127.0.0.1", served.port))
    client.sendall(
        f"GET {served.path}/events?topics={topics} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    )
    return client


def change(served, seconds: float) -> int:
    """Change everything again and again; how often."""
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        served.meter.set(voltage=200 + count % 50, voltage_harmonics={5: count % 20 + 1.0})
        count += 1
        time.sleep(0.02)
    return count


@pytest.fixture
def little_buffered(monkeypatch):
    monkeypatch.setattr(listener_module, "_SENDING", 8192)
    monkeypatch.setattr("smartx96.web.connection.BUFFERED", 8192)


def test_a_slow_client_gets_the_newest_and_no_queue(little_buffered, meter):
    """After a while without reading there is a little that is old, then what is now."""
    with pages(meter) as served:
        slow = narrow(served, "readings,waveforms,spectrum")
        change(served, 6.0)
        meter.set(voltage=[111, 112, 113])
        received, size = b"", 0
        while b'"voltage_l1":111' not in received:
            data = slow.recv(65536)
            assert data, "the stream has ended"
            received, size = (received + data)[-200_000:], size + len(data)
        slow.close()
    assert size < 150_000  # what was made meanwhile is 300 kB and more


def test_nothing_waits_before_the_system(meter, monkeypatch):
    """What a slow client has not taken is with the system, which keeps little, and not with us."""
    monkeypatch.setattr(listener_module, "_SENDING", 8192)
    with pages(meter) as served:
        slow = narrow(served, "readings,waveforms,spectrum")
        until(lambda: viewers(served) == 1)

        def waiting() -> int:
            (connection,) = served.server._listener._server.server_state.connections
            return connection.transport.get_write_buffer_size()

        most = 0
        for _ in range(20):
            change(served, 0.15)
            most = max(most, served.call(waiting))
        slow.close()
    assert 0 < most < 30_000, "one message at most"


def test_a_client_that_never_reads_is_given_up(little_buffered, meter, monkeypatch):
    monkeypatch.setattr(stream_module, "STALLED", 1.0)
    with pages(meter) as served:
        stuck = narrow(served, "readings,waveforms,spectrum")
        until(lambda: viewers(served) == 1)
        until(lambda: change(served, 0.5) > 0 and viewers(served) == 0, 8.0)
        until(lambda: not served.server._listener._server.server_state.connections, 2.0)
        stuck.close()


def test_slow_ones_hold_nobody_up(little_buffered, meter):
    with pages(meter) as served, served.client() as client:
        stuck = [narrow(served, ALL) for _ in range(20)]
        until(lambda: viewers(served) == 20)
        change(served, 2.0)
        with opened(client, served, "readings") as answer:
            coming = events(answer)
            next(coming)
            begun = time.monotonic()
            meter.set(voltage=99)
            assert next(coming)[1]["values"]["voltage_l1"] == 99
            assert time.monotonic() - begun < 1.0
        for each in stuck:
            each.close()
        until(lambda: viewers(served) == 0)


def test_streams_are_bounded(served, client, monkeypatch):
    monkeypatch.setattr(resources_module, "STREAMS", 3)
    request = (f"GET {served.path}/events HTTP/1.1", "Host: localhost")
    held = [raw(served.port, *request) for _ in range(3)]
    until(lambda: viewers(served) == 3)
    answer = client.get(f"{served.path}/events")
    assert answer.status_code == 503
    held[0].close()
    until(lambda: viewers(served) == 2)
    with opened(client, served, "meter") as answer:
        assert answer.status_code == 200
    for each in held:
        each.close()


def test_a_stream_has_no_head(served, client):
    answer = client.head(f"{served.path}/events")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


def test_the_end_of_the_server_is_told(meter):
    served = pages(meter)
    found = served.__enter__()
    with found.client() as client, opened(client, found, "wiring") as answer:
        coming = events(answer)
        next(coming)
        begun = time.monotonic()
        served.__exit__(None, None, None)
        assert list(coming) == [("closing", {})]
        assert time.monotonic() - begun < 2.0


def test_a_client_that_never_reads_does_not_hold_up_the_end(little_buffered, meter):
    with pages(meter) as served:
        stuck = [narrow(served, ALL) for _ in range(5)]
        until(lambda: viewers(served) == 5)
        change(served, 2.0)
        begun = time.monotonic()
    assert time.monotonic() - begun < 1.5
    for each in stuck:
        each.close()


def test_several_meters_have_streams_of_their_own():
    with (
        smartx96.simulate(voltage=230, current=5, meters=3, tcp=False) as meter,
        pages(meter) as served,
        served.client() as client,
    ):
        meter.meters[1].set(voltage=240)
        names = [entry["id"] for entry in client.get("/api/meters").json()["meters"]]
        found = []
        for name in names:
            with client.stream("GET", f"/api/meters/{name}/events?topics=readings") as answer:
                found.append(next(events(answer))[1]["values"]["voltage_l1"])
        assert found == [230, 240, 230]


def test_nothing_stays_open(meter):
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    with pages(meter) as served, served.client() as client:
        client.get("/").raise_for_status()
    if before:
        until(lambda: len(os.listdir("/proc/self/fd")) == before, 3.0)


def test_messages_are_whole(served):
    """By hand: the framing of HTTP and of the events."""
    client = raw(served.port, f"GET {served.path}/events?topics=wiring HTTP/1.1", "Host: localhost")
    received = b""
    while b"findings" not in received:
        received += client.recv(4096)
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head.lower()
    chunks = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        chunks, body = chunks + body[: int(size, 16)], body[int(size, 16) + 2 :]
    blocks = chunks.decode().split("\n\n")
    assert blocks[0] == "retry: 2000"
    assert blocks[1].startswith("event: wiring\ndata: ")
    assert json.loads(blocks[1].partition("data: ")[2])["suspect"] is False
    client.close()
