"""A TCP proxy between a client and a meter: it loses, delays, damages and cuts where it is told."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Callable, Mapping
from enum import StrEnum

_HEADER = struct.Struct(">HHHB")


class Fault(StrEnum):
    """What becomes of a request, or of its answer."""

    LOST_REQUEST = "lost request"
    LOST_ANSWER = "lost answer"
    LATE_ANSWER = "late answer"
    CUT_BEFORE = "cut before the request"
    CUT_BEHIND = "cut behind the request"
    HALF_ANSWER = "cut within the answer"
    NOT_MODBUS = "damaged header"
    OTHER_LENGTH = "damaged length"
    OTHER_VALUE = "damaged value"


_CUTS = (Fault.CUT_BEHIND, Fault.HALF_ANSWER)


class FaultyProxy:
    """Hands requests on, one after the other, but for those that have a fault.

    Parameters
    ----------
    port : int
        Of the meter, on this machine.
    late : float
        How late a late answer is [s].
    watch : callable
        Called with every request, once it was handed on.

    Attributes
    ----------
    faults : dict of int to Fault
        By the number of the request, from 0, counted on all connections.
    always : tuple of int and Fault, or None
        From which request on all have a fault.
    count : int
        Requests so far.
    """

    def __init__(self, port: int, late: float,
                 watch: Callable[[bytes], None] = lambda request: None) -> None:  # fmt: skip
        self._meter, self._late, self._watch = port, late, watch
        self.port = 0
        self.begin()

    def begin(self, faults: Mapping[int, Fault] | None = None,
              always: tuple[int, Fault] | None = None) -> None:  # fmt: skip
        """Count from here."""
        self.count, self.faults, self.always = 0, dict(faults or {}), always

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[FaultyProxy]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        faults = dict[bytes, Fault | None]()
        try:
            near, far = await asyncio.open_connection("127.0.0.1", self._meter)
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._requests(reader, far, faults))
                    both.create_task(self._answers(near, writer, faults))
            finally:
                far.close()
        except* (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _requests(self, reader: asyncio.StreamReader, far: asyncio.StreamWriter,
                        faults: dict[bytes, Fault | None]) -> None:  # fmt: skip
        while True:
            request = await _message(reader)
            fault = faults[request[:2]] = self._next()
            if fault is Fault.CUT_BEFORE:
                raise ConnectionAbortedError
            if fault is not Fault.LOST_REQUEST:
                far.write(request)
                self._watch(request)

    async def _answers(self, near: asyncio.StreamReader, writer: asyncio.StreamWriter,
                       faults: dict[bytes, Fault | None]) -> None:  # fmt: skip
        while True:
            answer = await _message(near)
            fault = faults.pop(answer[:2])
            if fault is Fault.LATE_ANSWER:
                asyncio.get_running_loop().call_later(self._late, writer.write, answer)
            elif fault not in (Fault.LOST_ANSWER, Fault.CUT_BEHIND):
                writer.write(_damaged(answer, fault))
                await writer.drain()
            if fault in _CUTS:
                raise ConnectionAbortedError

    def _next(self) -> Fault | None:
        number, self.count = self.count, self.count + 1
        if self.always is not None and number >= self.always[0]:
            return self.always[1]
        return self.faults.get(number)


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(_HEADER.size)
    return head + await reader.readexactly(_HEADER.unpack(head)[2] - 1)


def _damaged(answer: bytes, fault: Fault | None) -> bytes:
    """An answer as it comes out."""
    if fault is Fault.HALF_ANSWER:
        return answer[: len(answer) // 2]
    if fault is Fault.NOT_MODBUS:
        return answer[:2] + b"\x7f" + answer[3:]
    if fault is Fault.OTHER_LENGTH:
        # Of a read the number of bytes, of a write the address.
        return answer[:8] + bytes((answer[8] ^ 0x04,)) + answer[9:]
    if fault is Fault.OTHER_VALUE:
        return answer[:-2] + bytes((answer[-2] ^ 0x11,)) + answer[-1:]
    return answer
