"""A browser for the tests of a module, and a meter on a bench for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from support.bench_meter import VOLTS, Bench
from support.browser import Visitor, chromium, launch
from support.running import Registers

CT = 100
"""Ratio of the current transformers of the bench's meter."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Of a module, no longer: while Playwright is there, nothing else may run an event loop."""
    playwright = pytest.importorskip("playwright.sync_api")
    if chromium() is None:
        pytest.skip("there is no chromium here")
    with playwright.sync_playwright() as started:
        found = launch(started)
        yield found
        found.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Visitor]]:
    """Opens pages; in the end none of them may have complained, or asked elsewhere."""
    visitors: list[Visitor] = []

    def opened(url: str, *, live: bool = True, **options: Any) -> Visitor:
        visitors.append(Visitor(browser, **options))
        return visitors[-1].open(url, live=live)

    with ExitStack() as ends:
        ends.callback(lambda: [each.context.close() for each in visitors])
        yield opened
        for each in visitors:
            assert each.complaints == []
            assert each.strangers == []


@pytest.fixture(scope="session")
def _bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("bench")
    settings = folder / "settings.toml"
    settings.write_text("demand_period = 0\n")
    how = ("--state", "off", "--ct", f"{5 * CT}/5", "--settings", str(settings))
    with Bench(folder, *how) as found:
        yield found


@pytest.fixture
def bench(_bench: Bench) -> Iterator[Bench]:
    """The meter, on the voltages and currents that it has at first."""
    yield _bench
    _bench.give()


@pytest.fixture
def registers(bench: Bench) -> Iterator[Registers]:
    with bench.registers() as found:
        yield found


@pytest.fixture
def visitor(bench: Bench, registers: Registers, visit: Callable[..., Visitor]) -> Visitor:
    """Somebody before the meter of the bench, which reads what it is given."""
    found = visit(bench.url)
    found.waits(lambda: abs(registers.value(4) - VOLTS[2]) < 0.01)
    found.sees(lambda glass: glass.title.startswith("active energy"))
    return found
