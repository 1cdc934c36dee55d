"""What each further meter of a process holds in memory, by the benchmark that tells it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARK = Path(__file__).resolve().parents[3] / "benchmarks" / "live_meter.py"

SAMPLES = "metrology/buffer.py"
"""What keeps the samples that the next window needs."""

MOST = 300_000
"""Bytes of a meter: samples, readings, accumulators, snapshot, registers, panel, log and store."""


@pytest.fixture(scope="module")
def meters() -> ModuleType:
    spec = importlib.util.spec_from_file_location("live_meter", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_meter_beside_others_is_small(meters: ModuleType) -> None:
    """Of twenty beside one: allocations, so that it is the same on every machine."""
    found = meters.by_module(20)
    assert found[SAMPLES] > 100_000, "the meters have run"
    assert found.total() < MOST, found.most_common(8)
