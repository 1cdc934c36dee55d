"""Supervision: telling the service manager that meters run, and that they go on (sd_notify)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from smartx96.installation.progress import Progress

if TYPE_CHECKING:
    from smartx96.installation.live import LiveMeter

_LARGEST = 2000
"""Of a text of the status [bytes]; systemd shows no more of use."""


class Notifications:
    """Where a process tells how it is: a datagram socket, in the manner of sd_notify(3).

    Parameters
    ----------
    address : str
        Path of a socket; one that begins with `@` is abstract.
    """

    def __init__(self, address: str) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)

    def tell(self, **said: object) -> None:
        """Tell variables and their values; who does not listen misses it.

        Parameters
        ----------
        **said
            `READY`, `STATUS`, `WATCHDOG`, `STOPPING` and their like.
        """
        lines = "\n".join(f"{name}={_line(value)}" for name, value in said.items())
        # A manager that is gone, or too busy to read, must not stop a meter.
        with contextlib.suppress(OSError):
            self._socket.sendto(lines.encode(), self._address)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def _line(value: object) -> str:
    line = " ".join(str(value).split())
    return line.encode()[:_LARGEST].decode(errors="ignore")


class Supervision:
    """What a service manager learns of meters that run; nothing where there is none.

    Parameters
    ----------
    meters : sequence of LiveMeter
    environment : mapping
        `NOTIFY_SOCKET`, and `WATCHDOG_USEC` and `WATCHDOG_PID` of the watchdog (sd_notify(3),
        sd_watchdog_enabled(3)).
    """

    def __init__(
        self, meters: Sequence[LiveMeter], environment: Mapping[str, str] = os.environ
    ) -> None:
        self._meters = tuple(meters)
        self._progress = [Progress(live) for live in meters]
        self._interval = _interval(environment)
        self._places = ""
        address = environment.get("NOTIFY_SOCKET", "")
        there = hasattr(socket, "AF_UNIX") and address.startswith(("/", "@"))
        self._notifications = Notifications(address) if there else None
        self._task: asyncio.Future[None] | None = None

    def ready(self, places: Sequence[str]) -> None:
        """Tell that everything is open, and go on telling.

        Parameters
        ----------
        places : sequence of str
            What is said of the ports.
        """
        if self._notifications is None:
            return
        self._places = "; ".join(places)
        self._notifications.tell(READY=1, STATUS=self._status())
        self._task = asyncio.ensure_future(self._watch(self._notifications))

    def stopping(self) -> None:
        """Tell that it ends, and tell nothing more."""
        if self._task is not None:
            self._task.cancel()
        if self._notifications is not None:
            self._notifications.tell(STOPPING=1, STATUS="stopping")
            self._notifications.close()
            self._notifications = None

    async def _watch(self, notifications: Notifications) -> None:
        """Feed the watchdog while every meter goes on; say what has become of them."""
        told = self._status()
        while True:
            now = time.monotonic()
            if all(progress.goes_on(now) for progress in self._progress):
                notifications.tell(WATCHDOG=1)
            status = self._status()
            if status != told:
                notifications.tell(STATUS=status)
                told = status
            await asyncio.sleep(self._interval)

    def _status(self) -> str:
        """How many meters measure, which ones do not, how many are late, where they are read."""
        lacking = [progress.live.name for progress in self._progress if progress.lacking]
        count = len(self._progress)
        said = "measuring" if count == 1 else f"{count - len(lacking)} of {count} meters measure"
        if lacking:
            shown = ", ".join(lacking[:5]) + (", ..." if len(lacking) > 5 else "")
            said = "no samples come" if count == 1 else f"{said}, no samples for {shown}"
        late = sum(live.lag is not None and live.lag.behind for live in self._meters)
        if late:
            said += ", but late" if count == 1 else f", {late} late"
        return f"{said}; {self._places}" if self._places else said


def _interval(environment: Mapping[str, str]) -> float:
    """How often the watchdog is fed [s]: thrice within its time; the status at least so often."""
    text, process = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    others = process and process != str(os.getpid())
    stated = int(text[:18]) / 3e6 if text.isascii() and text.isdigit() and not others else 0.0
    return min(stated, 5.0) if stated > 0.0 else 5.0
