"""A port that was let go of can be opened again at once, in this loop and in the next."""

from __future__ import annotations

import asyncio

import pytest

from clients.pty_line import PtyLine
from smartx96.configuration.target import Lines, Target
from smartx96.modbus.client.client import Client
from smartx96.modbus.place import Kind, Place


@pytest.mark.parametrize("loops", [1, 3])
def test_a_port_is_free_once_its_client_is_closed(loops):
    with PtyLine() as line:
        place = Place(Kind.RTU, line.devices[0])

        async def dialogue():
            for _ in range(3):
                async with Client(place) as client:
                    assert client.tally.connections == 1

        for _ in range(loops):
            asyncio.run(dialogue())


def test_so_it_is_with_lines_and_without_waiting():
    with PtyLine() as line:
        target = Target(Place(Kind.RTU, line.devices[0]))

        async def dialogue():
            async with Lines() as lines:
                for _ in range(3):
                    await (await lines.client(target)).open()
                    lines.close()
                await (await lines.client(target)).open()

        for _ in range(2):
            asyncio.run(dialogue())
