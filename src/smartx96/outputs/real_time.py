"""RealTimeEmitter: pulses on contacts, at the pace of the sample clock."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread

from smartx96.meter.pulse import OUTPUTS, Pulse
from smartx96.outputs.outlets import Outlets, Report, Teller, Trouble
from smartx96.outputs.pace import LATENCY, Pace
from smartx96.outputs.paced_output import Clock, PacedOutput
from smartx96.outputs.sink import PulseJournal, PulseSink

_DRAINING = 1_000_000
"""Beyond the latency, time that pulses have at the end to go out [us]."""


_RETRY = 0.1
"""Time to the next attempt after a fault that nobody expected [s]."""

_SWITCH_INTERVAL = 0.0005
"""Other threads give way to an edge after this time [s]; Python's own 5 ms could be seen on it."""


def monotonic() -> int:
    """The computer's clock since it was started, which nobody sets [us]."""
    return time.monotonic_ns() // 1000


class RealTimeEmitter:
    """Emits pulses a constant latency after their time on the sample clock, from a thread of its
    own.

    A pulse is entered into the journal just before its rising edge; those that wait are not emitted
    yet, and a meter that ends suddenly counts them again when it starts. Files among the sinks get
    a pulse right after its rising edge.

    Parameters
    ----------
    journal : PulseJournal
        Called from the thread.
    sinks : sequence of PulseSink
    report : callable
        Called with one line, from the thread, when a sink or the journal begins to fail, and when
        it works again.
    latency : int
        [us]; more than the time between two commits, else pulses come late.
    clock : callable
        The computer's clock, which is never set [us].
    """

    def __init__(
        self,
        journal: PulseJournal,
        sinks: Sequence[PulseSink],
        report: Report,
        latency: int = LATENCY,
        clock: Clock = monotonic,
    ) -> None:
        sys.setswitchinterval(min(sys.getswitchinterval(), _SWITCH_INTERVAL))
        self._report, self._clock = Teller(report), clock
        self._outlets = Outlets(journal, sinks, self._report)
        self._trouble = Trouble("pulses", self._report)
        self._pace = Pace(latency)
        self._outputs = {
            output: PacedOutput(self._outlets, self._pace, clock, output) for output in OUTPUTS
        }
        self._overrun = False
        self._deadline: int | None = None
        self._messages: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._thread = Thread(target=self._run, name="pulses", daemon=True)
        self._thread.start()

    def emit(self, pulses: Iterable[Pulse], until: int) -> None:
        """Emit the pulses of a commit when they are due; returns at once.

        Parameters
        ----------
        pulses : iterable of Pulse
        until : int
            Time up to which the meter has given its pulses [us]. The pace is taken from it: to be
            told at every commit, also without pulses.
        """
        self._messages.put(partial(self._take, list(pulses), until, self._clock()))

    def power_off(self, time: int) -> None:
        """The meter lost its supply at `time`: a pulse so far that lasts beyond is cut there [us].

        Pulses before `time` still go out, the latency later.
        """
        self._messages.put(partial(self._cut, time))

    def close(self) -> None:
        """Let the waiting pulses go out, for the latency and a second at most, and open all."""
        self._messages.put(self._end)
        self._thread.join()

    def _run(self) -> None:
        while not self._finished():
            if not self._trouble.attempt(self._turn):
                time.sleep(_RETRY)
        self._outlets.close()

    def _turn(self) -> None:
        """Wait for a message or an edge, and do what it asks for."""
        try:
            message = self._messages.get(timeout=self._patience())
        except Empty:
            pass
        else:
            message()
        for output in self._outputs.values():
            output.step()

    def _patience(self) -> float | None:
        """Time to the next edge [s]; None where none is in sight."""
        times = [self._deadline, *(output.next() for output in self._outputs.values())]
        known = [time for time in times if time is not None]
        return max(0, min(known) - self._clock()) / 1e6 if known else None

    def _finished(self) -> bool:
        if self._deadline is None:
            return False
        idle = all(output.idle for output in self._outputs.values())
        return idle or self._clock() >= self._deadline

    def _take(self, pulses: list[Pulse], until: int, now: int) -> None:
        self._pace.observe(now, until)
        taken = [self._outputs[pulse.output].add(pulse, until) for pulse in pulses]
        if not all(taken) and not self._overrun:
            self._report("pulses: more wait than the contacts can give; those beyond are lost")
        self._overrun = not all(taken)

    def _cut(self, time: int) -> None:
        for output in self._outputs.values():
            output.power_off(time)

    def _end(self) -> None:
        self._deadline = self._clock() + self._pace.latency + _DRAINING
