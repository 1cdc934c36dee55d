"""A thread that works ahead: the same items, errors in their place, never too far, gone after."""

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from smartx96.errors import RecordingError
from smartx96.installation.ahead import DEPTH, ahead

THREAD = "ahead"


def living() -> int:
    return sum(thread.name == THREAD for thread in threading.enumerate())


def gone() -> bool:
    end = time.monotonic() + 5
    while living() and time.monotonic() < end:
        time.sleep(0.01)
    return not living()


def test_items_come_in_their_order() -> None:
    with ahead(iter(range(50))) as items:
        assert list(items) == list(range(50))
    assert gone()


def test_another_thread_makes_them() -> None:
    with ahead(threading.current_thread().name for _ in range(3)) as items:
        assert set(items) == {THREAD}


def test_error_comes_where_its_item_would_have_come() -> None:
    def failing() -> Iterator[int]:
        yield from range(3)
        raise RecordingError("a.wav: cut off")

    found: list[int] = []
    with pytest.raises(RecordingError, match="cut off"), ahead(failing()) as items:
        found.extend(items)
    assert found == [0, 1, 2]
    assert gone()


def test_it_goes_no_further_ahead_than_it_may() -> None:
    made: list[int] = []

    def noted() -> Iterator[int]:
        for n in range(100):
            made.append(n)
            yield n

    with ahead(noted()) as items:
        assert next(items) == 0
        time.sleep(0.2)
        # One is taken, some wait, one is in the hand.
        assert len(made) == DEPTH + 2


def test_who_leaves_early_closes_what_was_open() -> None:
    closed = threading.Event()

    def opened() -> Iterator[int]:
        try:
            yield from iter(int, 1)
        finally:
            closed.set()

    def interrupted(items: Iterator[int]) -> None:
        next(items)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), ahead(opened()) as items:
        interrupted(items)
    assert closed.wait(5)
    assert gone()


def test_numbers_are_judged_as_where_it_was_begun() -> None:
    def divided() -> Iterator[float]:
        yield float(np.float64(1.0) / np.float64(0.0))

    with np.errstate(divide="ignore"), ahead(divided()) as items:
        assert list(items) == [np.inf]
    with (
        np.errstate(divide="raise"),
        pytest.raises(FloatingPointError),
        ahead(divided()) as items,
    ):
        list(items)
