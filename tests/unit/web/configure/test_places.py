"""Whose turn it is at a place."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from smartx96.modbus.client.policy import Policy
from smartx96.modbus.place import Kind, Place
from smartx96.simulation.simulated_meter import SimulatedMeter
from smartx96.web.configure import meters, places
from smartx96.web.configure.places import AskedPlace
from smartx96.web.guard import RequestError
from support.configure_page import Configured, configured

PLACE = Place(Kind.TCP, "meter", 502)


def test_one_at_a_time_whatever_becomes_of_it() -> None:
    async def run() -> list[int]:
        asked, there, most = AskedPlace(PLACE, Policy()), list[int](), list[int]()

        async def ask(n: int) -> None:
            async with asked.turn("values are read"):
                there.append(n)
                most.append(len(there))
                await asyncio.sleep(0.001)
                there.pop()
                if n % 2:
                    raise ValueError

        await asyncio.gather(*(ask(n) for n in range(8)), return_exceptions=True)
        return most

    assert asyncio.run(run()) == [1] * 8


def test_who_waits_too_long_is_told_what_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "PATIENCE", 0.02)

    async def run() -> None:
        asked = AskedPlace(PLACE, Policy())
        async with asked.turn("3 settings are written"):
            assert asked.idle == 0
            with pytest.raises(RequestError, match="meter:502 is in use, 3 settings are written"):
                async with asked.turn("values are read"):
                    pass
        async with asked.turn("values are read"):
            pass

    asyncio.run(run())


def test_those_who_wait_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "PATIENCE", 0.2)

    async def ask(asked: AskedPlace) -> None:
        async with asked.turn("values are read"):
            pass

    async def run() -> None:
        asked = AskedPlace(PLACE, Policy())
        async with asked.turn("a search"):
            waiting = [asyncio.ensure_future(ask(asked)) for _ in range(places.WAITING)]
            await asyncio.sleep(0)
            with pytest.raises(RequestError, match="in use"):
                async with asyncio.timeout(0.01):
                    await ask(asked)
        assert await asyncio.gather(*waiting) == [None] * places.WAITING

    asyncio.run(run())


def held(device: str) -> list[str]:
    """Files of this process that are a device."""
    links = (f"/proc/self/fd/{each.name}" for each in Path("/proc/self/fd").iterdir())
    return [link for link in links if os.path.realpath(link) == device]


def test_a_port_at_which_nobody_answered_is_free_for_a_search(
    page: Configured,
) -> None:
    far, near = os.openpty()
    device = os.ttyname(near)
    os.close(near)
    try:
        answer = page.client.post("/api/meters", json={"place": f"rtu:{device}"})
        assert (answer.status_code, "nobody answers" in answer.text) == (502, True)
        assert held(device)
        job = page.client.post("/api/search", json={"ports": [device]}).json()
        while job["state"] == "running" and not (job["result"] or {}).get("requests"):
            job = page.client.get(f"/api/jobs/{job['id']}?after={job['version']}").json()
        assert job["state"] == "running", job["result"]["notes"]
        page.client.post(f"/api/jobs/{job['id']}/stop", json={})
    finally:
        os.close(far)


def test_a_port_that_nobody_uses_is_let_go_of(
    meter: SimulatedMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meters, "IDLE", 0.2)
    far, near = os.openpty()
    device = os.ttyname(near)
    os.close(near)
    try:
        with configured(meter) as page:
            page.client.post("/api/meters", json={"place": f"rtu:{device}"})
            until = time.monotonic() + 10
            while held(device):
                assert time.monotonic() < until
                time.sleep(0.05)
    finally:
        os.close(far)
