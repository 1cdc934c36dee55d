"""Ports for what is started later."""

from __future__ import annotations

import contextlib
import random
import socket

_CHANCE = random.SystemRandom()


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of 127.0.0.1 that nobody has, and that the system gives to none who asks for any:
    such are from 32768 on under Linux, from 49152 on elsewhere.
    """
    while True:
        port = _CHANCE.randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, kind) as found:
            found.bind(("127.0.0.1", port))
            return port
