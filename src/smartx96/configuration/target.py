"""Target: where one meter is asked; Lines: the clients of all places."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from smartx96.modbus.client.client import Client
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import Kind, Place


@dataclass(frozen=True, slots=True)
class Target:
    """Where one meter is asked.

    Parameters
    ----------
    place : Place
    unit : int
        Address of the meter there.
    parameters : LineParameters
        Speed, parity and stop bits of a line.
    name : str
        What its user calls it.
    """

    place: Place
    unit: int = 1
    parameters: LineParameters = field(default_factory=LineParameters)
    name: str = ""

    def __str__(self) -> str:
        line = "" if self.place.kind is Kind.TCP else f" {self.parameters}"
        where = f"{self.place}{line} unit {self.unit}"
        return f"{self.name} ({where})" if self.name else where

    @property
    def is_line(self) -> bool:
        """Whether its speed is ours to set."""
        return self.place.kind is not Kind.TCP


class Lines:
    """Clients, one for each place: targets of one place share its connection.

    Parameters
    ----------
    policy : Policy, optional
    """

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self._clients: dict[Place, tuple[Client, LineParameters]] = {}
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, value: BaseException | None,
                        trace: TracebackType | None) -> None:  # fmt: skip
        self.close()

    def close(self) -> None:
        """Let go of all ports."""
        clients, self._clients = self._clients, {}
        for client, _ in clients.values():
            client.close()

    async def client(self, target: Target) -> Client:
        """The client of a target's place, at the target's speed.

        Meters of different speeds on one line are asked one after the other.

        Raises
        ------
        ExchangeError
            The port does not open, or does not take the speed.
        """
        async with self._turn:
            client, parameters = self._clients.get(target.place, (None, target.parameters))
            if client is None:
                client = Client(target.place, target.parameters, self.policy)
            if target.is_line and parameters != target.parameters:
                await client.follow(target.parameters)
            self._clients[target.place] = client, target.parameters
            return client
