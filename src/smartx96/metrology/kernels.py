"""Kernels: the shapes with which samples are averaged, tracked and resampled.

All are functions of a continuous argument, so that a cycle of a broken number of samples is no
special case.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from smartx96.block import Samples

Values = NDArray[np.float64]
Real = TypeVar("Real", bound=np.floating[Any])


def under_window(x: NDArray[Real], width: int, step: int, count: int) -> NDArray[Real]:
    """Overlapping stretches of the last axis, shape (..., count, width), as a view.

    What `sliding_window_view` gives with a step; without its checks, which cost a live window more
    than its arithmetic.
    """
    stride = x.strides[-1]
    return as_strided(
        x, (*x.shape[:-1], count, width), (*x.strides[:-1], step * stride, stride), writeable=False
    )


def correlated(samples: Samples, kernels: Values, step: int, count: int,
               chosen: NDArray[np.int64] | None = None) -> Values:  # fmt: skip
    """Sums of samples under kernels that are moved along them.

    Parameters
    ----------
    samples : ndarray, shape (channel, n)
    kernels : ndarray, shape (set, kernel, width)
    step : int
        Samples from place to place.
    count : int
        Places.
    chosen : ndarray of int64, shape (count,), optional
        Which set is used at each place; the first without.

    Returns
    -------
    ndarray, shape (kernel, channel, count)
    """
    under = under_window(samples, kernels.shape[-1], step, count)
    if chosen is None:
        at_places = kernels[0][:, np.newaxis, np.newaxis]
    else:
        at_places = kernels[chosen].swapaxes(0, 1)[:, np.newaxis]
    sums: Values = np.vecdot(under[np.newaxis], at_places)
    return sums


def convolved_boxes(t: Values, widths: tuple[float, ...]) -> Values:
    """Convolution of unit-area boxes, centred on zero, at `t`.

    The sum over all subsets of truncated powers: a spline with knots at the box edges, whose
    transform is the product of sinc(width * f) and so has the nulls of every box.

    Parameters
    ----------
    t : ndarray
        Arguments, in the unit of the widths.
    widths : tuple of float
        Widths of the boxes.

    Returns
    -------
    ndarray, shape of t
        Values per unit of `t`.
    """
    order = len(widths) - 1
    total = np.zeros_like(t)
    for signs in itertools.product((1, -1), repeat=len(widths)):
        edge = sum(s * w for s, w in zip(signs, widths, strict=True)) / 2
        total += math.prod(signs) * np.maximum(t + edge, 0.0) ** order
    inside = np.abs(t) < sum(widths) / 2
    return np.where(inside, total, 0.0) / (math.factorial(order) * math.prod(widths))


def raised_cosine_step(t: Values, width: float) -> Values:
    """Step from 0 to 1 around zero, the integral of a Hann window of the given width.

    For an integer width the Hann window is a partition of unity, so the sum over the samples of
    the step at b changes with b by exactly one per sample: complementary steps lose nothing.
    """
    x = np.clip(t / width, -0.5, 0.5)
    return 0.5 + x + np.sin(2 * np.pi * x) / (2 * np.pi)


TABLE_STEPS = 8192
"""Entries of a kernel's table for each sample."""
_NARROW = 0.36
"""Pass edge up to which the short kernel will do: above it, what it passes at the edge is so
little that dividing by its transform would magnify leakage and noise."""
_WIDE_WIDTH, _WIDE_BETA, _WIDEST = 3.2, 10.06, 0.45
"""Windowed sinc: 100 dB by Kaiser's formulas; half width times the transition it has room for."""
_TRANSITION = 0.7
"""Where the windowed sinc stops, as a share of the way from its edge to that edge's image: so near
that the image of a tone between the edge and half the rate is stopped too, or it would leak into
every order."""
_GAINS = 2001


