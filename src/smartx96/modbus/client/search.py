"""Search: the answer to a request among what comes on a line; no I/O."""

from __future__ import annotations

from smartx96.modbus.client.requests import Request
from smartx96.modbus.line.checksum import intact
from smartx96.modbus.line.frames import LONGEST, Frame, resolve

_KEPT = 4 * LONGEST
"""Bytes that are searched; of more the end."""
AROUND = 3
"""Bytes of a frame around its PDU: unit and check sum."""


class Search:
    """Waits for the answer to one request.

    What goes before it is passed over: noise, answers that others still owed, and the request
    itself where an adapter hears what it sends.

    Parameters
    ----------
    unit : int
    request : Request
    echoes : bool
        Whether it is known that the adapter hears what it sends: then an answer that is the same
        bytes as the request is the second of both.

    Attributes
    ----------
    heard : int
        Bytes that came.
    echoed : bool
        Whether the request was among them.
    """

    def __init__(self, unit: int, request: Request[object], echoes: bool = False) -> None:
        self.unit, self.request = unit, request
        self.frame = Frame(unit, request.pdu).encode()
        self._seek_echo = echoes or not request.mirrored
        self._bytes = b""
        self.heard, self.echoed = 0, False

    def feed(self, data: bytes) -> bytes | None:
        """Take bytes; the PDU of the answer once it is whole."""
        self.heard += len(data)
        self._bytes = (self._bytes + data)[-_KEPT:]
        if self._seek_echo and not self.echoed:
            _, found, behind = self._bytes.partition(self.frame)
            if found:
                self.echoed, self._bytes = True, behind
        pdu = self._found()
        if pdu is not None:
            self._bytes = b""
        return pdu

    @property
    def passed_over(self) -> bool:
        """Whether something came that is neither the answer nor the request."""
        return bool(self._bytes)

    @property
    def damaged(self) -> bool:
        """Whether some of that is no whole frame."""
        return resolve(self._bytes, lambda _: False).damaged > 0

    def _found(self) -> bytes | None:
        data = self._bytes
        for start in range(len(data) - AROUND):
            if data[start] != self.unit or data[start + 1] & 0x7F != self.request.function:
                continue
            size = self.request.size(data[start + 1 :])
            if size is None or start + size + AROUND > len(data):
                continue
            frame = data[start : start + size + AROUND]
            # The check sum last: it costs most.
            if self.request.fits(frame[1:-2]) and intact(frame):
                return frame[1:-2]
        return None
