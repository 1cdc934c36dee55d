"""Scenario: three voltages and three currents by formula."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smartx96.block import Samples
from smartx96.errors import ScenarioError
from smartx96.quantities import HARMONIC_ORDERS
from smartx96.samples.scenario.carrier import Carrier, Course, Wander
from smartx96.samples.scenario.channel import Channel, channel
from smartx96.samples.scenario.events import (
    KINDS,
    Distortion,
    Event,
    FrequencyChange,
    edges,
    frequency_courses,
    in_order,
)
from smartx96.samples.scenario.formula import Formula, columns
from smartx96.samples.scenario.model import (
    Interharmonic,
    Phases,
    Wave,
    highest_order,
    three,
)
from smartx96.samples.scenario.timing import Instants, Values, blend, exact
from smartx96.wording import counted

_VOLTAGES = three(Wave(230.0))
_CURRENTS = three(Wave(5.0))


@dataclass(frozen=True, repr=False)
class Scenario(Formula):
    """A signal stated by its parts; a `Source` of which any block can be asked for.

    Channel of phase x: `sqrt(2) * A(t) * (sin p + sum of share * sin(order * p + angle)) + dc +
    noise`, with p = 2 pi * integral of the frequency + angle of the phase, L1's 0 at sample 0.

    Parameters
    ----------
    voltages, currents : tuple of Wave
        L1, L2, L3.
    frequency : float
        Of the fundamental before any event [Hz].
    wander : tuple of Wander
        Slow deviations, added.
    reverse : bool
        The phases follow each other L1, L3, L2.
    events : tuple of Event
    duration : float, optional
        Where the samples end [s]; None is endless.
    rate : float
        Sampling rate [1/s].
    seed : int
        Of the noise.
    start : datetime, optional
        Time of sample 0, timezone-aware.
    side : str
        `primary` or `secondary`.

    Raises
    ------
    ScenarioError
        A part above half the sampling rate, or a combination that has no meaning.
    """

    voltages: Phases = _VOLTAGES
    currents: Phases = _CURRENTS
    frequency: float = 50.0
    wander: tuple[Wander, ...] = ()
    reverse: bool = False
    events: tuple[Event, ...] = ()
    duration: float | None = None
    rate: float = 12800.0
    seed: int = 0
    start: datetime | None = None
    side: str = "secondary"

    def __post_init__(self) -> None:
        """Refuse what would alias, and frequencies that are not linear by pieces."""
        for key, value in (("rate", self.rate), ("duration", self.duration)):
            if value is not None and not 0 < value < math.inf:
                raise ScenarioError(f"{key} {value:g}: must be a finite number above 0")
        self._courses  # noqa: B018 - refuses ramps that overlap
        highest = max(self.frequency, *(change.value for change in self._frequency_changes), 0.0)
        highest += sum(abs(wave.hertz) for wave in self.wander)
        order = self._highest_order
        if order * highest >= self.rate / 2:
            raise ScenarioError(
                f"order {order:g} at {highest:g} Hz: must be below half the rate of "
                f"{self.rate:g} samples/s"
            )
        fixed = max((part.hertz or 0.0 for part in self._interharmonics), default=0.0)
        if fixed >= self.rate / 2:
            raise ScenarioError(
                f"interharmonic of {fixed:g} Hz: must be below half the rate of "
                f"{self.rate:g} samples/s"
            )

    def __repr__(self) -> str:
        extent = "endless" if self.duration is None else f"{self.duration:g} s"
        return (
            f"Scenario({extent}, {self.rate:g}/s, {self.frequency:g} Hz, "
            f"{counted(len(self.events), 'event')})"
        )

    @property
    def length(self) -> int | None:
        """Samples per channel, None for endless."""
        if self.duration is None:
            return None
        samples = exact(self.duration) * exact(self.rate)
        return -(-samples.numerator // samples.denominator)

    @property
    def _frequency_changes(self) -> list[FrequencyChange]:
        return [event for event in in_order(self.events) if isinstance(event, FrequencyChange)]

    @property
    def _interharmonics(self) -> list[Interharmonic]:
        return [part for wave in (*self.voltages, *self.currents) for part in wave.interharmonics]

    @property
    def _highest_order(self) -> float:
        orders = [highest_order((*self.voltages, *self.currents))]
        orders += [h.order for e in self.events if isinstance(e, Distortion) for h in e.harmonics]
        return max(*orders, *(part.order or 0.0 for part in self._interharmonics), 1.0)

    @cached_property
    def _courses(self) -> list[Course]:
        return frequency_courses(self.frequency, self._frequency_changes)

    @cached_property
    def _carrier(self) -> Carrier:
        return Carrier(self._courses, self.wander, self.rate)

    @cached_property
    def _channels(self) -> tuple[Channel, ...]:
        carriers = {part: self._carrier_of(part) for part in self._interharmonics}
        waves, events = (self.voltages, self.currents), in_order(self.events)
        return tuple(
            channel(kind, phase, waves, events, self.reverse, self.rate, carriers)
            for kind in KINDS
            for phase in range(3)
        )

    def _carrier_of(self, part: Interharmonic) -> Carrier:
        if part.order is not None:
            return Carrier(self._courses, self.wander, self.rate, part.order)
        steady = Course(Fraction(0), exact(part.hertz or 0.0), Fraction(0))
        return Carrier([steady], (), self.rate)

    def _evaluate(self, start: int, n: int) -> Samples:
        at = Instants.samples(start, n)
        carrier = self._carrier.turns(start, n)
        return np.stack([each.samples(at, carrier, self.seed) for each in self._channels])

    @cached_property
    def orders(self) -> tuple[int, ...]:
        """Harmonic orders that are there at one time or another, ascending from 1."""
        waves = [h for wave in (*self.voltages, *self.currents) for h in wave.harmonics]
        later = [h for e in self.events if isinstance(e, Distortion) for h in e.harmonics]
        return tuple(sorted({1, *(harmonic.order for harmonic in (*waves, *later))}))

    def phasors(
        self, times: ArrayLike, orders: int | Sequence[int] = HARMONIC_ORDERS
    ) -> NDArray[np.complex128]:
        """Rms phasors of the harmonics, without interharmonics, offset and noise.

        The samples are `sqrt(2) * imag(sum of phasor[h] * exp(1j * h * p))` with p the phase of
        the carrier, 0 at sample 0; `phasor_u * conj(phasor_i)` is the complex power of an order.

        Parameters
        ----------
        times : array_like, shape (n,)
            After sample 0 [s].
        orders : int or sequence of int
            Highest order, or the orders wanted.

        Returns
        -------
        ndarray, shape (n, 6, orders)
            [V and A], order h at index h - 1, or the orders wanted as they were named.
        """
        at, placed = Instants.at(times, self.rate), columns(orders)
        return np.stack([each.phasors(at, placed) for each in self._channels], axis=1)

    def breaks(self, begin: float, end: float) -> NDArray[np.float64]:
        """Instants between two times where an event begins or ends to change phasors [s]."""
        return _within(self._edges, begin, end)

    def frequency_breaks(self, begin: float, end: float) -> NDArray[np.float64]:
        """Instants between two times where an event begins or ends to change the frequency [s]."""
        return _within(self._frequency_edges, begin, end)

    @cached_property
    def _edges(self) -> NDArray[np.float64]:
        return edges([event for event in self.events if not isinstance(event, FrequencyChange)])

    @cached_property
    def _frequency_edges(self) -> NDArray[np.float64]:
        return edges(self._frequency_changes)

    @property
    def beyond_phasors(self) -> tuple[str, ...]:
        """What the samples hold and the phasors do not."""
        waves = (*self.voltages, *self.currents)
        held = {
            "interharmonics": any(wave.interharmonics for wave in waves),
            "direct voltage or current": any(wave.dc for wave in waves),
            "noise": any(wave.noise for wave in waves),
        }
        return tuple(name for name, there in held.items() if there)

    def frequencies(self, times: ArrayLike) -> NDArray[np.float64]:
        """Frequency of the fundamental, wander included.

        Parameters
        ----------
        times : array_like, shape (n,)
            After sample 0 [s].

        Returns
        -------
        ndarray, shape (n,)
            [Hz].
        """
        at = Instants.at(times, self.rate)
        frequency: Values = self.frequency
        for change in self._frequency_changes:
            frequency = blend(frequency, change.weight(self.rate)(at), change.value)
        seconds = at.offset / self.rate
        waves = (
            wave.hertz * np.sin(2 * np.pi * seconds / wave.period + np.radians(wave.angle))
            for wave in self.wander
        )
        return np.asarray(frequency + np.zeros(seconds.shape) + sum(waves))


def _within(instants: NDArray[np.float64], begin: float, end: float) -> NDArray[np.float64]:
    first, last = np.searchsorted(instants, [begin, end])
    return instants[first:last]