@dataclass(frozen=True, slots=True)
class ResamplingKernel:
    """Kernel between samples, whose transform is divided out after the DFT.

    Parameters
    ----------
    half_width : int
        Support is (-half_width, half_width) samples.
    table : ndarray
        Values from 0 to half_width and beyond in steps of 1/8192 sample.
    rows : ndarray of float32, shape (8193, 2 * half_width)
        The same by its place between samples, for the compiled loops: row n holds the values at
        half_width - 1 + n / 8192 and each sample before, down to 1 - half_width.
    gain : ndarray, shape (2, 2001)
        Logarithm of the Fourier transform, in even steps of the frequency squared, in which it is
        nearly a line, up to 0.45 of the sampling rate; and the transform itself.
    """

    half_width: int
    table: Values
    rows: NDArray[np.float32]
    gain: Values

    @classmethod
    @lru_cache(maxsize=8)
    def design(cls, pass_edge: float) -> ResamplingKernel:
        """Kernel that passes up to `pass_edge` of the sampling rate and stops its image.

        Up to 0.36 a Kaiser-Bessel kernel: short, but passing less and less towards the edge. Its
        width brings the image of the edge to about 1e-6 of the edge, the ratio being close to
        exp(2 pi half_width * sqrt(1 - 2 pass_edge)). Above, a sinc under a Kaiser window, flat up
        to the edge and closed soon after half the rate.
        """
        if pass_edge > _NARROW:
            transition = _TRANSITION * (1 - 2 * pass_edge)
            half = math.ceil(_WIDE_WIDTH / transition - 1e-9)
            return cls._tabulated(half, _WIDE_BETA, cutoff=pass_edge + transition / 2)
        half = max(3, math.ceil(7.0 / (math.pi * math.sqrt(1 - 2 * pass_edge)) - 1e-3))
        return cls._tabulated(half, 0.98 * 2 * math.pi * half * (1 - pass_edge))

    @classmethod
    def _tabulated(cls, half: int, beta: float, cutoff: float | None = None) -> ResamplingKernel:
        x = np.arange((half + 2) * TABLE_STEPS + 2) / TABLE_STEPS
        inside = np.sqrt(np.maximum(1 - (x / half) ** 2, 0.0))
        table = np.where(x < half, np.i0(beta * inside) / float(np.i0(beta)), 0.0)
        if cutoff is not None:
            table *= 2 * cutoff * np.sinc(2 * cutoff * x)
        coarse = TABLE_STEPS // 32
        squares = np.linspace(0.0, _WIDEST**2, _GAINS)
        gain = _transform(table[::coarse], coarse / TABLE_STEPS, np.sqrt(squares))
        return cls(half, table, _by_place(half, table), np.stack([np.log(gain), gain]))

    def __call__(self, x: Values) -> Values:
        """Kernel at `x` samples, linear between table entries (error below 5e-8)."""
        scaled = np.minimum(np.abs(x), self.half_width + 1) * TABLE_STEPS
        index = scaled.astype(np.intp)
        low = self.table[index]
        return low + (self.table[index + 1] - low) * (scaled - index)

    def transform(self, frequency: Values) -> Values:
        """Fourier transform at frequencies up to 0.45 [cycles per sample]."""
        place, index = self._place(frequency)
        low, high = self.gain[0, index], self.gain[0, index + 1]
        found: Values = np.exp(low + (high - low) * (place - index))
        return found

    def slope(self, frequency: Values) -> Values:
        """Logarithmic slope d ln K / d ln frequency of the transform."""
        place, index = self._place(frequency)
        slope: Values = 2 * place * (self.gain[0, index + 1] - self.gain[0, index])
        return slope

    def _place(self, frequency: Values) -> tuple[Values, NDArray[np.intp]]:
        place = frequency**2 * ((_GAINS - 1) / _WIDEST**2)
        return place, np.minimum(place.astype(np.intp), _GAINS - 2)


def _by_place(half: int, table: Values) -> NDArray[np.float32]:
    sample = half - 1 - np.arange(2 * half)
    place = np.arange(TABLE_STEPS + 1)[:, np.newaxis]
    rows: Values = table[np.abs(sample * TABLE_STEPS + place)]
    return rows.astype(np.float32)


def _transform(values: Values, step: float, frequency: Values) -> Values:
    """Cosine transform of an even function given from 0 on, by the trapezoidal rule."""
    x = np.arange(len(values)) * step
    weights = np.where(x == 0, 1.0, 2.0) * step * values
    transformed: Values = np.cos(2 * np.pi * np.outer(frequency, x)) @ weights
    return transformed
