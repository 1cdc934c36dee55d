"""Subject: a meter that is published."""

from __future__ import annotations

from typing import Protocol

from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.meter.snapshot import Snapshot


class Subject(Protocol):
    """What publishing needs to know of a meter in place."""

    @property
    def name(self) -> str:
        """By which it is told from others of the installation."""
        ...

    @property
    def meter(self) -> Meter:
        """The meter itself."""
        ...

    @property
    def configuration(self) -> Configuration:
        """What it is set to."""
        ...

    @property
    def silent(self) -> bool:
        """Whether it is to answer nobody, though it has a supply."""
        ...

    @property
    def gone(self) -> bool:
        """Whether it has ended while others go on."""
        ...

    def snapshot(self) -> Snapshot:
        """Everything that may be shown."""
        ...
