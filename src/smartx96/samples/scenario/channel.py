"""Channel: one voltage or current of a scenario, with the events that concern it."""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Samples
from smartx96.samples.scenario.carrier import Carrier, phasor
from smartx96.samples.scenario.events import (
    Change,
    Distortion,
    Event,
    Export,
    Kind,
    Reversal,
    Scale,
    Shift,
)
from smartx96.samples.scenario.model import Harmonic, Interharmonic, Phases, place
from smartx96.samples.scenario.noise import white_noise
from smartx96.samples.scenario.timing import Instants, Values, Weight, blend, idle

Share = NDArray[np.complex128]
"""A harmonic's complex part of the fundamental, shape () for all instants or (n,) for each."""

_E = TypeVar("_E", bound=Event)
Setting = tuple[Weight, float]


@dataclass(frozen=True, slots=True, eq=False)
class Bearing:
    """Angle of a phase's fundamental against the carrier.

    Parameters
    ----------
    place : float
        In the sequence [cycles].
    angle : float
        Lead of the voltage on it [degrees].
    lag : float
        Of a current behind the voltage [degrees]; 0 for a voltage.
    reversals, shifts, lags : tuple of (Weight, float)
        Events; the lags set `lag`.
    """

    place: float
    angle: float
    lag: float
    reversals: tuple[Setting, ...]
    shifts: tuple[Setting, ...]
    lags: tuple[Setting, ...]

    def turns(self, at: Instants) -> Values:
        """Angle at each instant [cycles]."""
        place: Values = self.place
        for weight, _ in self.reversals:
            place = place * (1.0 - 2.0 * weight(at))
        lead: Values = self.angle
        for weight, degrees in self.shifts:
            lead = lead + degrees * weight(at)
        lag: Values = self.lag
        for weight, degrees in self.lags:
            lag = blend(lag, weight(at), degrees)
        return place + (lead - lag) / 360.0


