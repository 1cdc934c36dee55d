"""LogLine: what `x96 log` says on the error output while it runs."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from smartx96.commands.live_line import RENEWAL, say

if TYPE_CHECKING:
    from smartx96.configuration.polling.recorder import Recorder
    from smartx96.tables.log.row import Row


class LogLine:
    """Lines for the user; on a terminal the last one is how it stands, renewed with each row.

    Parameters
    ----------
    meters : int

    Attributes
    ----------
    recorder : Recorder or None
        Whose account is told.
    """

    def __init__(self, meters: int) -> None:
        self._meters, self._terminal = meters, sys.stderr.isatty()
        self._time, self._answered = 0, 0
        self.recorder: Recorder | None = None

    def tell(self, text: str) -> None:
        """Print a line."""
        say(f"{RENEWAL if self._terminal else ''}{text}", err=True)

    def __call__(self, row: Row) -> None:
        """Take a row."""
        if row.time > self._time:
            self._time, self._answered = row.time, 0
        self._answered += row.fault is None and row.time == self._time
        if self._terminal and self.recorder is not None:
            # A line that fills the last column is renewed a line below.
            width = shutil.get_terminal_size().columns - 1
            say(RENEWAL + self._text(self.recorder)[:width], nl=False, err=True)

    def _text(self, recorder: Recorder) -> str:
        from smartx96.tables.log.row import moment

        waiting = f", {recorder.waiting} waiting" if recorder.waiting > self._meters else ""
        return (
            f"{moment(self._time)}  {self._answered} of {self._meters} answered  "
            f"{recorder.written} rows written{waiting}"
        )

    def close(self) -> None:
        """Make room for what follows."""
        if self._terminal:
            say(RENEWAL, nl=False, err=True)
