"""Polled: who is polled, and where."""

from __future__ import annotations

from dataclasses import dataclass

from smartx96.configuration.family import Member
from smartx96.configuration.target import Lines, Target
from smartx96.errors import OptionError, printable


@dataclass(frozen=True, slots=True)
class Polled:
    """Who is polled.

    Parameters
    ----------
    name : str
        In the log.
    target : Target
    lines : Lines
    member : Member, optional
        What it is taken for, whatever it says.
    unverified : bool
        Whether registers are used that only this project documents, of whatever meter.
    serial_number : int, optional
        Which it should have.

    Raises
    ------
    OptionError
        The name cannot stand in a log.
    """

    name: str
    target: Target
    lines: Lines
    member: Member | None = None
    unverified: bool = False
    serial_number: int | None = None

    def __post_init__(self) -> None:
        if not self.name or printable(self.name) != self.name:
            raise OptionError(f"name {self.name!r}: give letters, digits and signs on one line")
