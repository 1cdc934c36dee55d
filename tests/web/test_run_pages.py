"""`x96 run --web` as a process: where it is, what it says, and that the measuring goes on."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from support.pages import events, raw
from support.running import VOLTAGE, X96, Registers

pytestmark = pytest.mark.interop


class Run:
    """A meter that runs, and what it has said up to its first readings."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process, self.lines = process, list[str]()
        assert process.stdout is not None
        for line in process.stdout:
            self.lines.append(line.rstrip())
            if re.search(r"\d s  ", line):
                break

    def line(self, words: str) -> str:
        return next(line for line in self.lines if words in line)

    def port(self, words: str) -> int:
        return int(re.search(r":(\d+)", self.line(words).partition(words)[2])[1])

    def client(self) -> httpx.Client:
        base = f"http://127.0.0.1:{self.port('page at http')}"
        return httpx.Client(base_url=base, timeout=10, trust_env=False)

    def stop(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=20)[0]


@contextmanager
def running(*arguments: str, state: str = "off") -> Iterator[Run]:
    process = subprocess.Popen(
        [*X96, "run", "--tcp", "127.0.0.1:0", "--web", "127.0.0.1:0", "--state", state, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        found = Run(process)
        assert found.lines, "it said nothing"
        yield found
    finally:
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=20)


def test_what_happens_is_streamed():
    with running() as run, run.client() as client:
        with client.stream("GET", "/api/meters/meter/events?topics=readings,events") as answer:
            begun, found = time.monotonic(), []
            for name, data in events(answer):
                if name == "events":
                    assert data["events"][-1]["kind"] == "power_up"
                    continue
                found.append(data["time"])
                if len(found) == 8:
                    break
        assert len(found) / (time.monotonic() - begun) >= 2
        assert found == sorted(set(found))
        waves = client.get("/api/meters/meter/waveforms").json()
        assert waves["synthesised"] is False
        assert set(map(len, (c["points"] for c in waves["channels"].values()))) == {256}


def test_who_reads_over_modbus_is_shown():
    with running() as run, run.client() as client:
        port = run.port("Modbus TCP listens on")
        with Registers(port) as registers:
            assert registers.value(VOLTAGE) > 200
        found = client.get("/api/meters/meter/traffic").json()
        assert found["ports"] == [{"name": f"127.0.0.1:{port}", "spoken": "Modbus TCP"}]
        assert found["last"][0]["asked"] == "read input 0x0000-0x0001"
        assert found["last"][0]["values"] == "voltage_l1"
        assert found["last"][0]["outcome"] == "answered"
        assert found["requests"][0]["requests"] == 1
        assert "127.0.0.1" in found["last"][0]["client"]


def test_the_end_comes_though_streams_are_open():
    with running() as run:
        port = run.port("page at http")
        stuck = [raw(port, "GET /api/meters/meter/events HTTP/1.1", "Host: localhost")
                 for _ in range(5)]  # fmt: skip
        time.sleep(1)
        begun = time.monotonic()
        run.stop()
        assert run.process.returncode == 0
        assert time.monotonic() - begun < 8
        for each in stuck:
            each.close()


def flood(port: int, stop: threading.Event) -> None:
    while not stop.is_set():
        with raw(port, *("GET /api/meters/meter HTTP/1.1", "Host: localhost", "") * 20) as client:
            client.recv(65536)


def test_the_measuring_goes_on_whatever_clients_do(tmp_path):
    """Clients that ask as fast as they can, streams that are not read, and no window is lost."""
    with running() as run, run.client() as client:
        port, stop = run.port("page at http"), threading.Event()
        stuck = [raw(port, "GET /api/meters/meter/events?topics=waveforms,spectrum HTTP/1.1",
                     "Host: localhost") for _ in range(20)]  # fmt: skip
        asking = [threading.Thread(target=flood, args=(port, stop)) for _ in range(4)]
        for thread in asking:
            thread.start()
        before, begun = client.get("/api/meters/meter/readings").json()["time"], time.monotonic()
        time.sleep(4)
        after, ended = client.get("/api/meters/meter/readings").json()["time"], time.monotonic()
        stop.set()
        for thread in asking:
            thread.join()
        assert after - before == pytest.approx(ended - begun, abs=1.0)
        for each in stuck:
            each.close()


def test_a_port_that_somebody_else_has():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        asked = subprocess.run(
            [*X96, "run", "--state", "off", "--tcp", "off", "--web", where, "--for", "1"],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert asked.returncode == 1
    (line,) = asked.stderr.splitlines()
    assert "Address already in use" in line
    assert where in line


def test_without_being_asked_for_it_does_without(monkeypatch):
    """Two meters on one computer: the second says that it has no page, and measures."""
    monkeypatch.delenv("X96_WEB")
    blocked = socket.socket()
    blocked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        blocked.bind(("127.0.0.1", 8096))
        blocked.listen()
    except OSError:
        pass  # somebody has it already, which is as good
    found = subprocess.run(
        [*X96, "run", "--state", "off", "--tcp", "off", "--for", "1"],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    blocked.close()
    assert found.returncode == 0
    assert "no page here" in found.stdout
    assert "8096" in found.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--web", "nonsense"), "--web nonsense: must be HOST:PORT"),
        (("--web", "127.0.0.1:70000"), "must be HOST:PORT"),
        (("--web-name", "no name"), "--web-name no name: must be the name of a host"),
    ],
)
def test_what_is_no_place(options, words):
    found = subprocess.run([*X96, "run", "--state", "off", "--tcp", "off", *options],
                           capture_output=True, text=True, timeout=30, check=False)  # fmt: skip
    assert found.returncode == 2
    (line,) = found.stderr.splitlines()
    assert words in line


def test_a_file_says_where_the_page_is(tmp_path, monkeypatch):
    monkeypatch.delenv("X96_WEB")
    config = tmp_path / "building.toml"
    config.write_text(
        'tcp = "off"\nweb = "127.0.0.1:0"\n[meter.north]\n[meter.south]\nsource = "mains"\n'
    )
    process = subprocess.Popen(
        [*X96, "run", str(config), "--state", "off"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        with Run(process).client() as client:
            names = [entry["id"] for entry in client.get("/api/meters").json()["meters"]]
            assert names == ["north", "south"]
            assert client.get("/meters/south/").text != client.get("/").text
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_the_token_is_told_once(tmp_path, monkeypatch):
    state = str(tmp_path / "state")
    with running("--web", "0.0.0.0:0", state=state) as run:
        token = run.line("token, told this once").rpartition(" ")[2]
        assert "TLS" in run.line("not encrypted")
        with run.client() as client:
            client.base_url = f"http://127.0.0.1:{run.port('page at http')}"
            assert client.get("/api/meters").status_code == 401
            good = {"Authorization": f"Bearer {token}"}
            assert client.get("/api/meters", headers=good).status_code == 200
        output = run.stop()
    assert token not in output
    with running("--web", "0.0.0.0:0", state=state) as run, run.client() as client:
        assert not any("told this once" in line for line in run.lines)
        assert client.get("/api/meters", headers=good).status_code == 200


def test_an_address_that_may_not_connect(tmp_path):
    with running("--allow", "10.0.0.0/8") as run:
        with pytest.raises(httpx.HTTPError), run.client() as client:
            client.get("/healthz")
        assert "refused 127.0.0.1" in run.stop()
