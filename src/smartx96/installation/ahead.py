"""Ahead: work done by a thread of its own, some steps before its results are wanted."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from typing import Generic, TypeVar

T = TypeVar("T")

DEPTH = 2
"""Results that may wait to be taken: so many blocks are in memory beside those at work."""
_LEAVE = 1.0
"""Time that a thread has to end its last step when nobody wants more of it [s]."""


class _Failure:
    """An error on its way from the thread to who takes the results."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class _End:
    """That no more results come."""


@contextmanager
def ahead(items: Iterator[T]) -> Iterator[Iterator[T]]:
    """The same items in the same order, made by a thread while the ones before are worked on.

    An error comes out where the item would have come. At the end of the `with` block, however it
    ends, the thread ends too, and what waits is dropped.

    Parameters
    ----------
    items : iterator
        It is used, and closed if it can be, by the thread alone.
    """
    worker = _Worker(items)
    # What NumPy is to do with overflows and such goes with the context, not with the process.
    context = contextvars.copy_context()
    # A thread that waits for a sender in vain does not keep the program from ending.
    thread = threading.Thread(target=context.run, args=(worker.run,), name="ahead", daemon=True)
    thread.start()
    try:
        yield worker.taken()
    finally:
        worker.stop()
        thread.join(_LEAVE)


class _Worker(Generic[T]):
    def __init__(self, items: Iterator[T]) -> None:
        self._items = items
        self._made: Queue[T | _Failure | _End] = Queue(DEPTH)
        self._stopped = threading.Event()

    def run(self) -> None:
        """In the thread: make items until they end or nobody wants more."""
        try:
            for item in self._items:
                self._made.put(item)
                if self._stopped.is_set():
                    break
            self._close()
        except BaseException as error:
            self._made.put(_Failure(error))
        else:
            self._made.put(_End())

    def taken(self) -> Iterator[T]:
        """The items as they come."""
        while not isinstance(item := self._made.get(), _End):
            if isinstance(item, _Failure):
                raise item.error
            yield item

    def stop(self) -> None:
        """Want no more: who waits for room gets it."""
        self._stopped.set()
        while True:
            try:
                self._made.get_nowait()
            except Empty:
                return

    def _close(self) -> None:
        close = getattr(self._items, "close", None)
        if close is not None:
            close()
