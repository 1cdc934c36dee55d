"""Layout: where a frame holds what, so that further frames like it are read as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smartx96.samples.capture.frames import Bytes
from smartx96.samples.sampled_values.message import COUNT, MODE, RATE, SAMPLE, SYNCH, TIME, Message
from smartx96.samples.sampled_values.stream_id import StreamId

VARIABLE = (COUNT, TIME, SAMPLE)
"""Fields that differ from frame to frame."""


@dataclass(frozen=True, slots=True)
class Part:
    """The ASDUs of a frame that belong to one stream.

    Parameters
    ----------
    stream : StreamId
    dataset : str
    counts, samples : tuple of int
        Offsets of smpCnt and sample of each ASDU.
    rate : tuple of int or None, int or None
        smpRate and smpMod.
    synch : int or None
        smpSynch of the first ASDU.
    """

    stream: StreamId
    dataset: str
    counts: tuple[int, ...]
    samples: tuple[int, ...]
    rate: tuple[int | None, int | None]
    synch: int | None

    def read_counts(self, rows: Bytes) -> NDArray[np.int64]:
        """smpCnt, shape (frame, ASDU).

        Parameters
        ----------
        rows : ndarray of uint8, shape (frame, octet)
        """
        return np.stack([_field(rows, at, 2, ">u2")[:, 0] for at in self.counts], 1).astype("i8")

    def read_samples(self, rows: Bytes) -> NDArray[np.uint32]:
        """Values and qualities in turn, shape (frame, ASDU, 2 * channel).

        Parameters
        ----------
        rows : ndarray of uint8, shape (frame, octet)
        """
        size = 8 * self.stream.values
        return np.stack([_field(rows, at, size, ">u4") for at in self.samples], axis=1)


def _field(rows: Bytes, at: int, size: int, kind: str) -> NDArray[np.unsignedinteger]:
    return rows[:, at : at + size].view(kind)


class Layout:
    """Offsets of all that a frame holds, and the octets that its likes share.

    Parameters
    ----------
    octets : bytes
        The frame.
    message : Message
        What it holds.

    Attributes
    ----------
    parts : tuple of Part
        One for each stream in the frame.
    simulated : bool
    """

    def __init__(self, octets: bytes, message: Message) -> None:
        self.length = len(octets)
        self.parts = _parts(message)
        self.simulated = message.simulated
        self._stop = message.stop
        template = np.frombuffer(octets, dtype=np.uint8)[: self._stop]
        fixed = np.full(self._stop, 0xFF, dtype=np.uint8)
        for asdu in message.asdus:
            for tag in VARIABLE:
                if tag in asdu.fields:
                    fixed[asdu.fields[tag].start : asdu.fields[tag].stop] = 0
        self._fixed = np.flatnonzero(fixed)
        self._template = template[self._fixed]

    def matches(self, rows: Bytes) -> NDArray[np.bool_]:
        """Which frames are like this one, shape (frame,).

        Parameters
        ----------
        rows : ndarray of uint8, shape (frame, `length`)
        """
        if len(rows) == 0:
            return np.zeros(0, dtype=np.bool_)
        found: NDArray[np.bool_] = (rows[:, self._fixed] == self._template).all(axis=1)
        return found


def _parts(message: Message) -> tuple[Part, ...]:
    members: dict[StreamId, list[int]] = {}
    for number, asdu in enumerate(message.asdus):
        stream = StreamId(asdu.svid, message.appid, message.source, asdu.values)
        members.setdefault(stream, []).append(number)
    return tuple(_part(message, stream, numbers) for stream, numbers in members.items())


def _part(message: Message, stream: StreamId, numbers: list[int]) -> Part:
    asdus = [message.asdus[number] for number in numbers]
    first = asdus[0]
    return Part(
        stream,
        first.dataset,
        tuple(asdu.fields[COUNT].start for asdu in asdus),
        tuple(asdu.fields[SAMPLE].start for asdu in asdus),
        (first.number(RATE), first.number(MODE)),
        first.number(SYNCH),
    )
