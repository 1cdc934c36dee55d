"""Feeder: voltages and currents of a small low-voltage supply at any moment of any day.

Three phases of 230 V with households, a workshop and solar inverters behind 5 A secondaries.
Every quantity is a closed function of the time and a seed; nothing remembers what came before.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from smartx96.samples.mains.chance import Reals, drift, uniform, visit
from smartx96.samples.scenario.model import place

ORDERS = (1, 3, 5, 7, 9, 11, 13)
VOLTAGE = 230.0
CURRENT = 5.0
DAY = 86400.0

Phasors = NDArray[np.complex128]

_PHASES = np.arange(3)[:, np.newaxis]
_SIZE = np.array([1.0, 0.85, 1.08])[:, np.newaxis]
"""The phases carry unequal shares of the load."""

_SOLAR = np.array([0.85, 0.80, 0.65])[:, np.newaxis]
"""Inverters per phase at full sun [parts of 5 A]."""

_LATITUDE = np.radians(50.0)
_IMPEDANCE = 0.022 + 0.010j
"""Of the line and transformer: fall of the voltage at 5 A [parts of 230 V]."""

_VOLTAGE_PERCENT = np.array([0.5, 2.0, 1.3, 0.3, 0.7, 0.4])
_VOLTAGE_ANGLE = np.radians([190.0, 170.0, 20.0, 60.0, 250.0, 310.0])
_RECTIFIER_PERCENT = np.array([68.0, 42.0, 20.0, 8.0, 6.0, 4.0])
_RECTIFIER_ANGLE = np.radians([180.0, 0.0, 180.0, 0.0, 180.0, 0.0])
"""Pulses of current at the crest of the voltage: alternating signs in the sine series."""
_MOTOR_PERCENT = np.array([1.0, 6.0, 4.0, 0.3, 2.0, 1.5])
_SOLAR_PERCENT = np.array([0.8, 1.2, 0.9, 0.2, 0.6, 0.4])

_TURN = np.exp(2j * np.pi * np.outer([place(phase) for phase in range(3)], ORDERS))[:, np.newaxis]
"""Rotation of each order from phase to phase, shape (3, 1, orders)."""

_DRIFTS = np.array(
    [
        *((91, 420.0), (92, 45.0), (93, 900.0)),
        *((100, 900.0), (101, 900.0), (102, 900.0)),
        *((110, 13.0), (111, 13.0), (112, 13.0)),
        *((210, 3600.0), (211, 11.0)),
        *((220, 1500.0), (221, 1500.0), (222, 1500.0), (223, 1500.0), (224, 1500.0), (225, 1500.0)),
    ]
)
"""Streams of chance and their periods [s], all looked up at once."""
_SKY, _SLOW, _QUICK, _SUPPLY, _SWAY = (
    slice(0, 3), slice(3, 6), slice(6, 9), slice(9, 11), slice(11, 17)
)  # fmt: skip

_VISITS = np.array([120, 130, 140])[:, np.newaxis, np.newaxis] + _PHASES
"""Streams of what is switched, shape (3, 3, 1): coolers, heaters, motors of each phase."""
_SLOT = np.array([2700.0, 1260.0, 4500.0])[:, np.newaxis, np.newaxis]
_LONGEST = np.array([0.45, 0.35, 0.6])[:, np.newaxis, np.newaxis]


def feeder(seconds: Reals, seed: int) -> Phasors:
    """Rms phasors in the sine reference.

    Parameters
    ----------
    seconds : ndarray, shape (n,)
        Since 2000-01-01T00:00Z [s]; hours of the day are those of UTC.
    seed : int
        Another seed is another feeder.

    Returns
    -------
    ndarray, shape (n, 6, 7)
        Voltages [V] and currents [A] of L1..L3 at the orders of `ORDERS`.
    """
    hour = np.mod(seconds, DAY) / 3600.0
    busy = activity(hour)
    swing = drift(seed, _DRIFTS[:, :1], seconds, _DRIFTS[:, 1:])
    found = np.empty((6, seconds.size, len(ORDERS)), dtype=np.complex128)
    voltage, current = found[:3], found[3:]
    _currents(current, seconds, hour, busy, swing, seed)
    _voltages(voltage, busy, current[:, :, 0], swing, seed)
    for part, size in ((voltage, VOLTAGE), (current, CURRENT)):
        # In place: fresh arrays of this size cost more than the arithmetic.
        np.multiply(part, size, out=part)
        np.multiply(part, _TURN, out=part)
    return np.moveaxis(found, 1, 0)


def _bell(hour: Reals, centre: float, width: float) -> Reals:
    distance = np.mod(hour - centre + 12.0, 24.0) - 12.0
    bell: Reals = np.exp(-0.5 * (distance / width) ** 2)
    return bell


def activity(hour: Reals) -> Reals:
    """What people do, 0.2 at night to about 1.2: a morning, a noon and an evening peak."""
    peaks = 0.6 * _bell(hour, 7.3, 1.1) + 0.3 * _bell(hour, 12.5, 1.5)
    return 0.2 + peaks + 0.95 * _bell(hour, 19.2, 2.0)


def sun(seconds: Reals, hour: Reals, sky: Reals, seed: int) -> Reals:
    """Solar power, 0 to 1, shape (n,): the sun's height, the season and the day's sky.

    `sky`, shape (3, n), drives slow clouds, quick clouds and haze.
    """
    season = 2.0 * np.pi * (np.mod(seconds / DAY, 365.25) + 10.0) / 365.25
    declination = -np.radians(23.44) * np.cos(season)
    height = np.sin(_LATITUDE) * np.sin(declination) + np.cos(_LATITUDE) * np.cos(
        declination
    ) * np.cos(2.0 * np.pi * (hour - 12.0) / 24.0)
    clear = uniform(seed, 98, np.floor(seconds / DAY)) < 0.6
    clouds = 0.5 + 0.3 * sky[0] + 0.15 * sky[1]
    haze = 0.97 + 0.02 * sky[2]
    power: Reals = np.maximum(height, 0.0) ** 1.15 * np.where(clear, haze, clouds)
    return power


def _currents(
    current: Phasors, seconds: Reals, hour: Reals, busy: Reals, swing: Reals, seed: int
) -> None:
    """Parts of 5 A into `current`, (3, n, orders), each phase against its own voltage's place."""
    slow, quick = swing[_SLOW], swing[_QUICK]
    homes = 0.24 * busy * (1.0 + 0.2 * slow + 0.05 * quick)
    rectifiers = 0.025 + 0.06 * busy * (1.0 + 0.15 * slow)
    hour_of_work = np.where((hour > 6.0) & (hour < 20.0), 0.55, 0.15)
    likely = np.stack([np.ones_like(seconds), 0.45 * busy, hour_of_work])[:, np.newaxis]
    cooling, heaters, motors = visit(seed, _VISITS, seconds, _SLOT, likely, _LONGEST)
    solar = _SOLAR * sun(seconds, hour, swing[_SKY], seed)

    wound = 0.07 + 0.035 * cooling + 0.12 * motors
    load = homes * (1.0 - 0.22j) + 0.27 * heaters + wound * (1.0 - 0.85j)
    load += rectifiers * (1.0 + 0.12j)
    current[:, :, 0] = _SIZE * load - solar
    shape = _RECTIFIER_PERCENT / 100.0 * np.exp(1j * _RECTIFIER_ANGLE)
    distortion, pulses = current[:, :, 1:], (_SIZE * rectifiers)[..., np.newaxis]
    np.multiply(pulses, shape.real, out=distortion.real)
    np.multiply(pulses, shape.imag, out=distortion.imag)
    distortion.imag += (_SIZE * wound)[..., np.newaxis] * (-_MOTOR_PERCENT / 100.0)
    distortion.imag += solar[..., np.newaxis] * (_SOLAR_PERCENT / 100.0)


def _voltages(voltage: Phasors, busy: Reals, current: Phasors, swing: Reals, seed: int) -> None:
    """Parts of 230 V into `voltage`, (3, n, orders), each phase against its own place."""
    slow, quick = swing[_SUPPLY]
    supply = 1.012 + _own(seed) + 0.006 * slow + 0.001 * quick
    voltage[:, :, 0] = supply - _IMPEDANCE * current
    sway = swing[_SWAY].T
    percent = _VOLTAGE_PERCENT * (1.0 + 0.25 * sway) * (0.75 + 0.3 * busy)[:, np.newaxis]
    voltage[:, :, 1:] = percent / 100.0 * np.exp(1j * (_VOLTAGE_ANGLE + 0.15 * sway))


@lru_cache(maxsize=16)
def _own(seed: int) -> Reals:
    """By how much each phase's voltage is always off, shape (3, 1)."""
    return 0.004 * (2.0 * uniform(seed, 200 + _PHASES, 0) - 1.0)
