"""Viewing: what a panel sees of a meter in place."""

from __future__ import annotations

from collections.abc import Hashable

from smartx96.installation.live import LiveMeter
from smartx96.meter.snapshot import Snapshot
from smartx96.modbus.program import checksum, short_version
from smartx96.panel.view import View


def view_of(
    live: LiveMeter, now: float, *, snapshot: Snapshot | None = None,
    session: Hashable = None, communication: float | None = None,
    pulses: tuple[float | None, float | None] = (None, None),
) -> View:  # fmt: skip
    """What a panel sees of a meter at a moment.

    Parameters
    ----------
    live : LiveMeter
    now : float
        By a steady clock [s].
    snapshot : Snapshot, optional
        Where it was made already.
    session : hashable
        Of the panel.
    communication : float or None
        When a request last came, by the same clock [s].
    pulses : tuple of float or None
        When outputs 1 and 2 last gave a pulse, by the same clock [s].
    """
    lock = live.meter.lock
    return View(
        live.snapshot() if snapshot is None else snapshot,
        live.configuration,
        serial_number=live.meter.serial_number,
        version=short_version(),
        checksum=checksum(),
        unlocked=lock.unlocked(session, now),
        lock_out=lock.lock_out(now),
        power_cycles=lock.power_cycles,
        communication=communication,
        pulses=pulses,
    )
