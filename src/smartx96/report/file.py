"""File: a page that appears under its name only when it is whole."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from types import TracebackType

from smartx96.errors import OptionError
from smartx96.installation.measurement import Measurement
from smartx96.meter.configuration import Configuration
from smartx96.models import Wiring
from smartx96.report.observation import Observation
from smartx96.report.page import page
from smartx96.report.subject import Subject
from smartx96.samples.source import Source

SUFFIX = ".html"


class ReportFile:
    """A page to be written at the end of what is entered here.

    Parameters
    ----------
    path : Path
    wiring : Wiring

    Attributes
    ----------
    observation : Observation
        Listens to the measurement that is to be written.

    Raises
    ------
    OptionError
        The suffix is not `SUFFIX` or the path a folder; on entering and writing, that the
        file cannot be written.
    """

    def __init__(self, path: Path, wiring: Wiring) -> None:
        if path.suffix.lower() != SUFFIX:
            raise OptionError(
                f"report {path}: cannot write {path.suffix or 'no suffix'}; use {SUFFIX}"
            )
        if path.is_dir():
            raise OptionError(f"report {path}: is a folder; give a file name")
        self.observation = Observation(wiring)
        self._path = path
        self._partial = path.with_name(f".{path.name}.{os.getpid()}.partial")

    def __enter__(self) -> ReportFile:
        # Opened before the work begins, so that a folder that takes no file is told at once.
        try:
            self._file = self._partial.open("wb")
        except OSError as error:
            raise OptionError(
                f"report {self._path}: cannot write there: {error.strerror}"
            ) from None
        return self

    def write(self, recording: str, source: Source, configuration: Configuration,
              measured: Measurement) -> None:  # fmt: skip
        """Write the page of what was measured, whole, and give it its name."""
        text = page(Subject(recording, source, configuration, measured, self.observation))
        try:
            self._file.write(text.encode())
            self._file.close()
            self._partial.replace(self._path)
        except OSError as error:
            reason = error.strerror or str(error)
            raise OptionError(f"report {self._path}: cannot be written: {reason}") from None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        with contextlib.suppress(OSError):
            self._file.close()
        self._partial.unlink(missing_ok=True)
