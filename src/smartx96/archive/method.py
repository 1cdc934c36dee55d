"""Method: how every recording of an archive is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from smartx96.errors import OptionError
from smartx96.installation.measurement import wiring_of
from smartx96.meter.calendar import Calendars
from smartx96.meter.configuration import Configuration
from smartx96.models import MODELS, SYSTEM_TYPES
from smartx96.samples.source import Source
from smartx96.samples.sources import never_ends, open_source
from smartx96.settings import Settings


@dataclass(frozen=True, slots=True)
class Method:
    """How a recording is opened and measured; small, and sent to whoever measures.

    Parameters
    ----------
    opening : mapping
        What `smartx96.samples.sources.open_source` takes beside the name.
    settings : mapping
        Settings that were stated, by id; without a `system_type` the wiring is the source's.
    model : str
    subgroups, keep_dc, starting : bool
        As `smartx96.meter.configuration.Configuration` has them.
    aggregate : str or None
        Rows are intervals of this name, and not windows.
    calendars : Calendars or None
        By which tariffs are switched.
    """

    opening: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    model: str = "X96-5A"
    subgroups: bool = False
    keep_dc: bool = False
    starting: bool = False
    aggregate: str | None = None
    calendars: Calendars | None = None

    def source(self, path: str) -> Source:
        """A recording or scenario, opened.

        Raises
        ------
        X96Error
            It cannot be opened so, or has no end.
        """
        source = open_source(path, **self.opening)
        if never_ends(source):
            raise OptionError(f"{path} never ends: set `duration` in the scenario")
        return source

    def configuration(self, source: Source) -> Configuration:
        """The meter that measures a source."""
        return Configuration(
            Settings({"system_type": SYSTEM_TYPES[wiring_of(source)], **self.settings}),
            model=MODELS[self.model],
            subgroups=self.subgroups,
            keep_dc=self.keep_dc,
            starting=self.starting,
        )
