"""Series of the test signals against the waveforms that the standards draw."""

from __future__ import annotations

import math

import numpy as np
import pytest

from smartx96.typetest.waveform import Waveform

CYCLES = 4
ANGLE = (np.arange(1 << 16) + 0.5) / (1 << 16) * CYCLES * 2 * np.pi

DRAWN = {
    Waveform.PHASE_FIRED: np.sin(ANGLE) * (np.mod(ANGLE, np.pi) >= np.pi / 2),
    Waveform.BURST: np.sin(ANGLE) * (np.mod(ANGLE, 8 * np.pi) < 4 * np.pi),
    Waveform.HALF_WAVE: np.maximum(np.sin(ANGLE), 0),
}


@pytest.mark.parametrize("waveform", DRAWN)
def test_lines_are_those_of_the_drawn_waveform(waveform: Waveform) -> None:
    drawn = math.sqrt(2) * DRAWN[waveform]
    for order, line in waveform.current.items():
        if order:
            # x = sqrt(2) Im(X exp(j h angle))
            found = np.mean(drawn * np.exp(-1j * float(order) * ANGLE)) * 1j * math.sqrt(2)
        else:
            found = drawn.mean()
        assert line == pytest.approx(found, abs=1e-6), order


@pytest.mark.parametrize("waveform", DRAWN)
def test_no_line_of_weight_is_missing(waveform: Waveform) -> None:
    shape = waveform.current
    held = sum(abs(line) ** 2 for line in shape.values())
    assert held == pytest.approx(np.mean(2 * DRAWN[waveform] ** 2), rel=0.01)


def test_powers_of_the_standards() -> None:
    assert Waveform.PHASE_FIRED.current[1] == pytest.approx(complex(0.5, -1 / math.pi))
    assert Waveform.BURST.current[1] == 0.5
    fifth = Waveform.FIFTH
    power = sum((fifth.voltage[h] * fifth.current[h].conjugate()).real for h in fifth.voltage)
    assert power == pytest.approx(1.04)


def test_every_order_has_a_known_distortion() -> None:
    for shape, thd in ((Waveform.EVERY_ORDER.voltage, 0.08), (Waveform.EVERY_ORDER.current, 0.3)):
        assert len(shape) == 63
        assert math.sqrt(sum(abs(x) ** 2 for h, x in shape.items() if h > 1)) == pytest.approx(thd)
