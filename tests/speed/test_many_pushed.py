"""A project's push beside its bare requests, on the same meters, in turn."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

pytestmark = pytest.mark.speed

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "many_pushed.py"
METERS, TIMES = 40, 4


def test_a_push_takes_hardly_longer_than_its_requests(tmp_path):
    """1.3 is the promise; the best of each, for whatever else the machine does only adds."""
    spec = importlib.util.spec_from_file_location("many_pushed", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    with benchmark.meters(METERS) as port:
        pushes, bare, requests = benchmark.ratios(tmp_path, port, METERS, TIMES)
    assert requests <= 15 * METERS
    assert min(pushes) / min(bare) < 1.3
