"""Kernels: the shapes with which samples are averaged, tracked and resampled.

All are functions of a continuous argument, so that a cycle of a broken number of samples is no
special case.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


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


@dataclass(frozen=True, slots=True)
class ResamplingKernel:
    """Kaiser-Bessel kernel, un-normalised; its transform is divided out after the DFT.

    Parameters
    ----------
    half_width : int
        Support is (-half_width, half_width) samples.
    beta : float
        Shape; the transform's main lobe ends at beta / (2 pi half_width) of the sampling rate.
    table : ndarray
        Values from 0 to half_width and beyond in steps of 1/8192 sample.
    """

    half_width: int
    beta: float
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
        x = np.arange((half + 2) * _TABLE_STEPS + 2) / (_TABLE_STEPS * half)
        inside = np.sqrt(np.maximum(1 - x * x, 0.0))
        table = np.where(x < 1, np.i0(beta * inside), 0.0) / np.i0(beta)
        return cls(half, beta, table)

    def __call__(self, x: Values) -> Values:
        """Kernel at `x` samples, linear between table entries (error below 1e-8)."""
        scaled = np.abs(x) * _TABLE_STEPS
        index = scaled.astype(np.intp)
        low = self.table[index]
        return low + (self.table[index + 1] - low) * (scaled - index)

    def transform(self, frequency: Values) -> Values:
        """Fourier transform at frequencies [cycles per sample] inside the main lobe."""
        root = np.sqrt(self.beta**2 - (2 * np.pi * self.half_width * frequency) ** 2)
        return 2 * self.half_width * np.sinh(root) / (root * float(np.i0(self.beta)))
