"""Pace: how long each who is asked has for an answer, and what a search takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from smartx96.configuration.search.candidates import Sweep
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.client.requests import ReadRegisters
from smartx96.modbus.client.search import AROUND
from smartx96.modbus.place import Kind, Place
from smartx96.modbus.registers import BY_ID, Space

PROBE = ReadRegisters(Space.INPUT, BY_ID["voltage_l1"].address, BY_ID["voltage_l1"].words)
"""What everybody is asked: whoever has no such registers answers with an exception."""

LOOKS = 2
"""How often one who is likely is asked before nobody is said to be there."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Times of a search.

    Parameters
    ----------
    quick : float
        From the end of a request to its answer, where many are asked [s]. Meters take 5 to 100 ms,
        USB adapters add 16. The answer of one who takes longer is heard while the next one is
        asked: then those who were silent before are asked again, with more time.
    patient : float
        The same of the likely, and of those from whom something came [s].
    network : float
        What a network may add to it [s].
    pause : float
        Before each request on a line [s].
    connect : float
        Until a host takes a connection [s].
    hosts : int
        Hosts that are asked at once.
    """

    quick: float = 0.2
    patient: float = 0.5
    network: float = 0.1
    pause: float = 0.02
    connect: float = 1.5
    hosts: int = 64

    @classmethod
    def of(cls, timeout: float | None) -> Pace:
        """With one time for all answers, where its user knows it."""
        return cls() if timeout is None else cls(quick=timeout, patient=timeout)

    def limit(self, place: Place, patient: bool) -> float:
        """How long an answer is waited for [s]."""
        limit = self.patient if patient else self.quick
        return limit if place.kind is Kind.RTU else limit + self.network

    def policy(self, limit: float, retries: int = 0) -> Policy:
        """For a client that waits so long for answers."""
        return Policy(timeout=limit, retries=retries, connect_timeout=self.connect)

    def seconds(self, sweep: Sweep) -> float:
        """Time that one unit takes which does not answer [s]."""
        limit = self.limit(sweep.place, sweep.likely)
        if sweep.place.kind is Kind.TCP:
            return limit
        line = sweep.parameters
        sizes = len(PROBE.pdu) + PROBE.largest + 2 * AROUND
        return self.pause + line.silence + sizes * line.character + limit

    def looks(self, sweep: Sweep) -> int:
        """Requests of a sweep that nobody answers."""
        return len(sweep.units) * (LOOKS if sweep.likely else 1)

    def total(self, sweeps: Iterable[Sweep]) -> float:
        """Time of sweeps, one after the other, that nobody answers [s]."""
        return sum(self.looks(sweep) * self.seconds(sweep) for sweep in sweeps)
