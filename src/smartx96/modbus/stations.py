"""Stations: the units of one port, found by their addresses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smartx96.modbus.functions.counters import BusCounters, Counters
from smartx96.modbus.functions.request import Station, Unit


class Stations:
    """The units behind a port; each answers under the address that it is set to.

    Parameters
    ----------
    units : sequence of Unit
        Of two with one address the first that has a supply answers.
    bus : BusCounters, optional
        Shared by them.
    """

    def __init__(self, units: Sequence[Unit], bus: BusCounters | None = None) -> None:
        self.bus = bus or BusCounters()
        self._stations = tuple(Station(unit, Counters(self.bus)) for unit in units)
        self._found: dict[int, Station] = {}

    def __iter__(self) -> Iterator[Station]:
        return iter(self._stations)

    def __len__(self) -> int:
        return len(self._stations)

    @property
    def first(self) -> Station | None:
        """The first of them; None where it has no supply."""
        station = self._stations[0]
        return station if station.unit.powered else None

    def at(self, address: int) -> Station | None:
        """The station of an address; None where there is none that has a supply."""
        station = self._found.get(address)
        if station is None or station.unit.unit_address != address or not station.unit.powered:
            answering = (each for each in self._stations if each.unit.unit_address == address)
            station = next((each for each in answering if each.unit.powered), None)
            if station is None:
                self._found.pop(address, None)
            else:
                self._found[address] = station
        return station
