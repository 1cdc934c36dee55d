"""PseudoTerminal: a serial line within this computer, for clients that open a device."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from smartx96.errors import ListenError
from smartx96.modbus.line.parameters import LineParameters

SCHEME = "pty:"

_RECEIVE_SIZE = 4096
_TERMINALS = Path("/dev/pts")


class PseudoTerminal:
    """The near end of a pseudo-terminal; clients open the far end by a link's name.

    It has no speed: bytes come at once, whatever a client sets.

    Parameters
    ----------
    link : Path or None
        Where the far end is found; None makes no link.
    received : callable
        Called with what comes.

    Raises
    ------
    ListenError
        There is something at the link's place, also the link of another process that serves it;
        or it cannot be made.
    """

    paced = True

    def __init__(self, link: Path | None, received: Callable[[bytes], None]) -> None:
        import tty

        self._received = received
        self._near, self._far = os.openpty()
        os.set_blocking(self._near, False)
        tty.setraw(self._far)
        self.device = os.ttyname(self._far)
        self._link = link
        try:
            if link is not None:
                _link(link, self.device)
        except ListenError:
            self._release()
            raise
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._near, self._read)

    @property
    def path(self) -> str:
        """What a client opens."""
        return self.device if self._link is None else str(self._link)

    def write(self, data: bytes) -> None:
        """Send; what cannot be sent is lost, as on a line where nobody listens."""
        with contextlib.suppress(OSError):
            os.write(self._near, data)

    async def follow(self, parameters: LineParameters) -> None:
        """Nothing to do: there is no speed."""

    def close(self) -> None:
        """Let go of both ends and the link."""
        self._loop.remove_reader(self._near)
        if self._link is not None:
            with contextlib.suppress(OSError):
                if os.readlink(self._link) == self.device:
                    self._link.unlink()
        self._release()

    def _release(self) -> None:
        # The far end stays open all the time, so that the near end outlives its clients.
        os.close(self._near)
        os.close(self._far)

    def _read(self) -> None:
        import termios

        with contextlib.suppress(OSError):
            data = os.read(self._near, _RECEIVE_SIZE)
            # An answer that a client left behind is not for the next one.
            termios.tcflush(self._far, termios.TCIFLUSH)
            self._received(data)


def _link(link: Path, device: str) -> None:
    """Let a link lead to a device; one that is left over from another run is replaced."""
    try:
        taken = os.path.lexists(link) and not _left_over(link, device)
        if not taken:
            fresh = link.with_name(f"{link.name}.{os.getpid()}")
            fresh.symlink_to(device)
            fresh.replace(link)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ListenError(f"{SCHEME}{link}: {reason}; give another name") from None
    if taken:
        leads = f", which leads to {os.readlink(link)}" if link.is_symlink() else ""
        raise ListenError(f"{SCHEME}{link}: is there already{leads}; give another name")


def _left_over(link: Path, device: str) -> bool:
    """Whether it is a link to a pseudo-terminal that nobody serves any more.

    Its number may be that of our own by now.
    """
    if not link.is_symlink() or Path(os.readlink(link)).parent != _TERMINALS:
        return False
    if os.readlink(link) == device:
        return True
    try:
        os.close(os.open(link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK))
    except OSError:
        return True
    return False
