"""Ports: where the meters of an installation are read and set: TCP, serial lines, RTU over TCP."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from contextlib import ExitStack
from ssl import CERT_REQUIRED
from typing import Protocol

from smartx96.modbus.functions.counters import BusCounters
from smartx96.modbus.functions.request import Unit
from smartx96.modbus.line.over_tcp import RtuTcpServer
from smartx96.modbus.line.server import RtuServer
from smartx96.modbus.place import Kind, Place
from smartx96.modbus.server import ModbusTcpServer
from smartx96.modbus.stations import Stations
from smartx96.modbus.terms import Terms

_SPOKEN = {Kind.TCP: "Modbus TCP", Kind.RTU: "Modbus RTU", Kind.RTU_TCP: "Modbus RTU over TCP"}

_TOLD = 8
"""Places and units that are told one by one."""


class Port(Protocol):
    """A place that is open."""

    name: str
    stations: Stations

    def close(self) -> None:
        """Stop serving."""

    async def wait_closed(self) -> None:
        """Wait until it is let go of."""


class Ports:
    """Open places.

    Parameters
    ----------
    places : mapping of Place to sequence of Unit
        Which meters are read where.
    terms : Terms

    Attributes
    ----------
    open : dict of Place to Port
    buses : dict of str to BusCounters
        What passed, by the names of the ports, also after they were closed.
    """

    def __init__(self, places: Mapping[Place, Sequence[Unit]], terms: Terms) -> None:
        self._places, self._terms = places, terms
        self.open: dict[Place, Port] = {}
        self.buses: dict[str, BusCounters] = {}

    async def start(self) -> None:
        """Open all of them, or none.

        Raises
        ------
        ListenError
            One cannot be opened.
        """
        found: dict[Place, Port] = {}
        with ExitStack() as opened:
            for place, units in self._places.items():
                found[place] = port = await _opened(place, units, self._terms)
                opened.callback(port.close)
            opened.pop_all()
        self.open = found
        self.buses = {port.name: port.stations.bus for port in found.values()}

    @property
    def told(self) -> list[str]:
        """What is spoken where, and who answers; places that are many on one line."""
        found = []
        for kind in Kind:
            places = [place for place in self._places if place.kind is kind]
            if len(places) > _TOLD:
                names = [self.open[place].name for place in (places[0], places[-1])]
                where = f"{len(places)} places, {' .. '.join(names)}"
                found.append(f"{_SPOKEN[kind]} listens on {where}{self._conditions}")
                continue
            found += [
                f"{_SPOKEN[kind]} listens on {self.open[place].name}"
                f"{_parameters(self.open[place])}, {_who(self._places[place])}{self._conditions}"
                for place in places
            ]
        return found

    def spoken(self, units: Container[Unit]) -> dict[str, str]:
        """Names of the open ports at which any of some units is read, and what is spoken there."""
        return {
            port.name: _SPOKEN[place.kind]
            for place, port in self.open.items()
            if any(unit in units for unit in self._places[place])
        }

    @property
    def hidden(self) -> list[str]:
        """A line for each unit that another one of the same address hides at a place."""
        found = []
        for place, units in self._places.items():
            addresses = [unit.unit_address for unit in units]
            twice = sorted({each for each in addresses if addresses.count(each) > 1})
            found += [
                f"note: {addresses.count(each)} meters on {self.open[place].name} are set to "
                f"unit {each}, and only the first of them is reached"
                for each in twice
            ]
        return found

    @property
    def _conditions(self) -> str:
        """What is not so everywhere, in words."""
        terms = self._terms
        tls = "" if terms.tls is None else ", over TLS"
        if terms.tls is not None and terms.tls.verify_mode is CERT_REQUIRED:
            tls += " with certificates of clients"
        spoilt = "" if terms.faults is None else ", with faults"
        return f"{tls}{', read only' if terms.read_only else ''}{spoilt}"

    async def close(self) -> None:
        """Stop serving everywhere."""
        ports, self.open = self.open, {}
        with ExitStack() as closing:
            for port in ports.values():
                closing.callback(port.close)
        for port in ports.values():
            await port.wait_closed()


async def _opened(place: Place, units: Sequence[Unit], terms: Terms) -> Port:
    if place.kind is Kind.RTU:
        line = RtuServer(units, terms)
        await line.start(place.where)
        return line
    server = (ModbusTcpServer if place.kind is Kind.TCP else RtuTcpServer)(units, terms)
    await server.start(place.where, place.port)
    return server


def _parameters(port: Port) -> str:
    return f" with {port.parameters}" if isinstance(port, RtuServer) else ""


def _who(units: Sequence[Unit]) -> str:
    """`unit 1`, `units 1, 2, 5`; of many the first and last."""
    addresses = [str(unit.unit_address) for unit in units]
    if len(addresses) > _TOLD:
        addresses = [*addresses[:3], "...", addresses[-1]]
    return f"unit{'s' if len(units) > 1 else ''} {', '.join(addresses)}"
