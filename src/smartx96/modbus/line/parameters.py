"""Parameters of a line: speed, parity, stop bits, and the times that follow from them."""

from __future__ import annotations

from dataclasses import dataclass

from smartx96.settings import BY_ID, Settings

_FAST = 19200
_FAST_GAP, _FAST_SILENCE = 0.75e-3, 1.75e-3
"""Above 19200 bit/s the times no longer shrink (Modbus over serial line 1.02, clause 2.5.1.1)."""


@dataclass(frozen=True, slots=True)
class LineParameters:
    """How bits follow each other on a line.

    Parameters
    ----------
    baud_rate : int
        [bit/s].
    parity : str
        N, E or O.
    stop_bits : int
    """

    baud_rate: int = 9600
    parity: str = "N"
    stop_bits: int = 1

    @classmethod
    def of(cls, settings: Settings) -> LineParameters:
        """What a meter is set to."""
        speed, frame = (str(BY_ID[id].shown(settings[id])) for id in ("baud_rate", "parity_stop"))
        return cls(int(speed), frame[0], int(frame[1]))

    def __str__(self) -> str:
        return f"{self.baud_rate} {self.parity}{self.stop_bits}"

    @property
    def character(self) -> float:
        """Time of one character [s]."""
        return (9 + (self.parity != "N") + self.stop_bits) / self.baud_rate

    @property
    def gap(self) -> float:
        """Longest silence within a frame, t1.5 [s]."""
        return _FAST_GAP if self.baud_rate > _FAST else 1.5 * self.character

    @property
    def silence(self) -> float:
        """Silence that ends a frame, t3.5 [s]."""
        return _FAST_SILENCE if self.baud_rate > _FAST else 3.5 * self.character
