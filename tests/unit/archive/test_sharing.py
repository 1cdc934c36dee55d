"""Sharing out: bounded, and whatever dies takes nothing else along."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import pytest

from smartx96.archive.executors import Processes, ThisProcess, cores, open_executor
from smartx96.archive.item import Failed, Item, Measured, Outcome
from smartx96.archive.method import Method
from smartx96.archive.sharing import outcomes
from smartx96.archive.version import version
from support.archives import loaded, measure_or_die, save

pytest.importorskip("pyarrow")


def item(name: str, folder: Path) -> Item:
    return Item(name, name, str(folder / Path(name).stem), Method(), version(), 1)


def recordings(folder: Path, *names: str) -> list[Item]:
    samples = loaded(0.5)
    (folder / "parts").mkdir()
    return [item(str(save(folder / f"{name}.npz", samples)), folder / "parts") for name in names]


def test_what_kills_its_process_has_failed_and_the_rest_is_done(tmp_path: Path) -> None:
    items = recordings(tmp_path, "a", "b", "deadly1", "c", "d", "deadly2", "e", "f")
    with Processes(2, measure_or_die) as executor:
        found = {Path(item.path).stem: came for item, came in outcomes(items, executor)}
    failed = {name for name, came in found.items() if isinstance(came, Failed)}
    assert (len(found), failed) == (8, {"deadly1", "deadly2"})
    came = found["deadly1"]
    assert isinstance(came, Failed)
    assert "ended from outside" in came.reason


class Slow(ThisProcess):
    """Has three at work, and ends them in another order."""

    at_once = 3

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[tuple[Item, Future[Outcome]]] = []
        self.most = 0

    def submit(self, item: Item) -> Future[Outcome]:
        future: Future[Outcome] = Future()
        self.waiting.append((item, future))
        self.most = max(self.most, len(self.waiting))
        if len(self.waiting) == 3 or item.recording == "9":
            for some, waiting in self.waiting[::-1]:
                waiting.set_result(Failed(some.recording, "slow"))
            self.waiting = []
        return future


def test_no_more_are_under_way_than_are_asked_for(tmp_path: Path) -> None:
    executor, taken = Slow(), []

    def items():
        for n in range(10):
            taken.append(n)
            yield item(str(n), tmp_path)

    order = []
    for one, _ in outcomes(items(), executor):
        order.append(one.recording)
        assert len(taken) <= len(order) + 3
    assert sorted(order) == [str(n) for n in range(10)]
    assert executor.most == 3


def test_which_executor(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(open_executor(1), ThisProcess)
    assert cores() >= 1
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1, 2})
    with open_executor(0) as executor:
        assert executor.at_once == 6


def test_in_this_process(tmp_path: Path) -> None:
    items = recordings(tmp_path, "a", "b")
    found = list(outcomes(items, ThisProcess()))
    assert [one for one, _ in found] == items
    assert all(isinstance(came, Measured) for _, came in found)
