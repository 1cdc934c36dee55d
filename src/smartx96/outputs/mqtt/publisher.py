"""Publisher: the meters of a process at one broker, which may come and go."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

from smartx96.meter.events import Event
from smartx96.outputs.mqtt import contents
from smartx96.outputs.mqtt.discovery import birth_topic
from smartx96.outputs.mqtt.link import BrokerError, Link, new_client
from smartx96.outputs.mqtt.outage import Outages
from smartx96.outputs.mqtt.publication import Publication
from smartx96.outputs.mqtt.subject import Subject
from smartx96.outputs.mqtt.terms import MqttTerms
from smartx96.outputs.mqtt.topics import OFFLINE, ONLINE, Message, Topic, Topics

TICK = 1.0
"""From one look at the meters to the next [s]: so soon a change of status is told."""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
"""From one attempt to connect to the next, at first and at most [s]."""

STEADY = 10.0
"""A connection of this length was a good one: after it attempts begin quickly again [s]."""

AFTER_BIRTH = 1.0
"""Home Assistant has this time to make its entities before it is told their values [s]."""

MOST_EVENTS = 1000
"""Events that wait for the broker; the oldest make room."""

EVENTS_AT_ONCE = 10

_LEAVE = 1.0
"""Longest wait for what is still on its way at the end [s]."""


class Publisher:
    """Publishes meters from its start to its close; whatever the broker does, nobody waits for it.

    Parameters
    ----------
    terms : MqttTerms
    subjects : sequence of Subject
    report : callable
        Called with one line when the broker is there, goes or comes back.
    version : str
        Of the program.
    lasting : bool
        Whether the meters are the same ones at the next start; Home Assistant forgets others.

    Raises
    ------
    OptionError
        Files that cannot be used.
    MissingExtraError
        The library is not installed.
    """

    def __init__(self, terms: MqttTerms, subjects: Sequence[Subject],
                 report: Callable[[str], None], version: str, *,
                 lasting: bool = True) -> None:  # fmt: skip
        new_client()
        self._context, self._password = terms.context(), terms.password()
        self._terms, self._report, self._lasting = terms, report, lasting
        self._topics = Topics(terms.broker.prefix, terms.interval)
        self._publications = [Publication(s, terms, self._topics, version) for s in subjects]
        self._events: deque[Message] = deque()
        self._outages, self._wake = Outages(), asyncio.Event()
        self._since = 0.0
        self._outages_told: dict[str, Any] | None = None
        self._link: Link | None = None
        self._newest = True
        self._trouble, self._refused = "", set[str]()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin, in the running loop."""
        self._outages.begin(time.time())
        for work in (self._connecting(), self._ticking()):
            task = asyncio.get_running_loop().create_task(work)
            task.add_done_callback(_told)
            self._tasks.append(task)

    def happened(self, meter: str, events: Iterable[Event]) -> None:
        """Publish events, as soon as the broker is there."""
        for event in events:
            if len(self._events) >= MOST_EVENTS:
                self._events.popleft()
                self._outages.lost()
            message = self._topics.message(meter, Topic.EVENTS, contents.event(event))
            self._events.append(message)
        self._send_events()

    async def flush(self) -> None:
        """Publish everything as it stands, and wait a little for its arrival."""
        link = self._link
        if link is not None:
            for publication in self._publications:
                publication.renew()
            await self._look()
            await link.delivered(_LEAVE)

    async def close(self) -> None:
        """Say goodbye and end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        link = self._link
        if link is None:
            return
        while self._events:
            link.publish(self._events.popleft())
        for publication in self._publications:
            meter = publication.subject.name
            link.publish(self._topics.message(meter, Topic.STATUS, OFFLINE))
            farewell = None if self._lasting else publication.withdrawn()
            if farewell is not None:
                link.publish(farewell)
        link.publish(Message(self._topics.status, OFFLINE))
        await link.delivered(_LEAVE)
        await link.close()
        self._link = None

    async def _ticking(self) -> None:
        while True:
            self._wake.clear()
            await self._look()
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await self._wake.wait()

    async def _look(self) -> None:
        """Publish of every meter what has changed and what is due."""
        loop = asyncio.get_running_loop()
        for publication in self._publications:
            if self._link is not None:
                publication.publish(self._link, loop.time(), self._outages.missed)
                # So that a thousand meters keep nobody waiting.
                await asyncio.sleep(0)
            elif publication.is_due(loop.time()):
                self._outages.missed()
        self._send_events()
        self._tell_outages()

    async def _connecting(self) -> None:
        loop, pause = asyncio.get_running_loop(), FIRST_PAUSE
        while True:
            begun = loop.time()
            try:
                reason = await self._connection()
            except BrokerError as error:
                reason = str(error)
                self._newest = not (self._newest and error.older)
            if loop.time() - begun > STEADY:
                pause = FIRST_PAUSE
            if reason != self._trouble:
                self._say(f"{reason}; measuring goes on")
            self._trouble = reason
            # By chance, so that many meters don't come back all at once.
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _connection(self) -> str:
        """Be connected; why that has ended."""
        terms = self._terms
        will = Message(self._topics.status, OFFLINE)
        link = Link(terms.broker, self._password, self._context, will, self._received,
                    self._was_refused, newest=self._newest)  # fmt: skip
        await link.open()
        self._arrive(link)
        reason = await link.ended()
        self._link = None
        self._mourn(link)
        return f"gone: {reason.lower()}"

    def _arrive(self, link: Link) -> None:
        """Say everything to a broker that is there, or there again."""
        now, below = time.time(), f"topics below {self._terms.broker.prefix}/"
        if self._trouble:
            ended = self._outages.end(now, len(self._events))
            self._say(f"there after {ended}; {below}")
        else:
            self._outages.now = None
            self._say(f"connected, {below}")
        self._trouble, self._link = "", link
        if self._terms.discovery is not None:
            link.subscribe(birth_topic(self._terms.discovery))
        self._since = now
        self._renew(link)

    def _mourn(self, link: Link) -> None:
        """Keep events of a broker that is gone, and count what it may not have."""
        undelivered = link.undelivered
        self._outages.begin(link.acknowledged)
        self._outages.missed(sum(message.is_of(Topic.READINGS) for message in undelivered))
        events = [message for message in undelivered if message.is_of(Topic.EVENTS)]
        self._events.extendleft(reversed(events))

    def _tell_outages(self) -> None:
        """Say what was not sent, where that is more than was said."""
        link, content = self._link, self._outages.content(self._since)
        if link is None or content == self._outages_told:
            return
        if link.is_free(self._topics.connection):
            link.publish(Message(self._topics.connection, content))
            self._outages_told = content

    def _send_events(self) -> None:
        link = self._link
        if link is None:
            return
        on_their_way = sum(message.is_of(Topic.EVENTS) for message in link.undelivered)
        while self._events and on_their_way < EVENTS_AT_ONCE:
            link.publish(self._events.popleft())
            on_their_way += 1

    def _received(self, topic: str, payload: bytes) -> None:
        """Home Assistant has started: it knows only what the broker kept for it."""
        if payload != ONLINE.encode():
            return
        if self._link is not None:
            now = asyncio.get_running_loop().time()
            self._renew(self._link, now + AFTER_BIRTH * random.uniform(0.5, 1.0))

    def _renew(self, link: Link, due: float = 0.0) -> None:
        """Say everything anew, readings when they are due by the loop's clock [s]."""
        if link.is_free(self._topics.status):
            link.publish(Message(self._topics.status, ONLINE))
        self._outages_told = None
        for publication in self._publications:
            publication.renew(due)
        self._wake.set()

    def _was_refused(self, topic: str, reason: str) -> None:
        if topic not in self._refused and len(self._refused) < MOST_EVENTS:
            self._refused.add(topic)
            self._say(f"does not take {topic}: {reason.lower()}")

    def _say(self, text: str) -> None:
        self._report(f"mqtt: {self._terms.broker}: {text}")


def _told(task: asyncio.Task[None]) -> None:
    """A task that ended by a defect must not end in silence."""
    if not task.cancelled() and (error := task.exception()) is not None:
        task.get_loop().call_exception_handler({"message": "mqtt", "exception": error})
