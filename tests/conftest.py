"""What every test starts with."""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from support.scheduling import POLITE, TwoEnds, computes, place

with pytest.MonkeyPatch.context() as begun:
    # A second BLAS thread would only spin here, and on the core of the other worker. Processes that
    # tests start are not told.
    begun.setenv("OPENBLAS_NUM_THREADS", "1")
    import numpy  # noqa: F401

# How long an example takes says nothing on a machine at work; all else as Hypothesis has it.
settings.register_profile("tests", parent=settings(), deadline=None)
settings.load_profile("tests")


def pytest_configure(config: pytest.Config) -> None:
    """What computes lets go first what waits."""
    worker = getattr(config, "workerinput", {}).get("workerid", "")
    if worker and computes(worker):
        os.nice(POLITE)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> TwoEnds:
    return TwoEnds(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Ten thousand tests are no garbage: nobody looks at them again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What compares times has the machine to itself; the rest stands in a queue."""
    items.sort(key=lambda item: place(item.nodeid))
    for item in items:
        if item.get_closest_marker("speed"):
            item.add_marker(pytest.mark.alone)


@pytest.fixture(scope="session", autouse=True)
def _states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Path]]:
    """Names of folders that there are not yet; what modules start keeps to the first.

    Nor does anything take the port of the user's own page, or another test's, or his defaults.
    """
    base = tmp_path_factory.mktemp("states")
    states = (base / str(n) for n in itertools.count())
    with pytest.MonkeyPatch.context() as own:
        own.setenv("X96_STATE", str(next(states)))
        own.setenv("X96_WEB", "off")
        own.setenv("X96_CONFIG", "off")
        yield states


@pytest.fixture(autouse=True)
def _state_of_its_own(monkeypatch: pytest.MonkeyPatch, _states: Iterator[Path]) -> None:
    """No test goes on where another one, or the user's own meter, has stopped."""
    monkeypatch.setenv("X96_STATE", str(next(_states)))
