"""Subject: a meter in place, with everything that its checks and its record look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from smartx96.configuration.commissioning.live import Observation
from smartx96.configuration.commissioning.phasors import ReckonedPhasors
from smartx96.configuration.family import Member
from smartx96.modbus.client.nameplate import Nameplate
from smartx96.modbus.readings import Reading
from smartx96.models import Wiring
from smartx96.settings import Settings

FACTS = (
    "software_version", "hardware_version", "display_version", "running_time", "system_voltage",
    "system_current", "clock", "tariff_active", "event_count", "program_checksum",
)  # fmt: skip
"""Registers beside settings and values."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What the meter is known to be connected to.

    Parameters
    ----------
    ct : (int, int) or None
        Primary and secondary current of the current transformers [A].
    vt : int or None
        Ratio of the voltage transformers.
    wiring : Wiring or None
    """

    ct: tuple[int, int] | None = None
    vt: int | None = None
    wiring: Wiring | None = None


@dataclass(frozen=True)
class Subject:
    """A meter in place.

    Parameters
    ----------
    target : str
        Where it was asked.
    nameplate : Nameplate
    member : Member
    ours : bool
    registers : mapping of str to value
        Its settings and facts, as its registers have them.
    settings : Settings
        What they stand for; the default where the meter does not tell.
    wrong : mapping of str to str
        A line for each setting whose register holds what cannot be.
    observation : Observation
    begun : datetime
        When its registers were read.
    clock_read : datetime
        When its clock was read.
    expected : Expected
    hidden : int
        Settings that nobody documents for such a meter.
    retries : int
        Requests that had to be asked again.
    """

    target: str
    nameplate: Nameplate
    member: Member
    ours: bool
    registers: Mapping[str, Reading]
    settings: Settings
    wrong: Mapping[str, str]
    observation: Observation
    begun: datetime
    clock_read: datetime
    expected: Expected = field(default_factory=Expected)
    hidden: int = 0
    retries: int = 0

    @property
    def wiring(self) -> Wiring:
        """How it measures."""
        return self.observation.wiring

    @property
    def values(self) -> Mapping[str, float]:
        """Mean values by id, those that are available."""
        return self.observation.means

    @property
    def phasors(self) -> ReckonedPhasors:
        """Of the mean values."""
        return ReckonedPhasors.of(self.values, self.wiring)

    @property
    def nominal_voltage(self) -> float | None:
        """Un on the primary side, between lines where there is no neutral [V]; None if not told."""
        if "vt_ratio" in self.registers:
            return self.wiring.nominal_voltage * self.settings.number("vt_ratio")
        return self._number("system_voltage")

    @property
    def nominal_current(self) -> float | None:
        """In on the primary side [A]; None if not told."""
        return self._number("ct_primary") or self._number("system_current")

    def _number(self, id: str) -> float | None:
        """A register that holds a number above 0."""
        value = self.registers.get(id)
        return float(value) if isinstance(value, int | float) and value > 0 else None
