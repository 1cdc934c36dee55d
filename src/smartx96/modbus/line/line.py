"""Line: the units of a serial line, without I/O: bytes and times in, answers out."""

from __future__ import annotations

from typing import NamedTuple

from smartx96.modbus import pdu as protocol
from smartx96.modbus.functions.request import Caller, Station
from smartx96.modbus.functions.writes import FUNCTION as WRITE
from smartx96.modbus.line.frames import LONGEST, Frame, expects_more, is_answer, resolve
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.stations import Stations

BROADCAST = 0
_KEPT = 2 * LONGEST
"""Bytes of a burst that are kept; of a longer one the end, which may be a request."""


class Reply(NamedTuple):
    """What a request on the line led to.

    Parameters
    ----------
    request : Frame
    answer : Frame or None
        None is silence.
    """

    request: Frame
    answer: Frame | None


class Line:
    """Units that hear the same bytes and never speak unless they are asked.

    Parameters
    ----------
    stations : Stations
    caller : Caller, optional
        What a password on this line unlocks, and how much may be read at once.
    parameters : LineParameters, optional
        Of a line that has its own, to which all units listen. Otherwise it goes by those of the
        first unit, and one that is set to others hears nothing of it, as on a real line.
    patience : float
        A request that the port brought in pieces is waited for so long [s]; 0 goes by silence
        alone.
    exact : bool
        Whether the times of bytes are those on the line, so that a silence of more than t1.5
        within a frame can be told. Those of a computer's serial port are not: it hands bytes over
        when it comes to it.

    Attributes
    ----------
    frames : int
        Whole ones heard so far, those to other units included.
    """

    def __init__(self, stations: Stations, caller: Caller | None = None, *,
                 parameters: LineParameters | None = None, patience: float = 0.0,
                 exact: bool = False) -> None:  # fmt: skip
        self._stations, self._own = stations, parameters
        self._caller = caller or Caller(session=self)
        self._patience, self._exact = patience, exact
        self._burst = bytearray()
        self._last, self.frames = 0.0, 0
        self._damaged = self._overrun = False

    @property
    def parameters(self) -> LineParameters:
        """Speed, parity and stop bits of the line."""
        first = next(iter(self._stations))
        return self._own or first.unit.line_parameters

    @property
    def deaf(self) -> tuple[Station, ...]:
        """Units that are set to other parameters."""
        return tuple(station for station in self._stations if not self._hears(station))

    @property
    def burst(self) -> bytes:
        """Bytes since the last silence."""
        return bytes(self._burst)

    @property
    def due(self) -> float:
        """When the silence ends the burst, unless bytes come before [s]."""
        return self._last + self.parameters.silence

    @property
    def last_chance(self) -> float:
        """When a burst that is no frame is given up [s]."""
        return max(self.due, self._last + self._patience)

    def receive(self, data: bytes, now: float, damaged: bool = False) -> None:
        """Take bytes.

        Parameters
        ----------
        data : bytes
        now : float
            When the last of them came, on a steady clock [s].
        damaged : bool
            Whether the port found a parity or framing error among them.
        """
        if not data:
            return
        if self._exact and self._burst:
            begun = now - len(data) * self.parameters.character
            damaged |= begun - self._last > self.parameters.gap
        self._last = now
        self._damaged |= damaged
        self._burst += data
        if len(self._burst) > _KEPT:
            self._overrun = True
            del self._burst[:-_KEPT]

    def silence(self, now: float) -> list[Reply]:
        """End the burst: what was asked of units here, and the answers.

        Parameters
        ----------
        now : float
            At `due` or later [s].

        Returns
        -------
        list of Reply
            At most the last has an answer, and only where nothing came behind it: whoever asked
            before waits no more.
        """
        burst = self.burst
        if now < self.last_chance and not self._damaged and expects_more(burst, self._is_here):
            return []
        self._burst.clear()
        bus = self._stations.bus
        bus.overruns += self._overrun
        damaged, self._damaged, self._overrun = self._damaged, False, False
        if damaged:
            bus.errors += 1
            return []
        found = resolve(burst, self._is_here)
        bus.errors += found.damaged
        bus.messages += len(found.frames)
        self.frames += len(found.frames)
        last = len(found.frames) - 1
        replies = [
            self._reply(frame, found.whole and n == last) for n, frame in enumerate(found.frames)
        ]
        return [reply for reply in replies if reply is not None]

    def unanswered(self, reply: Reply) -> None:
        """An answer was not sent, since something else came on the line."""
        station = self._hearing(reply.request.unit)
        if station is not None:
            station.counters.unanswered += 1

    def _hears(self, station: Station) -> bool:
        return self._own is not None or station.unit.line_parameters == self.parameters

    def _hearing(self, address: int) -> Station | None:
        station = self._stations.at(address)
        return station if station is not None and self._hears(station) else None

    def _is_here(self, address: int) -> bool:
        return address == BROADCAST or self._hearing(address) is not None

    def _reply(self, frame: Frame, waits: bool) -> Reply | None:
        """What a frame leads to; None where it is for nobody here.

        Nobody waits for the answer of a frame after which others came.
        """
        if frame.unit == BROADCAST:
            self._broadcast(frame)
            return Reply(frame, None)
        station = self._hearing(frame.unit)
        if station is None or is_answer(frame):
            return None
        if not waits:
            station.counters.messages += 1
            station.counters.unanswered += 1
            return Reply(frame, None)
        return Reply(frame, Frame(frame.unit, protocol.answer(frame.pdu, station, self._caller)))

    def _broadcast(self, frame: Frame) -> None:
        """All units execute a write, and nobody answers."""
        # The speed may be what is written: it must not change before all have heard.
        hearing = [s for s in self._stations if s.unit.powered and self._hears(s)]
        for station in hearing:
            station.counters.unanswered += 1
            if frame.pdu[0] == WRITE:
                protocol.answer(frame.pdu, station, self._caller)
            else:
                station.counters.messages += 1
