"""ExchangeFile: a line for each request and its answer, as CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from smartx96.errors import OptionError, printable
from smartx96.modbus.traffic import Exchange, Message
from smartx96.modbus.watch.passwords import hexadecimal
from smartx96.modbus.watch.rotating_file import LIMIT, RotatingFile
from smartx96.modbus.watch.subject import heading, outcome, subject

COLUMNS = ("time", "port", "client", "unit", "function", "address", "quantity", "first", "last",
           "outcome", "request", "answer")  # fmt: skip
OPTION = "--trace"


def _csv_line(values: tuple[Any, ...]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()


def _json_line(values: tuple[Any, ...]) -> str:
    return json.dumps(dict(zip(COLUMNS, values, strict=True)), ensure_ascii=False) + "\n"


class ExchangeFile:
    """Writes every exchange, without passwords.

    Parameters
    ----------
    path : Path
        Ends in `.csv` or `.jsonl`.
    report : callable
        Called with one line when the disk does not take more.
    limit : int, optional
        Size at which it is begun anew [bytes].

    Raises
    ------
    OptionError
        The suffix is another, or the file is not one of ours or cannot be written.
    """

    def __init__(self, path: Path, report: Callable[[str], None], limit: int = LIMIT) -> None:
        kinds = {
            ".csv": (_csv_line, _csv_line(COLUMNS).encode(), _csv_line(COLUMNS).encode()),
            ".jsonl": (_json_line, b'{"time": "', b""),
        }
        if path.suffix.lower() not in kinds:
            raise OptionError(f"{OPTION} {path}: give a name that ends in {' or '.join(kinds)}")
        self._line, mark, head = kinds[path.suffix.lower()]
        self._file = RotatingFile(OPTION, path, mark, lambda: head, report, limit)

    def message(self, message: Message) -> None:
        """Bytes are not written."""

    def exchange(self, exchange: Exchange) -> None:
        """Write a line."""
        time, port, client, unit, request, answer = exchange
        about = subject(heading(request))
        stamp = datetime.fromtimestamp(time, UTC).isoformat(timespec="microseconds")
        shown = None if answer is None else answer.hex()
        line = self._line((
            stamp.replace("+00:00", "Z"), printable(port), printable(client), unit, *about,
            outcome(answer), hexadecimal(request), shown,
        ))  # fmt: skip
        self._file.write(line.encode())

    def close(self) -> None:
        """Close the file."""
        self._file.close()
