"""View: what a panel sees of its meter at one moment."""

from __future__ import annotations

from dataclasses import dataclass

from smartx96.meter.configuration import Configuration
from smartx96.meter.snapshot import Snapshot
from smartx96.status import Status


@dataclass(frozen=True, slots=True)
class View:
    """Everything that a panel shows comes from here.

    Parameters
    ----------
    snapshot : Snapshot
        Its `powered` says whether the meter has a supply.
    configuration : Configuration
    serial_number : int
    version : str
        Of the program, as `1.0`.
    checksum : int
        Of the program.
    unlocked : bool
        Whether this panel's session is.
    lock_out : float
        So long nobody may try a password [s].
    power_cycles : int
        How often the power came back.
    communication : float or None
        When a request last came, by the clock of the keys [s].
    pulses : tuple of float or None
        When outputs 1 and 2 last gave a pulse, by the clock of the keys [s].
    """

    snapshot: Snapshot
    configuration: Configuration
    serial_number: int = 0
    version: str = "0.0"
    checksum: int = 0
    unlocked: bool = False
    lock_out: float = 0.0
    power_cycles: int = 0
    communication: float | None = None
    pulses: tuple[float | None, float | None] = (None, None)

    @property
    def status(self) -> Status:
        """Bits of the status register."""
        return Status(self.snapshot.exact.get("status", 0))
