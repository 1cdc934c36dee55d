"""RtuServer: units on a serial port or a pseudo-terminal, found again when it was unplugged."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from smartx96.errors import ListenError
from smartx96.modbus.functions.request import Unit
from smartx96.modbus.line.line import Line
from smartx96.modbus.line.port import LinePort, Wire
from smartx96.modbus.line.pseudo_terminal import SCHEME, PseudoTerminal
from smartx96.modbus.line.serial_device import PATIENCE, SerialDevice
from smartx96.modbus.stations import Stations
from smartx96.modbus.terms import Terms

AGAIN_SECONDS = 2.0
"""A port that is gone is looked for so often [s]."""


class RtuServer:
    """Answers Modbus RTU.

    Parameters
    ----------
    units : sequence of Unit
        The line goes by the speed and parity of the first.
    terms : Terms, optional

    Attributes
    ----------
    name : str
        What a client opens, once it is open.
    """

    def __init__(self, units: Sequence[Unit], terms: Terms | None = None) -> None:
        self.terms = terms or Terms()
        self.stations = Stations(units)
        self.name = ""
        self._port: LinePort | None = None
        self._again: asyncio.Task[None] | None = None

    @property
    def parameters(self) -> str:
        """Speed, parity and stop bits in words."""
        return str(self._line("").parameters)

    async def start(self, device: str) -> None:
        """Open a serial port, or with `pty:LINK` a pseudo-terminal.

        Raises
        ------
        ListenError
            It cannot be opened.
        """
        if device.startswith(SCHEME):
            link = device.removeprefix(SCHEME)
            terminal = PseudoTerminal(Path(link) if link else None, self._received)
            self.name = terminal.path
            self._serve(terminal, self._line(self.name))
        else:
            self.name = device
            await self._open(device)

    def close(self) -> None:
        """Let go of the port."""
        if self._again is not None:
            self._again.cancel()
        if self._port is not None:
            self._port.close()
            self._port = None

    async def wait_closed(self) -> None:
        """Wait until nothing is under way."""
        if self._again is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await self._again

    def _line(self, name: str, patience: float = 0.0) -> Line:
        return Line(self.stations, self.terms.caller(self, name), patience=patience)

    def _serve(self, wire: Wire, line: Line) -> None:
        self._port = LinePort(line, wire, self.name, self.terms)

    async def _open(self, device: str) -> None:
        serial = SerialDevice(device, self._received, partial(self._lost, device))
        line = self._line(device, PATIENCE)
        await serial.open(line.parameters)
        self._serve(serial, line)

    def _received(self, data: bytes, damaged: bool = False) -> None:
        if self._port is not None:
            self._port.received(data, damaged)

    def _lost(self, device: str, line: str) -> None:
        self._report(f"{line}; looking for it every {AGAIN_SECONDS:g} s")
        if self._port is not None:
            self._port.close()
            self._port = None
        self._again = asyncio.ensure_future(self._find_again(device))

    async def _find_again(self, device: str) -> None:
        while self._port is None:
            await asyncio.sleep(AGAIN_SECONDS)
            with contextlib.suppress(ListenError):
                await self._open(device)
        self._report(f"{device} is back")

    def _report(self, line: str) -> None:
        if self.terms.report is not None:
            self.terms.report(f"Modbus RTU {self.name}: {line}")
