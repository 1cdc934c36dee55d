"""The page's server: who gets in, what changes nothing, what is bounded."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

import smartx96
from smartx96.errors import OptionError
from smartx96.modbus.client.policy import Policy
from smartx96.web.configure import jobs as jobs_module
from smartx96.web.configure.jobs import Job, Jobs, JobState
from smartx96.web.configure.server import LARGEST, ConfigureServer
from smartx96.web.guard import SECURITY, RequestError
from smartx96.web.token import FILE
from support.configure_page import Configured, configured
from support.pages import until
from support.ports import free_port


def test_the_page_and_what_it_loads(page: Configured) -> None:
    first = page.client.get("/")
    assert first.status_code == 200
    assert first.headers["content-security-policy"] == SECURITY["content-security-policy"]
    assert page.client.get("/static/configure/configure.js").status_code == 200
    assert page.client.get("/static/phasors.js").status_code == 200
    for path in ("/static/configure/configure.html", "/static/configure/../server.py", "/nothing"):
        assert page.client.get(path).status_code == 404
    assert page.told == [f"page at http://127.0.0.1:{page.port}/"]


CHANGING = ("plan", "write", "close", "compare", "clock", "reset", "password", "record",
            "tariffs/plan", "tariffs/write")  # fmt: skip


@pytest.mark.parametrize("path", [f"/api/meters/1/{each}" for each in CHANGING] + ["/api/search"])
def test_nothing_is_changed_by_looking(page: Configured, path: str) -> None:
    page.open()
    assert page.client.get(path).status_code == 405


def test_another_page_gets_nothing(page: Configured) -> None:
    body = {"place": f"tcp:127.0.0.1:{page.meter.tcp[1]}"}
    strange = {"origin": "http://evil.example"}
    assert page.client.post("/api/meters", json=body, headers=strange).status_code == 403
    assert page.client.get("/api/jobs", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert page.client.get("/api/jobs", headers={"host": "evil.example"}).status_code == 421
    form = page.client.post("/api/search", content=b"x", headers={"content-type": "text/plain"})
    assert form.status_code == 415
    assert page.client.get("/api/meters").json() == {"meters": []}


def test_bodies_are_bounded_where_they_are_read(page: Configured) -> None:
    meter = page.open()
    long = {"settings": {"time_zone": "x" * 20_000}}
    assert page.client.post(f"{meter}/plan", json=long).status_code == 413
    huge = {"name": "a.toml", "text": "#" * LARGEST}
    assert page.client.post(f"{meter}/compare", json=huge).status_code == 413


@pytest.mark.parametrize(("place", "words"), [
    ("rtu:pty:link", "no such serial port"), ("rtu:/etc/passwd", "no such serial port"),
    ("rtu:/dev/nothing", "no such serial port"), ("http://host", "tcp:HOST:PORT"),
    ("tcp:host:99999", "HOST:PORT"),
])  # fmt: skip
def test_what_is_no_place_is_not_opened(page: Configured, place: str, words: str) -> None:
    answer = page.client.post("/api/meters", json={"place": place})
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_a_meter_that_does_not_answer_is_told_with_what_to_look_at(page: Configured) -> None:
    answer = page.client.post("/api/meters", json={"place": f"tcp:127.0.0.1:{free_port()}"})
    assert answer.status_code == 502
    assert "nobody listens there" in answer.json()["error"]
    silent = page.client.post("/api/meters", json={"place": f"tcp:127.0.0.1:{page.meter.tcp[1]}",
                                                   "unit": 99})  # fmt: skip
    assert silent.status_code == 502
    assert "unit id" in silent.json()["error"]


def test_a_meter_that_is_not_known_any_more(page: Configured) -> None:
    meter = page.open()
    assert page.client.post(f"{meter}/close", json={}).status_code == 200
    answer = page.client.get(f"{meter}/settings")
    assert answer.status_code == 404
    assert "open it again" in answer.json()["error"]


def test_beyond_this_computer_a_token_is_asked_for(tmp_path: Path) -> None:
    async def told() -> list[str]:
        server = ConfigureServer(Policy(), tmp_path, ("meters.example",), lambda line: None)
        try:
            return await server.start("127.0.0.1", 0)
        finally:
            await server.close()

    first = asyncio.run(told())
    assert first[0].endswith("with a token")
    assert any(line.startswith("token, told this once") for line in first)
    assert (tmp_path / FILE).read_text().startswith("sha256:")
    assert len(asyncio.run(told())) == 1


def test_jobs_cannot_pile_up() -> None:
    async def run() -> None:
        jobs, go = Jobs(lambda line: None), asyncio.Event()

        async def waits(job: Job) -> int:
            await go.wait()
            return 1

        begun = [jobs.start("write", "wait", waits) for _ in range(jobs_module.RUNNING)]
        with pytest.raises(RequestError, match="wait until one is done"):
            jobs.start("write", "wait", waits)
        with pytest.raises(RequestError, match="not stopped half-way"):
            jobs.stop(begun[0].id)
        go.set()
        await asyncio.sleep(0.01)
        assert {job.state for job in begun} == {JobState.DONE}
        for _ in range(3 * jobs_module.KEPT):
            jobs.start("write", "quick", waits)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert len(jobs.documents()) <= jobs_module.KEPT + jobs_module.RUNNING

    asyncio.run(run())


def test_a_job_that_is_stopped_keeps_what_it_found_and_a_fault_is_no_traceback() -> None:
    async def run() -> None:
        notes = list[str]()
        jobs = Jobs(notes.append)

        async def finds(job: Job) -> None:
            job.result = {"found": [1]}
            await asyncio.sleep(10)

        async def fails(job: Job) -> None:
            raise OptionError("that cannot be")

        async def breaks(job: Job) -> None:
            raise ZeroDivisionError("a defect")

        stopped = jobs.start("search", "find", finds, stoppable=True)
        await asyncio.sleep(0)
        jobs.stop(stopped.id)
        failed, broken = jobs.start("a", "a", fails), jobs.start("b", "b", breaks)
        await asyncio.sleep(0.01)
        assert (stopped.state, stopped.result) == (JobState.STOPPED, {"found": [1]})
        assert (failed.state, failed.error) == (JobState.FAILED, "that cannot be")
        assert (broken.error, len(notes)) == ("the server has failed", 1)

    asyncio.run(run())


def test_what_is_written_is_written_before_the_server_ends() -> None:
    async def run() -> None:
        jobs, done = Jobs(lambda line: None), list[int]()

        async def writes(job: Job) -> None:
            await asyncio.sleep(0.05)
            done.append(1)

        jobs.start("write", "write", writes)
        await asyncio.sleep(0)
        await jobs.close()
        assert done == [1]

    asyncio.run(run())


def test_a_serial_line_is_asked_and_let_go_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the meter's new speed after a change; and nobody has the port while nobody asks."""
    link = tmp_path / "line"
    with smartx96.simulate(tcp=False, rtu=link) as meter, configured(meter) as page:
        body = {"place": f"rtu:{link}", "unit": 1, "baud": 9600, "parity": "N1"}
        opened = page.client.post("/api/meters", json=body)
        assert opened.status_code == 201, opened.text
        path = f"/api/meters/{opened.json()['id']}"
        job = page.write(path, None, baud_rate=3, backlight_time=5)
        assert job["result"]["done"], job
        assert job["result"]["meter"]["address"]["baud"] == 19200
        assert page.values(path)["backlight_time"] == 5
        begun = page.client.post("/api/search", json={"ports": [str(link)]}).json()
        job = f"/api/jobs/{begun['id']}"
        until(lambda: bool((page.client.get(job).json()["result"] or {}).get("found")), 20)
        assert page.client.get(job).json()["progress"]["seconds_left"] > 1
        monkeypatch.setattr("smartx96.web.configure.places.PATIENCE", 0.3)
        waiting = page.client.get(f"{path}/live")
        assert (waiting.status_code, "in use" in waiting.json()["error"]) == (503, True)
        page.client.post(f"{job}/stop", json={})
        until(lambda: page.client.get(job).json()["state"] == "stopped")
        assert [each["unit"] for each in page.client.get(job).json()["result"]["found"]] == [1]
        assert page.values(path)["baud_rate"] == 3, "the search has given the port back"


def test_a_connection_that_nobody_uses_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """And made again by whoever asks next."""
    monkeypatch.setattr("smartx96.web.configure.meters.IDLE", 0.1)
    with smartx96.simulate(voltage=230) as meter, configured(meter) as page:
        path = page.open()
        tally = page.server._meters[path.rpartition("/")[2]].link.client.tally
        assert tally.connections == 1
        time.sleep(0.5)
        assert page.client.get(f"{path}/live").status_code == 200
        assert tally.connections == 2
