"""Wires: what a line of the client is reached by: a serial port, a pseudo-terminal, TCP."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from smartx96.errors import ListenError
from smartx96.modbus.client.errors import NotConnectedError
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.line.port import Wire
from smartx96.modbus.line.pseudo_terminal import SCHEME, PseudoTerminal
from smartx96.modbus.line.serial_device import SerialDevice
from smartx96.modbus.place import Kind, Place

_KEEP_ALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
"""A connection whose other end has gone without a word is lost after 25 s."""

P = TypeVar("P", bound=asyncio.Protocol)


@dataclass(frozen=True, slots=True)
class Ends:
    """What a wire calls: with bytes that came, and with a reason when it is gone."""

    received: Callable[[bytes], None]
    lost: Callable[[str], None]


class _TcpWire(asyncio.Protocol):
    """A TCP connection that carries frames of a line, as serial device servers do."""

    paced = False

    def __init__(self, ends: Ends) -> None:
        self._ends = ends
        self._closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._ends.received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._closing:
            self._ends.lost(lost_reason(exc))

    def write(self, data: bytes) -> None:
        """Send."""
        self._transport.write(data)

    async def follow(self, parameters: LineParameters) -> None:
        """Nothing to do: the device server has the speed of its own."""

    def close(self) -> None:
        """Let go of the connection."""
        self._closing = True
        self._transport.abort()


async def open_wire(place: Place, timeout: float, parameters: LineParameters, ends: Ends) -> Wire:
    """Open the wire of a place that is a line.

    Raises
    ------
    NotConnectedError
        It does not open.
    """
    if place.kind is Kind.RTU_TCP:
        return await connected(place, timeout, lambda: _TcpWire(ends))
    try:
        if place.where.startswith(SCHEME):
            link = place.where.removeprefix(SCHEME)
            return PseudoTerminal(Path(link) if link else None, ends.received)
        device = SerialDevice(place.where, lambda data, _: ends.received(data), ends.lost)
        await device.open(parameters)
    except ListenError as error:
        raise NotConnectedError(str(error)) from None
    return device


async def connected(place: Place, timeout: float, protocol: Callable[[], P]) -> P:
    """A TCP connection to a place.

    Raises
    ------
    NotConnectedError
        Nobody takes it.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout):
            transport, made = await loop.create_connection(protocol, place.where, place.port)
    except TimeoutError:
        raise NotConnectedError(
            f"no connection within {timeout:g} s; is it the right address, is it switched on?"
        ) from None
    except (OSError, ValueError) as error:
        raise NotConnectedError(f"{_why(error)}; is it the right host and port?") from None
    _keep_alive(transport.get_extra_info("socket"))
    return made


def _keep_alive(link: socket.socket) -> None:
    """Have the system find out when the other end has gone without a word."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE.items():
        if hasattr(socket, name):
            link.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def lost_reason(error: Exception | None) -> str:
    """Why a connection is gone, in words."""
    if error is None:
        return "the other end closed the connection"
    return f"the connection is lost: {_why(error)}"


def _why(error: Exception) -> str:
    """Short reason; asyncio's own text repeats the address."""
    if isinstance(error, ConnectionRefusedError):
        return "connection refused: nobody listens there"
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
