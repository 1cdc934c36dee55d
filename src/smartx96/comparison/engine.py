"""Engine: what a measuring engine of others is asked for, by the ids of our quantities.

What one does not offer is absent: nothing is made up for it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block, Samples
from smartx96.errors import MissingExtraError, StreamError
from smartx96.models import CYCLES, Wiring
from smartx96.quantities import HARMONIC_ORDERS

Values = NDArray[np.float64]

PIECE_SECONDS = 1.0
"""An engine gets so much at a time, whatever the length of the blocks [s]."""

_ROOT_MEAN_SQUARE = ("voltage", "current")
"""Readings, THD and harmonics among them, whose mean over windows is that of their squares."""


@dataclass(frozen=True, slots=True)
class Windows:
    """What an engine made of consecutive windows.

    Parameters
    ----------
    seconds : ndarray, shape (window,)
        Length [s].
    readings : mapping of str to ndarray, shape (window,)
        By id of the quantity.
    harmonics : mapping of str to ndarray, shape (window, 63)
        By id of the quantity [% of the fundamental].
    energies : mapping of str to ndarray, shape (window,)
        Energy of each window by id [Wh, varh].
    """

    seconds: Values
    readings: Mapping[str, Values] = field(default_factory=dict)
    harmonics: Mapping[str, Values] = field(default_factory=dict)
    energies: Mapping[str, Values] = field(default_factory=dict)

    def after_the_first(self) -> Windows:
        """The same without the first window."""
        cut = ({id: x[1:] for id, x in of.items()}
               for of in (self.readings, self.harmonics, self.energies))  # fmt: skip
        return Windows(self.seconds[1:], *cut)


class Engine(ABC):
    """An engine of others at work on one stream.

    The first window counts for nothing: filters settle in it. Memory does not grow with the stream.

    Parameters
    ----------
    rate : float
        Sampling rate [1/s].
    wiring : Wiring
    nominal : {50, 60}
        Nominal frequency, which its user knows [Hz].

    Attributes
    ----------
    seconds : float
        Length of the windows that count [s].
    """

    name: ClassVar[str]
    """By which it is chosen."""
    text: ClassVar[str]
    """What it is, in a sentence."""
    package: ClassVar[str]
    """What it needs, as it is installed."""
    module: ClassVar[str]
    """What it needs, as it is imported."""
    highest_of_thd: ClassVar[int] = HARMONIC_ORDERS
    """Order to which its THD reaches."""

    def __init__(self, rate: float, wiring: Wiring, nominal: int = 50) -> None:
        self.required()
        self._rate, self._wiring, self._cycles = rate, wiring, CYCLES[nominal]
        self._end: int | None = None
        self._settled = False
        self._windows, self.seconds = 0, 0.0
        self._readings: dict[str, Values] = {}
        self._energies: dict[str, Values] = {}

    @classmethod
    @abstractmethod
    def offered(cls, wiring: Wiring) -> frozenset[str]:
        """Ids of the readings, harmonics and energies that it has in a wiring."""

    @classmethod
    def required(cls) -> None:
        """Make sure that it can be used.

        Raises
        ------
        MissingExtraError
            What it needs is not installed.
        """
        try:
            import_module(cls.module)
        except ImportError:
            raise MissingExtraError(
                f"engine {cls.name} needs {cls.package}, which is not installed: "
                f"pip install {cls.package}"
            ) from None

    @classmethod
    def version(cls) -> str:
        """Package and version of what measures."""
        return f"{cls.package} {version(cls.package)}"

    @classmethod
    @abstractmethod
    def measure(cls, samples: Samples, rate: float) -> object:
        """All that it measures of a recording, as plainly as a user would have it: speeds are
        compared by this.

        Parameters
        ----------
        samples : ndarray, shape (6, n)
            v1, v2, v3 [V], i1, i2, i3 [A] of a four-wire system at 50 Hz.
        rate : float
            Sampling rate [1/s].
        """

    def take(self, block: Block) -> None:
        """Take the next samples of v1, v2, v3 [V], i1, i2, i3 [A], all six channels.

        Raises
        ------
        StreamError
            The block does not follow the one before, or has another sampling rate.
        """
        for found in self.windows(block):
            self._count(found)

    def windows(self, block: Block) -> Iterator[Windows]:
        """The windows that the next samples complete, without the first of all; not counted.

        Raises
        ------
        StreamError
            As `take`.
        """
        if block.rate != self._rate or self._end not in (None, block.start):
            raise StreamError(
                f"engine {self.name}: samples {self._end} at {self._rate:g} S/s are due, not "
                f"{block.start} at {block.rate:g} S/s: it takes a stream without gaps"
            )
        self._end = block.end
        samples, piece = block.physical(), round(PIECE_SECONDS * self._rate)
        for start in range(0, block.length, piece):
            # A dead channel has no fundamental to be a share of.
            with np.errstate(divide="ignore", invalid="ignore"):
                found = self._measured(samples[:, start : start + piece])
            if found.seconds.size and not self._settled:
                found, self._settled = found.after_the_first(), True
            if found.seconds.size:
                yield found

    def readings(self) -> Mapping[str, float]:
        """Mean over the windows, by id; nothing where there was none."""
        return {id: float(x) for id, x in self._means().items() if x.ndim == 0}

    def harmonics(self) -> Mapping[str, Values]:
        """Orders 1..63 over the windows by id, NaN where not available [% of the fundamental]."""
        return {id: x for id, x in self._means().items() if x.ndim == 1}

    def energies(self) -> Mapping[str, float]:
        """Energy of the windows, by id [Wh, varh]; nothing where there was none."""
        return {id: float(x) for id, x in self._energies.items()}

    @abstractmethod
    def _measured(self, samples: Samples) -> Windows:
        """The windows that samples, shape (6, n), complete."""

    def _count(self, found: Windows) -> None:
        self._windows += found.seconds.size
        self.seconds += float(found.seconds.sum())
        for id, x in {**found.readings, **found.harmonics}.items():
            power = 2 if id.startswith(_ROOT_MEAN_SQUARE) else 1
            self._readings[id] = self._readings.get(id, np.zeros(())) + (x**power).sum(axis=0)
        for id, x in found.energies.items():
            self._energies[id] = self._energies.get(id, np.zeros(())) + x.sum()

    def _means(self) -> dict[str, Values]:
        means = {id: x / self._windows for id, x in self._readings.items()}
        return {id: np.asarray(np.sqrt(x) if id.startswith(_ROOT_MEAN_SQUARE) else x)
                for id, x in means.items()}  # fmt: skip
