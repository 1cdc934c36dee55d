"""Folder: the files of a type test, each of which appears under its name when it is whole."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from smartx96.errors import OptionError
from smartx96.report.contents_page import page
from smartx96.report.typeset import required, typeset
from smartx96.report.typetest.sections import contents

NAME = "typetest"
"""Of every file of the results, before its suffix."""
CALIBRATION = "calibration.toml"
"""Beside them: the settings of a meter that was calibrated."""


class ReportFolder:
    """A folder in which the results are put at the end of what is entered here.

    Parameters
    ----------
    path : Path
        It is made where it is not there.
    pdf : bool
        Whether there shall be one.

    Raises
    ------
    OptionError
        On entering and writing: there is no such folder to be had, or it takes no files.
    MissingExtraError
        On entering: typst, which makes the PDF, is not installed.
    """

    def __init__(self, path: Path, *, pdf: bool = True) -> None:
        self._path, self._pdf = path, pdf
        self._made = False
        self._partials: set[Path] = set()

    def __enter__(self) -> ReportFolder:
        if self._pdf:
            required("--no-pdf")
        # Tried before the work begins, which may last minutes.
        try:
            self._made = not self._path.exists()
            self._path.mkdir(parents=True, exist_ok=True)
            probe = self._partial("probe")
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            reason = error.strerror or str(error)
            raise OptionError(f"-o {self._path}: no folder to write to: {reason}") from None
        return self

    def write(self, text: str, beside: Mapping[str, str] | None = None) -> list[Path]:
        """Write JSON, page and PDF.

        Parameters
        ----------
        text : str
            The results as JSON; page and PDF are made of it alone.
        beside : mapping of str to str, optional
            Other files by their names.

        Returns
        -------
        list of Path
        """
        report = contents(json.loads(text))
        made = {f"{NAME}.json": text.encode(), f"{NAME}.html": page(report).encode()}
        if self._pdf:
            made[f"{NAME}.pdf"] = typeset(report)
        made |= {name: content.encode() for name, content in (beside or {}).items()}
        try:
            for name, content in made.items():
                self._partial(name).write_bytes(content)
            # An older one would be taken for one of these results.
            for name in {f"{NAME}.pdf", CALIBRATION} - set(made):
                (self._path / name).unlink(missing_ok=True)
            return [self._partial(name).replace(self._path / name) for name in made]
        except OSError as error:
            reason = error.strerror or str(error)
            raise OptionError(f"-o {self._path}: cannot be written: {reason}") from None

    def _partial(self, name: str) -> Path:
        path = self._path / f".{name}.{os.getpid()}.partial"
        self._partials.add(path)
        return path

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        for path in self._partials:
            path.unlink(missing_ok=True)
        if kind is not None and self._made:
            # It stays where it holds anything.
            with contextlib.suppress(OSError):
                self._path.rmdir()
