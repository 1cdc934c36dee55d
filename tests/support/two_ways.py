"""Energy of the same signal by two ways: from its samples, and from its phasors.

What readings from phasors add up to is summed here, without the meter's registers; the way by the
samples is the whole meter, from the first sample to the last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from smartx96.block import Block
from smartx96.installation.measurement import measure_source
from smartx96.installation.phasor_windows import phasor_windows
from smartx96.meter.configuration import Configuration
from smartx96.samples.scenario import (
    Change,
    Distortion,
    Export,
    FrequencyChange,
    Harmonic,
    Reversal,
    Scale,
    Scenario,
    Shift,
    Wander,
    Wave,
)

REGISTERS = (
    *(f"{kind}_energy_{way}_{netting}" for kind in ("active", "reactive")
      for netting in ("per_phase", "sum") for way in ("import", "export")),
    "apparent_energy",
    "charge",
)  # fmt: skip


@dataclass(frozen=True)
class Stretch:
    """The first seconds of a source without end."""

    whole: object
    seconds: float

    def __getattr__(self, name: str):
        return getattr(self.whole, name)

    @property
    def length(self) -> int:
        return round(self.seconds * self.whole.rate)

    def blocks(self, seconds: float = 1.0) -> Iterator[Block]:
        size = int(seconds * self.whole.rate)
        for start in range(0, self.length, size):
            yield self.whole.block(start, min(size, self.length - start))


def of_readings(readings, seconds: np.ndarray) -> dict[str, float]:
    """Registers [Ws, vars, VAs, As] of windows, by arithmetic on their readings."""
    r, phases = readings, readings.wiring.phases
    charge = float(np.sum(r.current[:, phases].sum(axis=1) * seconds))
    found = {"apparent_energy": float(r.total_apparent_power @ seconds), "charge": charge}
    for kind, power in (("active", r.active_power), ("reactive", r.fundamental_power.imag)):
        parts = np.nan_to_num(power[:, phases])
        for netting, each in (("per_phase", parts), ("sum", parts.sum(axis=1, keepdims=True))):
            for way, sign in (("import", 1), ("export", -1)):
                flow = np.maximum(sign * each, 0).sum(axis=1)
                found[f"{kind}_energy_{way}_{netting}"] = float(flow @ seconds)
    return found


def added(parts: list[dict[str, float]]) -> dict[str, float]:
    return {id: sum(part[id] for part in parts) for id in REGISTERS}


def by_phasors(source, configuration: Configuration, **how) -> dict[str, float]:
    """Registers of the whole source."""
    pieces = phasor_windows(source, configuration, **how)
    return added([of_readings(w.readings, w.duration) for w in pieces])


def by_samples(source, configuration: Configuration) -> dict[str, float]:
    """Registers of the whole source, as the meter counts every sample of it; none it lacks."""
    exact = measure_source(source, configuration).exact
    found = {id: exact.get(f"{id}_exact") for id in REGISTERS}
    return {id: 3600e-6 * quanta for id, quanta in found.items() if quanta is not None}


def of_the_same_windows(source, configuration: Configuration) -> tuple[dict, dict]:
    """Registers over the engine's windows, by samples and by phasors from the same begin on."""
    taken = []
    measure_source(source, configuration, (lambda *both: taken.append(both),))
    first = taken[0][0]
    begin = float(first.time[0] - first.duration[0])
    count = sum(len(windows) for windows, _ in taken)
    one = added([of_readings(r, windows.duration) for windows, r in taken])
    made, parts = 0, []
    for windows in phasor_windows(source, configuration, begin=begin):
        some = windows.part(slice(0, count - made))
        parts.append(of_readings(some.readings, some.duration))
        made += len(some)
        if made == count:
            break
    return one, added(parts)


def disagreement(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    """The second less the first for every register of the first, as a part of the register.

    Where it holds less than a tenth of the apparent energy, as a part of that tenth.
    """
    floor = 0.1 * one["apparent_energy"]
    return {
        id: (other[id] - value) / (value if id == "charge" else max(value, floor))
        for id, value in one.items()
    }


_LOADS = (
    Wave(4.1, 25.0, harmonics=(Harmonic(3, 28.0, 180.0), Harmonic(5, 12.0, 10.0))),
    Wave(3.2, -35.0, harmonics=(Harmonic(3, 20.0, 170.0), Harmonic(11, 4.0, 60.0))),
    Wave(1.8, 155.0, harmonics=(Harmonic(7, 6.0, 90.0),)),
)
_SUPPLY = (
    Wave(231.0, harmonics=(Harmonic(5, 2.5, 190.0), Harmonic(7, 1.3, 20.0))),
    Wave(227.5, 1.5, harmonics=(Harmonic(3, 0.6, 10.0), Harmonic(5, 2.2, 170.0))),
    Wave(233.0, -1.0, harmonics=(Harmonic(11, 0.8, 40.0),)),
)


def scenarios(seconds: float, rate: float = 6400.0) -> dict[str, Scenario]:
    """Signals in which much happens, none of it on the edge of a window."""

    def scenario(*events, **more) -> Scenario:
        return Scenario(_SUPPLY, _LOADS, events=events, duration=seconds, rate=rate, **more)

    part = seconds / 60.0
    return {
        "harmonics, unbalanced": scenario(frequency=50.37),
        "dips and losses": scenario(
            Scale(at=5.0137 * part, duration=0.0913, factor=0.4, phases=(1,)),
            Scale(at=11.3071 * part, duration=3.3 * part, factor=0.7),
            Scale(at=20.0377 * part, duration=0.513, factor=0.0, phases=(2, 3)),
            Scale(at=31.0571 * part, duration=7.77 * part, factor=0.0, of=("voltage", "current")),
            Scale(at=45.5533 * part, duration=4.0 * part, factor=1.12, ramp=0.731),
        ),
        "ramps and steps of the load": scenario(
            Change(quantity="current", at=7.0173 * part, ramp=11.0 * part, value=0.6, phases=(1,)),
            Change(quantity="angle", at=9.0 * part, duration=30.0 * part, ramp=1.7, value=-70.0),
            Change(quantity="current", at=33.333 * part, duration=5.1 * part, value=6.0),
            Distortion(of="current", at=41.4 * part, ramp=0.37,
                       harmonics=(Harmonic(5, 40.0, 180.0), Harmonic(13, 9.0))),
        ),
        "export and back": scenario(
            Export(at=10.0171 * part, duration=17.0 * part, phases=(1, 2)),
            Export(at=21.2 * part, duration=9.0 * part, ramp=2.3 * part),
        ),
        "frequency and sequence": scenario(
            FrequencyChange(at=8.0137 * part, ramp=4.0 * part, duration=20.0 * part, value=52.0),
            FrequencyChange(at=40.0 * part, value=48.2),
            Reversal(at=30.0711 * part),
            Shift(at=49.0 * part, degrees=40.0, ramp=0.9),
            wander=(Wander(0.05, 7.0, 30.0),),
            reverse=True,
        ),
        "60 Hz": scenario(
            Scale(at=20.02 * part, duration=2.5 * part, factor=0.9), frequency=59.94
        ),
    }  # fmt: skip
