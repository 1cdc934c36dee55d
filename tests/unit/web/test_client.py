"""Client: pages of real servers, and what servers of others may answer."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

import smartx96
from smartx96.errors import OptionError
from smartx96.panel.seen import Seen
from smartx96.web.address import PageAddress
from smartx96.web.client import PageClient, PageError
from support.pages import pages
from support.ports import free_port


@pytest.mark.parametrize(
    ("text", "address", "meter", "token"),
    [
        ("http://127.0.0.1:8096", "http://127.0.0.1:8096", None, None),
        ("127.0.0.1", "http://127.0.0.1:8096", None, None),
        ("http://meter.example/", "http://meter.example:80", None, None),
        ("https://example.org/x96/meters/kitchen/", "https://example.org:443/x96", "kitchen", None),
        ("http://[::1]:80/login#abc-DEF", "http://[::1]:80", None, "abc-DEF"),
    ],
)
def test_addresses_are_as_browsers_have_them(text, address, meter, token) -> None:
    found = PageAddress.parse(text)
    assert (str(found), found.meter, found.token) == (address, meter, token)
    assert "abc-DEF" not in repr(found)


@pytest.mark.parametrize(
    "text", ["", "ftp://x", "http://", "http://x:99999", "http://[", "http://a..b/", "http://x:y"]
)
def test_what_is_no_address_is_said(text: str) -> None:
    with pytest.raises(OptionError, match="give the page's address"):
        PageAddress.parse(text)


def test_a_token_cannot_smuggle_a_header() -> None:
    with pytest.raises(OptionError, match="without spaces"):
        PageAddress.parse("http://x", "abc\r\nHost: y")


def test_a_page_is_asked_again_after_its_server_hung_up(served) -> None:
    client = PageClient(PageAddress.parse(f"127.0.0.1:{served.port}"))
    assert [one["id"] for one in client.get("api", "meters")["meters"]] == [served.name]
    served.call(
        lambda: [c.abort() for c in served.server._listener._server.server_state.connections]
    )
    assert client.get("api", "meters", served.name)["model"] == "X96-5A"
    client.close()


def test_a_stream_tells_what_changes(served, meter) -> None:
    client = PageClient(PageAddress.parse(f"127.0.0.1:{served.port}"))
    here = ("api", "meters", served.name)
    panel = str(client.post(*here, "panels")["panel"])
    stream = client.events(*here, "events", topics="panel", panel=panel)
    name, document = next(stream)
    assert name == "panel"
    first = Seen.read(document)
    other = PageClient(client.address)
    other.post("api", "panels", panel, "keys", key="U/I", action="tap")
    assert Seen.read(next(stream)[1]).title == "line-to-neutral voltages" != first.title
    stream.close()
    assert client.get(*here)["id"] == served.name
    for each in (client, other):
        each.close()


def test_refusals_are_told(served) -> None:
    client = PageClient(PageAddress.parse(f"127.0.0.1:{served.port}"))
    with pytest.raises(PageError, match="no such meter") as caught:
        client.get("api", "meters", "x")
    assert caught.value.status == 404
    client.close()


def test_a_token_is_asked_for_and_given(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("X96_WEB_TOKEN", "a-token-of-my-own")
    with smartx96.simulate(tcp=False) as meter, pages(meter) as served:
        place = f"127.0.0.1:{served.port}"
        with pytest.raises(PageError, match="asks for its token") as caught:
            PageClient(PageAddress.parse(place)).get("api", "meters")
        assert caught.value.status == 401
        with pytest.raises(PageError, match=f"^http://{place}: wrong token$"):
            PageClient(PageAddress.parse(place, "a-token-of-others")).get("api", "meters")
        client = PageClient(PageAddress.parse(place, "a-token-of-my-own"))
        assert client.get("api", "meters")["meters"]
        client.close()


def test_nobody_there_is_said() -> None:
    address = PageAddress.parse(f"127.0.0.1:{free_port()}")
    with pytest.raises(PageError, match="cannot be reached: connection refused; `x96 run`"):
        PageClient(address).get("healthz")


@pytest.fixture
def strange() -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers what it is told to, and hangs up."""
    server, answers = socket.create_server(("127.0.0.1", 0)), list[bytes]()

    def serve() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            # Who has read enough hangs up, which may come before all is sent.
            with client, contextlib.suppress(ConnectionError):
                client.recv(4096)
                client.sendall(answers[0])

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1], answers
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n", OK + b"\r\nhello", OK + b"\r\n[1]", OK + b"\r\n" + b"[" * 100_000,
        OK + b"\r\n" + b" " * (1 << 21), OK + b"Content-Length: 99\r\n\r\n{}", OK + b"\r\n\xff",
    ],
    ids=["ssh", "text", "list", "deep", "long", "cut", "bytes"],
)  # fmt: skip
def test_what_no_meter_answers_is_one_line(strange, answer: bytes) -> None:
    port, answers = strange
    answers.append(answer)
    with pytest.raises(PageError, match=r"answers what no meter does|cannot be reached") as caught:
        PageClient(PageAddress.parse(f"127.0.0.1:{port}")).get("api", "meters")
    assert str(caught.value).isprintable()


def test_other_pages_are_told_from_ours(strange) -> None:
    port, answers = strange
    answers.append(b"HTTP/1.1 404 Not Found\r\n\r\n<html>")
    with pytest.raises(PageError, match=r"answers 404 Not Found; is it the page of a meter"):
        PageClient(PageAddress.parse(f"127.0.0.1:{port}")).get("api", "meters")


@pytest.mark.parametrize(
    "document",
    [{}, {"on": "x", "flashing": "0", "spoken": []}, {"on": "0", "flashing": "0", "spoken": "a"},
     {"on": "f" * 200, "flashing": "0", "spoken": []}, {"on": "-1", "flashing": "0", "spoken": []}],
)  # fmt: skip
def test_what_is_no_screen_is_refused(document) -> None:
    with pytest.raises(ValueError, match=r"no screen|invalid literal"):
        Seen.read(document)
