"""A programmable source of voltages and currents, as a bench has one; nothing of the project.

It sends raw samples (f32le, volt and ampere) to one or several UDP ports, and takes what
`x96 typetest --set-command` says on a TCP port: one JSON document for each connection.
"""

from __future__ import annotations

import json
import math
import shlex
import socket
import sys
import threading
import time
from pathlib import Path

import numpy as np

RATE = 4000
STEP = 40

_SET = """
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as line:
    line.sendall(sys.stdin.buffer.read())
    line.shutdown(socket.SHUT_WR)
    said = line.recv(1000).decode()
sys.exit(said if said != "ok" else 0)
"""


class ProgrammableSource:
    """Samples of what was set last; dead until then.

    Parameters
    ----------
    ports : int
        UDP ports on this machine that get the samples.
    refuses : int
        It fails from so many settings on.
    """

    def __init__(self, *ports: int, refuses: int = 1 << 30) -> None:
        self._targets = [("127.0.0.1", port) for port in ports]
        self._lines: list[list] = [[] for _ in range(6)]
        self._refuses = refuses
        self.heard: list[dict] = []
        self._control = socket.create_server(("127.0.0.1", 0))
        self._end = threading.Event()
        self._threads = [threading.Thread(target=x, daemon=True) for x in (self._send, self._obey)]

    def __enter__(self) -> ProgrammableSource:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._control.shutdown(socket.SHUT_RDWR)
        self._control.close()
        for thread in self._threads:
            thread.join()

    def command(self, folder: Path) -> str:
        script = folder / "set.py"
        script.write_text(_SET)
        port = str(self._control.getsockname()[1])
        return shlex.join([sys.executable, "-S", str(script), port])

    def _obey(self) -> None:
        while not self._end.is_set():
            try:
                line, _ = self._control.accept()
            except OSError:
                return
            with line, line.makefile("rb") as text:
                self.heard.append(found := json.loads(text.read()))
                if sum(x["action"] == "set" for x in self.heard) > self._refuses:
                    line.sendall(b"fuse of L2 blown")
                    continue
                self._apply(found)
                line.sendall(b"ok")

    def _apply(self, found: dict) -> None:
        self.give(found.get("lines", {}) if found["action"] == "set" else {})

    def give(self, lines: dict[str, list]) -> None:
        """Sums of (frequency [Hz], rms, phase [degrees]) by channel, `v1` to `i3`; others get 0."""
        self._lines = [lines.get(role, []) for role in ("v1", "v2", "v3", "i1", "i2", "i3")]

    def _frames(self, sent: int) -> bytes:
        turns = np.arange(sent, sent + STEP) / RATE
        wave = np.zeros((6, STEP))
        for channel, lines in zip(wave, self._lines, strict=True):
            for frequency, rms, phase in lines:
                angle = 2 * np.pi * frequency * turns + math.radians(phase)
                channel += math.sqrt(2) * rms * (np.sin(angle) if frequency else 1 / math.sqrt(2))
        return wave.T.astype("<f4").tobytes()

    def _send(self) -> None:
        begun, sent = time.monotonic(), 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            while not self._end.is_set():
                frames = self._frames(sent)
                for target in self._targets:
                    sender.sendto(frames, target)
                sent += STEP
                time.sleep(max(0.0, begun + sent / RATE - time.monotonic()))
