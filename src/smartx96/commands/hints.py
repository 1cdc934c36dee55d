"""Hints: what a user is told once about a meter that cannot work as it stands, and what to do."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from smartx96.commands.live_line import notify
from smartx96.installation.given_feed import is_given
from smartx96.quantities import LINES, PHASES

if TYPE_CHECKING:
    from smartx96.installation.live import LiveMeter
    from smartx96.meter.configuration import Configuration
    from smartx96.meter.snapshot import Snapshot

PAUSE = 60.0
"""From one complaint about stated values to the next [s]: a sender may repeat itself for years."""

Value = Callable[[str], float | int | None]
"""Value of a quantity by its id; None where not available."""


class Hints:
    """Tells why a meter is off, the first time, and why no samples come, whenever that is new.

    Parameters
    ----------
    live : LiveMeter
    label : str
        What its lines begin with.
    """

    def __init__(self, live: LiveMeter, label: str = "") -> None:
        self._live, self._label = live, label
        self._supply_told = False
        self._silence = ""
        self._complaints: dict[str, tuple[str, float]] = {}

    def __call__(self, snapshot: Snapshot) -> None:
        """Take a snapshot."""
        self._tell_complaint()
        if snapshot.input is not None and snapshot.input.dry:
            self._tell_silence()
        elif not snapshot.powered and not self._supply_told:
            hint = supply_hint(snapshot, self._live.configuration)
            if hint is not None:
                self._supply_told = True
                notify(f"{self._label}note: {hint}")

    def _tell_silence(self) -> None:
        why = silence(self._live)
        if why and why != self._silence:
            notify(f"{self._label}note: {why}")
        self._silence = why

    def _tell_complaint(self) -> None:
        """What is wrong with values that somebody states: of each kind now and then what is new."""
        source, now = self._live.source, time.monotonic()
        if not is_given(source):
            return
        for kind in ("refusal", "note", "passed_over"):
            said = getattr(source, kind)
            before, when = self._complaints.get(kind, ("", -math.inf))
            if said and said != before and now - when >= PAUSE:
                notify(f"{self._label}note: {source.name}: {said}")
                self._complaints[kind] = said, now


def silence(live: LiveMeter) -> str:
    """Why no samples come, and what to do; nothing where nobody knows."""
    from smartx96.samples.live import is_live

    source = live.source
    return source.silence() if is_live(source) or is_given(source) else ""


def too_low(value: Value, configuration: Configuration) -> str | None:
    """That the largest voltage does not feed a meter; None where it does, or nobody knows."""
    from smartx96.meter.supply import ON_SHARE

    places = PHASES if configuration.wiring.has_neutral else LINES
    known = [v for place in places if (v := value(f"voltage_{place}")) is not None]
    if not known:
        return None
    nominal = configuration.rules().limits.voltage
    share = max(known) / nominal
    if share >= ON_SHARE:
        return None
    return (
        f"the largest voltage is {max(known):.4g} V, {100 * share:.0f} % of Un ({nominal:.4g} V): "
        f"a meter that lives on it needs {100 * ON_SHARE:.0f} % to start"
    )


def supply_hint(snapshot: Snapshot, configuration: Configuration) -> str | None:
    """What to do about a meter that its voltages do not feed; None where nobody knows them."""
    low = too_low(snapshot.__getitem__, configuration)
    if low is None:
        return None
    scale = "--scale" if configuration.settings["vt_ratio"] == 1 else "--scale, --side or --vt"
    return (
        f"{low}; it is off, counts nothing and answers nobody. --supply auxiliary keeps it on; "
        f"where the voltages should be higher, check {scale}"
    )
