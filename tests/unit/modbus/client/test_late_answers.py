"""Whatever is late, lost, damaged or cancelled: what is read is what was asked for."""

from __future__ import annotations

import asyncio
import random

import pytest

from smartx96.modbus.client.errors import ExchangeError, NoAnswerError
from smartx96.modbus.client.requests import ReadRegisters
from smartx96.modbus.registers import Space
from support.client_line import FarEnd, framed, words


class Queueing:
    """A meter, or a gateway, that does what it was asked for one after the other."""

    def __init__(self, deaf: bool) -> None:
        self._deaf = deaf
        self._free = 0.0

    def after(self, seconds: float) -> float:
        """When the answer comes to what takes it so long [s from now]."""
        now = asyncio.get_running_loop().time()
        self._free = max(now, self._free) + seconds
        return self._free - now

    def answer(self, frame: bytes) -> bytes | None:
        if frame[1] == 8:
            return None if self._deaf else frame
        return framed(frame[0], words(frame))


@pytest.mark.parametrize("deaf", [False, True])
@pytest.mark.parametrize("stall", [0.5, 1.2, 1.9, 2.2, 2.5, 2.8, 3.3, 5.0])
def test_a_meter_that_stalled_once_is_read_right_ever_after(stall, deaf):
    meter = Queueing(deaf)

    def script(n, frame):
        after, answer = meter.after(0.01 + stall * (n == 3)), meter.answer(frame)
        return [] if answer is None else [(after, answer)]

    async def talk(road):
        good = 0
        for n in range(60):
            # Every address three times, as a client asks again.
            request = ReadRegisters(Space.INPUT, 2 * (n // 3), 2)
            try:
                found = await road.exchange(1, request)
            except NoAnswerError:
                continue
            assert found == words(framed(1, request.pdu))
            good += 1
        return good

    assert FarEnd(script).run(talk) >= 60 - 3 - stall - deaf


class Bad(Queueing):
    """One at which all goes wrong that can."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(deaf=chance.random() < 0.3)
        self._chance = chance
        self._echoing = chance.random() < 0.3

    def __call__(self, n: int, frame: bytes) -> list[tuple[float, bytes]]:
        chance = self._chance
        stalls = chance.random() < 0.15
        after = self.after(chance.choice([0.3, 1.3, 2.4, 3.7]) if stalls else 0.01)
        echo = [(0.0, frame)] if self._echoing else []
        answer = self.answer(frame)
        if answer is None or chance.random() < 0.1:
            return echo
        if chance.random() < 0.05:
            answer = framed(frame[0], bytes((frame[1] | 0x80, 6)))
        if chance.random() < 0.1:
            answer = chance.randbytes(3) + answer
        if chance.random() < 0.05:
            answer = answer[:-1] + bytes((answer[-1] ^ 1,))
        cut = chance.randrange(1, len(answer))
        return [*echo, (after, answer[:cut]), (after + 0.004, answer[cut:])]


@pytest.mark.parametrize("seed", [*range(60), 299, 356, 383])  # Three of late exceptions.
def test_nothing_else_is_read_than_what_was_asked_for(seed):
    chance = random.Random(seed)
    good = []

    async def ask(road):
        unit, space = chance.choice([1, 1, 2]), chance.choice(list(Space))
        request = ReadRegisters(space, chance.randrange(300), chance.choice([2, 2, 2, 1, 4]))
        task = asyncio.ensure_future(road.exchange(unit, request))
        if chance.random() < 0.2:
            asyncio.get_running_loop().call_later(2 * chance.random(), task.cancel)
        try:
            found = await task
        except (ExchangeError, asyncio.CancelledError):
            return
        if found[0] < 0x80:
            assert found == words(framed(unit, request.pdu))
            good.append(found)

    async def user(road):
        for _ in range(25):
            await ask(road)

    async def talk(road):
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(user(road))

    FarEnd(Bad(chance)).run(talk)
    assert len(good) > 5
