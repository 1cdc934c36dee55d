"""Candidates: where meters are looked for and in which order, the likely first.

A line has one speed as a rule, and a meter that is set to another hears nothing: so the first
address is tried at the likely speeds, the others at the one at which somebody answered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from smartx96.modbus.client.client import LINE_UNITS
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import Kind, Place
from smartx96.settings import BY_ID, Settings

EVERY = tuple(
    LineParameters.of(Settings({"baud_rate": speed, "parity_stop": parity}))
    for parity in BY_ID["parity_stop"].codes
    for speed in BY_ID["baud_rate"].codes
)
"""Whatever a meter of the family can be set to."""

LIKELY = (
    LineParameters(9600),
    LineParameters(19200, "E"),
    LineParameters(2400),
    LineParameters(9600, "E"),
    LineParameters(19200),
    LineParameters(38400),
    LineParameters(4800),
)
"""As the X96 leaves the factory; the default of Modbus over serial line 1.02, clause 2.5.1; older
siblings; what installers change it to."""

TCP_UNITS = (1, 255, 0)
"""By which a meter with a TCP port of its own answers."""
LOW = range(1, 17)
"""Addresses that are given most often; of a host that answers, no others are likely."""
_OF_THE_SERVER = LineParameters()
"""Stands for the speed of a device server, which is not ours to set."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is searched.

    Parameters
    ----------
    places : tuple of Place
    everything : bool
        Whether all speeds, parities and addresses are tried, not only the likely ones.
    units : tuple of int
        Addresses and unit ids; empty are the likely ones.
    parameters : tuple of LineParameters
        Of lines; empty are the likely ones.
    """

    places: tuple[Place, ...]
    everything: bool = False
    units: tuple[int, ...] = ()
    parameters: tuple[LineParameters, ...] = ()


class Sweep(NamedTuple):
    """Units of a place that are asked one after the other.

    Parameters
    ----------
    place : Place
    parameters : LineParameters
    units : tuple of int
    likely : bool
        Whether each is given more time, and a second chance.
    """

    place: Place
    parameters: LineParameters
    units: tuple[int, ...]
    likely: bool = False


def first_sweeps(place: Place, scope: Scope) -> list[Sweep]:
    """The likely of a place, in their order."""
    units = _units(place, scope)
    if place.kind is Kind.TCP:
        likely = units[:1] if scope.units else TCP_UNITS
        return [Sweep(place, _OF_THE_SERVER, likely, True)]
    return [Sweep(place, each, units[:1], True) for each in _speeds(place, scope) if units]


def next_sweeps(place: Place, scope: Scope, answering: Collection[LineParameters]) -> list[Sweep]:
    """What is asked after the likely ones.

    Parameters
    ----------
    place : Place
    scope : Scope
    answering : collection of LineParameters
        At which somebody answered; for TCP any, where anybody did.
    """
    units = _units(place, scope)
    if place.kind is Kind.TCP:
        rest = units if scope.everything or scope.units or answering else ()
        asked = units[:1] if scope.units else TCP_UNITS
        return _filled(Sweep(place, _OF_THE_SERVER, tuple(u for u in rest if u not in asked)))
    speeds = _speeds(place, scope)
    known = tuple(answering) or (speeds if scope.parameters else speeds[:1])
    found = [Sweep(place, each, units[1:]) for each in known]
    if scope.everything:
        found += _unlikely(place, units, speeds, _all_speeds(place, scope), known)
    return [sweep for sweep in found if sweep.units]


def _unlikely(place: Place, units: tuple[int, ...], asked: Collection[LineParameters],
              every: Collection[LineParameters], known: Collection[LineParameters]
              ) -> Iterator[Sweep]:  # fmt: skip
    """All other speeds: the low addresses at each of them before the high ones at any."""
    for low in (True, False):
        band = tuple(unit for unit in units if (unit in LOW) is low)
        for each in every:
            if each not in known:
                done = units[:1] if each in asked else ()
                yield Sweep(place, each, tuple(unit for unit in band if unit not in done))


def _filled(sweep: Sweep) -> list[Sweep]:
    return [sweep] if sweep.units else []


def _units(place: Place, scope: Scope) -> tuple[int, ...]:
    if place.kind is Kind.TCP:
        behind = LINE_UNITS if scope.everything else LOW
        return scope.units or tuple(behind)
    return tuple(unit for unit in scope.units or LINE_UNITS if unit in LINE_UNITS)


def _speeds(place: Place, scope: Scope) -> tuple[LineParameters, ...]:
    """Speeds that are tried first."""
    if place.kind is Kind.RTU_TCP:
        return (_OF_THE_SERVER,)
    return scope.parameters or LIKELY


def _all_speeds(place: Place, scope: Scope) -> tuple[LineParameters, ...]:
    if place.kind is Kind.RTU_TCP or scope.parameters:
        return _speeds(place, scope)
    return EVERY
