"""Samples over TCP: from a sender that waits to be connected to, or from one that connects."""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from collections.abc import Callable

from smartx96.samples.files import reason
from smartx96.samples.live_pcm.addresses import DISPLACED_SECONDS, bound, resolved, shown
from smartx96.samples.live_pcm.transport import LARGEST_READ, Transport

BACK_OFF = (0.25, 0.5, 1.0, 2.0, 5.0)
"""Pauses between attempts to connect [s]; the last goes on."""

CONNECT_SECONDS = 5.0
"""An attempt that takes longer has failed [s]."""

SILENT_SECONDS = 10.0
"""A connection on which nothing comes for so long is taken for dead [s]."""


class TcpClient(Transport):
    """Connects to a sender, and again with growing pauses when it has gone.

    Parameters
    ----------
    host, port : str, int
    again : bool
        Whether to connect again after a connection has ended.
    """

    def __init__(self, host: str, port: int, *, again: bool = True,
                 clock: Callable[[], float] = time.monotonic) -> None:  # fmt: skip
        self._addresses = resolved(host, port, socket.SOCK_STREAM)
        self.name = f"tcp:{shown((host, port))}"
        self._again, self._clock = again, clock
        self._socket: socket.socket | None = None
        self._connected = False
        self._attempts, self._since = 0, clock()
        self._next = -1.0
        self._failure = ""

    def receive(self, seconds: float) -> bytes:
        """What the sender has sent; where there is none, a step towards one."""
        if not self._connected:
            self._connect(seconds)
            return b""
        assert self._socket is not None
        if not select.select([self._socket], [], [], seconds)[0]:
            if self._clock() - self._since > SILENT_SECONDS:
                self._disconnect()
            return b""
        try:
            data = self._socket.recv(LARGEST_READ)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._disconnect()
        else:
            self._since, self._attempts = self._clock(), 0
        return data

    def _connect(self, seconds: float) -> None:
        if self._socket is None:
            pause = self._next - self._clock()
            if pause > 0:
                time.sleep(min(seconds, pause))
                return
            self._begin()
        elif select.select([], [self._socket], [], seconds)[1]:
            self._finish()
        elif self._clock() - self._since > CONNECT_SECONDS:
            self._failure = f"no answer within {CONNECT_SECONDS:g} s"
            self._drop()

    def _begin(self) -> None:
        family, address = self._addresses[self._attempts % len(self._addresses)]
        self._since = self._clock()
        try:
            self._socket = socket.socket(family, socket.SOCK_STREAM)
            self._socket.setblocking(False)
            self._socket.connect(address)
        except BlockingIOError:
            pass
        except OSError as error:
            self._failure = reason(error)
            self._drop()

    def _finish(self) -> None:
        assert self._socket is not None
        failed = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        # Where nobody listens, a port of the range that is given out may meet itself.
        if failed or self._socket.getsockname() == self._socket.getpeername():
            self._failure = os.strerror(failed or errno.ECONNREFUSED).lower()
            self._drop()
            return
        self._connected, self._since, self._failure = True, self._clock(), ""
        self.connections += 1

    def silence(self) -> str:
        """Why there is no connection."""
        if self._connected:
            return super().silence()
        why = self._failure or "no answer yet"
        return (
            f"{self.name}: {why}; start the sender, or correct HOST:PORT; it is tried again and "
            "again"
        )

    def _disconnect(self) -> None:
        self._failure = "the connection has ended"
        self._drop()
        if not self._again:
            raise EOFError

    def _drop(self) -> None:
        """Close the connection, or the attempt at one, and set the time of the next."""
        self.close()
        turn = self._attempts // len(self._addresses)
        self._attempts += 1
        whole = self._attempts % len(self._addresses) == 0
        self._next = self._clock() + (BACK_OFF[min(turn, len(BACK_OFF) - 1)] if whole else 0.0)

    def close(self) -> None:
        """Let go of the connection."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._connected = None, False


class TcpListener(Transport):
    """Waits for a sender to connect; one at a time.

    A further one is turned away, unless the first has been silent for a second; it waits while what
    the first has sent, or its end, is still unread.

    Parameters
    ----------
    host, port : str, int
    again : bool
        Whether another sender is waited for when one has gone.

    Raises
    ------
    ListenError
        The port is in use or the host is not ours.
    """

    def __init__(self, host: str, port: int, *, again: bool = True,
                 clock: Callable[[], float] = time.monotonic) -> None:  # fmt: skip
        self._listening = bound(host, port, socket.SOCK_STREAM, "tcp-listen")
        self._listening.listen(4)
        self.address = self._listening.getsockname()
        self.name = f"tcp-listen:{shown(self.address)}"
        self._again, self._clock = again, clock
        self._socket: socket.socket | None = None
        self._since = 0.0
        self._refused = 0

    def receive(self, seconds: float) -> bytes:
        """What the sender has sent; where there is none, a step towards one."""
        waiting = [s for s in (self._listening, self._socket) if s is not None]
        ready = select.select(waiting, [], [], seconds)[0]
        # What the sender has sent comes first: by it alone it is known to be silent, or gone.
        data = b"" if self._socket is None else self._read(self._socket)
        if self._listening in ready and not self._unread():
            self._admit()
        return data

    def _read(self, sender: socket.socket) -> bytes:
        try:
            data = sender.recv(LARGEST_READ)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        self._since = self._clock()
        if not data:
            self._dismiss()
            if not self._again:
                raise EOFError
        return data

    def _unread(self) -> bool:
        """Whether the sender has sent more, or its end; another one waits for as long."""
        if self._socket is None:
            return False
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            pass
        return True

    def _admit(self) -> None:
        try:
            sender, _ = self._listening.accept()
        except OSError:
            return
        now = self._clock()
        if self._socket is not None and now - self._since < DISPLACED_SECONDS:
            self._refused += 1
            sender.close()
            return
        self._dismiss()
        sender.setblocking(False)
        self._socket, self._since = sender, now
        self.connections += 1

    def _dismiss(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def close(self) -> None:
        """Let go of the connection."""
        self._dismiss()
        self._listening.close()

    def silence(self) -> str:
        """Whether a sender is connected."""
        if self._socket is not None:
            return super().silence()
        return f"{self.name}: no sender is connected; start it, it is waited for"

    def counters(self) -> dict[str, int]:
        """Senders that connected, and those that were turned away."""
        return {**super().counters(), "refused": self._refused}
