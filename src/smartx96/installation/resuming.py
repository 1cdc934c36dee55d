"""Resuming: a meter, and the journal of its pulses, go on from what is stored."""

from __future__ import annotations

from smartx96.meter.meter import Meter
from smartx96.meter.state import restore
from smartx96.outputs.counted_pulses import CountedPulses
from smartx96.outputs.sink import PulseJournal
from smartx96.store.loading import Loaded
from smartx96.store.store import Store


def resume(meter: Meter, loaded: Loaded | None, serial_number: int) -> None:
    """Let a meter go on from what is stored of it.

    Parameters
    ----------
    meter : Meter
        Configured by the stored settings, where there are any.
    loaded : Loaded or None
    serial_number : int
        Of a new meter, of which nothing is stored.

    Raises
    ------
    StoreError
        What is stored cannot be taken.
    """
    if loaded is None or loaded.state is None:
        meter.serial_number = serial_number
        return
    restore(meter, loaded.state, loaded.emitted or {})
    meter.logbook.count = max(meter.logbook.count, loaded.events.count)


def pulse_journal(meter: Meter, name: str, store: Store | None,
                  loaded: Loaded | None) -> PulseJournal:  # fmt: skip
    """The journal of a meter's pulses.

    Parameters
    ----------
    meter : Meter
    name : str
        Under which it is stored.
    store : Store or None
        None keeps nothing beyond the process.
    loaded : Loaded or None
    """
    journal = CountedPulses() if store is None else store.journal(name)
    if loaded is not None and loaded.emitted is None:
        # Nobody knows how many were emitted: from now on all that were counted.
        for output in meter.accounts.outputs:
            if output.count > journal.counts.get(output.output, 0):
                journal.advance(output.output, output.count)
    return journal
