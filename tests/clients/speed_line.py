"""A serial line on which the speed matters: what one end says at another speed is not heard."""

from __future__ import annotations

import os
import selectors
import termios

from clients.pty_line import PtyLine

_READ_SIZE = 4096
_SPEED = 5
"""Place of the output speed among the attributes of a terminal."""


class SpeedLine(PtyLine):
    """As `PtyLine`; bytes pass only while both ends are set to one speed.

    Attributes
    ----------
    lost : int
        Bytes that did not pass.
    """

    lost = 0

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
                    self._pass_on(key.data, os.read(key.fd, _READ_SIZE))

    def _pass_on(self, to: int, data: bytes) -> None:
        speeds = {termios.tcgetattr(slave)[_SPEED] for slave in self._slaves}
        if len(speeds) == 1:
            os.write(to, data)
        else:
            self.lost += len(data)
