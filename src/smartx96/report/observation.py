"""Observation: what a page shows beside the measurement, gathered as it runs, in bounded memory."""

from __future__ import annotations

import numpy as np

from smartx96.block import Block
from smartx96.metrology.derived import quantities
from smartx96.metrology.readings import Readings
from smartx96.metrology.windows import Windows
from smartx96.models import Wiring
from smartx96.quantities import INSTANTANEOUS, LINES, PHASES
from smartx96.report.extremes import Extremes, Tallies
from smartx96.report.stretches import Event, Stretches
from smartx96.report.trends import Trends

DIP, SWELL, SURGE = 0.9, 1.1, 1.5
"""Shares of the median from which a window's waveform is shown: of voltages those that begin a dip
and a swell (IEC 61000-4-30, 5.4), of currents our own."""

EVENTS = 4
"""Waveforms of windows far from the median that are shown at most."""


class Observation:
    """Listens to a measurement.

    Parameters
    ----------
    wiring : Wiring
    """

    def __init__(self, wiring: Wiring) -> None:
        self.ids = INSTANTANEOUS
        self.trends = Trends(len(self.ids))
        self.extremes = Extremes(self.ids)
        self.tallies = Tallies()
        self._voltages = voltage_ids(wiring)
        self._currents = tuple(f"current_{p}" for p in PHASES)
        self.stretches = Stretches(wiring, self._voltages, (*self._voltages, *self._currents))

    def take(self, block: Block) -> None:
        """Take a block on the primary side; the `tap` of a measurement."""
        self.stretches.take(block)

    def add(self, windows: Windows, readings: Readings) -> None:
        """Take windows; a listener of a measurement."""
        values = quantities(readings)
        rows = np.array([values[id] for id in self.ids])
        self.trends.add(windows.time - windows.duration, windows.time, rows)
        self.extremes.add(windows.time, windows.flags, rows)
        self.tallies.add(
            windows.time, windows.flags, values["voltage_sequence"], values["load_nature"]
        )
        self.stretches.add(windows, values)

    def events(self) -> list[Event]:
        """Windows far from the median, voltages first; none that overlaps another, and few."""
        chosen: list[Event] = []
        for event in self.outliers():
            if len(chosen) < EVENTS and not any(_overlap(event, other) for other in chosen):
                chosen.append(event)
        return chosen

    def outliers(self) -> list[Event]:
        """The lowest and highest window of each voltage and current that is far from its median."""
        sides = (
            (self._voltages, self.stretches.lowest),
            (self._voltages, self.stretches.highest),
            (self._currents, self.stretches.highest),
        )
        found = [event for ids, side in sides for id in ids if (event := side(id)) is not None]
        return [event for event in found if self._is_far(event)]

    def _is_far(self, event: Event) -> bool:
        ratio = self.ratio(event)
        return not DIP <= ratio <= SWELL if event.id in self._voltages else ratio > SURGE

    def ratio(self, event: Event) -> float:
        """An event's value over the median of its quantity; 1 where there is none."""
        mean = self.trends.bins().mean[self.ids.index(event.id)]
        known = mean[np.isfinite(mean)]
        median = float(np.median(known)) if known.size else 0.0
        return event.value / median if median > 0 else 1.0


def voltage_ids(wiring: Wiring) -> tuple[str, ...]:
    """The voltages that a wiring has: to neutral, else between lines."""
    places = PHASES[wiring.phases] if wiring.has_neutral else LINES
    return tuple(f"voltage_{place}" for place in places)


def _overlap(a: Event, b: Event) -> bool:
    return a.stretch.start < b.stretch.end and b.stretch.start < a.stretch.end
