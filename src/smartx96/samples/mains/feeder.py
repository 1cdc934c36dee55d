"""Feeder: voltages and currents of a small low-voltage supply at any moment of any day.

Three phases of 230 V with households, a workshop and solar inverters behind 5 A secondaries.
Every quantity is a closed function of the time and a seed; nothing remembers what came before.
"""

from __future__ import annotations

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
    current = _currents(seconds, hour, busy, seed)
    voltage = _voltages(seconds, busy, current[:, :, 0], seed)
    both = np.concatenate([VOLTAGE * voltage * _TURN, CURRENT * current * _TURN])
    return np.moveaxis(both, 1, 0)


def _bell(hour: Reals, centre: float, width: float) -> Reals:
    distance = np.mod(hour - centre + 12.0, 24.0) - 12.0
    bell: Reals = np.exp(-0.5 * (distance / width) ** 2)
    return bell


def activity(hour: Reals) -> Reals:
    """What people do, 0.2 at night to about 1.2: a morning, a noon and an evening peak."""
    peaks = 0.6 * _bell(hour, 7.3, 1.1) + 0.3 * _bell(hour, 12.5, 1.5)
    return 0.2 + peaks + 0.95 * _bell(hour, 19.2, 2.0)


def sun(seconds: Reals, hour: Reals, seed: int) -> Reals:
    """Solar power, 0 to 1, shape (n,): the sun's height, the season and the day's sky."""
    season = 2.0 * np.pi * (np.mod(seconds / DAY, 365.25) + 10.0) / 365.25
    declination = -np.radians(23.44) * np.cos(season)
    height = np.sin(_LATITUDE) * np.sin(declination) + np.cos(_LATITUDE) * np.cos(
        declination
    ) * np.cos(2.0 * np.pi * (hour - 12.0) / 24.0)
    clear = uniform(seed, 98, np.floor(seconds / DAY)) < 0.6
    clouds = 0.5 + 0.3 * drift(seed, 91, seconds, 420.0) + 0.15 * drift(seed, 92, seconds, 45.0)
    haze = 0.97 + 0.02 * drift(seed, 93, seconds, 900.0)
    power: Reals = np.maximum(height, 0.0) ** 1.15 * np.where(clear, haze, clouds)
    return power


def _currents(seconds: Reals, hour: Reals, busy: Reals, seed: int) -> Phasors:
    """Parts of 5 A, shape (3, n, orders), each phase against its own voltage's place."""
    slow = drift(seed, 100 + _PHASES, seconds, 900.0)
    quick = drift(seed, 110 + _PHASES, seconds, 13.0)
    always = np.ones_like(seconds)
    homes = 0.24 * busy * (1.0 + 0.2 * slow + 0.05 * quick)
    rectifiers = 0.025 + 0.06 * busy * (1.0 + 0.15 * slow)
    cooling = 0.035 * visit(seed, 120 + _PHASES, seconds, 2700.0, always, 0.45)
    heaters = 0.27 * visit(seed, 130 + _PHASES, seconds, 1260.0, 0.45 * busy, 0.35)
    hour_of_work = np.where((hour > 6.0) & (hour < 20.0), 0.55, 0.15)
    motors = 0.12 * visit(seed, 140 + _PHASES, seconds, 4500.0, hour_of_work, 0.6)
    solar = _SOLAR * sun(seconds, hour, seed)

    wound = 0.07 + cooling + motors
    load = homes * (1.0 - 0.22j) + heaters + wound * (1.0 - 0.85j) + rectifiers * (1.0 + 0.12j)
    current = np.empty((3, seconds.size, len(ORDERS)), dtype=np.complex128)
    current[:, :, 0] = _SIZE * load - solar
    shape = _RECTIFIER_PERCENT / 100.0 * np.exp(1j * _RECTIFIER_ANGLE)
    current[:, :, 1:] = (
        (_SIZE * rectifiers)[..., np.newaxis] * shape
        + (_SIZE * wound)[..., np.newaxis] * (-1j * _MOTOR_PERCENT / 100.0)
        + solar[..., np.newaxis] * (1j * _SOLAR_PERCENT / 100.0)
    )
    return current


def _voltages(seconds: Reals, busy: Reals, current: Phasors, seed: int) -> Phasors:
    """Parts of 230 V, shape (3, n, orders), each phase against its own place."""
    own = 0.004 * (2.0 * uniform(seed, 200 + _PHASES, 0) - 1.0)
    slow, quick = drift(seed, 210, seconds, 3600.0), drift(seed, 211, seconds, 11.0)
    supply = 1.012 + own + 0.006 * slow + 0.001 * quick
    voltage = np.empty((3, seconds.size, len(ORDERS)), dtype=np.complex128)
    voltage[:, :, 0] = supply - _IMPEDANCE * current
    sway = drift(seed, 220 + np.arange(len(ORDERS) - 1)[:, np.newaxis], seconds, 1500.0).T
    percent = _VOLTAGE_PERCENT * (1.0 + 0.25 * sway) * (0.75 + 0.3 * busy)[:, np.newaxis]
    voltage[:, :, 1:] = percent / 100.0 * np.exp(1j * (_VOLTAGE_ANGLE + 0.15 * sway))
    return voltage
