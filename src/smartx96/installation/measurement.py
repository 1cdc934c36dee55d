"""Measurement: a recording or any source measured from end to end."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from smartx96.block import Block
from smartx96.errors import ChannelError, StreamError
from smartx96.frontend.connection import connect
from smartx96.frontend.correction import Correction
from smartx96.frontend.transformers import primary_factors, scaled
from smartx96.installation.calibration import calibration_of
from smartx96.installation.steps import in_threads
from smartx96.meter.amounts import UncountableError
from smartx96.meter.calendar import Calendars
from smartx96.meter.clock import Clock
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.meter.outbox import Outbox
from smartx96.metrology.aggregation import Aggregate
from smartx96.metrology.derived import quantities
from smartx96.metrology.engine import Piece
from smartx96.metrology.losses import Losses
from smartx96.metrology.readings import Readings
from smartx96.metrology.stream import Stream
from smartx96.metrology.synchronisation import Phasors
from smartx96.metrology.windows import Flag, Windows
from smartx96.metrology.wiring_findings import Finding
from smartx96.models import LINE_ROLES, Wiring
from smartx96.quantities import HARMONIC_ORDERS, HARMONICS, TABLE
from smartx96.samples.channels.choice import found
from smartx96.samples.source import Source
from smartx96.settings.setting import nearest
from smartx96.wording import counted

BLOCK_SECONDS, BLOCK_SAMPLES = 10.0, 1 << 18
"""Length of the blocks in which a recording is read [s, samples per channel], at most."""


class Intake:
    """From a source's blocks to those of the engine: calibration, ratios, directions, wiring.

    Parameters
    ----------
    source : Source
        One that has a `calibration` is corrected by it, and by that of the settings.
    configuration : Configuration
    before : Intake, optional
        Of the same stream so far, as another configuration had it; it stays as it is.

    Raises
    ------
    ChannelError
        The source lacks a channel that the wiring needs.
    OptionError
        The corrections are more than there can be.

    Attributes
    ----------
    present : ndarray of bool, shape (6,)
        Which channels are connected.
    """

    def __init__(self, source: Source, configuration: Configuration,
                 before: Intake | None = None) -> None:  # fmt: skip
        try:
            self._connection = connect(source.roles, configuration.wiring)
        except ChannelError as error:
            recording = getattr(source, "recording", None)
            if recording is None:
                raise
            raise ChannelError(
                f"{recording.path}: {error}; name channels with --channels v1=NAME,...; "
                f"{found(recording)}"
            ) from None
        self._factors = primary_factors(configuration.settings, source.side, source.roles)
        self.present = self._connection.present
        self._configuration = configuration
        calibration = calibration_of(source, configuration.settings)
        if before is None:
            self._correction = Correction(calibration, source.roles)
        else:
            self._correction = before._correction.changed(calibration)
        # At once: a setting that cannot be would end the stream with its next block.
        self._correction.check(source.rate)

    def stream(self) -> Stream:
        """A stream that cuts the blocks into windows, as the configuration has them."""
        return Stream(
            self._configuration.nominal,
            subgroups=self._configuration.subgroups,
            by_lines=not self._configuration.wiring.has_neutral,
        )

    def __call__(self, block: Block) -> Block:
        """The block on the primary side, with the engine's channels.

        A correction of phases keeps some samples back, and gives them with the next block.
        """
        return self._connection(scaled(self._correction(block), self._factors))

    def rest(self) -> Block | None:
        """What was kept back, when no more blocks come."""
        last = self._correction.rest()
        return None if last is None else self._connection(scaled(last, self._factors))


def wiring_of(source: Source) -> Wiring:
    """The wiring that a source's channels are of, where nobody says."""
    roles = set(source.roles)
    if roles <= {"v1", "i1"}:
        return Wiring.ONE_PHASE
    voltages = [role for role in source.roles if role.startswith("v")]
    return Wiring.THREE_WIRE if set(voltages) & set(LINE_ROLES) else Wiring.FOUR_WIRE


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
    clipped_samples : int
    losses : Losses
        Stretches without samples.
    voltage_phasor, current_phasor : ndarray of complex, shape (3,)
        Mean fundamental on a common angle [V, A]; without a neutral against the star point.
    wiring_findings : tuple of Finding
        What looks wrong about the wiring.
    harmonics_measured : bool
        Whether the model has harmonics and THD.
    maxima : mapping of str to int
        When the period of each maximum demand ended: time of day [us since 1970-01-01T00:00Z],
        where the source does not tell it time after sample 0 [us].
    """

    windows: int
    measured_time: float
    values: dict[str, float]
    exact: dict[str, int]
    harmonics: dict[str, np.ndarray[Any, np.dtype[np.float64]]]
    flags: Flag
    nominal_frequency: int | None = None
    clipped_samples: int = 0
    losses: Losses = field(default_factory=Losses)
    voltage_phasor: Phasors = field(default_factory=lambda: np.full(3, np.nan, np.complex128))
    current_phasor: Phasors = field(default_factory=lambda: np.full(3, np.nan, np.complex128))
    wiring_findings: tuple[Finding, ...] = ()
    harmonics_measured: bool = True
    maxima: Mapping[str, int] = field(default_factory=dict)

    @property
    def thd_order(self) -> int:
        """Highest order that THD reaches; 0 for a model without THD."""
        if not self.harmonics_measured:
            return 0
        known = [int(np.count_nonzero(~np.isnan(h))) for h in self.harmonics.values()]
        limited = Flag.ORDERS_LIMITED in self.flags
        highest = max(known, default=0)
        if highest <= 1:  # missing samples took the harmonics of every window, or there is none
            return 0
        return highest if limited else HARMONIC_ORDERS

    @property
    def gaps(self) -> int:
        """Stretches without samples."""
        return self.losses.gaps

    @property
    def energy_not_measured(self) -> float:
        """Active energy [kWh] that the mean power would have made in the time without samples: an
        estimate, counted in no register."""
        power = self.values["active_power"]
        return 0.0 if math.isnan(power) else power * self.losses.time / 3.6e6

    def __getitem__(self, id: str) -> float | int | None:
        if id in self.exact:
            return self.exact[id]
        if id not in self.values:
            raise KeyError(f"{id}: no quantity; {nearest(id, self.values)}")
        value = self.values[id]
        return None if math.isnan(value) else value

    def __repr__(self) -> str:
        volts, amps, watts = (
            self.values[id] for id in ("voltage_ln_average", "current_average", "active_power")
        )
        return (
            f"<Measurement: {counted(self.windows, 'window')}, {self.measured_time:.3f} s, "
            f"{volts:.2f} V, {amps:.4g} A, {watts:.6g} W, {self.values['frequency']:.4f} Hz>"
        )


def measure_source(
    source: Source, configuration: Configuration, listeners: tuple[Listener, ...] = (),
    progress: Callable[[float], None] | None = None,
    tap: Callable[[Block], None] | None = None,
    told: Callable[[Outbox], None] | None = None,
    calendars: Calendars | None = None,
    meets: Callable[[Meter], None] | None = None,
    jobs: int = 1,
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
    tap : callable, optional
        Called with every block on the primary side, as the engine takes it.
    told : callable, optional
        Called with the events and pulses of every block.
    calendars : Calendars, optional
        By which tariffs are switched, where the source tells the time of day.
    meets : callable, optional
        Called with the meter before it takes anything; listeners then find its registers as they
        stand at the end of the windows that they are told of.

    jobs : int
        Threads: with more than one, the source is read, decoded and cut into windows by others
        than the one that counts them. The result is the same.

    Raises
    ------
    ChannelError
        A channel that the wiring needs is missing.
    StreamError
        The engine cannot measure the samples, or there are none.
    """
    intake = Intake(source, configuration)
    stream = intake.stream()
    meter = Meter(configuration, intake.present, clock=Clock.of(source.start))
    if calendars is not None:
        meter.set_calendars(calendars)
    if meets is not None:
        meets(meter)
    aggregate, clipped, seconds = Aggregate(), 0, 0.0

    def tell() -> None:
        # Emptied in any case: pulses of a long recording would fill the memory.
        found = meter.emptied()
        if told is not None:
            told(found)

    blocks = source.blocks(min(BLOCK_SECONDS, BLOCK_SAMPLES / source.rate))
    with in_threads(blocks, intake, stream, jobs) as steps:
        for step in steps:
            clipped += step.clipped
            seconds += step.seconds
            if tap is not None and step.block is not None:
                tap(step.block)
            for piece in step.pieces:
                readings = _counted(meter, piece, source)
                if readings is not None and isinstance(piece, Windows):
                    aggregate.add(readings)
                    for listener in listeners:
                        listener(piece, readings)
            tell()
            if progress is not None:
                progress(seconds)
    meter.close()
    tell()
    if not seconds:
        raise StreamError("the source has no samples: nothing to measure")
    return _measurement(meter, aggregate, stream.losses, clipped)


