"""Target: where one meter is asked; Lines: the clients of all places."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from smartx96.modbus.client.client import Client
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.line.serial_device import ports_are_free
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


class _Shared:
    """The client of one place, the parameters that it is at, and whose turn it is."""

    def __init__(self, target: Target, policy: Policy) -> None:
        self.client = Client(target.place, target.parameters, policy)
        self.parameters = target.parameters
        self.turn = asyncio.Lock()


class Lines:
    """Clients, one for each place: targets of one place share its connection.

    Parameters
    ----------
    policy : Policy, optional
    """

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self._places: dict[Place, _Shared] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, value: BaseException | None,
                        trace: TracebackType | None) -> None:  # fmt: skip
        await self.aclose()

    def close(self) -> None:
        """Let go of all ports."""
        places, self._places = self._places, {}
        for shared in places.values():
            shared.client.close()

    def rest(self) -> None:
        """Let go of all ports for now; the next request opens them again."""
        for shared in self._places.values():
            shared.client.close()

    async def aclose(self) -> None:
        """Let go of all ports, and wait until others can open them."""
        self.close()
        await ports_are_free()

    async def client(self, target: Target) -> Client:
        """The client of a target's place, at the target's speed until another one is asked for.

        Raises
        ------
        ExchangeError
            The port does not open, or does not take the speed.
        """
        async with self.at(target) as client:
            return client

    @contextlib.asynccontextmanager
    async def at(self, target: Target) -> AsyncIterator[Client]:
        """The client of a target's place, at the target's speed as long as this lasts.

        On a line whoever else wants to ask waits until then: meters of different speeds are asked
        one after the other, in whatever tasks.

        Raises
        ------
        ExchangeError
            The port does not take the speed.
        """
        shared = self._places.get(target.place)
        if shared is None:
            shared = self._places[target.place] = _Shared(target, self.policy)
        if not target.is_line:
            yield shared.client
            return
        async with shared.turn:
            if shared.parameters != target.parameters:
                await shared.client.follow(target.parameters)
                shared.parameters = target.parameters
            yield shared.client
