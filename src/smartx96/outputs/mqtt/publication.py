"""Publication: the messages of one meter, each when it is due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from smartx96.meter.snapshot import Snapshot
from smartx96.outputs.mqtt import contents
from smartx96.outputs.mqtt.discovery import discovery, topic
from smartx96.outputs.mqtt.held import held
from smartx96.outputs.mqtt.link import Link
from smartx96.outputs.mqtt.subject import Subject
from smartx96.outputs.mqtt.terms import MqttTerms
from smartx96.outputs.mqtt.topics import OFFLINE, ONLINE, Message, Topic, Topics

Content = dict[str, Any] | str


@dataclass(slots=True)
class Publication:
    """What has been published of a meter.

    The newest readings replace older ones: where the broker has not taken the last, the next are
    left out, so that nothing piles up.

    Parameters
    ----------
    subject : Subject
    terms : MqttTerms
    topics : Topics
    version : str
        Of the program.
    """

    subject: Subject
    terms: MqttTerms
    topics: Topics
    version: str
    _due: float = 0.0
    _sent: dict[str, object] = field(default_factory=dict)

    def renew(self, due: float = 0.0) -> None:
        """Everything is to be said again, readings at a time of the loop's clock [s]."""
        self._sent, self._due = {}, due

    def is_due(self, now: float) -> bool:
        """Whether it is time for readings; then the time of the next begins."""
        if now < self._due:
            return False
        # In step with the first, but nothing is made up for.
        late = now - self._due >= self.terms.interval
        self._due = (now if late else self._due) + self.terms.interval
        return True

    def publish(self, link: Link, now: float, missed: Callable[[], None]) -> None:
        """Publish what has changed, and what is due.

        Parameters
        ----------
        link : Link
        now : float
            Time of the loop's clock [s].
        missed : callable
            Called where readings are left out since the broker has not taken the last.
        """
        snapshot, subject = self.subject.snapshot(), self.subject
        there = snapshot.powered and not subject.silent and not subject.gone
        if self.terms.discovery is not None:
            self._introduce(link, self.terms.discovery)
        condition = contents.condition(snapshot, subject.configuration)
        self._renew(link, Topic.CONDITION, condition)
        self._renew(link, Topic.STATUS, ONLINE if there else OFFLINE)
        if there and self.is_due(now):
            self._measure(link, snapshot, missed)

    def _introduce(self, link: Link, prefix: str) -> None:
        """Tell Home Assistant what the meter is, where it does not know."""
        configuration = self.subject.configuration
        known = (configuration.model, configuration.wiring, self.subject.meter.serial_number)
        place = topic(prefix, self.subject)
        if self._sent.get(place) != known and link.is_free(place):
            message = discovery(
                prefix, self.subject, self.topics, self.version, harmonics=self.terms.harmonics
            )
            link.publish(message)
            self._sent[place] = known

    def _renew(self, link: Link, kind: Topic, content: Content) -> None:
        """Publish what is another than before."""
        message = self.topics.message(self.subject.name, kind, content)
        if self._sent.get(message.topic) != content and link.is_free(message.topic):
            link.publish(message)
            self._sent[message.topic] = content

    def _measure(self, link: Link, snapshot: Snapshot, missed: Callable[[], None]) -> None:
        has = held(self.subject.configuration)
        self._fresh(link, Topic.ENERGIES, contents.energies(snapshot, has))
        self._fresh(link, Topic.DEMAND, contents.demand(snapshot, has))
        if self.terms.harmonics and has.harmonics:
            self._fresh(link, Topic.HARMONICS, contents.harmonics(snapshot, has))
        if not self._fresh(link, Topic.READINGS, contents.readings(snapshot, has)):
            missed()

    def _fresh(self, link: Link, kind: Topic, content: Content) -> bool:
        message = self.topics.message(self.subject.name, kind, content)
        free = link.is_free(message.topic)
        if free:
            link.publish(message)
        return free

    def withdrawn(self) -> Message | None:
        """By which Home Assistant forgets the meter."""
        if self.terms.discovery is None:
            return None
        return Message(topic(self.terms.discovery, self.subject), "")
