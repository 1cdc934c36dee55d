"""Lines: messages from standard input, a named pipe or a file that grows."""

from __future__ import annotations

import os
import selectors
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from smartx96.errors import OptionError
from smartx96.samples.given.message import LONGEST

STANDARD_INPUT = "-"
_PATIENCE = 0.2
"""Looks so often whether it is to end [s]."""
_PIECE = 65_536


class Lines:
    """A message a line.

    A pipe that its sender has closed waits for the next one.

    Parameters
    ----------
    where : str
        `-`, or the path of a named pipe.

    Raises
    ------
    OptionError
        It cannot be read.
    """

    trouble = ""
    """A pipe is there, or it cannot be opened."""

    ended = False
    """Whether no more lines can come: those of standard input have an end."""

    def __init__(self, where: str) -> None:
        if where == STANDARD_INPUT and sys.stdin is None:
            raise OptionError(f"values:{where}: the standard input is closed")
        if where == STANDARD_INPUT:
            self._descriptor = os.dup(sys.stdin.fileno())
        elif not Path(where).is_fifo():
            raise OptionError(f"values:{where}: is no named pipe; make one with mkfifo")
        else:
            try:
                # Reading and writing: the pipe stays open when its last sender has gone.
                self._descriptor = os.open(where, os.O_RDWR | os.O_NONBLOCK)
            except OSError as error:
                raise OptionError(f"values:{where}: {error.strerror}") from error
        self._ends = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, take: Callable[[bytes], None]) -> None:
        """Begin to call `take` with each line, in a thread of its own."""
        self._thread = threading.Thread(target=self._read, args=(take,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Bring no more."""
        self._ends.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            os.close(self._descriptor)

    def _read(self, take: Callable[[bytes], None]) -> None:
        with selectors.DefaultSelector() as selector:
            try:
                selector.register(self._descriptor, selectors.EVENT_READ)
            except PermissionError:
                # A plain file is always ready, and is read to its end.
                selector.close()
            rest = b""
            while not self._ends.is_set():
                if selector.get_map() and not selector.select(_PATIENCE):
                    continue
                try:
                    piece = os.read(self._descriptor, _PIECE)
                except BlockingIOError:
                    continue
                if not piece:
                    break
                *lines, rest = (rest + piece).split(b"\n")
                # A line that does not end is told as one that is too long, and not kept.
                if len(rest) > LONGEST:
                    lines, rest = [*lines, rest[: LONGEST + 1]], b""
                for line in lines:
                    if line.strip():
                        take(line)
            if rest.strip() and not self._ends.is_set():
                take(rest)
            self.ended = True
