"""From what the user gives to an emitter with its sinks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from smartx96.outputs.emitter import PulseEmitter
from smartx96.outputs.gpio import SCHEME, GpioContacts, lines_of
from smartx96.outputs.outlets import Report
from smartx96.outputs.pace import LATENCY
from smartx96.outputs.pulse_file import PulseFile, check_suffix
from smartx96.outputs.real_time import RealTimeEmitter
from smartx96.outputs.sink import Contacts, Emitter, PulseJournal, PulseSink


def check_sink(text: str) -> None:
    """Raise an OptionError where a text stands for no sink: `FILE.csv`, `FILE.vcd`, or
    `gpio:CHIP:LINE1,LINE2`. Nothing is opened.
    """
    if text.startswith(SCHEME):
        lines_of(text)
    else:
        check_suffix(Path(text), f"{SCHEME}CHIP:LINE1,LINE2")


def open_sink(text: str, meter: str) -> PulseSink:
    """Open the sink that a text stands for, for the pulses of a meter of this name.

    Raises
    ------
    OptionError
        It stands for none, or for a file that is not ours.
    ListenError, MissingExtraError
        Lines cannot be had, or their library is not installed.
    """
    check_sink(text)
    return GpioContacts(text) if text.startswith(SCHEME) else PulseFile(Path(text), meter)


def open_emitter(
    texts: Sequence[str], meter: str, journal: PulseJournal, report: Report, latency: int = LATENCY
) -> Emitter:
    """Open all that the user wants pulses in, and what emits into them.

    Where there are contacts, everything goes at their pace, from a thread of its own, in which
    `journal` and `report` are called then. Without any sink the journal alone counts.

    Parameters
    ----------
    texts : sequence of str
        As in `check_sink`.
    meter : str
        Whose pulses they are.
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
    for text in texts:
        check_sink(text)
    with ExitStack() as opened:
        sinks = []
        for text in texts:
            sinks.append(open_sink(text, meter))
            opened.callback(sinks[-1].close)
        opened.pop_all()
    if any(isinstance(sink, Contacts) for sink in sinks):
        return RealTimeEmitter(journal, sinks, report, latency)
    return PulseEmitter(journal, sinks, report)
