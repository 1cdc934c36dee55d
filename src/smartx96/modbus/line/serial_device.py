"""SerialDevice: a serial port of this computer, RS485 adapters among them.

Where the system can tell (POSIX), a character with a parity or framing error is marked in the
stream, and spoils its frame.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from smartx96.errors import ListenError
from smartx96.modbus.line.parameters import LineParameters

if TYPE_CHECKING:
    from serialx import BaseSerialTransport

PATIENCE = 0.02
"""USB adapters hand on a frame in pieces up to this far apart [s]."""

_MARK = 0xFF


class Marks:
    """Takes the marks of damaged characters out of a stream (termios, PARMRK)."""

    def __init__(self) -> None:
        self._held = b""

    def take_out(self, data: bytes) -> tuple[bytes, bool]:
        """Characters as they were sent, and whether one of them was damaged."""
        data = self._held + data
        found, damaged, n = bytearray(), False, 0
        while n < len(data):
            if data[n] != _MARK:
                found.append(data[n])
                n += 1
            elif data[n + 1 : n + 2] == b"\xff":
                found.append(_MARK)
                n += 2
            elif n + 2 < len(data):
                found.append(data[n + 2])
                damaged, n = True, n + 3
            else:
                break
        self._held = data[n:]
        return bytes(found), damaged


_LETTING_GO: dict[BaseSerialTransport, asyncio.AbstractEventLoop] = {}
"""Ports that were closed and that the system has not taken back yet, and by which loop."""


async def ports_are_free() -> None:
    """Wait until the ports that were closed can be opened again: the system is told by a thread.

    A loop that ends before leaves them open for as long as the process lives.
    """
    mine = [each for each, loop in _LETTING_GO.items() if loop is asyncio.get_running_loop()]
    await asyncio.gather(*(each.wait_closed() for each in mine))
    for each in [each for each, loop in _LETTING_GO.items() if loop.is_closed()]:
        del _LETTING_GO[each]


class SerialDevice(asyncio.Protocol):
    """A serial port; `open` it.

    Parameters
    ----------
    device : str
        Its path, COM port or URL as serialx takes it.
    received : callable
        Called with what comes, and whether a character of it was damaged.
    lost : callable
        Called with one line when the port is gone.
    """

    paced = True

    def __init__(self, device: str, received: Callable[[bytes, bool], None],
                 lost: Callable[[str], None]) -> None:  # fmt: skip
        self.path = device
        self._received, self._lost = received, lost
        self._marks: Marks | None = None
        self._closing = False

    async def open(self, parameters: LineParameters) -> None:
        """Open the port.

        Raises
        ------
        ListenError
            There is no such port, or another program has it.
        """
        import serialx

        await ports_are_free()
        try:
            transport, _ = await serialx.create_serial_connection(
                asyncio.get_running_loop(), lambda: self, self.path, parameters.baud_rate,
                serialx.Parity(parameters.parity), serialx.StopBits(parameters.stop_bits),
            )  # fmt: skip
        except (OSError, ValueError, serialx.SerialException) as error:
            raise ListenError(f"Modbus RTU cannot open {self.path}: {_why(error)}") from None
        self._transport: BaseSerialTransport = transport
        self._mark_damaged()

    def data_received(self, data: bytes) -> None:
        """Hand on what comes."""
        damaged = False
        if self._marks is not None:
            data, damaged = self._marks.take_out(data)
        if data:
            self._received(data, damaged)

    def connection_lost(self, error: Exception | None) -> None:
        """The adapter was unplugged, or it was closed."""
        _LETTING_GO.pop(self._transport, None)
        if not self._closing:
            self._lost(f"{self.path} is gone: {error or 'closed'}")

    def write(self, data: bytes) -> None:
        """Send; where the port is gone, `connection_lost` is about to say so."""
        with contextlib.suppress(OSError):
            self._transport.write(data)

    async def follow(self, parameters: LineParameters) -> None:
        """Go on with other parameters, once everything is sent.

        Raises
        ------
        OSError
            The port does not take them.
        """
        import serialx

        try:
            await self._transport.flush()
            await self._transport.reconfigure_port(
                baudrate=parameters.baud_rate,
                parity=parameters.parity,
                stopbits=parameters.stop_bits,
            )
        except (serialx.SerialException, ValueError) as error:
            raise OSError(str(error)) from None
        self._mark_damaged()

    def close(self) -> None:
        """Let go of the port."""
        self._closing = True
        _LETTING_GO[self._transport] = asyncio.get_running_loop()
        self._transport.abort()

    def _mark_damaged(self) -> None:
        """Have characters with parity or framing errors marked, where the system can."""
        try:
            import termios

            number = cast(Any, self._transport).serial.fileno()
            attributes = termios.tcgetattr(number)
        except (ImportError, AttributeError, OSError):
            return
        except Exception as error:
            if type(error).__name__ != "error":
                raise
            return
        attributes[0] = attributes[0] & ~termios.IGNPAR | termios.INPCK | termios.PARMRK
        termios.tcsetattr(number, termios.TCSANOW, attributes)
        self._marks = self._marks or Marks()


def _why(error: Exception) -> str:
    """Why a port does not open, and what to look at."""
    if isinstance(error, OSError) and error.errno == errno.EBUSY:
        return "another program has it (another x96?): stop that, or give another port"
    reason = getattr(error, "strerror", None) or str(error)
    return f"{reason}; is it the right port, is it free, may you use it?"
