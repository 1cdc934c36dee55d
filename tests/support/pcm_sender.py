"""A sender of raw samples, as a process: three phases of 230 V and 5 A lagging by 30 degrees.

    pcm_sender.py TARGET RATE FORMAT SECONDS PIECE

TARGET is `-`, a path, `serve:PORT`, `tcp:PORT` or `udp:PORT`. The samples come at their rate, in
pieces of PIECE bytes wherever that cuts them; datagrams hold whole frames. Nothing here is of the
project: full scale is 500 V and 20 A.
"""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable, Iterator

import numpy as np

FULL_SCALE = np.repeat([500.0, 20.0], 3)
WIDTH = {"s16le": 2, "s24le": 3, "s32le": 4, "f32le": 4}


def signal(first: int, count: int, rate: float) -> np.ndarray:
    """Samples [V, A], shape (6, count)."""
    turn = 2 * np.pi * 50 * np.arange(first, first + count) / rate
    shift = 2 * np.pi / 3 * np.arange(3)[:, np.newaxis]
    volts = 230 * np.sqrt(2) * np.sin(turn - shift)
    return np.vstack((volts, 5 * np.sqrt(2) * np.sin(turn - shift - np.pi / 6)))


def encoded(values: np.ndarray, format: str) -> bytes:
    """Interleaved samples, full scale 1 or the largest integer, which are its low bytes."""
    share = (values / FULL_SCALE[:, np.newaxis]).T
    if format == "f32le":
        return share.astype("<f4").tobytes()
    width = WIDTH[format]
    counts = np.rint(share * 2.0 ** (8 * width - 1)).astype("<i8")
    return np.ascontiguousarray(counts).view(np.uint8).reshape(-1, 8)[:, :width].tobytes()


def pieces(rate: float, format: str, seconds: float, size: int) -> Iterator[tuple[float, bytes]]:
    """Bytes, and the time at which they are due."""
    step, sent, waiting = max(1, int(rate // 100)), 0, b""
    while sent < seconds * rate:
        waiting += encoded(signal(sent, step, rate), format)
        sent += step
        while len(waiting) >= size:
            yield sent / rate, waiting[:size]
            waiting = waiting[size:]
    yield sent / rate, waiting


def opened(target: str) -> Callable[[bytes], object]:
    kind, _, port = target.partition(":")
    if kind == "udp":
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        return lambda data: sender.sendto(data, ("127.0.0.1", int(port)))
    if kind == "tcp":
        return socket.create_connection(("127.0.0.1", int(port))).sendall
    if kind == "serve":
        server = socket.create_server(("127.0.0.1", int(port)))
        return server.accept()[0].sendall
    return (sys.stdout.buffer if target == "-" else open(target, "wb", buffering=0)).write


def main(target: str, rate: float, format: str, seconds: float, size: int) -> None:
    send, begun = opened(target), time.monotonic()
    for due, piece in pieces(rate, format, seconds, size):
        time.sleep(max(0.0, begun + due - time.monotonic()))
        send(piece)
        if target == "-":
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    where, rate, format, seconds, size = sys.argv[1:]
    main(where, float(rate), format, float(seconds), int(size))
