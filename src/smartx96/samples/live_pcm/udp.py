"""Samples in datagrams."""

from __future__ import annotations

import select
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from smartx96.samples.live_pcm.addresses import DISPLACED_SECONDS, bound, shown
from smartx96.samples.live_pcm.transport import LARGEST_READ, Transport

_RECEIVE_BUFFER = 1 << 20
"""What the system is asked to keep of datagrams while nobody reads [bytes]."""

_AT_ONCE = 64
"""Datagrams taken in one call, most, so that a flood of unsound ones keeps nobody waiting."""

_DROPS = 40 if sys.platform == "linux" else None
"""SO_RXQ_OVFL: a datagram tells how many were dropped before it since the socket's beginning
(socket(7))."""


class UdpReceiver(Transport):
    """Datagrams of whole frames, from one sender at a time.

    Parameters
    ----------
    host, port : str, int
    frame_size : int
        Bytes of a frame; a datagram of another length than a multiple is dropped.

    Raises
    ------
    ListenError
        The port is in use or the host is not ours.
    """

    def __init__(self, host: str, port: int, frame_size: int,
                 clock: Callable[[], float] = time.monotonic) -> None:  # fmt: skip
        self._socket = bound(host, port, socket.SOCK_DGRAM, "udp")
        with suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        if _DROPS is not None:
            with suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, _DROPS, 1)
        self.address = self._socket.getsockname()
        self.name = f"udp:{shown(self.address)}"
        self._frame_size, self._clock = frame_size, clock
        self._sender: Any = None
        self._since = self._empty = 0.0
        self._overflowed = 0
        self._held = b""
        self._counts = {"invalid": 0, "foreign": 0, "overflowed": 0}

    def receive(self, seconds: float) -> bytes:
        """All datagrams that are there; those behind a known loss with the next call."""
        batch, self._held, self.missed = bytearray(self._held), b"", 0
        if batch:
            self.missed = self._overflow(len(batch))
        elif not select.select([self._socket], [], [], seconds)[0]:
            self._empty = self._clock()
            return b""
        for _ in range(_AT_ONCE):
            data = self._datagram()
            if data is None:
                self._empty = self._clock()
                break
            if not data:
                continue
            if batch and (self._overflowed or len(batch) + len(data) > LARGEST_READ):
                self._held = data
                break
            if self._overflowed:
                self.missed = self._overflow(len(data))
            batch += data
        return bytes(batch)

    def _overflow(self, size: int) -> int:
        """Frames that the system dropped for want of room, by the size of the next datagram."""
        count, self._overflowed = self._overflowed, 0
        self._counts["overflowed"] += count
        return count * (size // self._frame_size)

    def _datagram(self) -> bytes | None:
        """The next datagram, empty if it is not taken; None where there is none."""
        try:
            data, more, _, sender = self._socket.recvmsg(LARGEST_READ, socket.CMSG_SPACE(4))
        except OSError:
            return None
        for level, kind, value in more:
            if level == socket.SOL_SOCKET and kind == _DROPS:
                total = int.from_bytes(value, sys.byteorder)
                self._overflowed = (total - self._counts["overflowed"]) & 0xFFFFFFFF
        return data if self._sound(data, sender) else b""

    def _sound(self, data: bytes, sender: Any) -> bool:
        if not data or len(data) % self._frame_size:
            self._counts["invalid"] += 1
            return False
        if sender != self._sender:
            # Where nobody read for long, datagrams of the sender may stand behind this one: only a
            # queue that was found empty tells that it was silent.
            if self._empty - self._since < DISPLACED_SECONDS and self._sender is not None:
                self._counts["foreign"] += 1
                return False
            self._sender = sender
            self.connections += 1
        self._since = self._clock()
        return True

    def silence(self) -> str:
        """Whether datagrams come at all."""
        if self.connections:
            return super().silence()
        if self._counts["invalid"]:
            return (
                f"{self.name}: datagrams come that are not whole frames of {self._frame_size} "
                "bytes; give --format and --channels as they are sent"
            )
        return f"{self.name}: no datagram has come; start the sender, or correct its address"

    def close(self) -> None:
        """Let go of the port."""
        self._socket.close()

    def counters(self) -> dict[str, int]:
        """Datagrams of another length, of a second sender, and dropped for want of room."""
        return {**super().counters(), **self._counts}
