"""LinePort: a line on a wire: frames end by silence, answers go out, speed and parity follow."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Protocol

from smartx96.modbus.faults import Stroke
from smartx96.modbus.line.line import Line, Reply
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.terms import Terms
from smartx96.modbus.traffic import Exchange, Framing, Message

FOLLOW_SECONDS = 0.5
"""A change of speed or parity that came on another road is followed within this time [s]."""

COARSE_SECONDS = 1e-3
"""Timers of the event loop are late by up to this [s]."""


class Wire(Protocol):
    """What bytes go out on.

    Attributes
    ----------
    paced : bool
        Whether its bytes come at the line's speed, so that the end of a frame is to be told to the
        part of a millisecond.
    """

    paced: bool

    def write(self, data: bytes) -> None:
        """Send; what cannot be sent is lost, as on a line where nobody listens."""

    async def follow(self, parameters: LineParameters) -> None:
        """Go on with other parameters, once everything is sent."""

    def close(self) -> None:
        """Let go of it."""


class LinePort:
    """A line on a wire.

    Parameters
    ----------
    line : Line
    wire : Wire
        Calls `received` with what comes in.
    name : str
    terms : Terms
    client : str, optional
        Who is at the other end, where that is one.
    """

    def __init__(self, line: Line, wire: Wire, name: str, terms: Terms, client: str = "") -> None:
        self.line, self.name, self._client = line, name, client or name
        self._wire, self._terms = wire, terms
        self._loop = asyncio.get_running_loop()
        self._current = line.parameters
        self._silence: asyncio.Handle | None = None
        self._pending: tuple[asyncio.TimerHandle, Reply] | None = None
        self._following: asyncio.Task[None] | None = None
        self._watch = self._loop.call_later(FOLLOW_SECONDS, self._look)
        self._deaf = line.deaf
        self._tell_deaf()

    def received(self, data: bytes, damaged: bool = False) -> None:
        """Take bytes from the wire, with or without an error that the port found among them."""
        if self._pending is not None:
            # Whoever asked has gone on; to answer now would be to talk over somebody.
            timer, reply = self._pending
            timer.cancel()
            self._pending = None
            self.line.unanswered(reply)
        now = self._loop.time()
        self.line.receive(data, now, damaged)
        self._end_at(self.line.due)

    def close(self) -> None:
        """Let go of the wire."""
        self._watch.cancel()
        for timer in (self._silence, None if self._pending is None else self._pending[0]):
            if timer is not None:
                timer.cancel()
        if self._following is not None:
            self._following.cancel()
        self._wire.close()

    def _end_at(self, time: float) -> None:
        if self._silence is not None:
            self._silence.cancel()
        if self._wire.paced:
            self._silence = self._loop.call_at(time - COARSE_SECONDS, self._near, time)
        else:
            self._silence = self._loop.call_at(time, self._ended)

    def _near(self, time: float) -> None:
        """Go round and round for the part of a millisecond that a timer cannot tell."""
        if self._loop.time() < time:
            self._silence = self._loop.call_soon(self._near, time)
        else:
            self._ended()

    def _ended(self) -> None:
        """The line is silent."""
        self._silence = None
        burst = self.line.burst
        replies = self.line.silence(self._loop.time())
        if self.line.burst:
            self._end_at(self.line.last_chance)
            return
        if self._terms.watchers:
            self._tell(burst, replies)
        if replies and replies[-1].answer is not None:
            self._answer(replies[-1], replies[-1].answer.pdu)
        else:
            self._follow()

    def _answer(self, reply: Reply, pdu: bytes) -> None:
        delay, stroke = self._terms.turnaround, Stroke(pdu)
        if self._terms.faults is not None:
            stroke = self._terms.faults.strike(pdu)
            delay += stroke.delay
        if stroke.pdu is None:
            self._follow()
            return
        data = stroke.spoilt(reply.request._replace(pdu=stroke.pdu).encode())
        if delay:
            timer = self._loop.call_later(delay, partial(self._send, data))
            self._pending = timer, reply
        else:
            self._send(data)

    def _send(self, data: bytes) -> None:
        self._pending = None
        self._wire.write(data)
        if self._terms.watchers:
            message = Message(time.time(), self.name, self._client, True, data, Framing.RTU)
            for watcher in self._terms.watchers:
                watcher.message(message)
        self._follow()

    def _follow(self) -> None:
        """Go on with the parameters that the meter is set to by now."""
        busy = self._following is not None and not self._following.done()
        if not busy and self.line.parameters != self._current:
            self._following = asyncio.ensure_future(self._change(self.line.parameters))

    async def _change(self, wanted: LineParameters) -> None:
        before, self._current = self._current, wanted
        try:
            await self._wire.follow(wanted)
        except OSError as error:
            self._report(f"cannot go on with {wanted}, and stays at {before}: {error}")
        else:
            self._report(f"now {wanted}")

    def _look(self) -> None:
        if self._pending is None and not self.line.burst:
            self._follow()
        deaf = self.line.deaf
        if deaf != self._deaf:
            self._deaf = deaf
            self._tell_deaf()
        self._watch = self._loop.call_later(FOLLOW_SECONDS, self._look)

    def _tell_deaf(self) -> None:
        for station in self._deaf:
            unit = station.unit
            self._report(
                f"unit {unit.unit_address} is set to {unit.line_parameters}, and hears nothing"
            )

    def _report(self, line: str) -> None:
        if self._terms.report is not None:
            self._terms.report(f"Modbus RTU {self.name}: {line}")

    def _tell(self, burst: bytes, replies: list[Reply]) -> None:
        now = time.time()
        for watcher in self._terms.watchers:
            watcher.message(Message(now, self.name, self._client, False, burst, Framing.RTU))
            for request, answer in replies:
                watcher.exchange(
                    Exchange(
                        now, self.name, self._client, request.unit, request.pdu,
                        None if answer is None else answer.pdu,
                    )
                )  # fmt: skip
