"""Chance that repeats: random numbers as a function of where one looks.

A hash of seed, stream and index stands in for a generator with a state, so that any moment can be
asked for on its own and gives the same answer each time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Reals = NDArray[np.float64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def uniform(seed: int, stream: ArrayLike, index: ArrayLike) -> Reals:
    """Independent numbers in [0, 1) (splitmix64 of Steele, Lea and Flood, 2014).

    Parameters
    ----------
    seed : int
    stream, index : array_like of int, broadcast against each other
        Which sequences, and which number of each.

    Returns
    -------
    ndarray, shape of `stream` and `index` together
    """
    shape = np.broadcast_shapes(np.shape(stream), np.shape(index))
    word = _mixed(_words(seed % 2**64) + _GOLDEN)
    word = _mixed(word + _words(stream) * _GOLDEN)
    word = _mixed(word + _words(index) * _GOLDEN)
    return ((word >> np.uint64(11)).astype(np.float64) * 2.0**-53).reshape(shape)


def _words(value: ArrayLike) -> NDArray[np.uint64]:
    """Whole numbers modulo 2**64; never a scalar, whose wrapping numpy would warn of."""
    words = np.atleast_1d(np.asarray(value))
    if words.dtype.kind == "f":
        words = words.astype(np.int64)
    return words.astype(np.uint64)


def _mixed(word: NDArray[np.uint64]) -> NDArray[np.uint64]:
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


def drift(seed: int, stream: ArrayLike, seconds: Reals, period: Reals | float) -> Reals:
    """Smooth value noise in [-1, 1]: a new random value every `period`, eased in between.

    Parameters
    ----------
    seconds : ndarray, shape (n,)
        Time [s].
    period : float or ndarray, shape of `stream`
        From one random value to the next [s].

    Returns
    -------
    ndarray, shape of `stream` and (n,) together
    """
    position = seconds / period
    knot = np.floor(position)
    part = position - knot
    before, after = uniform(seed, stream, knot + _in_turn(2, stream, knot))
    eased = part * part * (3.0 - 2.0 * part)
    noise: Reals = 2.0 * (before + (after - before) * eased) - 1.0
    return noise


def visit(
    seed: int,
    stream: ArrayLike,
    seconds: Reals,
    slot: Reals | float,
    likely: Reals,
    longest: Reals | float,
) -> Reals:
    """1 while an appliance runs, else 0: at most one run in each slot of time.

    Parameters
    ----------
    seconds : ndarray, shape (n,)
        Time [s].
    slot : float or ndarray, shape of `stream`
        Length of a slot [s].
    likely : ndarray, shape of `stream` or () and (n,) together
        Probability that a slot has a run, looked up at every instant: where it falls below the
        slot's draw, the run ends early.
    longest : float or ndarray, shape of `stream`
        Longest run as a part of the slot; the shortest is a third of it.

    Returns
    -------
    ndarray, shape of `stream` and (n,) together
    """
    position = seconds / slot
    index = np.floor(position)
    part = position - index
    words = 3 * np.asarray(stream) + _in_turn(3, stream, index)
    chosen, start, size = uniform(seed, words, index)
    length = longest * (1.0 + 2.0 * size) / 3.0
    begin = start * (1.0 - length)
    running: NDArray[np.bool_] = (chosen < likely) & (part >= begin) & (part < begin + length)
    return running.astype(np.float64)


def _in_turn(count: int, *arrays: ArrayLike) -> NDArray[np.int64]:
    """0, 1, ... along an axis before those of the arrays: one call in place of several."""
    axes = max(np.ndim(array) for array in arrays)
    return np.arange(count).reshape(count, *(1,) * axes)