def _counted(meter: Meter, piece: Piece, source: Source) -> Readings | None:
    try:
        return meter.take(piece)
    except UncountableError as error:
        raise _traced(error, source) from None


def _traced(error: UncountableError, source: Source) -> StreamError:
    """The error with the file that it is of, and what is to be done about its samples."""
    recording = getattr(source, "recording", None)
    if recording is None:
        return StreamError(f"{error}; are the samples in V and A?")
    advice = getattr(source, "counts", "") or "give the true --scale"
    return StreamError(f"{recording.path}: {error}; {advice}")


def _measurement(meter: Meter, aggregate: Aggregate, losses: Losses, clipped: int) -> Measurement:
    values = {q.id: math.nan for q in TABLE}
    found: dict[str, Any] = {
        "harmonics": {q.id: np.full(HARMONIC_ORDERS, np.nan) for q in HARMONICS}
    }
    flags, mean = meter.flags, aggregate.result()
    if mean is not None:
        values |= {id: float(value) for id, value in quantities(mean).items()}
        rows = np.concatenate([mean.voltage_harmonics, mean.current_harmonics])
        findings = meter.logbook.wiring.history()
        if any(finding.suspect for finding in findings):
            flags |= Flag.WIRING_SUSPECT
        found = {
            "harmonics": {q.id: row for q, row in zip(HARMONICS, rows, strict=True)},
            "voltage_phasor": mean.voltage_phasor,
            "current_phasor": mean.current_phasor,
            "wiring_findings": findings,
        }
    standing = meter.standing()
    return Measurement(
        windows=aggregate.windows,
        measured_time=meter.measured_time,
        values=values | standing.known,
        exact=dict(standing.exact),
        flags=flags,
        nominal_frequency=meter.nominal_frequency,
        clipped_samples=clipped,
        losses=losses,
        harmonics_measured=meter.conditions.harmonics,
        maxima=dict(standing.maxima),
        **found,
    )
