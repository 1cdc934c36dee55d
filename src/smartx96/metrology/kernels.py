"""Kernels: the shapes with which samples are averaged, tracked and resampled.

All are functions of a continuous argument, so that a cycle of a broken number of samples is no
special case.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

Values = NDArray[np.float64]


def under_window(x: Values, width: int, step: int, count: int) -> Values:
    """Overlapping stretches of the last axis, shape (..., count, width), as a view.

    What `sliding_window_view` gives with a step; without its checks, which cost a live window more
    than its arithmetic.
    """
    stride = x.strides[-1]
    return as_strided(
        x, (*x.shape[:-1], count, width), (*x.strides[:-1], step * stride, stride), writeable=False
    )


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


_TABLE_STEPS = 8192
_WIDEST_FLAT = 0.36
"""Pass edge above which dividing by the transform magnifies rounding so far that float32 and the
table no longer do."""


@dataclass(frozen=True, slots=True)
class ResamplingKernel:
    """Kaiser-Bessel kernel, un-normalised; its transform is divided out after the DFT.

    Parameters
    ----------
    half_width : int
        Support is (-half_width, half_width) samples.
    beta : float
        Shape; the transform's main lobe ends at beta / (2 pi half_width) of the sampling rate.
    peak : float
        I0(beta), the value at zero before it is made 1.
    nodes : int
        Points of a cycle at which it is evaluated, a polynomial between them.
    dtype : type
        In which samples are weighted and added.
    table : ndarray
        Values from 0 to half_width and beyond in steps of 1/8192 sample; empty where it is
        evaluated directly.
    """

    half_width: int
    beta: float
    peak: float
    nodes: int
    dtype: type[np.floating[Any]]
    table: Values

    @classmethod
    def design(cls, pass_edge: float) -> ResamplingKernel:
        """Kernel that passes up to `pass_edge` of the sampling rate and stops its image.

        The width is what brings the image of the pass band's edge to about 1e-6: the ratio of the
        transform at `pass_edge` and `1 - pass_edge` is close to
        exp(pi * width * sqrt(1 - 2 * pass_edge)).
        """
        taps = 14.0 / (math.pi * math.sqrt(1 - 2 * pass_edge))
        half = min(max(math.ceil(taps / 2), 3), 8)
        beta = math.pi * 2 * half * (1 - pass_edge) * 0.98
        peak = float(np.i0(beta))
        if pass_edge > _WIDEST_FLAT:
            return cls(half, beta, peak, 16, np.float64, np.empty(0))
        x = np.arange((half + 2) * _TABLE_STEPS + 2) / _TABLE_STEPS
        return cls(half, beta, peak, 8, np.float32, _kaiser_bessel(x, half, beta))

    def __call__(self, x: Values) -> Values:
        """Kernel at `x` samples; from the table linearly, with an error below 1e-8."""
        if not self.table.size:
            return _kaiser_bessel(x, self.half_width, self.beta)
        scaled = np.minimum(np.abs(x), self.half_width + 1) * _TABLE_STEPS
        index = scaled.astype(np.intp)
        low = self.table[index]
        return low + (self.table[index + 1] - low) * (scaled - index)

    def transform(self, frequency: Values) -> tuple[Values, Values]:
        """Fourier transform inside the main lobe, and its logarithmic slope.

        Parameters
        ----------
        frequency : ndarray
            [cycles per sample].

        Returns
        -------
        transform, slope : ndarray
            K and d ln K / d ln frequency.
        """
        swept = (2 * np.pi * self.half_width * frequency) ** 2
        root = np.sqrt(self.beta**2 - swept)
        transform = 2 * self.half_width * np.sinh(root) / (root * self.peak)
        return transform, -(1 / np.tanh(root) - 1 / root) * swept / root


def _kaiser_bessel(x: Values, half: int, beta: float) -> Values:
    inside = np.sqrt(np.maximum(1 - (x / half) ** 2, 0.0))
    return np.where(np.abs(x) < half, np.i0(beta * inside), 0.0) / np.i0(beta)
