"""Counters of function 08 (Modbus over serial line 1.02, appendix A)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(slots=True)
class BusCounters:
    """What was detected on a bus, whoever it was for.

    Parameters
    ----------
    messages : int
        Whole messages with a right check sum.
    errors : int
        Frames with a wrong one, or with less than three bytes.
    overruns : int
        Frames longer than any message.
    """

    messages: int = 0
    errors: int = 0
    overruns: int = 0


@dataclass(slots=True)
class Counters:
    """What one unit counts of its port since power-up or since it was told to begin anew.

    Parameters
    ----------
    bus : BusCounters
        Shared by the units of a line.
    exceptions : int
        Answers that were exceptions.
    messages : int
        Messages to this unit and to all.
    unanswered : int
        Those of them that got no answer.
    busy : int
        Answers that the unit was busy.
    """

    bus: BusCounters = field(default_factory=BusCounters)
    exceptions: int = 0
    messages: int = 0
    unanswered: int = 0
    busy: int = 0
    _before: BusCounters = field(init=False)

    def __post_init__(self) -> None:
        self._before = replace(self.bus)

    def clear(self) -> None:
        """Begin anew."""
        self._before = replace(self.bus)
        self.exceptions = self.messages = self.unanswered = self.busy = 0

    def read(self, function: int) -> int:
        """Counter of a sub-function 0x0B..0x12; `KeyError` for another.

        Negative acknowledgements (0x10) are always 0: no function of the meter gives any.
        """
        value: int = {
            0x0B: self.bus.messages - self._before.messages,
            0x0C: self.bus.errors - self._before.errors,
            0x0D: self.exceptions,
            0x0E: self.messages,
            0x0F: self.unanswered,
            0x10: 0,
            0x11: self.busy,
            0x12: self.bus.overruns - self._before.overruns,
        }[function]
        return value & 0xFFFF
