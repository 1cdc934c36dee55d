"""Interface: frames of sampled values from and to a network, by a raw socket of Linux."""

from __future__ import annotations

import errno
import socket
import struct
import time
from collections.abc import Callable

from smartx96.errors import ListenError
from smartx96.samples.capture.frames import Frames, joined
from smartx96.samples.files import reason
from smartx96.samples.sampled_values.message import ETHERTYPE

SOL_PACKET, ADD_MEMBERSHIP, STATISTICS, PROMISCUOUS = 263, 1, 6, 1
"""Of linux/if_packet.h."""

SO_RCVBUFFORCE, SO_TIMESTAMPNS = 33, 35
"""Of asm-generic/socket.h."""

BUFFER = 1 << 24
"""Octets that the kernel keeps while nobody reads."""

LONGEST = 1 << 16
STAMP = struct.Struct("@qq")
POLL_SECONDS = 0.05
"""How long a wait for frames takes before it looks whether it should end [s]."""


class Interface:
    """A network interface, opened for sampled values.

    Parameters
    ----------
    name : str
        Such as `eth0`.
    listening : bool
        Whether frames are received too, and not only sent.

    Raises
    ------
    ListenError
        There is no such interface, or the right to open it is missing.
    """

    def __init__(self, name: str, *, listening: bool = True) -> None:
        self.name = name
        self._dropped = 0
        if not hasattr(socket, "AF_PACKET"):
            raise ListenError(f"sv:{name}: sampled values from a network need Linux")
        index = _index(name)
        try:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            try:
                if listening:
                    self._listen(index)
                self._socket.settimeout(POLL_SECONDS)
                self._socket.bind((name, ETHERTYPE if listening else 0))
            except OSError:
                self._socket.close()
                raise
        except PermissionError:
            raise ListenError(
                f"sv:{name}: raw sockets need the right CAP_NET_RAW; run as root, or give it to "
                "the Python program with `setcap cap_net_raw+ep`"
            ) from None
        except OSError as error:
            raise ListenError(f"sv:{name}: cannot be opened: {reason(error)}") from error

    def _listen(self, index: int) -> None:
        sock = self._socket
        # Group addresses do not pass a network card's filter by themselves.
        sock.setsockopt(
            SOL_PACKET, ADD_MEMBERSHIP, struct.pack("iHH8s", index, PROMISCUOUS, 0, b"")
        )
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        try:
            sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        except PermissionError:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)

    def receive(self, most: int, seconds: float, stopped: Callable[[], bool]) -> Frames:
        """Frames as they come, until there are `most` or the time is over.

        Parameters
        ----------
        most : int
        seconds : float
        stopped : callable
            Asked now and then whether to return at once.

        Raises
        ------
        ListenError
            The interface is gone.
        """
        frames: list[bytes] = []
        times: list[int] = []
        until = time.monotonic() + seconds
        while len(frames) < most and time.monotonic() < until and not stopped():
            try:
                frame, ancillary, _, _ = self._socket.recvmsg(LONGEST, 64)
            except TimeoutError:
                continue
            except OSError as error:
                self._check(error)
                continue
            frames.append(frame)
            times.append(_stamp(ancillary))
        return joined(frames, times)

    def _check(self, error: OSError) -> None:
        """An interface that is down may come up again."""
        if error.errno != errno.ENETDOWN:
            raise ListenError(f"sv:{self.name}: {reason(error)}") from error
        time.sleep(POLL_SECONDS)

    def send(self, frame: bytes) -> None:
        """Send one frame.

        Raises
        ------
        ListenError
            The interface is down or gone, or the frame longer than it takes.
        """
        try:
            self._socket.send(frame)
        except TimeoutError:
            raise ListenError(f"sv:{self.name}: takes no frames") from None
        except OSError as error:
            raise ListenError(f"sv:{self.name}: cannot send: {reason(error)}") from error

    @property
    def dropped(self) -> int:
        """Frames for which the kernel had no room so far."""
        state = self._socket.getsockopt(SOL_PACKET, STATISTICS, 8)
        self._dropped += struct.unpack("II", state)[1]  # reading sets it to 0
        return self._dropped

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def _index(name: str) -> int:
    try:
        return socket.if_nametoindex(name)
    except (OSError, ValueError):
        known = ", ".join(own for _, own in socket.if_nameindex())
        raise ListenError(f"sv:{name}: there is no interface {name!r}; there are {known}") from None


def _stamp(ancillary: list[tuple[int, int, bytes]]) -> int:
    """When the kernel took the frame, else now [ns since 1970]."""
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS and len(content) >= STAMP.size:
            seconds, nanoseconds = STAMP.unpack_from(content)
            return int(seconds * 1_000_000_000 + nanoseconds)
    return time.time_ns()
