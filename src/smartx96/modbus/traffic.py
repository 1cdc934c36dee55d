"""Traffic: what passes through the ports, told to whoever watches."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, Protocol


class Framing(StrEnum):
    """What bytes on the wire are made of."""

    TCP = "Modbus TCP"
    RTU = "Modbus RTU"


class Message(NamedTuple):
    """Bytes as they were on the wire, with all framing.

    Parameters
    ----------
    time : float
        [s since 1970-01-01T00:00Z].
    port, client : str
        Where we listen, and who is at the other end; the same where that is a serial line.
    sent : bool
        Whether we sent them.
    data : bytes
        On a line everything between two silences, noise and other units' messages among it.
    framing : Framing
    """

    time: float
    port: str
    client: str
    sent: bool
    data: bytes
    framing: Framing = Framing.TCP


class Exchange(NamedTuple):
    """A request to a unit here, and what became of it.

    Parameters
    ----------
    time : float
        [s since 1970-01-01T00:00Z].
    port, client : str
        Where we listen, and who asked.
    unit : int
        That was asked; 0 on a line is all.
    request : bytes
        PDU.
    answer : bytes or None
        PDU; None was silence.
    """

    time: float
    port: str
    client: str
    unit: int
    request: bytes
    answer: bytes | None


class Watcher(Protocol):
    """Someone who watches the traffic; must be quick, and must not raise."""

    def message(self, message: Message) -> None:
        """Bytes have passed."""

    def exchange(self, exchange: Exchange) -> None:
        """A request was dealt with."""
