"""Events: what a meter logs, each with its time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Detail = str | int | float
"""A value that an event tells."""


class EventKind(StrEnum):
    """What may happen to a meter."""

    POWER_UP = "power_up"
    POWER_DOWN = "power_down"
    PHASE_LOST = "phase_lost"
    PHASE_RETURNED = "phase_returned"
    SEQUENCE_REVERSED = "sequence_reversed"
    SEQUENCE_NORMAL = "sequence_normal"
    OVER_VOLTAGE = "over_voltage"
    OVER_VOLTAGE_ENDED = "over_voltage_ended"
    OVER_CURRENT = "over_current"
    OVER_CURRENT_ENDED = "over_current_ended"
    FREQUENCY_OUT_OF_RANGE = "frequency_out_of_range"
    FREQUENCY_IN_RANGE = "frequency_in_range"
    SAMPLES_LOST = "samples_lost"
    SAMPLES_RETURNED = "samples_returned"
    CLIPPING = "clipping"
    CLIPPING_ENDED = "clipping_ended"
    WIRING_SUSPECT = "wiring_suspect"
    WIRING_IN_ORDER = "wiring_in_order"
    CLOCK_SET = "clock_set"
    CLOCK_INVALID = "clock_invalid"
    TARIFF_SWITCHED = "tariff_switched"
    CALENDAR_CHANGED = "calendar_changed"
    PARAMETER_CHANGED = "parameter_changed"
    PASSWORD_CHANGED = "password_changed"
    RESET = "reset"
    WRONG_PASSWORD = "wrong_password"
    LOCKED_OUT = "locked_out"
    PULSE_OVERFLOW = "pulse_overflow"
    PULSE_OVERFLOW_ENDED = "pulse_overflow_ended"
    STORE_FAULT = "store_fault"
    STORE_RECOVERED = "store_recovered"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Parameters
    ----------
    time : int
        By the meter's clock [microseconds since 1970-01-01T00:00Z].
    kind : EventKind
    details : mapping of str to str, int or float
        What there is to say: the phase, a value, an old and a new setting. Never a secret.
    """

    time: int
    kind: EventKind
    details: Mapping[str, Detail] = field(default_factory=dict)
