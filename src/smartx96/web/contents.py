"""Contents: what a snapshot says on each topic, as plain data for JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import numpy as np

from smartx96.installation.live import LiveMeter
from smartx96.meter.clock import moment_text
from smartx96.meter.snapshot import NO_PHASORS, InputState, Snapshot
from smartx96.metrology.kernels import Values
from smartx96.metrology.powers import between_lines
from smartx96.metrology.synchronisation import Phasors
from smartx96.models import Wiring
from smartx96.panel.values import local
from smartx96.quantities import HARMONICS, INSTANTANEOUS, LINES, PHASES, TABLE, Kind
from smartx96.status import Status

STEPS = 2000
"""Steps from zero to the largest value of a waveform: finer than a screen."""

THD = tuple(id for id in INSTANTANEOUS if "_thd_" in id)
ENERGIES = tuple(q.id for q in TABLE if q.kind is Kind.ENERGY)
DEMANDS = tuple(q.id for q in TABLE if q.kind is Kind.DEMAND)

_LINE_VOLTAGES = tuple(f"voltage_{line}" for line in LINES)
_VOLTAGES = tuple(f"voltage_{phase}" for phase in PHASES)
_CURRENTS = tuple(f"current_{phase}" for phase in PHASES)


def meter(live: LiveMeter, snapshot: Snapshot) -> dict[str, Any]:
    """How the meter is."""
    configuration, status = live.configuration, snapshot.exact["status"]
    zone = configuration.settings.name("time_zone")
    here = local(snapshot.clock, zone)
    return {
        "id": live.name,
        "model": configuration.model.name,
        "wiring": str(configuration.wiring),
        "powered": snapshot.powered,
        "clock": moment_text(snapshot.clock),
        "local": None if here is None else here.isoformat(timespec="seconds"),
        "time_zone": zone,
        "status": [bit.text for bit in Status if status & bit],
        "flags": snapshot.flags.names,
        "tariff": snapshot.standing.tariff,
        "input": None if snapshot.input is None else _input(snapshot.input),
        "late": 0 if live.lag is None or not live.lag.behind else int(live.lag.seconds),
    }


def _input(state: InputState) -> dict[str, Any]:
    names = ("dry", "outages", "gaps", "lost_samples", "dropped_blocks")
    found: dict[str, Any] = {name: getattr(state, name) for name in names}
    # Whole seconds: a stream tells what has changed.
    found["age"] = None if state.age is None else int(state.age)
    found["messages"] = None if state.messages is None else asdict(state.messages)
    return found


def readings(snapshot: Snapshot) -> dict[str, Any]:
    """Every instantaneous quantity."""
    return {
        "time": round(snapshot.time, 6),
        "clock": moment_text(snapshot.clock, "milliseconds"),
        "values": _values(snapshot, INSTANTANEOUS, 6),
    }


def phasors(snapshot: Snapshot, wiring: Wiring) -> dict[str, Any]:
    """Fundamentals of voltages and currents, and the sequence of the voltages; where there is no
    neutral, of the voltages between lines.
    """
    voltage, current = snapshot.phasors if snapshot.powered else NO_PHASORS
    if not wiring.has_neutral:
        voltage = between_lines(voltage)
        turn = np.exp(-1j * np.nan_to_num(np.angle(voltage[0])))
        voltage, current = voltage * turn, current * turn
    return {
        "voltage": three_phasors(voltage),
        "current": three_phasors(current),
        "sequence": _shown(snapshot, "voltage_sequence", 1),
    }


def three_phasors(three: Phasors) -> list[dict[str, float] | None]:
    """Phasors by size and angle; None where there is none."""
    return [
        {"rms": rounded(abs(one), 6), "angle": round(math.degrees(np.angle(one)), 3)}
        if one == one
        else None
        for one in three.tolist()
    ]


def spectrum(snapshot: Snapshot) -> dict[str, Any]:
    """Harmonics of every channel, and THD."""
    found = {}
    for quantity, row in zip(HARMONICS, snapshot.harmonics, strict=True):
        known = snapshot.powered and not np.isnan(row[0])
        found[quantity.id] = [_known(value, 4) for value in row.tolist()] if known else None
    return {"harmonics": found, "thd": _values(snapshot, THD, 4)}


def waveforms(snapshot: Snapshot, wiring: Wiring) -> dict[str, Any]:
    """One cycle of every channel; where there is no neutral, of the voltages between lines."""
    wave = snapshot.waveform
    if wave is None or not snapshot.powered:
        return {"cycle": None, "synthesised": False, "channels": {}}
    points = wave.points()
    shown = dict(zip(_VOLTAGES + _CURRENTS, points, strict=True))
    if not wiring.has_neutral:
        between = zip(_LINE_VOLTAGES, between_lines(points[:3]), strict=True)
        shown = {**dict(between), **dict(zip(_CURRENTS, points[3:], strict=True))}
    if wiring is Wiring.ONE_PHASE:
        shown = {id: shown[id] for id in (_VOLTAGES[0], _CURRENTS[0])}
    return {
        "cycle": rounded(wave.duration, 8),
        "synthesised": wave.synthesised,
        "channels": {
            id: _curve(id, curve) for id, curve in shown.items() if np.isfinite(curve).all()
        },
    }


def _curve(id: str, points: Values) -> dict[str, Any]:
    step = rounded(float(np.abs(points).max()) / STEPS, 4) or 1.0
    counts = np.rint(points / step).astype(int).tolist()
    return {"unit": "V" if id.startswith("voltage") else "A", "step": step, "points": counts}


def energies(snapshot: Snapshot) -> dict[str, Any]:
    """Energy registers in kWh, kvarh, kVAh, Ah."""
    return {"values": _values(snapshot, ENERGIES, 12), "tariff": snapshot.standing.tariff}


def demand(live: LiveMeter, snapshot: Snapshot) -> dict[str, Any]:
    """Demands, their maxima and when those were."""
    standing = snapshot.standing
    return {
        "period": live.configuration.settings.number("demand_period"),
        "elapsed": round(standing.demand_time, 2),
        "whole": not standing.awaited,
        "values": _values(snapshot, DEMANDS, 6),
        "maxima": {
            id: moment_text(time) for id, time in standing.maxima.items() if snapshot.powered
        },
    }


def wiring(live: LiveMeter, snapshot: Snapshot) -> dict[str, Any]:
    """What the wiring check finds, and whether there is anything that it can judge."""
    watch, lacks = live.meter.logbook.wiring, _lacks(snapshot)
    return {
        "suspect": watch.suspect,
        "checked": lacks is None,
        "lacks": lacks,
        "findings": [
            {"kind": f.kind, "phases": list(f.phases), "text": f.text, "suspect": f.suspect}
            for f in watch.findings
        ],
    }


def _lacks(snapshot: Snapshot) -> str | None:
    """What there has to be before voltages and currents can be judged."""
    if not snapshot.powered:
        return "power"
    if snapshot.input is not None and snapshot.input.dry:
        return "samples"
    readings = {"voltages": _VOLTAGES + _LINE_VOLTAGES, "currents": _CURRENTS}
    for name, ids in readings.items():
        if not any(_shown(snapshot, id, 6) for id in ids):
            return name
    return None


def rounded(value: float, digits: int) -> float:
    """A number of so many significant digits."""
    return float(f"{value:.{digits}g}")


def _known(value: float | None, digits: int) -> float | None:
    return None if value is None or not math.isfinite(value) else rounded(value, digits)


def _shown(snapshot: Snapshot, id: str, digits: int) -> float | None:
    """A value; without power a meter shows none."""
    return _known(snapshot.shown(id), digits) if snapshot.powered else None


def _values(snapshot: Snapshot, ids: Iterable[str], digits: int) -> dict[str, float | None]:
    return {id: _shown(snapshot, id, digits) for id in ids}
