"""Speed of the engine on this machine, in CPU time, beside a plain NumPy script."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Block
from smartx96.comparison import numpy_script
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.metrology.derived import quantities
from smartx96.metrology.loops import COMPILED
from smartx96.metrology.stream import Stream

RATE = 12_800.0
FREQUENCY = 50.02
LIVE_SECONDS = 0.2
BATCH_SECONDS = 10.0
_ORDERS = (3, 5, 7, 9, 11, 13, 17, 19, 23, 25, 29, 31, 35, 37, 41, 43, 47, 49, 63)


def signal(seconds: float) -> NDArray[np.float64]:
    """Six channels at 12.8 kS/s, 50.02 Hz, 19 harmonics of 1 % each, shape (6, n)."""
    turn = 2 * np.pi * FREQUENCY / RATE * np.arange(round(seconds * RATE))
    channels = []
    for channel in range(6):
        shift = 2 * np.pi / 3 * (channel % 3) + (channel // 3) * 0.45
        wave = np.sin(turn - shift)
        for order in _ORDERS:
            wave += 0.01 * np.sin(order * turn - channel * order)
        channels.append(wave * (325.3 if channel < 3 else 7.07))
    return np.stack(channels)


def measured(samples: NDArray[np.float64], seconds: float) -> int:
    """Everything the meter makes of the samples, in blocks of `seconds`; windows measured."""
    stream, meter = Stream(), Meter(Configuration())
    size = round(seconds * RATE)
    for start in range(0, samples.shape[1], size):
        block = Block(samples[:, start : start + size], RATE, start)
        for piece in stream.push(block):
            readings = meter.take(piece)
            if readings is not None:
                quantities(readings)
    return meter.windows


def bench(seconds: float, rounds: int) -> dict[str, Any]:
    """Times real time of the engine in batch and live, and of the script, interleaved.

    Parameters
    ----------
    seconds : float
        Length of the signal [s].
    rounds : int
        Times each is run; medians are given.
    """
    samples = signal(seconds)
    runs: dict[str, Callable[[], object]] = {
        "batch": lambda: measured(samples, BATCH_SECONDS),
        "live_200ms": lambda: measured(samples, LIVE_SECONDS),
        "numpy_script": lambda: numpy_script.measure(samples, RATE),
    }
    for run in runs.values():
        run()
    spent: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            begun = time.process_time()
            run()
            spent[name].append(time.process_time() - begun)
    ratios = [p / b for p, b in zip(spent["numpy_script"], spent["batch"], strict=True)]
    return {
        "signal": {"seconds": seconds, "channels": 6, "sample_rate": RATE, "frequency": FREQUENCY},
        "rounds": rounds,
        "times_real_time": {
            name: {
                "median": seconds / median(times),
                "min": seconds / max(times),
                "max": seconds / min(times),
            }
            for name, times in spent.items()
        },
        "batch_over_numpy_script": median(ratios),
        "machine": _machine(),
    }


def _machine() -> dict[str, str | bool]:
    try:
        with open("/proc/cpuinfo") as file:
            names = [x.partition(":")[2].strip() for x in file if x.startswith("model name")]
    except OSError:
        names = []
    return {
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "compiled_loops": COMPILED is not None,
    }
