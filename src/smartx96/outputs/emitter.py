"""PulseEmitter: pulses into files, as soon as they are committed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from operator import attrgetter

from smartx96.meter.pulse import Pulse
from smartx96.outputs.outlets import Claim, Outlets, Report, Teller
from smartx96.outputs.sink import PulseJournal, PulseSink

_MOST_WAITING = 100_000
"""Pulses that wait for a journal that cannot be written; the oldest make room."""


class PulseEmitter:
    """Emits pulses in order of time, each entered into the journal first.

    So a sudden end loses at most one pulse of each output and doubles none. It is to be used also
    where there are no sinks: the journal counts on, and a sink that is added later begins with the
    pulses of its own time.

    Parameters
    ----------
    journal : PulseJournal
    sinks : sequence of PulseSink
        Files; contacts need `RealTimeEmitter`.
    report : callable
        Called with one line when a sink or the journal begins to fail, and when it works again.
    """

    def __init__(self, journal: PulseJournal, sinks: Sequence[PulseSink], report: Report) -> None:
        self._report = Teller(report)
        self._outlets = Outlets(journal, sinks, self._report)
        self._waiting: deque[Pulse] = deque()

    def emit(self, pulses: Iterable[Pulse], until: int) -> None:
        """Emit the pulses of a commit, after those that still wait.

        Parameters
        ----------
        pulses : iterable of Pulse
        until : int
            Does not matter here: files need no pace.
        """
        ordered = sorted(pulses, key=attrgetter("time"))
        # Where nobody gets them the journal needs no more than the last of each output.
        last = {pulse.output: pulse for pulse in ordered}
        self._waiting.extend(ordered if self._outlets.sinks else last.values())
        while self._waiting:
            claim = self._outlets.claim(self._waiting[0])
            if claim is Claim.REFUSED:
                self._make_room()
                return
            pulse = self._waiting.popleft()
            if claim is Claim.NEW:
                self._outlets.put(pulse)

    def _make_room(self) -> None:
        surplus = len(self._waiting) - _MOST_WAITING
        if surplus > 0:
            for _ in range(surplus):
                self._waiting.popleft()
            self._report(f"count of emitted pulses: {surplus} that waited for it are lost")

    def power_off(self, time: int) -> None:
        """Nothing is to be done: a pulse in a file is over as soon as it is written."""

    def close(self) -> None:
        """Emit what waits and close the files."""
        self.emit((), 0)
        self._outlets.close()
