"""Contents: what a meter's messages say, as plain data for JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from smartx96.meter.clock import moment_text
from smartx96.meter.configuration import Configuration
from smartx96.meter.event_wording import worded
from smartx96.meter.events import Event
from smartx96.meter.snapshot import Snapshot
from smartx96.outputs.mqtt.held import Held
from smartx96.quantities import HARMONIC_INDEX
from smartx96.status import Status

_DIGITS = 7
"""Of a reading, as many as single precision has, in which clients of the registers read it."""

_DECIMALS = 6
"""Of a kilowatt-hour: a milliwatt-hour is the last."""


def readings(snapshot: Snapshot, held: Held) -> dict[str, Any]:
    """Every instantaneous quantity that the meter has; None where it is not available now.

    Of values that somebody states in place of samples their age is told [s].
    """
    found = _timed(snapshot) | {id: _reading(snapshot[id]) for id in held.readings}
    age = None if snapshot.input is None else snapshot.input.age
    return found if age is None else found | {"age": round(age, 1)}


def energies(snapshot: Snapshot, held: Held) -> dict[str, Any]:
    """Energy registers in kWh, kvarh, kVAh and Ah."""
    values = {id: snapshot[id] for id in held.energies}
    return _timed(snapshot) | {
        id: None if value is None else round(value, _DECIMALS) for id, value in values.items()
    }


def demand(snapshot: Snapshot, held: Held) -> dict[str, Any]:
    """Demands, their maxima, and when those were."""
    standing = snapshot.standing
    maxima = {id: moment_text(time) for id, time in standing.maxima.items() if id in held.demands}
    values = {id: _reading(snapshot.shown(id)) for id in held.demands}
    return _timed(snapshot) | values | {"maxima_times": maxima}


def harmonics(snapshot: Snapshot, held: Held) -> dict[str, Any]:
    """Orders 1 to 63 of every channel in % of the fundamental, by order."""
    return _timed(snapshot) | {
        id: [_reading(value) for value in _finite(snapshot.harmonics[HARMONIC_INDEX[id]].tolist())]
        for id in held.harmonics
    }


def condition(snapshot: Snapshot, configuration: Configuration) -> dict[str, Any]:
    """What the meter says of itself: whether it measures, its status bit by bit."""
    status, standing, state = snapshot.exact["status"], snapshot.standing, snapshot.input
    return {
        "model": configuration.model.name,
        "wiring": str(configuration.wiring),
        "powered": snapshot.powered,
        "fed": state is None or not state.dry,
        "tariff": standing.tariff,
        "event_count": standing.event_count,
        "status": status,
    } | {key(bit): bool(status & bit) for bit in Status}


def key(bit: Status) -> str:
    """What a bit of the status is called in a condition."""
    return str(bit.name).lower()


def event(found: Event) -> dict[str, Any]:
    """Something that happened, as data and in words."""
    return {
        "time": moment_text(found.time, "milliseconds"),
        "event_type": str(found.kind),
        "text": worded(found.kind, found.details),
        "details": dict(found.details),
    }


def _timed(snapshot: Snapshot) -> dict[str, Any]:
    return {"time": moment_text(snapshot.clock, "milliseconds")}


def _reading(value: float | int | None) -> float | int | None:
    return None if value is None else float(f"{value:.{_DIGITS}g}")


def _finite(values: Iterable[float]) -> Iterable[float | None]:
    return (None if value != value else value for value in values)
