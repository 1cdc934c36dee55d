"""GivenValues: an operating point as a source, that somebody states while it is measured."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smartx96.errors import OptionError
from smartx96.models import ROLES, Wiring
from smartx96.quantities import HARMONIC_ORDERS
from smartx96.samples.given.agreement import Agreed, agreed
from smartx96.samples.given.manner import Manner
from smartx96.samples.given.message import LONGEST, read_message
from smartx96.samples.operating_point import AdjustableSource

MOST_WAITING = 1000
"""Messages that wait to be taken; of more the oldest are left out: newer ones supersede them."""


class Stale(StrEnum):
    """What becomes of values that nobody renews; the values are those of options and files."""

    HOLD = "hold"
    """They stand, and are marked."""
    ZERO = "zero"
    """No current flows, the voltages stand; marked as well."""
    SILENT = "silent"
    """As without mains: a meter that lives on its voltages answers nobody."""


@dataclass(frozen=True, slots=True)
class Staleness:
    """When values are stale, and what becomes of them then.

    Parameters
    ----------
    after : float
        Without a new load of a phase for so long [s]; a voltage that still comes does not keep
        old powers and currents alive.
    then : Stale
    """

    after: float = 30.0
    then: Stale = Stale.SILENT

    def __post_init__(self) -> None:
        if not 0.2 <= self.after <= 86_400:
            raise OptionError(f"stale after {self.after:g} s: give 0.2 to 86400 s")


class Transport(Protocol):
    """Brings messages, from a thread of its own if it likes."""

    trouble: str
    """Why nothing comes, where that is known; otherwise empty."""
    ended: bool
    """Whether it has brought its last message."""

    def begin(self, take: Callable[[bytes], None]) -> None:
        """Begin to call `take` with each message."""

    def close(self) -> None:
        """Bring no more."""


class GivenValues(AdjustableSource):
    """An operating point that messages set.

    Parameters
    ----------
    start : datetime
        Time of sample 0, timezone-aware.
    transports : tuple of Transport
        What brings messages, beside whoever calls `post`.
    staleness : Staleness, optional
    name : str
        By which lines of errors tell it.

    Attributes
    ----------
    taken, refused, left_out : int
        Messages; what was left out was superseded before it could be taken.
    refusal : str
        Why the last of the refused ones was; empty before.
    note, passed_over : str
        What contradicts in the last message that was taken, and which of its keys are not known.
    stale : bool
        Whether the values were older than they may be, or none had come, when `grow_old` looked.
    """

    given = True

    def __init__(self, start: datetime, transports: tuple[Transport, ...] = (),
                 staleness: Staleness | None = None, name: str = "values:") -> None:  # fmt: skip
        super().__init__(start)
        self.transports, self.staleness, self.name = transports, staleness or Staleness(), name
        self.taken = self.refused = self.left_out = 0
        self.refusal = self.note = self.passed_over = ""
        self._waiting: deque[tuple[float, bytes]] = deque(maxlen=MOST_WAITING)
        self._wake: Callable[[], None] = lambda: None
        self._guard = threading.Lock()
        self._begun, self._last = time.monotonic(), -math.inf
        self._loads: dict[int, float] = {}
        self._manners: tuple[Manner, ...] = (Manner(),) * 3
        self.stale = True
        self.interrupted = self.staleness.then is Stale.SILENT
        self.point = self.point.changed({"current": 0.0}, Wiring.FOUR_WIRE)

    def begin(self, wake: Callable[[], None]) -> None:
        """Take messages from now on, and call `wake` with each, from any thread."""
        self._wake = wake
        for transport in self.transports:
            transport.begin(self.post)

    def close(self) -> None:
        """Take no more."""
        self._wake = lambda: None
        for transport in self.transports:
            transport.close()

    def post(self, message: bytes) -> None:
        """Have a message taken as soon as can be; from any thread."""
        with self._guard:
            self.left_out += len(self._waiting) == MOST_WAITING
            # What is too long is refused for that; no more of it than that takes is kept.
            self._waiting.append((time.monotonic(), message[: LONGEST + 1]))
        self._wake()

    @property
    def waiting(self) -> bool:
        """Whether messages wait to be taken."""
        return bool(self._waiting)

    @property
    def ended(self) -> bool:
        """Whether everything that brings messages has brought its last one."""
        return bool(self.transports) and all(transport.ended for transport in self.transports)

    def take(self, wiring: Wiring) -> bool:
        """Go to the point that the waiting messages make; whether there was a good one."""
        with self._guard:
            messages = list(self._waiting)
            self._waiting.clear()
        before = self.taken
        for arrived, message in messages:
            try:
                stated = self._set(message, wiring)
            except OptionError as error:
                self.refused += 1
                self.refusal = str(error)
            else:
                self._last = arrived
                self._loads.update(dict.fromkeys(stated.loads, arrived))
                self.taken += 1
        return self.taken > before

    def set(self, message: str | bytes, wiring: Wiring) -> None:
        """Go to the point that a message makes.

        Raises
        ------
        OptionError
            It is none, or its values cannot be; the point stays.
        """
        self._set(message, wiring)

    def check(self, message: str | bytes, wiring: Wiring) -> str:
        """What contradicts in a message that `post` is to take, or is passed over; nothing is
        changed.

        Raises
        ------
        OptionError
            As `set`.
        """
        said = read_message(message, wiring)
        stated = agreed(said.stated, self.point, wiring, self._manners)
        self.point.changed(stated.changes, wiring)
        return "; ".join(filter(None, (stated.note, said.passed_over)))

    def _set(self, message: str | bytes, wiring: Wiring) -> Agreed:
        said = read_message(message, wiring)
        stated = agreed(said.stated, self.point, wiring, self._manners)
        self.point = self.point.changed(stated.changes, wiring)
        self._manners, self.note, self.passed_over = stated.manners, stated.note, said.passed_over
        return stated

    @property
    def age(self) -> float:
        """How old the values are: the oldest load of a phase that was ever stated, or the last
        message where none was; before the first, for how long none came [s].
        """
        oldest = min(self._loads.values(), default=self._last)
        return time.monotonic() - max(oldest, self._begun)

    def grow_old(self) -> bool:
        """Look at the age of the values, and do what is to become of them; whether that is new."""
        before = self.stale
        self.stale = not self.taken or self.age >= self.staleness.after
        self.interrupted = self.stale and self.staleness.then is Stale.SILENT
        return self.stale is not before

    @property
    def next_look(self) -> float:
        """Time until the values may be stale [s]."""
        return math.inf if self.stale else max(0.0, self.staleness.after - self.age)

    def counters(self) -> dict[str, int]:
        """What has come."""
        return {
            "messages taken": self.taken,
            "messages refused": self.refused,
            "messages left out": self.left_out,
        }

    def silence(self) -> str:
        """Why there are no values, and what to do; nothing where there are."""
        if not self.stale:
            return ""
        since = f"for {self.staleness.after:g} s" if self.taken else "yet"
        why = [transport.trouble for transport in self.transports if transport.trouble]
        return "; ".join([f"{self.name}: no good message {since}", *why])

    def phasors(
        self, times: ArrayLike, orders: int | Sequence[int] = HARMONIC_ORDERS
    ) -> NDArray[np.complex128]:
        """As `AdjustableSource.phasors`; without currents where they are stale and to be none."""
        found = super().phasors(times, orders)
        if self.stale and self.staleness.then is Stale.ZERO:
            found[:, len(ROLES) // 2 :] = 0.0
        return found
