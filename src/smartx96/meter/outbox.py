"""Outbox: what a meter has to hand on to whoever stores, shows and emits it."""

from __future__ import annotations

from dataclasses import dataclass, field

from smartx96.meter.events import Event
from smartx96.meter.profile import ProfileRow
from smartx96.meter.pulse import Pulse

CROWD = 50_000
"""Pulses, and ten times the rows and events, that make an outbox crowded."""


@dataclass(slots=True)
class Outbox:
    """What nobody has taken yet.

    Parameters
    ----------
    events : list of Event
    rows : list of ProfileRow
        Of the load profile.
    pulses : list of Pulse
    switches : list of (int, bool)
        When the supply came or went [us], and whether it is on since.
    """

    events: list[Event] = field(default_factory=list)
    rows: list[ProfileRow] = field(default_factory=list)
    pulses: list[Pulse] = field(default_factory=list)
    switches: list[tuple[int, bool]] = field(default_factory=list)

    @property
    def crowded(self) -> bool:
        """Whether there is so much that whoever makes it had better wait."""
        most = max(len(self.rows), len(self.events), len(self.switches))
        return len(self.pulses) > CROWD or most > CROWD // 10

    def emptied(self) -> Outbox:
        """What there is; nothing is left."""
        found = Outbox(self.events, self.rows, self.pulses, self.switches)
        self.events, self.rows, self.pulses, self.switches = [], [], [], []
        return found