@dataclass(frozen=True, slots=True, eq=False)
class Channel:
    """A voltage or current: `sqrt(2) * amplitude * (sum of shares) + dc + noise`.

    `index` is its place in the block, which also keys its noise.
    """

    index: int
    rms: float
    dc: float
    noise: float
    bearing: Bearing
    levels: tuple[Setting, ...]
    factors: tuple[Setting, ...]
    shares: Mapping[int, complex]
    distortions: tuple[tuple[Weight, Mapping[int, complex]], ...]
    interharmonics: tuple[tuple[Interharmonic, Carrier], ...]

    def amplitude(self, at: Instants) -> Values:
        """Signed rms of the fundamental at each instant, negative after an `Export`."""
        value: Values = self.rms
        for weight, level in self.levels:
            value = blend(value, weight(at), level)
        for weight, factor in self.factors:
            part = weight(at)
            value = value if idle(part) else value * (1.0 + part * (factor - 1.0))
        return value

    def spectrum(self, at: Instants) -> dict[int, Share]:
        """Complex share of each harmonic order at each instant, order 1 not included."""
        shares = {order: np.asarray(share) for order, share in self.shares.items()}
        for weight, target in self.distortions:
            part = weight(at)
            if idle(part):
                continue
            for order in shares.keys() | target.keys():
                before = shares.get(order, np.zeros((), dtype=np.complex128))
                new = (1.0 - part) * before + part * target.get(order, 0j)
                shares[order] = np.asarray(new, dtype=np.complex128)
        return dict(sorted(shares.items()))

    def samples(self, at: Instants, carrier: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
        """Samples, given the carrier's phase [cycles] at each of them."""
        bearing = self.bearing.turns(at)
        own = phasor(carrier + bearing)
        wave = own.imag.copy()
        _add_harmonics(wave, own, self.spectrum(at))
        start, n = at.base, carrier.size
        for part, part_carrier in self.interharmonics:
            turns = part_carrier.turns(start, n) + part.angle / 360.0
            if part.hertz is None and part.order is not None:
                turns = turns + part.order * bearing
            wave += part.percent / 100.0 * phasor(turns).imag
        wave *= math.sqrt(2.0) * self.amplitude(at)
        if self.noise:
            wave += self.noise * white_noise(seed, self.index, start, n)
        if self.dc:
            wave += self.dc
        return wave

    def phasors(self, at: Instants, columns: Mapping[int, int]) -> NDArray[np.complex128]:
        """Rms phasors at each instant, shape (instants, columns), each order in its column."""
        result = np.zeros((at.offset.size, len(columns)), dtype=np.complex128)
        own = phasor(np.atleast_1d(self.bearing.turns(at)))
        amplitude = self.amplitude(at)
        for order, share in {1: np.ones(()), **self.spectrum(at)}.items():
            if order in columns:
                result[:, columns[order]] = amplitude * share * own**order
        return result


def _add_harmonics(wave: Samples, own: NDArray[np.complex128], spectrum: dict[int, Share]) -> None:
    """Add imag(share * own**order): powers by one multiplication from order to order."""
    power, reached = own.copy(), 1
    for order, share in spectrum.items():
        for _ in range(order - reached):
            np.multiply(power, own, out=power)
        reached = order
        # In real arithmetic, every step of which is rounded alike whether the share is one or many.
        wave += share.real * power.imag
        wave += share.imag * power.real


def shares(harmonics: Iterable[Harmonic]) -> dict[int, complex]:
    """Complex parts of the fundamental by order; the same order twice adds up."""
    result: dict[int, complex] = {}
    for harmonic in harmonics:
        part = cmath.rect(harmonic.percent / 100.0, math.radians(harmonic.angle))
        result[harmonic.order] = result.get(harmonic.order, 0j) + part
    return result


def channel(
    kind: Kind,
    phase: int,
    waves: tuple[Phases, Phases],
    events: Sequence[Event],
    reverse: bool,
    rate: float,
    carrier_of: Mapping[Interharmonic, Carrier],
) -> Channel:
    """Put together what concerns the voltage or current of a phase, 0 to 2.

    Parameters
    ----------
    waves : tuple
        Voltages and currents.
    events : sequence of Event
        In order of their beginning.
    reverse : bool
        The sequence is L1, L3, L2 from the beginning.
    carrier_of : mapping
        Carrier of each interharmonic that occurs.
    """
    voltage, current = waves[0][phase], waves[1][phase]
    wave = voltage if kind == "voltage" else current
    mine = [event for event in events if phase + 1 in event.phases]

    def of(cls: type[_E]) -> list[_E]:
        return [event for event in mine if isinstance(event, cls)]

    changes = [(e.quantity, (e.weight(rate), e.value)) for e in of(Change)]
    factors = [(e.weight(rate), e.factor) for e in of(Scale) if kind in e.of]
    if kind == "current":
        factors += [(e.weight(rate), -1.0) for e in of(Export)]
    bearing = Bearing(
        place=place(phase) * (-1.0 if reverse else 1.0),
        angle=voltage.angle,
        lag=current.angle if kind == "current" else 0.0,
        reversals=tuple((e.weight(rate), 0.0) for e in events if isinstance(e, Reversal)),
        shifts=tuple((e.weight(rate), e.degrees) for e in of(Shift)),
        lags=tuple(s for q, s in changes if q == "angle" and kind == "current"),
    )
    return Channel(
        index=phase + (3 if kind == "current" else 0),
        rms=wave.rms,
        dc=wave.dc,
        noise=wave.noise / 100.0 * math.sqrt(2.0) * wave.rms,
        bearing=bearing,
        levels=tuple(s for q, s in changes if q == kind),
        factors=tuple(factors),
        shares=shares(wave.harmonics),
        distortions=tuple(
            (e.weight(rate), shares(e.harmonics)) for e in of(Distortion) if e.of == kind
        ),
        interharmonics=tuple((part, carrier_of[part]) for part in wave.interharmonics),
    )
