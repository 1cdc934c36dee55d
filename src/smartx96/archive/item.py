"""Items of an archive: what is to be measured, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from smartx96.archive.method import Method


@dataclass(frozen=True, slots=True)
class Item:
    """One recording that is to be measured; small, since it is sent to whoever measures it.

    Parameters
    ----------
    recording : str
        Its path as the user has it.
    path : str
        The same from the root of the file system.
    part : str
        Where its part is written, without a suffix, from the root of the file system.
    method : Method
    version : str
        Of this program, which whoever measures must be of.
    size : int
        Of its files [bytes].
    """

    recording: str
    path: str
    part: str
    method: Method
    version: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """What is known of a recording when it has been measured.

    Parameters
    ----------
    recording : str
    start : int or None
        Time of its first sample [us since 1970-01-01T00:00Z]; None where nobody knows.
    seconds : float
        From its first sample to its last, gaps included [s].
    rate : float
        [1/s]
    likeness : str
        What recordings of one origin have in common: wiring, side, channels.
    rows, windows : int
    measured_time : float
        Time with samples [s].
    flags : int
        `Flag` bits of all windows.
    energies : dict of str to int
        Registers of the recording alone, by id [quanta].
    size : int
        Of its rows in the part [bytes].
    """

    recording: str
    start: int | None
    seconds: float
    rate: float
    likeness: str
    rows: int
    windows: int
    measured_time: float
    flags: int
    energies: Mapping[str, int] = field(default_factory=dict)
    size: int = 0

    def plain(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Failed:
    """A recording that could not be measured, and why."""

    recording: str
    reason: str


Outcome = Measured | Failed
