"""Capture: everything that passes through the ports, for Wireshark."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from smartx96.errors import OptionError
from smartx96.modbus.line.frames import resolve
from smartx96.modbus.traffic import Exchange, Framing, Message
from smartx96.modbus.watch.conversation import Conversation
from smartx96.modbus.watch.packets import (
    RAW_IP,
    UPPER_PDU,
    Endpoint,
    interface,
    packet,
    rtu,
    section,
)
from smartx96.modbus.watch.passwords import hide_burst
from smartx96.modbus.watch.rotating_file import LIMIT, RotatingFile
from smartx96.samples.capture.pcapng import MAGIC

OPTION, SUFFIX = "--capture", ".pcapng"
CONVERSATIONS = 1024
"""Connections that are known at once; one that comes again after so many others begins anew."""

_LINKS = {Framing.TCP: RAW_IP, Framing.RTU: UPPER_PDU}


class _Interface(NamedTuple):
    framing: Framing
    port: str

    def block(self) -> bytes:
        return interface(_LINKS[self.framing], self.port, f"{self.framing} {self.port}")


class Capture:
    """Writes pcapng: an interface for each port, passwords hidden.

    Modbus TCP becomes IP packets from and to port 502; frames of a line carry the name of
    Wireshark's dissector for them. What was said within TLS is in clear.

    Parameters
    ----------
    path : Path
        Ends in `.pcapng`.
    report : callable
        Called with one line when the disk does not take more.
    limit : int, optional
        Size at which it is begun anew [bytes].

    Raises
    ------
    OptionError
        The suffix is another, or the file is no capture or cannot be written.
    """

    def __init__(self, path: Path, report: Callable[[str], None], limit: int = LIMIT) -> None:
        if path.suffix.lower() != SUFFIX:
            raise OptionError(f"{OPTION} {path}: give a name that ends in {SUFFIX}")
        self._interfaces: dict[_Interface, int] = {}
        self._conversations: OrderedDict[tuple[str, str], Conversation] = OrderedDict()
        self._file = RotatingFile(OPTION, path, MAGIC, self._head, report, limit)

    def message(self, message: Message) -> None:
        """Write packets."""
        number = self._interface(_Interface(message.framing, message.port))
        if number is None:
            return
        packets = self._rtu if message.framing is Framing.RTU else self._tcp
        for data, sent in packets(message):
            self._file.write(packet(number, message.time, data, sent))

    def exchange(self, exchange: Exchange) -> None:
        """Requests are seen as bytes already."""

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _head(self) -> bytes:
        return section() + b"".join(each.block() for each in self._interfaces)

    def _interface(self, port: _Interface) -> int | None:
        """Number of an interface; None where it could not be described."""
        if port not in self._interfaces and self._file.write(port.block()):
            self._interfaces[port] = len(self._interfaces)
        return self._interfaces.get(port)

    def _tcp(self, message: Message) -> Iterator[tuple[bytes, bool]]:
        key = message.port, message.client
        conversation = self._conversations.get(key)
        if conversation is None:
            if len(self._conversations) >= CONVERSATIONS:
                self._conversations.popitem(last=False)
            conversation = self._conversations[key] = Conversation(*key)
            yield from conversation.opening()
        self._conversations.move_to_end(key)
        for data in conversation.said(message.data, message.sent):
            yield data, message.sent

    def _rtu(self, message: Message) -> Iterator[tuple[bytes, bool]]:
        ends = None
        if message.client != message.port:
            ends = Endpoint.parse(message.client), Endpoint.parse(message.port)
            if message.sent:
                ends = ends[1], ends[0]
        for piece in hide_burst(message.data, resolve(message.data, _anybody).frames):
            yield rtu(piece, ends), message.sent


def _anybody(unit: int) -> bool:
    """Behind noise a request to any unit is looked for."""
    return True
