"""WatchedMeter: the newest state of a meter on every topic, made when somebody looks at it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from smartx96.installation.live import LiveMeter
from smartx96.installation.registers import ServedRegisters
from smartx96.meter.snapshot import Snapshot
from smartx96.modbus.functions.request import Unit
from smartx96.web import contents
from smartx96.web.memory import SHOWN, Memory
from smartx96.web.traffic import Traffic

PERIOD = 0.2
"""Between looks at a meter [s]: the length of a window."""

_TRAFFIC_PERIOD = 1.0
"""Between looks at the traffic [s]."""

_SLICE = 8
"""Viewers that are woken at once: in between, whoever asks over Modbus has his turn."""


class Topic(StrEnum):
    """What a meter tells of itself; the values are the names of events."""

    METER = "meter"
    READINGS = "readings"
    PHASORS = "phasors"
    SPECTRUM = "spectrum"
    WAVEFORMS = "waveforms"
    ENERGIES = "energies"
    DEMAND = "demand"
    PULSES = "pulses"
    EVENTS = "events"
    WIRING = "wiring"
    TRAFFIC = "traffic"


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A topic as it is sent, the same object to everybody.

    Parameters
    ----------
    body : bytes
        JSON.
    message : bytes
        As a server-sent event.
    """

    body: bytes
    message: bytes

    @classmethod
    def of(cls, name: str, body: bytes) -> Part:
        """A topic's newest state."""
        return cls(body, b"event: %b\ndata: %b\n\n" % (name.encode(), body))


class _Key(NamedTuple):
    """What a topic was made of: one object, and the state that it was in."""

    what: object
    state: int = 0


def encoded(document: Any) -> bytes:
    """A document as JSON."""
    return json.dumps(
        document, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()  # fmt: skip


class WatchedMeter:
    """A meter with its viewers; without any it costs nothing.

    Parameters
    ----------
    live : LiveMeter
    memory : Memory
    traffic : Traffic
    ports : mapping of str to str
        Ports at which it is read, and what is spoken there.
    registers : Unit, optional
        The meter as Modbus clients see it there.

    Attributes
    ----------
    viewers : set of asyncio.Event
        Each is set whenever it is worth looking again.
    """

    def __init__(
        self, live: LiveMeter, memory: Memory, traffic: Traffic, ports: Mapping[str, str],
        registers: Unit | None = None,
    ) -> None:  # fmt: skip
        self.live, self.memory = live, memory
        self.viewers: set[asyncio.Event] = set()
        self._traffic, self.ports = traffic, dict(ports)
        self.registers = registers or ServedRegisters(live)
        self._seen: tuple[object, ...] = ()
        self._snapshot: Snapshot | None = None
        self._parts: dict[Topic, tuple[_Key, Part]] = {}
        self._traffic_due = 0.0
        self._running: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """By which it is told from others."""
        return self.live.name

    @property
    def unit(self) -> int:
        """Modbus address."""
        return self.live.configuration.settings.number("unit_address")

    @property
    def snapshot(self) -> Snapshot:
        """How it stands now."""
        state = (self.live.revision, self.live.shown)
        old = self._snapshot
        if old is None or any(a is not b for a, b in zip(self._seen, state, strict=True)):
            self._seen, self._snapshot = state, self.live.snapshot()
            return self._snapshot
        return old

    @property
    def asked(self) -> float | None:
        """When a request came over Modbus last, by a steady clock [s]."""
        return self._traffic.asked(self.ports, self.unit)

    def part(self, topic: Topic) -> Part:
        """The newest state of a topic; the same object as long as it says the same."""
        key, made = self._key(topic), self._parts.get(topic)
        if made is not None and made[0].what is key.what and made[0].state == key.state:
            return made[1]
        body = encoded(_MAKERS[topic](self))
        part = made[1] if made is not None and made[1].body == body else Part.of(topic, body)
        self._parts[topic] = key, part
        return part

    def join(self, wake: asyncio.Event) -> None:
        """Wake a viewer from now on whenever it is worth looking again."""
        self.viewers.add(wake)
        if self._running is None or self._running.done():
            self._running = asyncio.ensure_future(self._run())

    def leave(self, wake: asyncio.Event) -> None:
        """Wake it no longer."""
        self.viewers.discard(wake)

    def close(self) -> None:
        """Look no more; viewers look once more, and see that it is over."""
        for wake in self.viewers:
            wake.set()
        if self._running is not None:
            self._running.cancel()

    def traffic_document(self) -> dict[str, Any]:
        """Who reads it."""
        return self._traffic.document(self.ports, self.unit)

    def _key(self, topic: Topic) -> _Key:
        """Another one where a topic may say something else."""
        match topic:
            case Topic.ENERGIES | Topic.PULSES:
                return _Key(self.snapshot.standing, self.snapshot.powered)
            case Topic.DEMAND:
                # Settings and the supply change between two commits.
                period = self.live.configuration.settings.number("demand_period")
                return _Key(self.snapshot.standing, 2 * period + self.snapshot.powered)
            case Topic.EVENTS:
                events = self.memory.events
                return _Key(events, events[-1][0] if events else 0)
            case Topic.TRAFFIC:
                return self._traffic_key()
        return _Key(self.snapshot)

    def _traffic_key(self) -> _Key:
        """Another one where somebody asked, but not all the time."""
        now, made = time.monotonic(), self._parts.get(Topic.TRAFFIC)
        if made is not None and now < self._traffic_due:
            return made[0]
        self._traffic_due = now + _TRAFFIC_PERIOD
        return _Key(self._traffic, self._traffic.exchanges)

    async def _run(self) -> None:
        """Wake viewers again and again, until there are none."""
        due = time.monotonic()
        while self.viewers:
            for number, wake in enumerate(tuple(self.viewers), 1):
                wake.set()
                if number % _SLICE == 0:
                    await asyncio.sleep(0)
            due = max(due + PERIOD, time.monotonic())
            await asyncio.sleep(due - time.monotonic())
        self._running = None


def _events(watched: WatchedMeter) -> dict[str, Any]:
    return {
        "count": watched.snapshot.standing.event_count,
        "events": watched.memory.newest_events(SHOWN),
    }


_MAKERS: dict[Topic, Callable[[WatchedMeter], dict[str, Any]]] = {
    Topic.METER: lambda w: contents.meter(w.live, w.snapshot),
    Topic.READINGS: lambda w: contents.readings(w.snapshot),
    Topic.PHASORS: lambda w: contents.phasors(w.snapshot, w.live.configuration.wiring),
    Topic.SPECTRUM: lambda w: contents.spectrum(w.snapshot),
    Topic.WAVEFORMS: lambda w: contents.waveforms(w.snapshot, w.live.configuration.wiring),
    Topic.ENERGIES: lambda w: contents.energies(w.snapshot),
    Topic.DEMAND: lambda w: contents.demand(w.live, w.snapshot),
    Topic.PULSES: lambda w: w.memory.pulse_document(w.snapshot),
    Topic.EVENTS: _events,
    Topic.WIRING: lambda w: contents.wiring(w.live, w.snapshot),
    Topic.TRAFFIC: lambda w: w.traffic_document(),
}
