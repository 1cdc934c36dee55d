"""Point: what is applied to the meter for a time, and a trial: points one after the other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from smartx96.models import Wiring
from smartx96.typetest.factor import UNITY, Factor
from smartx96.typetest.waveform import Waveform

FREQUENCY = 50.0
"""fn [Hz]."""

TEMPERATURE = 23.0
"""Reference temperature [degC] (IEC 62053-22, table 9)."""

SECONDS = 2.0
"""Length of a point where nothing asks for another: whole cycles of every frequency of the plan."""


class Load(StrEnum):
    """Which phases carry current."""

    BALANCED = "balanced"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"
    OPPOSED = "L1 and L2 against L3"
    """L3 the other way: only a netting tells its energy from that of the others."""
    NONE = "none"

    @property
    def signs(self) -> tuple[int, int, int]:
        """Of the current of each phase."""
        if self in (Load.BALANCED, Load.OPPOSED):
            return (1, 1, -1 if self is Load.OPPOSED else 1)
        return (int(self is Load.L1), int(self is Load.L2), int(self is Load.L3))

    @property
    def kind(self) -> str:
        """As the tables of limits have it."""
        return "single phase" if self in SINGLE else self.value


SINGLE = (Load.L1, Load.L2, Load.L3)


@dataclass(frozen=True, slots=True)
class Point:
    """What is applied.

    Parameters
    ----------
    wiring : Wiring
    rated_current : {5, 1}
        In [A].
    multiple : float
        Current over In.
    factor : Factor
    load : Load
    export : bool
        Whether the currents are reversed.
    voltage : float
        Over Un, 230 V line to neutral.
    frequency : float
        [Hz]; a whole number of half hertz.
    temperature : float
        [degC].
    waveform : Waveform
    reverse : bool
        Whether the phase sequence is L1-L3-L2.
    interrupted : tuple of int
        Phases without voltage, from 1.
    seconds : float
        How long; whole multiples of 2 s.
    """

    wiring: Wiring = Wiring.FOUR_WIRE
    rated_current: int = 5
    multiple: float = 1.0
    factor: Factor = UNITY
    load: Load = Load.BALANCED
    export: bool = False
    voltage: float = 1.0
    frequency: float = FREQUENCY
    temperature: float = TEMPERATURE
    waveform: Waveform = Waveform.SINE
    reverse: bool = False
    interrupted: tuple[int, ...] = ()
    seconds: float = SECONDS

    def but(self, **changes: object) -> Point:
        """The same point with something else about it."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def __str__(self) -> str:
        parts = [f"{self.wiring} In {self.rated_current} A", f"{self.multiple:g} In"]
        parts += [str(self.factor), self.load.value, "export" if self.export else "import"]
        if self.voltage != 1:
            parts.append(f"{self.voltage:g} Un")
        if self.frequency != FREQUENCY:
            parts.append(f"{self.frequency:g} Hz")
        if self.temperature != TEMPERATURE:
            parts.append(f"{self.temperature:g} degC")
        if self.waveform is not Waveform.SINE:
            parts.append(self.waveform.value)
        if self.reverse:
            parts.append("reversed sequence")
        if self.interrupted:
            parts.append(f"without {' '.join(f'L{n}' for n in self.interrupted)}")
        if self.seconds != SECONDS:
            parts.append(f"{self.seconds:g} s")
        return ", ".join(parts)

    def document(self) -> dict[str, object]:
        """As JSON has it."""
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        return {**found, "wiring": str(self.wiring), "factor": str(self.factor),
                "load": str(self.load), "waveform": str(self.waveform),
                "interrupted": list(self.interrupted)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trial:
    """Points that one meter gets one after the other, from its first sample on.

    Parameters
    ----------
    points : tuple of Point
        Of one wiring and rated current.
    settings : tuple of (str, int)
        Settings of the meter beside wiring and transformers.
    primary : int
        Primary over secondary current of the meter's transformer ratio. A register's quantum is
        1 uWh on the primary side: the ratio of 1000 makes it 1 nWh at the terminals, so that the
        shortest point at the smallest current is read to a thousandth of a per mille.
    supplied : bool
        Whether an auxiliary supply holds the meter; else it lives on what it measures.
    """

    points: tuple[Point, ...]
    settings: tuple[tuple[str, int], ...] = ()
    primary: int = 1000
    supplied: bool = True

    @property
    def seconds(self) -> float:
        """Length of all points [s]."""
        return sum(point.seconds for point in self.points)

    @property
    def point(self) -> Point:
        """The last one, for which the trial is made."""
        return self.points[-1]

    def __str__(self) -> str:
        told = [" then ".join(str(point) for point in self.points)]
        told += [f"{id} {value}" for id, value in self.settings]
        told += [f"ratio {self.primary}"] if self.primary != 1000 else []
        return "; ".join([*told, *([] if self.supplied else ["self-supplied"])])

    def seed(self, base: int) -> int:
        """Of its noise: the same wherever and whenever it is run, and no other trial's."""
        digest = hashlib.sha256(f"{base} {self}".encode()).digest()
        return int.from_bytes(digest[:8], "big")


@dataclass(frozen=True, slots=True)
class Record:
    """What was applied in truth, and what the meter made of it.

    Parameters
    ----------
    true, read : mapping of str to float
        Energies at the meter's terminals [Wh, varh] and mean quantities, by id.
    pulses : tuple of int
        Of each output.
    """

    true: Mapping[str, float]
    read: Mapping[str, float]
    pulses: tuple[int, ...] = ()
