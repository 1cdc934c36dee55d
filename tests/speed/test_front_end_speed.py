"""The front end against a plain NumPy script on the same samples: ratios within one run."""

from __future__ import annotations

import time
from statistics import median

import pytest

from smartx96.block import Block
from smartx96.comparison import numpy_script
from smartx96.frontend.conversion import Conversion
from smartx96.frontend.front_end import X96
from smartx96.installation.speed.signal import RATE, Signal
from smartx96.models import ROLES

pytestmark = pytest.mark.speed


def test_all_effects_cost_less_than_a_plain_measurement() -> None:
    """1000 x real time is the promise, about twice the speed of the script; 1.3 x here, on a
    machine at work."""
    seconds = 10.0
    samples = Signal().samples(seconds)
    conversion = Conversion(X96, ROLES, RATE)
    conversion.push(Block(samples, RATE, 0))
    ratios = []
    for n in range(1, 8):
        block = Block(samples, RATE, n * samples.shape[1])
        begun = time.process_time()
        conversion.push(block)
        done = time.process_time()
        numpy_script.measure(samples, RATE)
        ratios.append((time.process_time() - done) / (done - begun))
    assert median(ratios) > 1.3
