"""Whose turn it is at a place."""

from __future__ import annotations

import asyncio

import pytest

from smartx96.modbus.client.policy import Policy
from smartx96.modbus.place import Kind, Place
from smartx96.web.configure import places
from smartx96.web.configure.places import AskedPlace
from smartx96.web.guard import RequestError

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
