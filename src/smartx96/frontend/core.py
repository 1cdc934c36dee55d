"""Core: a current transformer's magnetising current, taken from samples as they come.

The flux is the running sum of the current; within frames of a cycle everything is array
arithmetic, from frame to frame three numbers of each channel go on.
"""

from __future__ import annotations

import math

import numpy as np

from smartx96.block import Samples
from smartx96.frontend.current_transformer import RATED_FREQUENCY, CurrentTransformer

_SMOOTHING_SECONDS = 0.2
"""Time constant of the rms that the errors follow [s]."""

_MEAN_SECONDS = 0.5
"""Time constant of the mean flux [s]."""

_Course = tuple[float, float, float, float]


def frame_length(rate: float) -> int:
    """Samples of a frame: a cycle at 50 Hz."""
    return max(1, round(rate / RATED_FREQUENCY))


class Core:
    """One transformer in some channels.

    Parameters
    ----------
    transformer : CurrentTransformer
    rate : float
        Sampling rate [1/s].
    warming : float
        Temperature above 23 degC [K].
    """

    def __init__(self, transformer: CurrentTransformer, rate: float, warming: float) -> None:
        self._transformer, self._rate, self._warming = transformer, rate, warming
        half = math.pi * RATED_FREQUENCY / rate
        # The sum of samples is then exact at 50 Hz in place of the integral.
        self._integral = 2 * math.tan(half)
        self._leak = 2 * math.pi * transformer.corner / rate
        self._states: list[_State] = []

    def passed(self, frames: Samples) -> Samples:
        """What the secondary has of whole frames, shape (channel, frame, n)."""
        length = frames.shape[-1]
        flux = np.cumsum(frames, axis=-1)
        square = np.einsum("cfn,cfn->cf", frames, frames) / length
        mean = np.einsum("cfn->cf", flux) / length
        rows = (square.tolist(), mean.tolist(), flux[..., -1].tolist())
        course = np.array([
            self._followed(state, length, *channel)
            for state, *channel in zip(self._begun(rows), *rows, strict=True)
        ])  # fmt: skip
        ratio, lead = self._transformer.errors(np.sqrt(course[..., 0]), self._warming)
        gain = (1.0 + ratio) * np.cos(lead)
        share = gain * np.tan(lead) * self._integral
        begun, before, after = np.moveaxis(course[..., 1:], -1, 0)
        # The mean flux goes from frame to frame in straight lines: steps would be heard at 50 Hz.
        rise = (after - before) / length
        # Half of the newest sample is not yet in the integral (trapezoids).
        own = gain + 0.5 * share
        level = share * (before - begun) - own * self._leak * before
        slope = share * (self._leak * before + rise) - own * self._leak * rise
        flux *= -share[..., np.newaxis]
        flux += level[..., np.newaxis]
        part = np.multiply(frames, own[..., np.newaxis])
        flux += part
        flux += np.multiply(slope[..., np.newaxis], np.arange(1.0, length + 1), out=part)
        return flux

    def _begun(self, rows: tuple[list[list[float]], ...]) -> list[_State]:
        """States of the channels, at first those of a signal that was always like it is."""
        if not self._states:
            squares, means, _ = rows
            self._states = [
                _State(square[0], -mean[0]) for square, mean in zip(squares, means, strict=True)
            ]
        return self._states

    def _followed(self, state: _State, length: int, squares: list[float], means: list[float],
                  ends: list[float]) -> list[_Course]:  # fmt: skip
        """Mean square, flux, mean flux before and after, of each frame of a channel by its sums."""
        seconds, leak = length / self._rate, self._leak
        by_rms = -math.expm1(-seconds / _SMOOTHING_SECONDS)
        by_mean = -math.expm1(-seconds / _MEAN_SECONDS)
        # Local names: this is the one loop in Python, a tenth of the whole.
        smooth, flux, slow, found = state.square, state.flux, state.mean, list[_Course]()
        for square, mean, end in zip(squares, means, ends, strict=True):
            begun, before, direct = flux, slow, leak * slow
            smooth += by_rms * (square - smooth)
            slow += by_mean * (begun + mean - direct * (length + 1) / 2 - before)
            flux += end - direct * length
            found.append((smooth, begun, before, slow))
        state.square, state.flux, state.mean = smooth, flux, slow
        return found


class _State:
    """What goes on from frame to frame: mean square, flux, its mean."""

    __slots__ = ("flux", "mean", "square")

    def __init__(self, square: float, flux: float) -> None:
        self.square, self.flux, self.mean = square, flux, 0.0
