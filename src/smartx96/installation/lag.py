"""Lag: by how much a meter is behind real time, or behind the pace that it was given."""

from __future__ import annotations

BEHIND = 1.0
"""A meter that is this late cannot keep up [s]."""

CAUGHT_UP = 0.5
"""One that was behind has caught up when it is no later than this [s]."""


class Lag:
    """How late each piece of a signal is measured.

    Attributes
    ----------
    seconds : float
        Lateness of the last piece [s].
    behind : bool
        Whether the meter cannot keep up, or has not caught up since.
    """

    def __init__(self) -> None:
        self.seconds = self._worst = 0.0
        self.behind = False

    def note(self, seconds: float) -> None:
        """Note that a piece is so late; below 0 it was waited for [s]."""
        self.seconds = max(seconds, 0.0)
        self._worst = max(self._worst, self.seconds)
        self.behind = self.seconds > (CAUGHT_UP if self.behind else BEHIND)

    def worst(self) -> float:
        """The largest lateness since this was asked last [s]."""
        found, self._worst = self._worst, self.seconds
        return found
