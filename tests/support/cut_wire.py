"""A Modbus TCP connection that is cut after so many writes, as when a meter loses its power."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from types import TracebackType

WRITE = 16


class CutWire:
    """Passes requests on to a meter, and their answers back, until it is cut.

    Parameters
    ----------
    port : int
        Of the meter.
    writes : int or None
        After so many requests that write nothing passes any more; the last one still reaches the
        meter, and its answer is lost. None never cuts it.

    Attributes
    ----------
    silent_to : set of int
        Functions of requests that get lost.
    """

    def __init__(self, port: int, writes: int | None = None) -> None:
        self._meter, self.writes, self.cut = port, writes, False
        self.silent_to = set[int]()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._open: list[socket.socket] = [self._listening]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> CutWire:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            meter = socket.create_connection(("127.0.0.1", self._meter))
            self._open += [client, meter]
            threading.Thread(target=self._ask, args=(client, meter), daemon=True).start()
            threading.Thread(target=self._answer, args=(meter, client), daemon=True).start()

    def _ask(self, client: socket.socket, meter: socket.socket) -> None:
        while (frame := _frame(client)) is not None:
            if self.cut or frame[7] in self.silent_to:
                continue
            if frame[7] == WRITE and self.writes is not None:
                self.writes -= 1
                self.cut = self.writes <= 0
            meter.sendall(frame)

    def _answer(self, meter: socket.socket, client: socket.socket) -> None:
        while (frame := _frame(meter)) is not None:
            if not self.cut:
                client.sendall(frame)


def _frame(link: socket.socket) -> bytes | None:
    """A whole frame (Modbus messaging on TCP/IP 1.0b, clause 3.1.3), or the end."""
    try:
        head = link.recv(6, socket.MSG_WAITALL)
        if len(head) < 6:
            return None
        return head + link.recv(struct.unpack(">H", head[4:])[0], socket.MSG_WAITALL)
    except OSError:
        return None
