"""A running meter that is published at a broker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from smartx96.modbus.registers import BY_ID
from support.running import Registers, Running

QUICK = ("--mqtt-interval", "1")
LOAD = ("--source", "examples/balanced-feeder.toml")
"""One that stands still."""
READINGS, ENERGIES = "x96/meter/readings", "x96/meter/energies"


@contextmanager
def published(broker: Any, *arguments: str, scheme: str = "mqtt",
              user: str = "") -> Iterator[Running]:  # fmt: skip
    """`x96 run` with this broker; what it has said is in `said` afterwards."""
    running = Running("--mqtt", broker.url(user, scheme=scheme), *QUICK, *arguments)
    try:
        yield running
    finally:
        running.said = running.stop()


def told(running: Running) -> str:
    return "".join(running.said)


def value(registers: Registers, id: str) -> float:
    return registers.value(BY_ID[id].address)


def waits(condition: Callable[[], Any], seconds: float = 60.0) -> float:
    """Until something holds; how long it took [s]."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, "it did not come"
        time.sleep(0.002)
    return time.monotonic() - begun
