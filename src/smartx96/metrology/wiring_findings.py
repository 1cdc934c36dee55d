"""What the wiring check finds, in words: what it is and what to change."""

from __future__ import annotations

from dataclasses import dataclass

from smartx96.models import Wiring
from smartx96.quantities import PHASES

NAMES = tuple(p.upper() for p in PHASES)
"""Phases as people read them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that looks wrong.

    Parameters
    ----------
    kind : str
        `voltage_missing`, `voltage_unequal`, `voltage_sequence`, `voltage_swapped`,
        `voltage_reversed`, `voltage_doubled`, `voltage_angles`, `current_missing`,
        `current_swapped`, `current_moved`, `current_reversed`, `current_angles`, `feeding_in`.
    phases : tuple of str
        Those that it concerns, as `l1`; lines as `l1_l2`.
    text : str
        What it is and what to change.
    suspect : bool
        Whether it is more than a hint: a proper installation seldom looks like this.
    option : str
        What undoes it where a recording is measured.
    start, end : float or None
        From when to when it was seen [s]; None is all along.
    """

    kind: str
    phases: tuple[str, ...]
    text: str
    suspect: bool = True
    option: str = ""
    start: float | None = None
    end: float | None = None

    @property
    def of_recording(self) -> str:
        """What it is and what to change, also where it was recorded."""
        return f"{self.text} (of a recording: {self.option})" if self.option else self.text

    @property
    def when(self) -> str:
        """`from 3.2 s to 9.1 s`, or nothing where it was seen all along."""
        if self.start is None or self.end is None:
            return ""
        return f"from {self.start:.1f} s to {self.end:.1f} s"


def voltage_missing(n: int) -> Finding:
    """A voltage that is not there."""
    text = f"voltage {NAMES[n]} is missing: check its fuse and terminal"
    return Finding("voltage_missing", (PHASES[n],), text)


def voltage_reversed(n: int) -> Finding:
    """A voltage that is turned round."""
    text = f"voltage {NAMES[n]} is reversed: exchange the terminals of its transformer"
    return Finding("voltage_reversed", (PHASES[n],), text)


def sequence_reversed() -> Finding:
    """A supply, or voltages and currents, in the other order."""
    return Finding(
        "voltage_sequence",
        PHASES,
        "the phase sequence is L1-L3-L2: exchange two phases, voltage and current together, "
        "unless the supply turns this way",
    )


def current_reversed(n: int, certain: bool, wiring: Wiring, *, alone: bool = True) -> Finding:
    """A current that is turned round, alone or beside others."""
    unless = ""
    if wiring.has_neutral:
        unless = f", unless {NAMES[n]} alone feeds in" if alone else ", unless they alone feed in"
    text = (
        f"current {NAMES[n]} is reversed: exchange the wires of its transformer (setting "
        f"current_direction_{PHASES[n]}){unless}"
    )
    return Finding("current_reversed", (PHASES[n],), text, certain, f"--scale i{n + 1}=-1")


def currents_reversed(certain: bool) -> Finding:
    """All of them turned round."""
    return Finding(
        "currents_reversed",
        PHASES,
        "every current is reversed: exchange the wires of all transformers (settings "
        "current_direction_l1 to current_direction_l3), unless all power flows out",
        certain,
        "--scale i=-1",
    )


def feeding_in(phases: tuple[int, ...]) -> Finding:
    """All power flows out: a hint."""
    text = "all power flows out: right where this feeds in, else every current is reversed"
    return Finding("feeding_in", tuple(PHASES[n] for n in phases), text, suspect=False)


def current_angles(*, suspect: bool) -> Finding:
    """Currents that fit under no single mistake.

    Parameters
    ----------
    suspect : bool
        Whether solar power or the like beside a reactive load does not explain them.
    """
    text = (
        "the currents fit the voltages under no single mistake: check which current runs through "
        "which transformer, and its direction"
    )
    if not suspect:
        text += "; or solar power beside a load leaves mostly reactive current"
    return Finding("current_angles", PHASES, text, suspect)


def joined(phases: tuple[int, ...]) -> str:
    """Names of phases in a sentence."""
    names = [NAMES[n] for n in phases]
    return " and ".join([", ".join(names[:-1]), names[-1]])
