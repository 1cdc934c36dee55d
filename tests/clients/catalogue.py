"""The clients and what each of them can do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clients import scripted
from clients.collectd import collectd
from clients.mbpoll import mbpoll
from clients.steps import Step, Target


@dataclass(frozen=True)
class Client:
    """A program of others: how it is run, where it speaks, what it can."""

    name: str
    run: Callable[[Target, int, Sequence[Step]], list[float]]
    tcp: bool = True
    many: bool = True
    """Reads many values of two words by one request."""
    writes: bool = True
    """Writes by function 16."""

    def __call__(self, target: Target, *steps: Step, unit: int = 1) -> list[float]:
        """Do the steps in order; the values of all reads."""
        return self.run(target, unit, steps)


ALL = (
    Client("mbpoll", mbpoll),
    Client("pymodbus", scripted.pymodbus),
    Client("minimalmodbus", scripted.minimalmodbus, tcp=False, many=False),
    Client("modbus-serial", scripted.modbus_serial),
    Client("jsmodbus", scripted.jsmodbus),
    Client("collectd", collectd, many=False, writes=False),
    Client("home-assistant", scripted.home_assistant, many=False),
)
"""Every client that reads what it is asked; `scripted.sdm630` reads what it likes."""
