"""Writers of rows: CSV, .npz and Parquet, by suffix."""

from __future__ import annotations

import contextlib
import os
import tempfile
import zipfile
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol

import numpy as np

from smartx96.errors import OptionError
from smartx96.metrology.kernels import Values
from smartx96.metrology.readings import Readings
from smartx96.samples.extras import library
from smartx96.tables.rows import COLUMNS, Stamps, rows


class _Format(Protocol):
    def begin(self, file: IO[bytes]) -> None: ...
    def add(self, file: IO[bytes], table: Values) -> None: ...
    def end(self, file: IO[bytes]) -> None: ...
    def close(self) -> None: ...


class _Csv:
    """Comma-separated, a header row, empty where not available."""

    def begin(self, file: IO[bytes]) -> None:
        file.write((",".join(COLUMNS) + "\n").encode())

    def add(self, file: IO[bytes], table: Values) -> None:
        lines = [",".join(["" if x != x else repr(x) for x in row]) for row in table.tolist()]
        file.write(("\n".join(lines) + "\n").encode())

    def end(self, file: IO[bytes]) -> None:
        """Nothing follows the last row."""

    def close(self) -> None:
        """There is nothing but the file."""


class _Npz:
    """One array a column; rows wait in a scratch file, so that memory does not grow."""

    def begin(self, file: IO[bytes]) -> None:
        # Beside the target: the folder for temporary files may be in memory.
        folder = os.path.dirname(file.name) or "."
        self._scratch = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - in `close`
        self._rows = 0

    def add(self, file: IO[bytes], table: Values) -> None:
        self._scratch.write(np.ascontiguousarray(table).tobytes())
        self._rows += len(table)

    def end(self, file: IO[bytes]) -> None:
        self._scratch.flush()
        shape = (self._rows, len(COLUMNS))
        table = np.memmap(self._scratch, np.float64, "r", shape=shape) if self._rows else None
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for n, name in enumerate(COLUMNS):
                column = np.empty(0) if table is None else np.ascontiguousarray(table[:, n])
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, column, allow_pickle=False)
        del table

    def close(self) -> None:
        self._scratch.close()


class _Parquet:
    """One column a quantity, null where not available; row groups of a few thousand windows."""

    ROWS = 4096

    def __init__(self) -> None:
        self._arrow, self._parquet = library("pyarrow"), library("pyarrow.parquet")
        self._writer: Any = None

    def begin(self, file: IO[bytes]) -> None:
        types = {"flags": self._arrow.int64()}
        self._schema = self._arrow.schema(
            [(name, types.get(name, self._arrow.float64())) for name in COLUMNS]
        )
        self._writer = self._parquet.ParquetWriter(file, self._schema, compression="zstd")
        self._waiting: list[Values] = []

    def add(self, file: IO[bytes], table: Values) -> None:
        self._waiting.append(table)
        if sum(map(len, self._waiting)) >= self.ROWS:
            self._flush()

    def _flush(self) -> None:
        table, self._waiting = np.concatenate(self._waiting), []
        columns = [
            self._arrow.array(np.ascontiguousarray(column), mask=np.isnan(column)).cast(field.type)
            for column, field in zip(table.T, self._schema, strict=True)
        ]
        self._writer.write_batch(self._arrow.record_batch(columns, schema=self._schema))

    def end(self, file: IO[bytes]) -> None:
        if self._waiting:
            self._flush()
        self._writer.close()

    def close(self) -> None:
        if self._writer is not None:
            with contextlib.suppress(OSError, ValueError):
                self._writer.close()


FORMATS: dict[str, type[_Format]] = {".csv": _Csv, ".npz": _Npz, ".parquet": _Parquet}
"""Formats of readings by suffix."""


class ReadingsFile:
    """A file of readings; appears under its name only when it is complete.

    Parameters
    ----------
    path : Path
        The suffix chooses the format.

    Raises
    ------
    OptionError
        The suffix is none of `FORMATS` or the path a folder; on entering and leaving, that the file
        cannot be written.
    """

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() not in FORMATS:
            known = ", ".join(FORMATS)
            raise OptionError(
                f"readings {path}: cannot write {path.suffix or 'no suffix'}; use {known}"
            )
        if path.is_dir():
            raise OptionError(f"readings {path}: is a folder; give a file name")
        self._path = path
        self._partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        self._format = FORMATS[path.suffix.lower()]()

    def __enter__(self) -> ReadingsFile:
        with contextlib.ExitStack() as undone:  # also Ctrl-C leaves nothing behind
            undone.callback(self._partial.unlink, missing_ok=True)
            try:
                self._file = undone.enter_context(self._partial.open("wb"))
                self._format.begin(self._file)
            except OSError as error:
                raise OptionError(
                    f"readings {self._path}: cannot write there: {error.strerror}"
                ) from None
            undone.pop_all()
        return self

    def add(self, windows: Stamps, readings: Readings) -> None:
        """Add a row for each window or interval."""
        self._format.add(self._file, rows(windows, readings))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        try:
            if kind is None:
                self._format.end(self._file)
                self._file.close()
                self._partial.replace(self._path)
        except OSError as failure:
            reason = failure.strerror or str(failure)
            raise OptionError(f"readings {self._path}: cannot be written: {reason}") from None
        finally:
            self._format.close()
            with contextlib.suppress(OSError):
                self._file.close()
            self._partial.unlink(missing_ok=True)
