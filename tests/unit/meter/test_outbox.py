"""Outbox: handed on once, and crowded where nobody takes anything."""

from __future__ import annotations

from smartx96.meter.events import Event, EventKind
from smartx96.meter.outbox import CROWD, Outbox
from smartx96.meter.pulse import Pulse
from support.meters import T0

EVENT, PULSE = Event(T0, EventKind.POWER_UP), Pulse(1, 1, T0, 60_000)


def test_what_is_taken_is_gone() -> None:
    outbox = Outbox(events=[EVENT], pulses=[PULSE], switches=[(T0, True)])
    found = outbox.emptied()
    assert found == Outbox([EVENT], [], [PULSE], [(T0, True)])
    assert outbox == Outbox()
    outbox.events.append(EVENT)
    assert found.events == [EVENT], "what was taken does not change any more"


def test_crowded_by_anything() -> None:
    assert not Outbox().crowded
    for lists, most in (("pulses", CROWD), ("events", CROWD // 10), ("switches", CROWD // 10)):
        outbox = Outbox()
        getattr(outbox, lists).extend([None] * most)
        assert not outbox.crowded
        getattr(outbox, lists).append(None)
        assert outbox.crowded
