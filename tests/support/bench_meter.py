"""A meter on a bench: `x96 run` with its page, on samples that a test sets while it runs."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from support.programmable_source import RATE, ProgrammableSource
from support.running import X96, Registers

PATIENCE = 60.0


class Meter:
    """A process of `x96 run` with pages; what it says goes into a file.

    Parameters
    ----------
    folder : Path
        Where that file is.
    arguments : str
    web : str
        Where the page is to be.
    environment : str
        Variables of its own.
    """

    def __init__(self, folder: Path, *arguments: str, web: str = "127.0.0.1:0", **environment: str):
        self._said = folder / f"said-{time.monotonic_ns()}.txt"
        with self._said.open("w") as said:
            self.process = subprocess.Popen(
                [*X96, "run", "--tcp", "127.0.0.1:0", "--web", web, *arguments],
                stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
                env=os.environ | environment,
            )  # fmt: skip
        try:
            self.web = self.port("page at http")
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web}/"

    def said(self, words: str) -> str:
        """The rest of the line in which some words are."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            text = self._said.read_text()
            found = re.search(f"{re.escape(words)}(.*)\n", text)
            if found:
                return found[1]
            assert self.process.poll() is None, text
            time.sleep(0.05)
        raise AssertionError(f"it never said {words!r}: {text}")

    def port(self, words: str) -> int:
        found = re.search(r":(\d+)", self.said(words))
        assert found, words
        return int(found[1])

    def registers(self, unit: int = 1) -> Registers:
        return Registers(self.port("Modbus TCP listens on"), unit)

    def kill(self) -> None:
        """End it as a power cut of the computer would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()


VOLTS, AMPERES, LAG = (230.14, 228.63, 231.36), (4.123, 3.457, 2.789), 25.0
FIFTH = 3.2
"""Of the voltage of L1, in percent."""


class Bench(Meter):
    """A meter whose voltages and currents are those of a programmable source."""

    def __init__(self, folder: Path, *arguments: str, **more: Any) -> None:
        source = ("--source", "udp:0", "--rate", str(RATE), "--format", "f32le")
        super().__init__(folder, *source, *arguments, **more)
        self.source = ProgrammableSource(self.port("on udp:"))
        self.source.__enter__()
        self.give()

    def give(self, *, volts: tuple[float, ...] = VOLTS, amperes: tuple[float, ...] = AMPERES,
             lag: float = LAG, sequence: int = 1, beat: float = 0.0) -> None:  # fmt: skip
        """Have the source give three phases.

        Parameters
        ----------
        volts, amperes : tuple of float
        lag : float
            Of the currents [degrees].
        sequence : int
            1 is L1, L2, L3; -1 is L1, L3, L2.
        beat : float
            Amplitude by which the voltages rise and fall without end, in percent.
        """
        lines: dict[str, list[tuple[float, float, float]]] = {}
        for n, (volt, ampere) in enumerate(zip(volts, amperes, strict=True)):
            place = -120.0 * n * sequence
            lines[f"v{n + 1}"] = [(50.0, volt, place), (50.7, volt * beat / 100, place)]
            lines[f"i{n + 1}"] = [(50.0, ampere, place - lag)]
        lines["v1"].append((250.0, volts[0] * FIFTH / 100, 0.0))
        self.source.give(lines)

    def cut(self) -> None:
        """Take the voltages and currents away."""
        self.source.give({})

    def stop(self) -> None:
        source = self.__dict__.pop("source", None)
        if source is not None:
            source.__exit__()
        super().stop()
