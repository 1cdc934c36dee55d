"""PulseInput: pulses as they come, from a growing file or a line of a GPIO chip."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from smartx96.errors import ListenError, OptionError
from smartx96.outputs.gpio import SCHEME, lines_of
from smartx96.outputs.pulse_csv import PulseCsv
from smartx96.samples.extras import library
from smartx96.typetest.external.bench.metered import UPDATE

_AT_ONCE = 1 << 20
"""Bytes of a file that are looked at in one go."""


@dataclass(frozen=True, slots=True)
class Edge:
    """The beginning of a pulse.

    Parameters
    ----------
    time : float
        Of this computer's monotonic clock [s].
    width : float
        How well it is known [s].
    """

    time: float
    width: float


class PulseInput(Protocol):
    """Where pulses come in.

    Attributes
    ----------
    name : str
    pause : float
        Between two looks [s].
    width : float
        How well the time of a pulse is known [s].
    """

    name: str
    pause: float
    width: float

    def drain(self) -> list[Edge]:
        """Pulses since the last time."""

    def close(self) -> None:
        """Let go of it."""


def open_pulses(text: str, option: str) -> PulseInput:
    """From `FILE.csv`, `FILE.csv:OUTPUT` or `gpio:CHIP:LINE[:active-low]`.

    Raises
    ------
    OptionError
        It is none of these.
    ListenError, MissingExtraError
        The line cannot be had.
    """
    if text.startswith(SCHEME):
        return GpioInput(text, option)
    path, _, output = text.rpartition(":") if text[-2:] in (":1", ":2") else (text, "", "2")
    if Path(path).suffix.lower() != ".csv":
        raise OptionError(f"{option} {text}: give FILE.csv, FILE.csv:OUTPUT or gpio:CHIP:LINE")
    return FileInput(Path(path), output)


class FileInput:
    """A file that `x96 run --pulses` writes, from where it ends now.

    A pulse has the time at which it is found in the file: the times that stand there are those of
    the meter's own clock, whose error they would hide.

    Parameters
    ----------
    path : Path
    output : str
        Number of the output.
    """

    pause = 0.01
    width = UPDATE

    def __init__(self, path: Path, output: str) -> None:
        self.name, self._path = str(path), path
        self._output = output.encode()
        self._place = self._end()

    def drain(self) -> list[Edge]:
        """Rows of the output since the last time."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._place)
                data = file.read(_AT_ONCE)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ListenError(f"{self.name}: cannot be read: {error.strerror}") from None
        whole = data.rfind(b"\n") + 1
        rows = data[:whole].splitlines()
        if self._place == 0 and rows and rows.pop(0) + b"\n" != PulseCsv.head:
            raise OptionError(f"{self.name}: is no file of pulses, as x96 run --pulses writes them")
        self._place += whole
        now = time.monotonic()
        return [Edge(now, self.width) for row in rows if row.partition(b",")[0] == self._output]

    def close(self) -> None:
        """Nothing is held."""

    def _end(self) -> int:
        with contextlib.suppress(OSError), self._path.open("rb") as file:
            if file.read(len(PulseCsv.head)) != PulseCsv.head:
                return 0
            # Back to the last whole row: one may be on its way.
            size = file.seek(0, 2)
            file.seek(max(len(PulseCsv.head), size - 4096))
            begin = file.tell()
            return begin + file.read().rfind(b"\n") + 1
        return 0


class GpioInput:
    """A line of a GPIO chip, whose edges the kernel times.

    Parameters
    ----------
    text : str
        `gpio:CHIP:LINE[:active-low]`.
    option : str
        For messages.
    """

    pause = 0.02
    width = 1e-3
    """Assumed for contact and interrupt."""

    def __init__(self, text: str, option: str) -> None:
        self.name = text
        found = lines_of(text)
        if len(found.lines) != 1:
            raise OptionError(f"{option} {text}: one line is due, such as gpio:/dev/gpiochip0:17")
        (line,) = found.lines.values()
        gpiod = library("gpiod", "gpio")
        settings = gpiod.LineSettings(
            direction=gpiod.line.Direction.INPUT, edge_detection=gpiod.line.Edge.RISING,
            active_low=found.active_low, event_clock=gpiod.line.Clock.MONOTONIC,
        )  # fmt: skip
        try:
            self._request: Any = gpiod.request_lines(
                found.chip, consumer="x96", config={line: settings}
            )
        except (OSError, ValueError) as error:
            raise ListenError(f"{option} {text}: {error}") from None

    def drain(self) -> list[Edge]:
        """Edges since the last time."""
        found = []
        try:
            while self._request.wait_edge_events(timedelta(0)):
                events = self._request.read_edge_events()
                found += [Edge(event.timestamp_ns / 1e9, self.width) for event in events]
        except OSError as error:
            raise ListenError(f"{self.name}: {error.strerror}") from None
        return found

    def close(self) -> None:
        """Give the line back."""
        self._request.release()
