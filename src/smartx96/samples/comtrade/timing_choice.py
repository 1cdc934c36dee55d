"""Sample times of a COMTRADE record: from its rates, its time stamps or the user's word.

Sampling rates rule where they are given; time stamps then only show where samples are lacking
(records of several events with pauses between them), and only if they agree with the rates: many
recorders round them, count them in another unit or leave them at 0.
"""

from __future__ import annotations

import numpy as np

from smartx96.errors import RecordingError
from smartx96.samples.comtrade.timing import (
    Chunk,
    StampTiming,
    SteppedTiming,
    Timing,
    TrackedTiming,
    UniformTiming,
)
from smartx96.samples.stamps.clock import StampFit, fit_stamps

SAME_RATE = 0.02
"""Rates within this ratio are one recorder following the mains frequency."""

AGREEING = 0.01
"""Time stamps whose rate is this near to the declared one can be believed."""

UNEVEN = 0.25
"""Distance of time stamps from a uniform clock, in samples, beyond which they are the truth."""


def choose_timing(
    rates: tuple[tuple[float, int], ...],
    count: int,
    head: Chunk,
    stamp_unit: float,
    *,
    rate: float | None,
    notes: list[str],
) -> Timing:
    """Decide how a record's rows get their times; what had to be decided goes into `notes`.

    Parameters
    ----------
    rates : tuple of (float, int)
        Sampling rates [1/s] with the number of the last sample of each, as declared.
    count : int
        Rows that the record holds.
    head : Chunk
        Numbers and stamps of the first rows.
    stamp_unit : float
        Time of one count of the time stamps [s].
    rate : float or None
        The user's rate, which overrides everything.
    notes : list of str

    Raises
    ------
    RecordingError
        There are neither rates nor time stamps.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # numbers of a damaged text
        numbered = len(head.numbers) > 2 and bool(np.median(np.diff(head.numbers)) == 1)
    if rate is not None:
        return UniformTiming(rate, None, numbered)
    fit = fit_stamps(head.stamps)
    stretches = _stretches(rates, notes)
    if not stretches:
        return _by_stamps(fit, stamp_unit, numbered, notes)
    values = [value for value, _ in stretches]
    if len(stretches) == 1:
        agrees = fit is not None and abs(fit.rate / values[0] - 1) < AGREEING
        jitter = fit.jitter if fit is not None else 0.0
        return UniformTiming(values[0], stamp_unit if agrees else None, numbered, jitter)
    if max(values) <= (1 + SAME_RATE) * min(values):
        tracked = TrackedTiming(stretches, count)
        notes.append(
            f"{len(values)} sampling rates from {min(values):.6g} to {max(values):.6g} Hz "
            f"(frequency tracking) are resampled to their mean, {tracked.rate:.9g} Hz"
        )
        return tracked
    listed = ", ".join(f"{value:.6g}" for value in values)
    notes.append(f"several sampling rates: {listed} Hz, one after the other")
    return SteppedTiming(stretches)


def _by_stamps(fit: StampFit | None, stamp_unit: float, numbered: bool, notes: list[str]) -> Timing:
    if fit is None:
        raise RecordingError(
            "the record has neither sampling rate nor increasing time stamps; give --rate"
        )
    if fit.jitter <= UNEVEN:
        notes.append(f"no sampling rate is declared; the time stamps hold {fit.rate:.9g} Hz")
        return UniformTiming(fit.rate, stamp_unit, numbered, fit.jitter)
    notes.append(f"uneven time stamps are resampled to their mean rate, {fit.rate:.9g} Hz")
    return StampTiming(fit.rate)


def _stretches(
    rates: tuple[tuple[float, int], ...], notes: list[str]
) -> tuple[tuple[float, int], ...]:
    """Rates of the record with equal neighbours merged; none where any is unusable."""
    if any(not rate > 0 for rate, _ in rates):
        return ()
    merged: list[tuple[float, int]] = []
    for rate, last in rates:
        if merged and last <= merged[-1][1]:
            notes.append(f"the sampling rate {rate:.6g} Hz up to sample {last} covers nothing")
        elif merged and merged[-1][0] == rate:
            merged[-1] = (rate, last)
        else:
            merged.append((rate, last))
    return tuple(merged)
