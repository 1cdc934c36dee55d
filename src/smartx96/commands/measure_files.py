"""MeasureFiles: what `measure` writes while it measures: rows, intervals, a report."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from smartx96.block import Block
from smartx96.errors import OptionError
from smartx96.installation.measurement import Measurement
from smartx96.meter.configuration import Configuration
from smartx96.metrology.intervals import Intervals, fan_out
from smartx96.samples.source import Source
from smartx96.tables.interval_table import IntervalTable
from smartx96.tables.writers import ReadingsFile


class MeasureFiles:
    """Files of one measurement; they appear when all is written, or not at all.

    Parameters
    ----------
    source : Source
    configuration : Configuration
    readings : Path or None
        Rows of windows, or of intervals where these are asked for.
    aggregate : str or None
        Name of the interval.
    report : Path or None
        Page of HTML.

    Attributes
    ----------
    listeners : tuple of callable
        What takes windows and readings.
    tap : callable or None
        What takes blocks.
    intervals : IntervalTable or None

    Raises
    ------
    OptionError
        A file would replace the recording, or cannot be written.
    """

    def __init__(self, source: Source, configuration: Configuration, *, readings: Path | None,
                 aggregate: str | None, report: Path | None) -> None:  # fmt: skip
        for path, option in ((readings, "--readings"), (report, "--report")):
            if path is not None:
                check_not_input(path, source, option)
        self._source, self._configuration = source, configuration
        self._readings, self._aggregate, self._report_path = readings, aggregate, report
        self._stack = contextlib.ExitStack()
        self.listeners: tuple[Callable[..., None], ...] = ()
        self.tap: Callable[[Block], None] | None = None
        self.intervals: IntervalTable | None = None
        self._running: Intervals | None = None
        self._report: Any = None

    def __enter__(self) -> MeasureFiles:
        with contextlib.ExitStack() as opening:
            self._open(opening)
            self._stack = opening.pop_all()
        return self

    def _open(self, stack: contextlib.ExitStack) -> None:
        rows: list[Callable[..., None]] = []
        if self._readings is not None:
            rows.append(stack.enter_context(ReadingsFile(self._readings)).add)
        if self._aggregate is not None:
            start = self._source.start
            begin = 0.0 if start is None else start.timestamp() % 86_400
            self.intervals = IntervalTable(self._aggregate)
            told = fan_out(*rows, self.intervals.add)
            self._running = Intervals(self._aggregate, told, begin)
            rows = [self._running.add]
        if self._report_path is not None:
            from smartx96.report.file import ReportFile

            file = ReportFile(self._report_path, self._configuration.wiring)
            self._report = stack.enter_context(file)
            rows.append(self._report.observation.add)
            self.tap = self._report.observation.take
        self.listeners = tuple(rows)

    def finish(self, recording: str, measured: Measurement) -> None:
        """The recording has ended: complete what waits for that."""
        if self._running is not None:
            self._running.finish()
        if self._report is not None:
            self._report.write(recording, self._source, self._configuration, measured)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self._stack.__exit__(kind, error, trace)


def check_not_input(path: Path, source: Source, option: str) -> None:
    """Raise an OptionError where what is written would replace the recording itself."""
    recording = getattr(source, "recording", None)
    if recording is None or not path.exists():
        return
    beside = (p for p in recording.path.parent.iterdir() if p.stem == recording.path.stem)
    if any(part.samefile(path) for part in beside):
        raise OptionError(f"{option} {path}: that is the recording; give another name")
