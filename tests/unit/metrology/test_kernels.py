"""Kernels against direct numerical forms."""

from __future__ import annotations

import numpy as np
import pytest

from smartx96.metrology.kernels import (
    ResamplingKernel,
    convolved_boxes,
    raised_cosine_step,
    under_window,
)

CYCLE = 0.02


def transform(t: np.ndarray, values: np.ndarray, frequency: float) -> complex:
    return complex(np.sum(values * np.exp(-2j * np.pi * frequency * t)) * (t[1] - t[0]))


def test_boxes_have_unit_area_and_the_nulls_of_each() -> None:
    t = np.arange(-4000, 4001) * 2e-5
    kernel = convolved_boxes(t, (CYCLE, CYCLE, 2 * CYCLE, 2 * CYCLE))
    assert transform(t, kernel, 0.0) == pytest.approx(1.0, abs=1e-9)
    for frequency in (25.0, 50.0, 75.0, 100.0, 150.0, 1000.0):
        assert abs(transform(t, kernel, frequency)) < 1e-9
    truth = np.sinc(13 * CYCLE) ** 2 * np.sinc(26 * CYCLE) ** 2
    assert transform(t, kernel, 13.0) == pytest.approx(truth, abs=1e-7)


def test_boxes_equal_their_numerical_convolution() -> None:
    step = 1e-3
    widths = (1.0, 1.0, 2.0)
    direct = np.ones(1)
    for width in widths:
        direct = np.convolve(direct, np.full(round(width / step), step / width))
    t = (np.arange(len(direct)) - (len(direct) - 1) / 2) * step
    np.testing.assert_allclose(convolved_boxes(t, widths) * step, direct, atol=2e-3 * direct.max())


@pytest.mark.parametrize("boundary", [0.0, 0.1, 0.5, 0.73])
def test_the_step_counts_every_sample_once(boundary: float) -> None:
    n = np.arange(-40, 40)
    before = raised_cosine_step(boundary - n, 16)
    after = 1 - before
    np.testing.assert_allclose(before + after, 1.0)
    assert before.sum() == pytest.approx(40 + boundary + 0.5, abs=1e-12)


@pytest.mark.parametrize("edge", [0.08, 0.2, 0.3445, 0.42, 0.45])
def test_the_transform_is_that_of_the_kernel(edge: float) -> None:
    kernel = ResamplingKernel.design(edge)
    t = np.arange(-kernel.half_width * 1000, kernel.half_width * 1000 + 1) / 1000
    values = kernel(t)
    for frequency in (0.0, edge / 2, edge):
        given, slope = (f(np.array([frequency])) for f in (kernel.transform, kernel.slope))
        direct = transform(t, values, frequency).real
        assert given[0] == pytest.approx(direct, rel=2e-6)
        if frequency:
            lower, upper = (abs(transform(t, values, f * frequency)) for f in (0.995, 1.005))
            assert slope[0] == pytest.approx(
                np.log(upper / lower) / np.log(1.005 / 0.995), abs=0.03
            )


@pytest.mark.parametrize("edge", [0.2, 0.3445, 0.42, 0.45])
def test_the_image_of_what_passes_is_stopped(edge: float) -> None:
    kernel = ResamplingKernel.design(edge)
    t = np.arange(-kernel.half_width * 1000, kernel.half_width * 1000 + 1) / 1000
    passed = abs(transform(t, kernel(t), edge * 0.9))
    image = abs(transform(t, kernel(t), 1 - edge * 0.9))
    assert image < 2e-4 * passed


def test_the_wide_kernel_is_a_sinc_under_a_window() -> None:
    kernel = ResamplingKernel.design(0.45)
    half, beta, cutoff = 46, 10.06, 0.485
    x = np.linspace(-half - 2, half + 2, 9973)
    root = np.sqrt(np.maximum(1 - (x / half) ** 2, 0))
    window = np.where(np.abs(x) < half, np.i0(beta * root) / np.i0(beta), 0.0)
    direct = window * 2 * cutoff * np.sinc(2 * cutoff * x)
    np.testing.assert_allclose(kernel(x), direct, atol=5e-8)
    flat = kernel.transform(np.linspace(0, 0.45, 50))
    np.testing.assert_allclose(flat, 1.0, atol=2e-5)


def test_stretches_overlap_as_asked() -> None:
    x = np.arange(40.0).reshape(2, 20)
    found = under_window(x, 5, 3, 4)
    assert found.shape == (2, 4, 5)
    np.testing.assert_array_equal(found[1, 2], x[1, 6:11])
