"""Journal: what became of the meters of a project, on the disk before it counts."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from smartx96.errors import OptionError

LARGEST = 20_000_000
"""Largest journal [bytes]."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a journal knows of a meter.

    Parameters
    ----------
    serial_number : int or None
        As it told it when it was found last.
    unit : int or None
        Address that it had then, or to which it stepped aside.
    done : str
        Fingerprint of what it was set to since the last begin; empty where it was not.
    time : str
        When that was.
    """

    serial_number: int | None = None
    unit: int | None = None
    done: str = ""
    time: str = ""


class Journal:
    """A file of lines, each a JSON object: a begin, or what became of one meter.

    A line that a power cut left unfinished counts as not written.

    Parameters
    ----------
    path : Path

    Raises
    ------
    OptionError
        The file cannot be read or written, or another push has it.

    Attributes
    ----------
    known : dict of str to Known
        By the names of the meters, as it stood when it was opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            # Each write goes to the system as it is: nothing is left to be written on closing.
            self._file = path.open("a+b", buffering=0)
            try:
                _lock(self._file.fileno(), path)
                self.known = _known(self._read())
            except BaseException:
                self._file.close()
                raise
        except OSError as error:
            raise OptionError(f"journal {path}: {error.strerror or error}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self._file.close()

    def begin(self) -> None:
        """What was done before does not count any more; where meters are found does."""
        self._append({"event": "begin"})

    def found(self, meter: str, serial_number: int | None, unit: int) -> None:
        """A meter is about to be set, or to step aside to an address."""
        self._append(
            {"event": "found", "meter": meter, "serial_number": serial_number, "unit": unit}
        )

    def done(self, meter: str, serial_number: int | None, unit: int, fingerprint: str) -> None:
        """A meter has all that it is to have, by its own word."""
        self._append({"event": "done", "meter": meter, "serial_number": serial_number,
                      "unit": unit, "fingerprint": fingerprint})  # fmt: skip

    def _append(self, event: dict[str, Any]) -> None:
        """Write a line that is on the disk when this returns.

        Raises
        ------
        OptionError
            It cannot be written.
        """
        time = datetime.now(UTC).isoformat(timespec="seconds")
        line = (json.dumps({"time": time, **event}) + "\n").encode()
        try:
            if self._file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._file.fileno())
        except OSError as error:
            raise OptionError(f"journal {self.path}: {error.strerror or error}") from None

    def _read(self) -> bytes:
        self._file.seek(0)
        data = _content(self._file, self.path)
        if data and not data.endswith(b"\n"):
            self._file.write(b"\n")
        return data


def known_meters(path: Path) -> dict[str, Known]:
    """What a journal knows of meters by their names, as `Journal.known`; nothing is written.

    Raises
    ------
    OptionError
        The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return _known(_content(file, path))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise OptionError(f"journal {path}: {error.strerror or error}") from None


def _content(file: IO[bytes], path: Path) -> bytes:
    data = file.read(LARGEST + 1) or b""
    if len(data) > LARGEST:
        raise OptionError(
            f"journal {path}: larger than {LARGEST} bytes; remove it, unless a push that was "
            "stopped is to be resumed"
        )
    return data


def _known(data: bytes) -> dict[str, Known]:
    """Meters by name, as the lines of a journal tell of them one after the other."""
    found = dict[str, Known]()
    for line in data.split(b"\n"):
        try:
            event = json.loads(line)
            if event["event"] == "begin":
                found = {name: Known(k.serial_number, k.unit) for name, k in found.items()}
                continue
            found[str(event["meter"])] = _one(event)
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    return found


def _one(event: Mapping[str, Any]) -> Known:
    number, unit = event["serial_number"], event["unit"]
    if not isinstance(number, int | None) or not isinstance(unit, int):
        raise TypeError("no line of a journal")
    return Known(number, unit, str(event.get("fingerprint", "")), str(event["time"]))


def _lock(file: int, path: Path) -> None:
    """Keep others from the journal until it is closed; where the system has no such locks nobody
    is kept.
    """
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OptionError(
            f"journal {path}: another push of this project is under way; wait until it has ended"
        ) from None


def journal_path(project: Path) -> Path:
    """The journal of a project: beside it."""
    return project.with_name(f"{project.stem}.journal.jsonl")
