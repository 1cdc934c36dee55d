"""Chatter: conditions that come and go must not flood the log (ISA-18.2: chattering alarms)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from smartx96.meter.clock import moment
from smartx96.meter.events import Event, EventKind
from smartx96.meter.portion import SECOND

FIRST, LONGEST = SECOND, 600 * SECOND
"""A condition that has come again must be gone for so long before its end is told: the first time,
doubled every time it comes again, and at most [us]."""

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
}
"""What ends, and what it began with."""

_Key = tuple[EventKind, object]


@dataclass(slots=True)
class _Condition:
    """How long it must be gone [us], its end that is not told yet, when it ended last [us], and how
    often it came again without being told.
    """

    hold: int = 0
    end: Event | None = None
    ended: int | None = None
    repeats: int = 0


@dataclass(slots=True)
class Chatter:
    """Passes events on; the end of a condition that keeps coming back only when it stays away.

    The first time everything is told at once. From then on a condition that comes and goes makes
    two events in ten minutes at most, however quickly it does.
    """

    _conditions: dict[_Key, _Condition] = field(default_factory=dict)

    def take(self, event: Event) -> list[Event]:
        """The event, or nothing where it is not to be told now."""
        place = event.details.get("phase", event.details.get("output"))
        begins = _BEGINS.get(event.kind)
        if begins is not None:
            return self._end(self._conditions.get((begins, place)), event)
        if event.kind in _BEGINS.values():
            return self._begin(
                self._conditions.setdefault((event.kind, place), _Condition()), event
            )
        return [event]

    def due(self, now: int) -> list[Event]:
        """Ends that are to be told now [us], since what ended has stayed away."""
        told = [
            self._told(condition, condition.end)
            for condition in self._conditions.values()
            if condition.end is not None and now - condition.end.time >= condition.hold
        ]
        return sorted(told, key=lambda event: event.time)

    def flush(self) -> list[Event]:
        """Ends that wait, since nothing can come again: the meter goes off."""
        told = []
        for condition in self._conditions.values():
            if condition.end is not None:
                time = condition.end.time
                told.append(replace(self._told(condition, condition.end), time=time))
        return sorted(told, key=lambda event: event.time)

    def set_clock(self, ahead: int) -> None:
        """The clock was set ahead by so much, or back [us]."""
        for condition in self._conditions.values():
            if condition.end is not None:
                condition.end = replace(condition.end, time=condition.end.time + ahead)
            if condition.ended is not None:
                condition.ended += ahead

    def clear(self) -> None:
        """Begin anew, as after power came back."""
        self._conditions.clear()

    def _begin(self, condition: _Condition, event: Event) -> list[Event]:
        if condition.end is None and (
            condition.ended is None or event.time - condition.ended >= LONGEST
        ):
            condition.hold = 0
            return [event]
        condition.hold = min(max(FIRST, 2 * condition.hold), LONGEST)
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

    def _told(self, condition: _Condition, end: Event) -> Event:
        details = {**end.details, "since": moment(end.time).strftime("%Y-%m-%dT%H:%M:%SZ")}
        if condition.repeats:
            details["repeats"] = condition.repeats
        condition.end, condition.ended, condition.repeats = None, end.time, 0
        return Event(end.time + condition.hold, end.kind, details)
