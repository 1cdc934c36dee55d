"""Folder: the files of a type test, each of which appears under its name when it is whole."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from smartx96.errors import OptionError
from smartx96.report.typetest.page import page
from smartx96.report.typetest.typeset import required, typeset

NAME = "typetest"
"""Of every file, before its suffix."""


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

    def __enter__(self) -> ReportFolder:
        if self._pdf:
            required()
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

    def write(self, text: str) -> list[Path]:
        """Write JSON, page and PDF.

        Parameters
        ----------
        text : str
            The results as JSON; page and PDF are made of it alone.

        Returns
        -------
        list of Path
        """
        document: Mapping[str, Any] = json.loads(text)
        made = {"json": text.encode(), "html": page(document).encode()}
        if self._pdf:
            made["pdf"] = typeset(document)
        try:
            for suffix, content in made.items():
                self._partial(suffix).write_bytes(content)
            # An older PDF would be taken for one of these results.
            (self._path / f"{NAME}.pdf").unlink(missing_ok=True)
            return [self._named(suffix) for suffix in made]
        except OSError as error:
            reason = error.strerror or str(error)
            raise OptionError(f"-o {self._path}: cannot be written: {reason}") from None

    def _partial(self, suffix: str) -> Path:
        return self._path / f".{NAME}.{suffix}.{os.getpid()}.partial"

    def _named(self, suffix: str) -> Path:
        return self._partial(suffix).replace(self._path / f"{NAME}.{suffix}")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        for suffix in ("json", "html", "pdf"):
            self._partial(suffix).unlink(missing_ok=True)
        if kind is not None and self._made:
            # It stays where it holds anything.
            with contextlib.suppress(OSError):
                self._path.rmdir()
