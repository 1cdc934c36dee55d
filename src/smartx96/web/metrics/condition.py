"""Condition: metrics that are no quantities: who a meter is, how it stands, how old that is."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from smartx96.meter.snapshot import InputState, Snapshot
from smartx96.metrology.windows import Flag
from smartx96.modbus.program import version
from smartx96.status import Status
from smartx96.web.metrics.family import Family, Type
from smartx96.web.watched import WatchedMeter

Sample = tuple[Family, Mapping[str, str], float]
"""A family, the labels beside the meter's, and the value."""


def _gauge(stem: str, text: str, unit: str = "") -> Family:
    return Family(stem, Type.GAUGE, unit, text)


def _counter(stem: str, text: str, unit: str = "") -> Family:
    return Family(stem, Type.COUNTER, unit, text)


INFO = Family("", Type.INFO, "", "which meter this is, and which program it runs")
POWERED = _gauge("powered", "whether the meter has a supply; without one it shows no values")
STATUS = _gauge("status", "whether a condition of the status register holds")
FLAGGED = _gauge("window_flag", "whether the last window has this flag")
WINDOW_END = _gauge(
    "window_end_timestamp", "end of the last window by the meter's clock", "seconds"
)
WINDOW_AGE = _gauge("window_age", "how long the last window has been here", "seconds")
TARIFF = _gauge("tariff", "active tariff")
EVENTS = _counter("events", "entries of the event log since manufacture")
UPTIME = _counter("powered", "time under power since manufacture", "seconds")
DRY = _gauge("input_dry", "whether nothing comes from a live input")
OUTAGES = _counter("input_outages", "how often a live input stopped")
GAPS = _counter("input_gaps", "jumps of the sample clock")
LOST = _counter("input_lost_samples", "samples of a channel that such jumps skipped")
DROPPED = _counter("input_dropped_blocks", "blocks that came while the meter could not follow")
LATE = _gauge(
    "late", "how late the signal is measured: above 1 s this computer cannot keep up", "seconds"
)
DRIFT = _gauge("sample_clock_drift", "sample clock against this computer's", "ratio")
VALUE_AGE = _gauge(
    "input_value_age", "age of values that are stated in place of samples", "seconds"
)
MESSAGES = _counter("input_messages", "messages by which values are stated in place of samples")

FAMILIES = (
    INFO, POWERED, STATUS, FLAGGED, WINDOW_END, WINDOW_AGE, TARIFF, EVENTS, UPTIME, DRY, OUTAGES,
    GAPS, LOST, DROPPED, LATE, DRIFT, VALUE_AGE, MESSAGES,
)  # fmt: skip
"""All of them, in the order in which they are told."""


def samples(watched: WatchedMeter, snapshot: Snapshot) -> Iterator[Sample]:
    """What a snapshot says of the meter's condition."""
    standing, status = snapshot.standing, snapshot.exact["status"]
    yield INFO, _identity(watched), 1
    yield POWERED, {}, snapshot.powered
    for bit in Status:
        yield STATUS, {"condition": str(bit.name).lower()}, bool(status & bit)
    for flag in Flag:
        yield FLAGGED, {"flag": str(flag.name).lower()}, bool(snapshot.flags & flag)
    yield WINDOW_END, {}, snapshot.clock / 1e6
    yield TARIFF, {}, standing.tariff
    yield EVENTS, {}, standing.event_count
    yield UPTIME, {}, standing.powered / 1e6
    if snapshot.input is not None:
        yield from _of_input(snapshot.input)


def ages(watched: WatchedMeter) -> Iterator[Sample]:
    """What changes though nothing happens."""
    measured = watched.live.measured_at
    if measured is not None:
        yield WINDOW_AGE, {}, time.monotonic() - measured
    lag = watched.live.lag
    if lag is not None:
        yield LATE, {}, lag.seconds
    state = watched.live.input
    if state is not None and state.age is not None:
        yield VALUE_AGE, {}, state.age


def _identity(watched: WatchedMeter) -> dict[str, str]:
    configuration = watched.live.configuration
    return {
        "model": configuration.model.name,
        "serial": str(watched.live.meter.serial_number),
        "wiring": str(configuration.wiring),
        "version": version(),
    }


def _of_input(state: InputState) -> Iterator[Sample]:
    yield DRY, {}, state.dry
    yield OUTAGES, {}, state.outages
    if state.messages is not None:
        for outcome in ("taken", "refused", "left_out"):
            yield MESSAGES, {"outcome": outcome}, getattr(state.messages, outcome)
        return
    yield GAPS, {}, state.gaps
    yield LOST, {}, state.lost_samples
    yield DROPPED, {}, state.dropped_blocks
    if state.drift is not None:
        yield DRIFT, {}, state.drift.ppm / 1e6
