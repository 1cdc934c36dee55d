"""Sharing items out to an executor, a bounded number at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait

from smartx96.archive.executors import Executor
from smartx96.archive.item import Failed, Item, Outcome


def outcomes(items: Iterable[Item], executor: Executor) -> Iterator[tuple[Item, Outcome]]:
    """What came of each item, as they are done.

    Where one that works dies, nobody knows which item it was: all that were under way are tried
    again, each alone, and the one at which it dies again has failed.
    """
    yield from _Sharing(items, executor)


class _Sharing:
    def __init__(self, items: Iterable[Item], executor: Executor) -> None:
        self._items, self._executor = iter(items), executor
        self._suspects: deque[Item] = deque()
        self._under_way: dict[Future[Outcome], Item] = {}
        self._alone = False

    def __iter__(self) -> Iterator[tuple[Item, Outcome]]:
        while True:
            self._hand_out()
            if not self._under_way:
                return
            done, _ = wait(self._under_way, return_when=FIRST_COMPLETED)
            for future in done:
                if (found := self._outcome(future)) is not None:
                    yield found

    def _hand_out(self) -> None:
        if self._suspects:
            if not self._under_way:
                self._alone = True
                self._submit(self._suspects.popleft())
            return
        while len(self._under_way) < self._executor.at_once:
            item = next(self._items, None)
            if item is None:
                return
            self._alone = False
            self._submit(item)

    def _submit(self, item: Item) -> None:
        try:
            self._under_way[self._executor.submit(item)] = item
        except BrokenExecutor:  # between two items: this one has no part in it
            self._executor.renew()
            self._under_way[self._executor.submit(item)] = item

    def _outcome(self, future: Future[Outcome]) -> tuple[Item, Outcome] | None:
        item = self._under_way.pop(future, None)
        if item is None:
            return None
        try:
            return item, future.result()
        except BrokenExecutor as error:
            if self._alone:
                self._executor.renew()
                return item, Failed(item.recording, self._executor.reason(error))
            self._suspects += [item, *self._under_way.values()]
            self._under_way.clear()
            self._executor.renew()
            return None
        except Exception as error:
            return item, Failed(item.recording, self._executor.reason(error))
