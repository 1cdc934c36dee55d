"""Two pseudo-terminals joined like a serial line, where no product stands at either end."""

from __future__ import annotations

import os
import selectors
import threading
import tty
from types import TracebackType

_READ_SIZE = 4096


class PtyLine:
    """What is written to the one device can be read from the other, at once.

    Speed and stop bits are accepted and mean nothing here; parity cannot be had: Linux takes it out
    of a pseudo-terminal's settings.
    """

    def __init__(self) -> None:
        pairs = [os.openpty() for _ in range(2)]
        self._masters = [master for master, _ in pairs]
        # Held open: a master whose device nobody has open reads an error.
        self._slaves = [slave for _, slave in pairs]
        for slave in self._slaves:
            tty.setraw(slave)
        self.devices = tuple(os.ttyname(slave) for slave in self._slaves)
        self._wake, self._waker = os.pipe()
        self._thread = threading.Thread(target=self._relay)

    def __enter__(self) -> PtyLine:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        os.write(self._waker, b".")
        self._thread.join(5)
        for fd in (*self._masters, *self._slaves, self._wake, self._waker):
            os.close(fd)

    def _relay(self) -> None:
        one, other = self._masters
        with selectors.DefaultSelector() as selector:
            selector.register(one, selectors.EVENT_READ, other)
            selector.register(other, selectors.EVENT_READ, one)
            selector.register(self._wake, selectors.EVENT_READ, None)
            while True:
                for key, _ in selector.select():
                    if key.data is None:
                        return
                    os.write(key.data, os.read(key.fd, _READ_SIZE))
