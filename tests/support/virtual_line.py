"""A line in a time of its own: bytes go in at given times, answers come out with theirs.

The port is the product's, with everything that it does by the clock; its event loop jumps from one
timer to the next, so that a minute of line takes no time and a microsecond can be told.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Sequence
from typing import NamedTuple

from smartx96.modbus.functions.request import Caller, Unit
from smartx96.modbus.line.line import Line
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.line.port import LinePort
from smartx96.modbus.stations import Stations
from smartx96.modbus.terms import Terms

PASS = 10e-6
"""What one round of the event loop takes [s]."""


class _JumpingSelector(selectors.SelectSelector):
    """Waits no time, and says how long it would have."""

    def __init__(self, passed: Callable[[float], None]) -> None:
        super().__init__()
        self._passed = passed

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._passed(max(PASS, timeout or 0.0))
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only while it waits."""

    def __init__(self) -> None:
        self._now = 1000.0
        super().__init__(_JumpingSelector(self._pass))

    def time(self) -> float:
        return self._now

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        # From Python 3.12 on with a time limit, which no thread keeps: here it is over at once.
        await super().shutdown_default_executor()

    def _pass(self, seconds: float) -> None:
        self._now += seconds


class Sent(NamedTuple):
    """Bytes that one who is not we put on the line, `after` the last ones [s]."""

    data: bytes
    after: float = 1.0
    damaged: bool = False


class Heard(NamedTuple):
    """Bytes of ours, how long after the last byte of others [s], and how many times others had
    sent before.
    """

    data: bytes
    after: float
    behind: int


class Wire:
    """Keeps what the port sends, and the parameters that it goes on with."""

    paced = True

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.followed: list[LineParameters] = []
        self.followed_after: list[float] = []
        self.last, self.sent = 0.0, 0

    def write(self, data: bytes) -> None:
        after = asyncio.get_running_loop().time() - self.last
        self.heard.append(Heard(data, after, self.sent))

    async def follow(self, parameters: LineParameters) -> None:
        self.followed.append(parameters)
        self.followed_after.append(asyncio.get_running_loop().time() - self.last)

    def close(self) -> None:
        pass


class VirtualLine:
    """Units on a line.

    Parameters
    ----------
    units : sequence of Unit
    terms : Terms, optional
    own : LineParameters, optional
        Of a line that does not go by its units.
    patience : float
    exact : bool
        As `Line` takes them.
    """

    def __init__(self, units: Sequence[Unit], terms: Terms | None = None,
                 own: LineParameters | None = None, patience: float = 0.0,
                 exact: bool = False) -> None:  # fmt: skip
        self.stations = Stations(units)
        self.terms = terms or Terms()
        self._line = Line(self.stations, Caller("line", "line", self.terms.max_read,
                                                self.terms.read_only),
                          parameters=own, patience=patience, exact=exact)  # fmt: skip
        self.wire = Wire()

    @property
    def parameters(self) -> LineParameters:
        """Of the line now."""
        return self._line.parameters

    def play(self, *script: Sent | bytes) -> list[Heard]:
        """Put bytes on the line, each after a second of silence unless it says otherwise, and
        wait a second: what our units have sent.
        """
        self.wire.heard = []
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(self._play([s if isinstance(s, Sent) else Sent(s) for s in script]))
        return self.wire.heard

    def answers(self, *script: Sent | bytes) -> list[bytes]:
        """The bytes alone."""
        return [heard.data for heard in self.play(*script)]

    async def _play(self, script: Sequence[Sent]) -> None:
        loop = asyncio.get_running_loop()
        port = LinePort(self._line, self.wire, "line", self.terms)
        begin = self.wire.last = loop.time()
        for n, sent in enumerate(script, 1):
            begin += sent.after
            await asyncio.sleep(begin - loop.time())
            self.wire.last, self.wire.sent = loop.time(), n
            port.received(sent.data, sent.damaged)
        await asyncio.sleep(1.0)
        port.close()
