"""Measurement: a recording or any source measured from end to end."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from smartx96.errors import ChannelError, StreamError
from smartx96.frontend.transformers import primary_factors, scaled
from smartx96.meter.meter import Meter, energies, integers
from smartx96.metrology.aggregation import Aggregate
from smartx96.metrology.derived import quantities
from smartx96.metrology.readings import ApparentPower, Conditions, Readings
from smartx96.metrology.stream import Stream
from smartx96.metrology.windows import Flag, Windows
from smartx96.quantities import HARMONIC_ORDERS, HARMONICS, TABLE
from smartx96.samples.channels.choice import found
from smartx96.samples.source import ROLES, Source
from smartx96.settings import Settings

BLOCK_SECONDS, BLOCK_SAMPLES = 10.0, 1 << 18
"""Length of the blocks in which a recording is read [s, samples per channel], at most."""

WIRINGS = {1: "1p2w", 2: "3p3w", 3: "3p4w"}
"""Wirings by the value of the setting `system_type`."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a meter in place is set to.

    Parameters
    ----------
    settings : Settings
    keep_dc : bool
        Whether the mean of a window counts.
    starting_current : float
        Below it a phase has no power factor and angle [A, primary]; 0 registers everything.
    model : str
    """

    settings: Settings = field(default_factory=Settings)
    keep_dc: bool = False
    starting_current: float = 0.0
    model: str = "X96-5A"

    @property
    def wiring(self) -> str:
        """Wiring as options and JSON spell it."""
        return WIRINGS[self.settings.number("system_type")]

    @property
    def nominal(self) -> int | None:
        """Nominal frequency [Hz]; None is to be chosen by the signal."""
        return self.settings.number("nominal_frequency") or None

    def conditions(self) -> Conditions:
        """What the readings of this meter depend on."""
        return Conditions(
            present=np.ones(len(ROLES), bool),
            apparent_power=ApparentPower(self.settings.number("apparent_power_method")),
            starting_current=self.starting_current,
            keep_dc=self.keep_dc,
        )


def check_roles(source: Source, wiring: str) -> None:
    """Raise a ChannelError unless the source has what the wiring needs."""
    missing = [role for role in ROLES if role not in source.roles]
    if missing:
        recording = getattr(source, "recording", None)
        listed = "" if recording is None else f"; {found(recording)}"
        name = "" if recording is None else f"{recording.path}: "
        raise ChannelError(
            f"{name}wiring {wiring} needs {', '.join(ROLES)}: {', '.join(missing)} not found; "
            f"name all six with --channels v1=NAME,...{listed}"
        )


Listener = Callable[[Windows, Readings], None]


@dataclass(frozen=True)
class Measurement:
    """What was measured of a source.

    Parameters
    ----------
    windows : int
    measured_time : float
        Time with samples, in and outside windows [s].
    values : dict of str to float
        Every quantity with one value; NaN where not available.
    exact : dict of str to int
        Energies in their integer quantum.
    harmonics : dict of str to ndarray, shape (63,)
        Orders 1..63 [% of the fundamental].
    flags : Flag
        Of all windows together.
    nominal_frequency : int or None
        50 or 60 Hz as chosen; None without a window.
    gaps : int
    clipped_samples : int
    """

    windows: int
    measured_time: float
    values: dict[str, float]
    exact: dict[str, int]
    harmonics: dict[str, np.ndarray[Any, np.dtype[np.float64]]]
    flags: Flag
    nominal_frequency: int | None = None
    gaps: int = 0
    clipped_samples: int = 0

    @property
    def thd_order(self) -> int:
        """Highest order that THD reaches."""
        known = [int(np.count_nonzero(~np.isnan(h))) for h in self.harmonics.values()]
        limited = Flag.ORDERS_LIMITED in self.flags
        return max(known, default=0) if limited or not self.windows else HARMONIC_ORDERS

    def __getitem__(self, id: str) -> float | int | None:
        if id in self.exact:
            return self.exact[id]
        value = self.values[id]
        return None if math.isnan(value) else value

    def __repr__(self) -> str:
        volts, amps, watts = (
            self.values[id] for id in ("voltage_ln_average", "current_average", "active_power")
        )
        return (
            f"<Measurement: {self.windows} windows, {self.measured_time:.3f} s, "
            f"{volts:.2f} V, {amps:.4g} A, {watts:.6g} W, {self.values['frequency']:.4f} Hz>"
        )


def measure_source(
    source: Source, configuration: Configuration, listeners: tuple[Listener, ...] = (),
    progress: Callable[[float], None] | None = None,
) -> Measurement:  # fmt: skip
    """Measure a source from its first to its last sample, in constant memory.

    Parameters
    ----------
    source : Source
        Must end.
    configuration : Configuration
    listeners : tuple of callable
        Called with the windows and their readings as they come.
    progress : callable, optional
        Called with the seconds of signal taken so far.

    Raises
    ------
    ChannelError
        A channel that the wiring needs is missing.
    StreamError
        The engine cannot measure the samples, or there are none.
    """
    check_roles(source, configuration.wiring)
    factors = primary_factors(configuration.settings, source.side)
    stream, meter = Stream(configuration.nominal), Meter(configuration.conditions())
    aggregate, clipped, seconds = Aggregate(), 0, 0.0

    def take(pieces: list[Any]) -> None:
        for piece in pieces:
            readings = meter.take(piece)
            if readings is not None:
                aggregate.add(readings)
                for listener in listeners:
                    listener(piece, readings)

    for block in source.blocks(min(BLOCK_SECONDS, BLOCK_SAMPLES / source.rate)):
        clipped += block.clipped
        seconds += block.length / block.rate
        take(stream.push(scaled(block, factors)))
        if progress is not None:
            progress(seconds)
    take(stream.finish())
    meter.close()
    if not seconds:
        raise StreamError("the source has no samples: nothing to measure")
    return _measurement(meter, aggregate, stream.gaps, clipped)


def _measurement(meter: Meter, aggregate: Aggregate, gaps: int, clipped: int) -> Measurement:
    values = {q.id: math.nan for q in TABLE}
    harmonics = {q.id: np.full(HARMONIC_ORDERS, np.nan) for q in HARMONICS}
    mean = aggregate.result()
    if mean is not None:
        values |= {id: float(value) for id, value in quantities(mean).items()}
        rows = np.concatenate([mean.voltage_harmonics, mean.current_harmonics])
        harmonics = {q.id: row for q, row in zip(HARMONICS, rows, strict=True)}
    exact = meter.energy.exact()
    return Measurement(
        windows=aggregate.windows,
        measured_time=meter.measured_time,
        values=values | energies(exact),
        exact=integers(exact),
        harmonics=harmonics,
        flags=meter.flags,
        nominal_frequency=meter.nominal_frequency,
        gaps=gaps,
        clipped_samples=clipped,
    )
