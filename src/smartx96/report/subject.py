"""Subject: everything that one page is about."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from smartx96.installation.measurement import Measurement
from smartx96.meter.configuration import Configuration
from smartx96.models import Wiring
from smartx96.quantities import LINES, PHASES
from smartx96.report.observation import Observation
from smartx96.samples.source import Source


@dataclass(frozen=True, slots=True)
class Subject:
    """A measured recording.

    Parameters
    ----------
    recording : str
        As it was named; the page shows the last part only.
    source : Source
    configuration : Configuration
    measured : Measurement
    observation : Observation
        That listened to this measurement.
    """

    recording: str
    source: Source
    configuration: Configuration
    measured: Measurement
    observation: Observation

    @property
    def name(self) -> str:
        """Name of the recording, without its folder."""
        return Path(self.recording).name or self.recording

    @property
    def wiring(self) -> Wiring:
        """How the meter was connected."""
        return self.configuration.wiring

    @property
    def phases(self) -> tuple[str, ...]:
        """Phases of the wiring, as in ids."""
        return tuple(PHASES[self.wiring.phases])

    @property
    def voltage_places(self) -> tuple[str, ...]:
        """What voltages are of: phases, without a neutral pairs of lines; as in ids."""
        return self.phases if self.wiring.has_neutral else LINES

    @property
    def has_voltages(self) -> bool:
        """Whether the source has voltages."""
        return any(role.startswith("v") for role in self.source.roles)

    @property
    def has_currents(self) -> bool:
        """Whether the source has currents."""
        return any(role.startswith("i") for role in self.source.roles)


def place_text(place: str) -> str:
    """`l1_l2` as `L1-L2`."""
    return place.upper().replace("_", "-")
