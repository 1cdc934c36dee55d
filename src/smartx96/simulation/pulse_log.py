"""PulseLog: an emitter that remembers pulses."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from smartx96.meter.pulse import OUTPUTS, Pulse
from smartx96.outputs.sink import PulseJournal

MOST = 100_000
"""Pulses that are remembered of each output: seven hours at full load; older ones make room."""


class PulseLog:
    """The last pulses of each output, as an `Emitter`.

    Parameters
    ----------
    journal : PulseJournal
    """

    def __init__(self, journal: PulseJournal) -> None:
        self._journal = journal
        self._pulses: dict[int, deque[Pulse]] = {n: deque(maxlen=MOST) for n in OUTPUTS}

    def emit(self, pulses: Iterable[Pulse], until: int) -> None:
        """Remember the pulses of a commit; nobody waits for their time.

        Raises
        ------
        StoreError
            The journal cannot be written.
        """
        made = list(pulses)
        for output, log in self._pulses.items():
            own = [pulse for pulse in made if pulse.output == output]
            if own:
                self._journal.advance(output, own[-1].number)
                log.extend(own)

    def power_off(self, time: int) -> None:
        """Nothing is to be done: what is remembered has no contact."""

    def close(self) -> None:
        """Nothing is to be done."""

    def of(self, output: int) -> tuple[Pulse, ...]:
        """The pulses of an output, the oldest first."""
        return tuple(self._pulses[output])
