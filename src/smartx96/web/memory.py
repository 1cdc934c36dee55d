"""Memory: what a meter has handed on of late, for those who look at it."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

import numpy as np

from smartx96.installation.live import LiveMeter
from smartx96.meter.clock import moment_text
from smartx96.meter.event_wording import worded
from smartx96.meter.events import Event
from smartx96.meter.outbox import Outbox
from smartx96.meter.profile import ProfileRow
from smartx96.meter.pulse import OUTPUTS, Pulse
from smartx96.meter.snapshot import Snapshot
from smartx96.meter.standing import Standing
from smartx96.web.contents import rounded

EVENTS, ROWS, PULSES = 1000, 3000, 20
"""Events and rows of the load profile that are remembered where no store keeps them, and pulses of
an output."""

SHOWN = 20
"""Newest events that pages show; of more where a store keeps them, it is asked."""

INTERVAL = 10.0
"""Between readings of the trend [s]."""

SPAN = 360
"""Readings of the trend: an hour."""

COLUMNS = (
    "voltage_l1", "voltage_l2", "voltage_l3", "voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1",
    "current_l1", "current_l2", "current_l3", "current_n", "active_power", "reactive_power",
    "apparent_power", "power_factor", "frequency",
)  # fmt: skip
"""Quantities of the trend."""


class Memory:
    """Events, rows of the load profile, pulses and readings of one meter.

    Parameters
    ----------
    live : LiveMeter
    stored : bool
        Whether a store keeps events and rows, and has not to be helped out.

    Attributes
    ----------
    events : deque of (int, Event)
        With their numbers since manufacture, the newest last.
    rows : deque of ProfileRow
    pulses : dict of int to deque of Pulse
        By output.
    fell : dict of int to float
        When a pulse was handed on last, by a steady clock [s].
    trend : Trend
    """

    def __init__(self, live: LiveMeter, *, stored: bool = False) -> None:
        self.events: deque[tuple[int, Event]] = deque(maxlen=SHOWN if stored else EVENTS)
        self.rows: deque[ProfileRow] = deque(maxlen=0 if stored else ROWS)
        self.pulses: dict[int, deque[Pulse]] = {n: deque(maxlen=PULSES) for n in OUTPUTS}
        self.fell: dict[int, float] = {}
        self.trend = Trend()
        live.inherit(self._take)

    def _take(self, outbox: Outbox, standing: Standing) -> None:
        self.events.extend(enumerate(outbox.events, standing.event_count - len(outbox.events) + 1))
        self.rows.extend(outbox.rows)
        if outbox.pulses:
            now = time.monotonic()
            for output, pulses in self.pulses.items():
                new = [pulse for pulse in outbox.pulses if pulse.output == output]
                pulses.extend(new[-PULSES:])
                self.fell |= {output: now} if new else {}

    def pulse_document(self, snapshot: Snapshot) -> dict[str, Any]:
        """Counts of both outputs, and their newest pulses."""
        return {"outputs": [self._output(snapshot, number) for number in OUTPUTS]}

    def _output(self, snapshot: Snapshot, number: int) -> dict[str, Any]:
        return {
            "output": number,
            "count": snapshot.exact.get(f"pulse{number}_count", 0),
            "pending": snapshot.exact.get(f"pulse{number}_pending", 0),
            "last": [
                {
                    "number": pulse.number,
                    "time": moment_text(pulse.time, "milliseconds"),
                    "width": pulse.width / 1e6,
                }
                for pulse in reversed(self.pulses[number])
            ],
        }

    def newest_events(self, most: int) -> list[dict[str, Any]]:
        """The newest events, the newest first."""
        found = list(self.events)[-most:]
        return [
            event_document(number, event.time, event.kind, dict(event.details))
            for number, event in reversed(found)
        ]


def event_document(number: int, time: int, kind: str, details: dict[str, Any]) -> dict[str, Any]:
    """An entry of the event log, with its words."""
    return {
        "number": number,
        "time": moment_text(time, "auto"),
        "kind": str(kind),
        "text": worded(kind, details),
        "details": details,
    }


class Trend:
    """Readings as they were shown every 10 s, of the last hour."""

    def __init__(self) -> None:
        self._count = 0
        self._times = np.empty(SPAN, np.int64)
        self._rows = np.empty((SPAN, len(COLUMNS)), np.float32)

    def take(self, snapshot: Snapshot) -> None:
        """Take the readings of now; without power there are none."""
        values = [snapshot[id] if snapshot.powered else None for id in COLUMNS]
        place = self._count % SPAN
        self._times[place] = snapshot.clock
        self._rows[place] = [np.nan if v is None else v for v in values]
        self._count += 1

    def document(self) -> dict[str, Any]:
        """All of it, the oldest first."""
        kept = np.arange(max(0, self._count - SPAN), self._count) % SPAN
        return {
            "interval": INTERVAL,
            "columns": COLUMNS,
            "times": [moment_text(time) for time in self._times[kept].tolist()],
            "rows": [
                [None if v != v else rounded(v, 5) for v in row]
                for row in self._rows[kept].tolist()
            ],
        }
