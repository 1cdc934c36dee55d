"""Terms: on which a port serves its clients."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from ssl import SSLContext

from smartx96.modbus.admission import Network
from smartx96.modbus.faults import Faults
from smartx96.modbus.functions.request import MAX_READ, Caller
from smartx96.modbus.traffic import Watcher

CONNECTIONS = 64
"""Clients at once; a further one is closed at once."""
IDLE_TIMEOUT = 300.0
"""Time without a whole request after which a client is dropped [s]."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of one port.

    Parameters
    ----------
    max_read : int
        Most registers of one read.
    read_only : bool
        Whether everything written is refused.
    connections : int
        Most clients at once.
    idle_timeout : float
        A client that sends no whole request for this long, or twice as long at most, is
        dropped [s].
    turnaround : float
        From the end of a frame on a line to the answer [s].
    allowed : tuple of Network
        Who may connect; empty is everybody.
    tls : SSLContext or None
        None speaks in clear.
    watchers : tuple of Watcher
    faults : Faults or None
        For those who test their clients.
    report : callable or None
        Called with one line of what the user should know.
    """

    max_read: int = MAX_READ
    read_only: bool = False
    connections: int = CONNECTIONS
    idle_timeout: float = IDLE_TIMEOUT
    turnaround: float = 0.0
    allowed: tuple[Network, ...] = ()
    tls: SSLContext | None = None
    watchers: tuple[Watcher, ...] = ()
    faults: Faults | None = None
    report: Callable[[str], None] | None = None

    def caller(self, session: Hashable, name: str, read_only: bool = False) -> Caller:
        """Someone who asks on these terms, or may only read."""
        return Caller(session, name, self.max_read, self.read_only or read_only)
