"""The publisher at brokers that come and go, on a clock that is turned instead of waited for."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable

import pytest

import smartx96
from smartx96.meter.events import Event, EventKind
from smartx96.outputs.mqtt import publisher as module
from smartx96.outputs.mqtt.link import BrokerError
from smartx96.outputs.mqtt.publisher import MOST_EVENTS, Publisher
from smartx96.outputs.mqtt.terms import Broker, MqttTerms
from smartx96.outputs.mqtt.topics import OFFLINE, ONLINE, Message, Topic

HOUR = 3600.0
SECRET = "correct horse"
EPOCH = 1_790_000_000.0


class Turned(selectors.SelectSelector):
    """Whoever would wait finds that the time has passed."""

    now = 0.0

    def select(self, timeout=None):
        found = super().select(0)
        if not found and timeout:
            self.now += timeout
        return found


class House:
    """A broker, as its links know it, and the time."""

    def __init__(self) -> None:
        self.selector = Turned()
        self.there, self.stalled, self.newest = True, False, True
        self.attempts, self.links = 0, list[Link]()
        self.heard: list[Message] = []
        self.said: list[str] = []

    def time(self) -> float:
        return EPOCH + self.selector.now

    def of(self, topic: str) -> list:
        return [message.content for message in self.heard if message.topic == topic]

    def goes(self) -> None:
        self.there = False
        self.links[-1].end.set()

    def run(self, work: Callable[[], Awaitable[None]]) -> None:
        loop = asyncio.SelectorEventLoop(self.selector)
        loop.time = lambda: self.selector.now
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(work())


class Link:
    """What stands in for a connection, as far as the publisher asks of one."""

    def __init__(self, house, broker, password, context, will, received, refused, *, newest):
        self.house, self.received, self.refused, self.newest = house, received, refused, newest
        self.waiting: list[Message] = []
        self.end, self.acknowledged = asyncio.Event(), house.time()

    async def open(self) -> None:
        self.house.attempts += 1
        if not self.house.there:
            raise BrokerError("connection refused")
        if self.newest and not self.house.newest:
            raise BrokerError("it refuses us: Unsupported protocol version", older=True)
        self.house.links.append(self)

    async def ended(self) -> str:
        await self.end.wait()
        return "Unspecified error"

    async def delivered(self, seconds: float) -> None:
        pass

    async def close(self) -> None:
        pass

    @property
    def undelivered(self) -> list[Message]:
        return list(self.waiting)

    def is_free(self, topic: str) -> bool:
        return all(message.topic != topic for message in self.waiting)

    def subscribe(self, topic: str) -> None:
        self.topic = topic

    def publish(self, message: Message) -> None:
        if self.house.stalled or self.end.is_set():
            self.waiting.append(message)
        else:
            self.house.heard.append(message)
            self.acknowledged = self.house.time()


@pytest.fixture
def house(monkeypatch):
    found = House()
    monkeypatch.setattr(module, "Link", lambda *given, **more: Link(found, *given, **more))
    monkeypatch.setattr(module.time, "time", found.time)
    return found


@pytest.fixture(scope="module")
def live():
    with smartx96.simulate(voltage=230, current=5, tcp=False) as meter:
        meter.advance(minutes=2)
        yield meter._simulation.built[0].live


def made(house, live, **terms) -> Publisher:
    found = MqttTerms(Broker("broker", 1883, user="meter"), **terms)
    return Publisher(found, [live], house.said.append, "1.0", lasting=terms.get("lasting", True))


def event(number: int) -> Event:
    return Event(number, EventKind.PARAMETER_CHANGED, {"number": number})


def test_an_hour_without_the_broker(house, live):
    """Two lines and one document tell of it; what waits is bounded; it tries all the while."""

    async def work():
        publisher = made(house, live)
        publisher.start()
        await asyncio.sleep(60)
        house.goes()
        await asyncio.sleep(1)
        for number in range(MOST_EVENTS + 234):
            publisher.happened("meter", [event(number)])
        assert len(publisher._events) == MOST_EVENTS
        await asyncio.sleep(HOUR)
        before, house.there = len(house.heard), True
        begun = house.time()
        while len(house.heard) == before:
            await asyncio.sleep(0.1)
        assert house.time() - begun < 10
        await asyncio.sleep(300)
        await publisher.close()

    house.run(work)
    said = [line.removeprefix("mqtt: broker:1883: ") for line in house.said]
    assert said[:3] == [
        "connected, topics below x96/",
        "gone: unspecified error; measuring goes on",
        "connection refused; measuring goes on",
    ]
    assert "there after 36" in said[3]
    assert "1000 events late, 234 events lost" in said[3]
    assert len(said) == 4
    outage = house.of("x96/connection")[-1]
    assert outage["outages"] == 1
    assert outage["events_lost"] == 0
    last = outage["last_outage"]
    assert HOUR <= last["seconds"] <= HOUR + 20
    assert 359 <= last["readings_missed"] <= 362
    assert (last["events_late"], last["events_lost"]) == (MOST_EVENTS, 234)
    # In their order, the oldest being lost.
    numbers = [content["details"]["number"] for content in house.of("x96/meter/events")]
    assert numbers == list(range(234, MOST_EVENTS + 234))
    assert HOUR / 5.5 < house.attempts < HOUR / 2
    assert house.of("x96/status")[-1] == OFFLINE


def test_readings_come_at_their_interval(house, live):
    async def work():
        publisher = made(house, live, interval=20.0)
        publisher.start()
        await asyncio.sleep(201)
        await publisher.close()

    house.run(work)
    assert len(house.of("x96/meter/readings")) == 11
    assert len(house.of("x96/meter/condition")) == 1, "it has not changed"
    assert house.of("x96/meter/status") == [ONLINE, OFFLINE]


def test_what_a_broker_does_not_take_does_not_pile_up(house, live):
    async def work():
        publisher = made(house, live, interval=1.0)
        publisher.start()
        await asyncio.sleep(10)
        house.stalled = True
        for number in range(50):
            publisher.happened("meter", [event(number)])
        await asyncio.sleep(HOUR)
        waiting = house.links[-1].waiting
        assert len([message for message in waiting if message.is_of(Topic.EVENTS)]) == 10
        assert len(waiting) == 14, "energies, demand, readings, connection once each; ten events"
        house.stalled = False
        waiting.clear()
        await asyncio.sleep(5)
        await publisher.close()

    house.run(work)
    told = house.of("x96/connection")[-1]
    assert told["outages"] == 0
    assert HOUR - 5 <= told["readings_skipped"] <= HOUR + 5
    assert len(house.of("x96/meter/events")) == 40


def test_home_assistant_that_starts_is_told_everything(house, live):
    async def work():
        publisher = made(house, live, interval=600.0)
        publisher.start()
        await asyncio.sleep(30)
        link = house.links[-1]
        assert link.topic == "homeassistant/status"
        house.heard.clear()
        link.received(link.topic, b"offline")
        await asyncio.sleep(5)
        assert house.heard == []
        link.received(link.topic, b"online")
        begun = house.time()
        while not house.of("x96/meter/readings"):
            await asyncio.sleep(0.1)
        assert 0.4 < house.time() - begun < 2.5, "it makes its entities before"
        await publisher.close()

    house.run(work)
    topics = [message.topic for message in house.heard]
    config = f"homeassistant/device/x96_{live.meter.serial_number}/config"
    assert topics.index(config) < topics.index("x96/meter/readings")
    assert {"x96/status", "x96/connection", "x96/meter/status"} <= set(topics)


def test_without_discovery_it_neither_tells_nor_listens(house, live):
    async def work():
        publisher = made(house, live, discovery=None)
        publisher.start()
        await asyncio.sleep(30)
        assert not hasattr(house.links[-1], "topic")
        await publisher.close()

    house.run(work)
    assert all(message.topic.startswith("x96/") for message in house.heard)


def test_an_older_broker_is_spoken_to_in_its_version(house, live):
    house.newest = False

    async def work():
        publisher = made(house, live)
        publisher.start()
        await asyncio.sleep(30)
        await publisher.close()

    house.run(work)
    assert house.attempts == 2
    assert house.of("x96/meter/readings")


def test_a_topic_that_is_refused_is_told_once(house, live):
    async def work():
        publisher = made(house, live)
        publisher.start()
        await asyncio.sleep(5)
        for _ in range(3):
            house.links[-1].refused("x96/meter/readings", "Not authorized")
        await publisher.close()

    house.run(work)
    told = [line for line in house.said if "does not take" in line]
    assert told == ["mqtt: broker:1883: does not take x96/meter/readings: not authorized"]


def test_nothing_that_is_shown_holds_the_password(house, live, monkeypatch, capsys):
    monkeypatch.setenv("X96_MQTT_PASSWORD", SECRET)

    async def work():
        publisher = made(house, live)
        publisher.start()
        await asyncio.sleep(5)
        house.goes()
        await asyncio.sleep(5)
        print(publisher, repr(publisher), repr(publisher._terms), publisher._publications)
        await publisher.close()

    house.run(work)
    printed = capsys.readouterr()
    shown = [printed.out, printed.err, *house.said, *map(repr, house.heard)]
    assert house.heard
    assert not [text for text in shown if SECRET in text]
