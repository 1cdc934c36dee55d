"""Targets in words, and one client for each place."""

from __future__ import annotations

import asyncio

import pytest

from smartx96.configuration.target import Lines, Target
from smartx96.modbus.client.errors import ExchangeError
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import Place
from smartx96.modbus.registers import Space
from support.line_of_meters import PLACE, LineOfMeters, Unit


@pytest.mark.parametrize(("target", "told"), [
    (Target(Place.named("tcp:10.0.0.5"), 3), "10.0.0.5:502 unit 3"),
    (Target(Place.named("rtu:/dev/ttyUSB0"), 7, LineParameters(19200, "E")),
     "/dev/ttyUSB0 19200 E1 unit 7"),
    (Target(Place.named("rtu_tcp:[::1]:4001"), name="Feeder 7"),
     "Feeder 7 ([::1]:4001 9600 N1 unit 1)"),
])  # fmt: skip
def test_it_is_told_in_a_line(target, told):
    assert str(target) == told
    assert target.is_line == ("9600" in told or "19200" in told)


def test_targets_of_one_place_share_its_client():
    async def dialogue():
        async with Lines() as lines:
            one, other = (Place.named(f"tcp:10.0.0.{n}") for n in (1, 2))
            clients = [await lines.client(Target(place, unit))
                       for place, unit in ((one, 1), (one, 2), (other, 1))]  # fmt: skip
            assert clients[0] is clients[1] is not clients[2]
            assert lines.policy.retries == 2

    asyncio.run(dialogue())


def at(speed: int, unit: int) -> Target:
    return Target(PLACE, unit, LineParameters(speed))


async def address(lines: Lines, target: Target) -> int:
    """The serial number that is read at a target, in as many requests as it has registers."""
    async with lines.at(target) as client:
        parts = [await client.read(Space.HOLDING, target.unit, 0xFC00 + n, 1) for n in (0, 1)]
    return int.from_bytes(b"".join(parts), "big")


def test_tasks_that_ask_at_several_speeds_wait_for_each_other():
    line = LineOfMeters(Unit(11), Unit(12, unit_address=2, baud_rate=3),
                        Unit(13, unit_address=3, baud_rate=4))  # fmt: skip
    targets = [at(9600, 1), at(19200, 2), at(38400, 3)] * 3

    async def dialogue(lines):
        return await asyncio.gather(*(address(lines, target) for target in targets))

    assert line.talk(dialogue, retries=0) == [11, 12, 13] * 3
    # Nobody was asked twice.
    assert len(line.asked) == 2 * len(targets)


def test_who_is_stopped_or_fails_does_not_keep_the_line():
    line = LineOfMeters(Unit(11))

    async def dialogue(lines):
        waits = asyncio.Event()

        async def holds():
            async with lines.at(at(9600, 1)):
                waits.set()
                await asyncio.sleep(1000)

        task = asyncio.create_task(holds())
        await waits.wait()
        task.cancel()
        with pytest.raises(ExchangeError):
            await address(lines, at(19200, 1))
        return await address(lines, at(9600, 1))

    assert line.talk(dialogue, retries=0) == 11


def test_whoever_is_closed_lets_go_of_all_ports():
    line = LineOfMeters(Unit(11))

    async def dialogue(lines):
        await address(lines, at(9600, 1))
        lines.close()
        assert line.closed == 1
        return await address(lines, at(9600, 1))

    assert line.talk(dialogue) == 11
    assert (line.opened, line.closed) == (2, 2)
