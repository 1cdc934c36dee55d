"""Transport: where the bytes of a stream come from; standard input and named pipes."""

from __future__ import annotations

import math
import os
import select
import time
from abc import ABC, abstractmethod
from pathlib import Path

from smartx96.errors import OptionError, RecordingError
from smartx96.samples.files import reason

LARGEST_READ = 1 << 16
"""Bytes taken at once, at most; every datagram fits."""


class Transport(ABC):
    """Bytes of a stream, as they come.

    Attributes
    ----------
    name : str
        What messages call it.
    connections : int
        How often a sender has begun; each begins with a whole frame.
    missed : int
        Frames that are known to be missing before what was received last.
    """

    name: str
    connections = 0
    missed = 0

    @abstractmethod
    def receive(self, seconds: float) -> bytes:
        """What is there, at most `LARGEST_READ` bytes, after waiting `seconds` at most.

        Returns
        -------
        bytes
            Empty where nothing came; a sender that has gone is nothing more than that.

        Raises
        ------
        EOFError
            The stream has ended, and no other sender is waited for.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of what is open; called by the thread that receives."""

    def counters(self) -> dict[str, int]:
        """What the transport itself counts."""
        return {"connections": self.connections}

    def silence(self) -> str:
        """Why nothing comes, as `LiveSource.silence`."""
        return f"{self.name}: the sender is silent"


class StandardInput(Transport):
    """Standard input; it ends with its sender."""

    name = "standard input"
    connections = 1

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._unread = b""

    def unread(self, data: bytes) -> None:
        """Give back bytes that were looked at; they come again first."""
        self._unread = data

    def receive(self, seconds: float) -> bytes:
        """What the sender has written."""
        if self._unread:
            data, self._unread = self._unread, b""
            return data
        wait = None if math.isinf(seconds) else seconds
        if not select.select([self._descriptor], [], [], wait)[0]:
            return b""
        try:
            data = os.read(self._descriptor, LARGEST_READ)
        except OSError as error:
            raise RecordingError(f"{self.name}: {reason(error)}") from error
        if not data:
            raise EOFError
        return data

    def close(self) -> None:
        """Standard input is not ours to close."""


class NamedPipe(Transport):
    """A named pipe, opened again for the next sender when one has gone.

    Parameters
    ----------
    path : Path
    again : bool
        Whether another sender is waited for.

    Raises
    ------
    OptionError
        There is no named pipe of this name.
    """

    def __init__(self, path: Path, *, again: bool = True) -> None:
        self.name = str(path)
        if not path.is_fifo():
            raise OptionError(f"{path}: no named pipe; make one with `mkfifo {path}`")
        self._path, self._again = path, again
        self._descriptor = self._open()
        self._sending = False

    def _open(self) -> int:
        try:
            # Without waiting for a sender: whoever waits in `open` cannot be told to stop.
            return os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            raise RecordingError(f"{self._path}: {reason(error)}") from error

    def receive(self, seconds: float) -> bytes:
        """What the sender has written."""
        if not select.select([self._descriptor], [], [], seconds)[0]:
            if self._replaced():
                self._reopen()
            return b""
        try:
            data = os.read(self._descriptor, LARGEST_READ)
        except BlockingIOError:
            return b""
        if data:
            self.connections += not self._sending
            self._sending = True
            return data
        self._sender_gone(seconds)
        return b""

    def _sender_gone(self, seconds: float) -> None:
        if not self._again:
            raise EOFError
        if not self._sending:  # opened and closed without a byte
            time.sleep(seconds)
        self._sending = False
        self._reopen()

    def _replaced(self) -> bool:
        """Whether the path names another pipe by now, as a sender may make it anew."""
        try:
            return self._path.is_fifo() and not os.path.samestat(
                os.fstat(self._descriptor), self._path.stat()
            )
        except OSError:
            return False

    def _reopen(self) -> None:
        # The new end comes first: between the two a sender would find nobody to read.
        try:
            old, self._descriptor = self._descriptor, self._open()
        except RecordingError:  # removed; it may come back
            return
        os.close(old)

    def silence(self) -> str:
        """Whether there is a sender."""
        if self._sending:
            return super().silence()
        return f"{self.name}: nobody writes; start the sender, it is waited for"

    def close(self) -> None:
        """Let go of the pipe."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1
