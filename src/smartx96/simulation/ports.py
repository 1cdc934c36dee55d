"""Ports: where the clients of simulated meters find them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from smartx96.installation.live import LiveMeter
from smartx96.installation.ports import Ports
from smartx96.installation.registers import ServedRegisters
from smartx96.modbus.faults import Chances, Faults
from smartx96.modbus.functions.request import MAX_READ, Unit
from smartx96.modbus.line.pseudo_terminal import SCHEME
from smartx96.modbus.place import Kind, Place
from smartx96.modbus.relative import Relative, RelativeUnit, code_of
from smartx96.modbus.server import DEFAULT_HOST, ModbusTcpServer
from smartx96.modbus.terms import Terms


@dataclass(frozen=True, slots=True)
class PortPlan:
    """Where meters are to be found.

    Parameters
    ----------
    tcp : int or None
        Port of Modbus TCP on this computer, 0 for a free one; None does not listen.
    rtu : bool
        Whether there is a pseudo-terminal.
    link : Path or None
        Name of the pseudo-terminal; None is that which the system gives.
    read_only : bool
        Whether everything written is refused.
    max_read : int
        Most registers of one read.
    faults : Chances or None
        What goes wrong with answers.
    serve_as : Relative or None
        Model as which meters are served; None is their own.
    """

    tcp: int | None = 0
    rtu: bool = False
    link: Path | None = None
    read_only: bool = False
    max_read: int = MAX_READ
    faults: Chances | None = None
    serve_as: Relative | None = None

    @property
    def places(self) -> list[Place]:
        """What is to be opened."""
        found = []
        if self.tcp is not None:
            found.append(Place(Kind.TCP, DEFAULT_HOST, self.tcp))
        if self.rtu:
            found.append(Place(Kind.RTU, f"{SCHEME}{self.link or ''}"))
        return found


class SimulatedPorts:
    """A TCP port and a line, all meters behind both; they belong to one event loop.

    Parameters
    ----------
    meters : sequence of LiveMeter
    plan : PortPlan
    report : callable
        Called with one line of what the user should know.

    Attributes
    ----------
    tcp : (str, int) or None
        Host and port of Modbus TCP; None where there is none.
    rtu : str or None
        What a client of Modbus RTU opens; None where there is no line.
    """

    def __init__(self, meters: Sequence[LiveMeter], plan: PortPlan,
                 report: Callable[[str], None]) -> None:  # fmt: skip
        faults = None if plan.faults is None else Faults(plan.faults)
        units = [_served(live, plan.serve_as) for live in meters]
        self._ports = Ports(
            dict.fromkeys(plan.places, units),
            Terms(plan.max_read, plan.read_only, faults=faults, report=report),
        )
        self.tcp: tuple[str, int] | None = None
        self.rtu: str | None = None

    async def open(self) -> None:
        """Open both, or none.

        Raises
        ------
        ListenError
            The port is in use; the pseudo-terminal cannot be made.
        """
        await self._ports.start()
        for place, port in self._ports.open.items():
            if isinstance(port, ModbusTcpServer):
                self.tcp = port.address
            if place.kind is Kind.RTU:
                self.rtu = port.name

    async def close(self) -> None:
        """Close both, and drop all clients."""
        self.tcp = self.rtu = None
        await self._ports.close()


def _served(live: LiveMeter, relative: Relative | None) -> Unit:
    """A meter as clients see it."""
    if relative is None:
        return ServedRegisters(live)
    return RelativeUnit(ServedRegisters(live, code_of(relative)), relative)
