"""From what the user gives to an emitter with its sinks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from smartx96.errors import OptionError
from smartx96.outputs.emitter import PulseEmitter
from smartx96.outputs.gpio import SCHEME, GpioContacts
from smartx96.outputs.outlets import Report
from smartx96.outputs.pace import LATENCY
from smartx96.outputs.pulse_file import FORMATS, PulseFile
from smartx96.outputs.real_time import RealTimeEmitter
from smartx96.outputs.sink import Contacts, Emitter, PulseJournal, PulseSink


def open_sink(text: str) -> PulseSink:
    """Open the sink that a text stands for: `FILE.csv`, `FILE.vcd`, or `gpio:CHIP:LINE1,LINE2`.

    Raises
    ------
    OptionError
        It stands for none, or for a file that is not ours.
    ListenError, MissingExtraError
        Lines cannot be had, or their library is not installed.
    """
    if text.startswith(SCHEME):
        return GpioContacts(text)
    path = Path(text)
    if path.suffix.lower() not in FORMATS:
        known = ", ".join(f"FILE{suffix}" for suffix in FORMATS)
        raise OptionError(f"--pulses {text}: give {known} or {SCHEME}CHIP:LINE1,LINE2")
    return PulseFile(path)


def open_emitter(
    texts: Sequence[str], journal: PulseJournal, report: Report, latency: int = LATENCY
) -> Emitter:
    """Open all that the user wants pulses in, and what emits into them.

    Where there are contacts, everything goes at their pace, from a thread of its own, in which
    `journal` and `report` are called then. Without any sink the journal alone counts.

    Parameters
    ----------
    texts : sequence of str
        As in `open_sink`.
    journal : PulseJournal
    report : callable
        Called with one line when a sink or the journal begins to fail, and when it works again.
    latency : int
        Of contacts [us].

    Raises
    ------
    OptionError, ListenError, MissingExtraError
        As in `open_sink`; those that were open already are closed.
    """
    with ExitStack() as opened:
        sinks = []
        for text in texts:
            sinks.append(open_sink(text))
            opened.callback(sinks[-1].close)
        opened.pop_all()
    if any(isinstance(sink, Contacts) for sink in sinks):
        return RealTimeEmitter(journal, sinks, report, latency)
    return PulseEmitter(journal, sinks, report)
