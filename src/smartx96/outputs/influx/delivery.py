"""Delivery: lines on their way to a sink, in a thread of their own; what waits is bounded."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from smartx96.outputs.influx.sink import RefusedError, Sink, UnreachableError
from smartx96.wording import counted

ROOM = 64_000_000
"""What may wait [bytes]: of a meter at the usual interval more than a day."""

BATCH = 1_000_000
"""Most that goes at once [bytes]."""

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""After a failure, and after many [s]."""

LAST_SECONDS = 5.0
"""At the end, what waits has so long [s]."""


class Delivery:
    """Takes lines at once and delivers them when it can.

    Parameters
    ----------
    sink : Sink
    report : callable
        Called with one line when lines are refused, lost or held up, and when they go again; from
        another thread.
    room : int
        What may wait [bytes].

    Attributes
    ----------
    lost : int
        Lines that went nowhere.
    """

    def __init__(self, sink: Sink, report: Callable[[str], None], room: int = ROOM) -> None:
        self._sink, self._report, self._room = sink, report, room
        self._waiting: deque[bytes] = deque()
        self._size = self._under_way = self.lost = 0
        self._pause, self._most = FIRST_PAUSE, BATCH
        self._failing = self._ending = self._broken = self._full = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="influx", daemon=True)
        self._thread.start()

    def add(self, lines: Sequence[str]) -> None:
        """Take lines; of too many the oldest are lost, and that is told.

        Raises
        ------
        BrokenPipeError
            Nobody reads any more.
        """
        if self._broken:
            raise BrokenPipeError
        with self._changed:
            for line in lines:
                data = line.encode()
                self._waiting.append(data)
                self._size += len(data)
            lost = self._cut()
            self._changed.notify()
        if lost and not self._full:
            self._full = True
            self._report(f"{self._told}: too much waits; the oldest lines are lost from now on")

    def close(self) -> None:
        """Deliver what waits, if that goes quickly; tell of what is lost."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self._thread.join(LAST_SECONDS)
        with self._changed:
            left = len(self._waiting) + self._under_way
            self._waiting.clear()
        self.lost += left
        if self.lost:
            self._report(f"{self._told}: {counted(self.lost, 'line')} lost")

    @property
    def _told(self) -> str:
        return f"influx: {self._sink.name}"

    def _cut(self) -> int:
        lost = 0
        while self._size > self._room and len(self._waiting) > 1:
            self._size -= len(self._waiting.popleft())
            lost += 1
        self.lost += lost
        return lost

    def _run(self) -> None:
        try:
            while self._await_lines():
                batch = self._batch()
                try:
                    self._sink.write(b"".join(batch))
                except RefusedError as error:
                    self._refused(batch, error)
                except UnreachableError as error:
                    if self._held_up(batch, error):
                        return
                else:
                    self._delivered()
                self._under_way = 0
        except BrokenPipeError:
            self._broken = True
        finally:
            self._sink.close()

    def _delivered(self) -> None:
        self._pause = FIRST_PAUSE
        if self._failing:
            lost = f"; {counted(self.lost, 'line')} lost meanwhile" if self.lost else ""
            self._failing = self._full = False
            self._report(f"{self._told}: lines go again{lost}")

    def _refused(self, batch: list[bytes], error: RefusedError) -> None:
        self.lost += len(batch)
        many = counted(len(batch), "line")
        self._report(f"{self._told} refuses {many}, which are lost: {error}")

    def _held_up(self, batch: list[bytes], error: UnreachableError) -> bool:
        """Wait before the next attempt; whether there is none, for it has ended."""
        self._put_back(batch)
        if error.smaller and len(batch) > 1:
            self._most = sum(map(len, batch)) // 2
            return False
        if not self._failing:
            self._failing = True
            self._report(f"{self._told}: {error}; lines wait, and go when it works again")
        pause = self._pause if error.pause is None else min(error.pause, LONGEST_PAUSE)
        self._pause = min(2 * self._pause, LONGEST_PAUSE)
        with self._changed:
            return self._changed.wait_for(lambda: self._ending, pause)

    def _await_lines(self) -> bool:
        """Wait until there are some, and a moment longer, so that many go at once."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ending)
            if self._sink.patience and not self._ending:
                self._changed.wait_for(lambda: self._ending, self._sink.patience)
            return bool(self._waiting)

    def _batch(self) -> list[bytes]:
        found: list[bytes] = []
        size = 0
        with self._changed:
            while self._waiting and (not found or size + len(self._waiting[0]) <= self._most):
                found.append(self._waiting.popleft())
                size += len(found[-1])
            self._size -= size
            self._under_way = len(found)
        return found

    def _put_back(self, batch: list[bytes]) -> None:
        with self._changed:
            self._waiting.extendleft(reversed(batch))
            self._size += sum(map(len, batch))
            self._under_way = 0
            self._cut()
