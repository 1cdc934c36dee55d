"""Topics: where each message of a meter goes, and whether the broker keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

ONLINE, OFFLINE = "online", "offline"
"""What a status says."""


class Topic(StrEnum):
    """Last part of a meter's topics."""

    STATUS = "status"
    """Whether it answers."""
    CONDITION = "condition"
    READINGS = "readings"
    ENERGIES = "energies"
    DEMAND = "demand"
    HARMONICS = "harmonics"
    EVENTS = "events"


FLEETING = frozenset({Topic.READINGS, Topic.HARMONICS})
"""What the broker keeps for a short time only: old readings would be taken for new."""

LIFE = 3
"""So many intervals the broker keeps them."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is published.

    Parameters
    ----------
    topic : str
    content : dict or str
        Plain data for JSON, or a text as it is; an empty one deletes what the broker keeps.
    retain : bool
        Whether the broker keeps it for those who come later.
    life : int or None
        For so long at most [s]; None is for ever.
    """

    topic: str
    content: dict[str, Any] | str
    retain: bool = True
    life: int | None = None

    def is_of(self, kind: Topic) -> bool:
        """Whether it is a meter's message of a kind."""
        return self.topic.endswith(f"/{kind}")

    @property
    def payload(self) -> bytes:
        """As it goes to the broker."""
        if isinstance(self.content, str):
            return self.content.encode()
        import json

        return json.dumps(self.content, allow_nan=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Topics:
    """Topics below a prefix.

    Parameters
    ----------
    prefix : str
    interval : float
        From one message of readings to the next [s].
    """

    prefix: str
    interval: float

    @property
    def status(self) -> str:
        """Whether this program is there; the broker says `offline` for one that vanishes."""
        return f"{self.prefix}/{Topic.STATUS}"

    @property
    def connection(self) -> str:
        """When the broker was away, and what was not sent for it."""
        return f"{self.prefix}/connection"

    def of(self, meter: str, topic: Topic) -> str:
        """A topic of a meter."""
        return f"{self.prefix}/{meter}/{topic}"

    def message(self, meter: str, topic: Topic, content: dict[str, Any] | str) -> Message:
        """A message of a meter."""
        life = max(1, round(LIFE * self.interval)) if topic in FLEETING else None
        return Message(self.of(meter, topic), content, topic is not Topic.EVENTS, life)
