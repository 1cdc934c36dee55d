"""Policy: how long a client waits and how often it tries; Tally: what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from smartx96.errors import OptionError


@dataclass(frozen=True, slots=True)
class Policy:
    """How a client asks.

    Parameters
    ----------
    timeout : float
        From the end of a request to the answer [s]; the time that the answer takes on a line is
        added.
    retries : int
        How often a read is asked again. Writes never are: one without an answer may be done.
    outstanding : int
        Requests under way at once on a TCP connection. Many meters and gateways lose all but one.
    connect_timeout : float
        Until a connection is made [s].
    broadcast_delay : float
        After a broadcast, in which the meters do what they were told [s] (Modbus over serial line
        1.02, clause 2.4.1: 100 to 200 ms).

    Raises
    ------
    OptionError
        A value that cannot be.
    """

    timeout: float = 1.0
    retries: int = 2
    outstanding: int = 1
    connect_timeout: float = 5.0
    broadcast_delay: float = 0.2

    def __post_init__(self) -> None:
        for name in ("timeout", "connect_timeout"):
            value = getattr(self, name)
            if not 0 < value < float("inf"):
                raise OptionError(f"{name} {value}: give seconds above 0")
        if not 0 <= self.broadcast_delay < float("inf"):
            raise OptionError(f"broadcast_delay {self.broadcast_delay}: give seconds from 0")
        if self.retries < 0:
            raise OptionError(f"retries {self.retries}: give 0 or more")
        if not 1 <= self.outstanding <= 0x1000:
            raise OptionError(f"outstanding {self.outstanding}: give 1 to {0x1000}")


@dataclass(slots=True)
class Tally:
    """What a client has counted.

    Parameters
    ----------
    requests : int
        Asked, repetitions among them.
    answers : int
        Good ones.
    retries : int
    timeouts : int
    damaged : int
    exceptions : int
    late : int
        Answers that nobody waited for any more.
    connections : int
        How often the port was opened.
    """

    requests: int = 0
    answers: int = 0
    retries: int = 0
    timeouts: int = 0
    damaged: int = 0
    exceptions: int = 0
    late: int = 0
    connections: int = 0
