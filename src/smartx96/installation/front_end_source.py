"""Front ends in front of sources: what a meter's converter gives of a source's voltages and
currents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smartx96.block import Block
from smartx96.frontend.calibration import Calibration
from smartx96.frontend.conversion import Conversion
from smartx96.frontend.correction import Correction
from smartx96.frontend.front_end import FrontEnd
from smartx96.frontend.transformers import primary_factors, scaled
from smartx96.installation.phasor_windows import has_phasors
from smartx96.quantities import HARMONIC_ORDERS
from smartx96.samples.live import LiveSource, is_live
from smartx96.samples.recording import BLOCK_SECONDS
from smartx96.samples.scenario.formula import columns
from smartx96.samples.source import PhasorSource, Source
from smartx96.settings import Settings

_TOLD = ("recording", "notes", "channel_names")
"""What only some sources know of themselves."""


def through_front_end(source: Source, front_end: FrontEnd, settings: Settings) -> Source:
    """A source as a meter's converter sees it: live where it is live, with phasors where it has
    them.

    Parameters
    ----------
    source : Source
        What is at the terminals. Samples of the primary side are first brought to the secondary
        one, by ratios that are as the meter is set now and stay so.
    front_end : FrontEnd
    settings : Settings
        Of the meter.
    """
    ratios = np.ones(len(source.roles))
    if source.side == "primary":
        # The direction of a current is a setting of the meter, and no matter of the terminals.
        ratios = np.abs(primary_factors(settings, "secondary", source.roles))
    if is_live(source):
        return _LiveFrontEnd(source, front_end, ratios)
    if has_phasors(source):
        return _PhasorFrontEnd(source, front_end, ratios)
    return FrontEndSource(source, front_end, ratios)


class FrontEndSource:
    """A source behind a front end.

    Parameters
    ----------
    source : Source
    front_end : FrontEnd
    ratios : ndarray, shape (channel,), optional
        By which the source's values are above those at the terminals.
    rate : float, optional
        That is told [1/s]; None is the source's, less the error of the clock.
    """

    side = "secondary"

    def __init__(self, source: Source, front_end: FrontEnd,
                 ratios: NDArray[np.float64] | None = None, rate: float | None = None
                 ) -> None:  # fmt: skip
        self._source, self.front_end, self._stated = source, front_end, rate
        self._ratios = np.ones(len(source.roles)) if ratios is None else ratios
        for name in _TOLD:
            if hasattr(source, name):
                setattr(self, name, getattr(source, name))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._source!r})"

    @property
    def calibration(self) -> Calibration | None:
        """By which the meter corrects the samples."""
        return self.front_end.calibration

    @property
    def roles(self) -> tuple[str, ...]:
        """Role of each channel."""
        return self._source.roles

    @property
    def rate(self) -> float:
        """Sampling rate that the meter takes for true [1/s]."""
        if self._stated is not None:
            return self._stated
        return self._source.rate / (1.0 + self.front_end.clock_error)

    @property
    def length(self) -> int | None:
        """Samples per channel; None for endless or unknown."""
        return self._source.length

    @property
    def start(self) -> datetime | None:
        """Time of sample 0 (UTC), None where the source has none."""
        return self._source.start

    def blocks(self, seconds: float = BLOCK_SECONDS) -> Iterator[Block]:
        """Consecutive blocks of numbers, with what makes them volt and ampere."""
        conversion, rate = None, None
        for block in self._source.blocks(seconds):
            if conversion is None or block.rate != rate:
                if conversion is not None:
                    yield from conversion.finish()
                rate = block.rate
                conversion = Conversion(self.front_end, self.roles, rate, self._stated)
            yield from conversion.push(scaled(block, 1.0 / self._ratios))
        if conversion is not None:
            yield from conversion.finish()


class CorrectedSource(FrontEndSource):
    """A source behind a front end, corrected as the meter does: what its measuring sees.

    For recordings of it, which do not tell of a calibration.
    """

    calibration = None

    def blocks(self, seconds: float = BLOCK_SECONDS) -> Iterator[Block]:
        """Consecutive blocks in volt and ampere."""
        given = super().blocks(seconds)
        if self.front_end.calibration is None:
            yield from given
            return
        correction = Correction(self.front_end.calibration, self.roles)
        for block in given:
            yield correction(block)
        rest = correction.rest()
        if rest is not None:
            yield rest


class _LiveFrontEnd(FrontEndSource):
    """A live source behind a front end."""

    live = True

    def __init__(self, source: LiveSource, front_end: FrontEnd,
                 ratios: NDArray[np.float64]) -> None:  # fmt: skip
        super().__init__(source, front_end, ratios)
        self._live = source

    def close(self) -> None:
        """As `LiveSource.close`."""
        self._live.close()

    def counters(self) -> dict[str, int]:
        """As `LiveSource.counters`."""
        return self._live.counters()

    def silence(self) -> str:
        """As `LiveSource.silence`."""
        return self._live.silence()


class _PhasorFrontEnd(FrontEndSource):
    """A source by formula behind a front end; times are those of the meter's clock."""

    def __init__(self, source: PhasorSource, front_end: FrontEnd,
                 ratios: NDArray[np.float64]) -> None:  # fmt: skip
        super().__init__(source, front_end, ratios)
        self._formula = source
        self._pace = 1.0 + front_end.clock_error

    @property
    def orders(self) -> tuple[int, ...]:
        """Harmonic orders that are there, ascending from 1."""
        return self._formula.orders

    @property
    def beyond_phasors(self) -> tuple[str, ...]:
        """What the samples hold and the phasors do not."""
        converter = self.front_end.converter
        own = () if converter is None else ("noise, rounding and limits of the converter",)
        return (*self._formula.beyond_phasors, *own)

    def phasors(
        self, times: ArrayLike, orders: int | Sequence[int] = HARMONIC_ORDERS
    ) -> NDArray[np.complex128]:
        """Complex rms [V, A], as `PhasorSource.phasors`."""
        seconds = np.atleast_1d(np.asarray(times, dtype=float)) / self._pace
        wanted = tuple(columns(orders))
        given = self._formula.phasors(seconds, self.orders) / self._ratios[:, np.newaxis]
        rms = np.sqrt(np.square(np.abs(given)).sum(axis=-1))
        hertz = self._formula.frequencies(seconds)[:, np.newaxis] * np.array(wanted)
        if wanted != self.orders:
            given = self._formula.phasors(seconds, wanted) / self._ratios[:, np.newaxis]
        for channel, role in enumerate(self.roles):
            given[:, channel] *= self.front_end.transfer(role, hertz, rms[:, channel, np.newaxis])
        return given

    def frequencies(self, times: ArrayLike) -> NDArray[np.float64]:
        """Frequency of the fundamental [Hz], shape (n,)."""
        seconds = np.atleast_1d(np.asarray(times, dtype=float)) / self._pace
        return self._formula.frequencies(seconds) / self._pace

    def breaks(self, begin: float, end: float) -> NDArray[np.float64]:
        """Instants where phasors bend or step [s]."""
        return self._formula.breaks(begin / self._pace, end / self._pace) * self._pace

    def frequency_breaks(self, begin: float, end: float) -> NDArray[np.float64]:
        """The same of the frequency."""
        return self._formula.frequency_breaks(begin / self._pace, end / self._pace) * self._pace
