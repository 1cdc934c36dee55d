"""Chatter: what comes and goes must not flood the log (ISA-18.2: chattering alarms)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from smartx96.meter.clock import moment_text
from smartx96.meter.events import Event, EventKind
from smartx96.meter.portion import SECOND

FIRST, LONGEST = SECOND, 600 * SECOND
"""A condition that has come again must be gone for so long before its end is told: the first time,
doubled every time it comes again, and at most [us]. What has no end is told again after that."""

_E = EventKind
_BEGINS: dict[EventKind, EventKind] = {
    _E.PHASE_RETURNED: _E.PHASE_LOST,
    _E.SEQUENCE_NORMAL: _E.SEQUENCE_REVERSED,
    _E.OVER_VOLTAGE_ENDED: _E.OVER_VOLTAGE,
    _E.OVER_CURRENT_ENDED: _E.OVER_CURRENT,
    _E.FREQUENCY_IN_RANGE: _E.FREQUENCY_OUT_OF_RANGE,
    _E.SAMPLES_RETURNED: _E.SAMPLES_LOST,
    _E.CLIPPING_ENDED: _E.CLIPPING,
    _E.WIRING_IN_ORDER: _E.WIRING_SUSPECT,
    _E.PULSE_OVERFLOW_ENDED: _E.PULSE_OVERFLOW,
    _E.STORE_RECOVERED: _E.STORE_FAULT,
}
"""What ends, and what it began with."""

_BEGINNINGS = frozenset(_BEGINS.values())

_AT_WILL = frozenset({_E.WRONG_PASSWORD, _E.LOCKED_OUT})
"""What anybody can bring about as often as he likes, and has no end."""

_Key = tuple[EventKind, object]


@dataclass(slots=True)
class _Condition:
    """How long it must be gone [us], its end that is not told yet, when it ended last [us], and how
    often it came again without being told. What has no end ends whenever it is told.
    """

    hold: int = 0
    end: Event | None = None
    ended: int | None = None
    repeats: int = 0

    def lengthen(self) -> None:
        """It has come again."""
        self.hold = min(max(FIRST, 2 * self.hold), LONGEST)


@dataclass(slots=True)
class Chatter:
    """Passes events on; the end of a condition that keeps coming back only when it stays away.

    The first time everything is told at once. From then on a condition that comes and goes makes
    two events in ten minutes at most, however quickly it does, and what has no end makes one.
    """

    _conditions: dict[_Key, _Condition] = field(default_factory=dict)

    def take(self, event: Event) -> list[Event]:
        """The event, or nothing where it is not to be told now."""
        kind = event.kind
        if kind in _BEGINS:
            return self._end(self._conditions.get(_key(_BEGINS[kind], event)), event)
        if kind not in _BEGINNINGS | _AT_WILL:
            return [event]
        condition = self._conditions.setdefault(_key(kind, event), _Condition())
        return self._again(condition, event) if kind in _AT_WILL else self._begin(condition, event)

    def due(self, now: int) -> list[Event]:
        """Ends that are to be told now [us], since what ended has stayed away."""
        told = [
            self._told(condition, condition.end, condition.hold)
            for condition in self._conditions.values()
            if condition.end is not None and now - condition.end.time >= condition.hold
        ]
        return sorted(told, key=lambda event: event.time)

    def flush(self) -> list[Event]:
        """Ends that wait, since nothing can come again; then everything begins anew."""
        told = [
            self._told(condition, condition.end, 0)
            for condition in self._conditions.values()
            if condition.end is not None
        ]
        self._conditions.clear()
        return sorted(told, key=lambda event: event.time)

    def set_clock(self, ahead: int) -> None:
        """The clock was set ahead by so much, or back [us]."""
        for condition in self._conditions.values():
            if condition.end is not None:
                condition.end = replace(condition.end, time=condition.end.time + ahead)
            if condition.ended is not None:
                condition.ended += ahead

    def _again(self, condition: _Condition, event: Event) -> list[Event]:
        """What has no end waits as an end does, from the second time on."""
        if condition.end is not None:
            condition.repeats += 1
            return []
        # It was told last when it had waited.
        if condition.ended is None or event.time - condition.ended - condition.hold >= LONGEST:
            condition.hold, condition.ended = 0, event.time
            return [event]
        condition.lengthen()
        condition.end = event
        return []

    def _begin(self, condition: _Condition, event: Event) -> list[Event]:
        if condition.end is None and (
            condition.ended is None or event.time - condition.ended >= LONGEST
        ):
            condition.hold = 0
            return [event]
        condition.lengthen()
        if condition.end is None:
            return [event]
        condition.end = None
        condition.repeats += 1
        return []

    def _end(self, condition: _Condition | None, event: Event) -> list[Event]:
        if condition is None or not condition.hold:
            if condition is not None:
                condition.ended = event.time
            return [event]
        condition.end = event
        return []

    def _told(self, condition: _Condition, end: Event, waited: int) -> Event:
        details = {**end.details, "since": moment_text(end.time)}
        if condition.repeats:
            details["repeats"] = condition.repeats
        condition.end, condition.ended, condition.repeats = None, end.time, 0
        return Event(end.time + waited, end.kind, details)


def _key(kind: EventKind, event: Event) -> _Key:
    """A condition is that of a phase or an output, and what is done at will comes on a road."""
    details = event.details
    return kind, details.get("phase", details.get("output", details.get("road")))
