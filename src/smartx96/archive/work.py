"""Work: one recording measured into a part, wherever that is done."""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from smartx96.archive.counters import ENERGIES, Counters, Counts
from smartx96.archive.item import Failed, Item, Measured, Outcome
from smartx96.archive.rows import PartRows
from smartx96.archive.version import version
from smartx96.block import Block
from smartx96.errors import X96Error
from smartx96.installation.measurement import Measurement, measure_source
from smartx96.meter.clock import microseconds
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.meter.standing import energies
from smartx96.metrology.intervals import Interval, Intervals
from smartx96.metrology.kernels import Values
from smartx96.metrology.readings import Readings
from smartx96.metrology.windows import Windows
from smartx96.partial_file import whole_file
from smartx96.samples.source import Source

ROWS, RESULT = ".arrow", ".json"
"""Suffixes of a part: its rows, and what is known of the recording, which is written last."""

_HAIR = 1e-6
"""A window that ends at the end of an interval is one of it [s]."""


def measure_item(item: Item) -> Outcome:
    """Measure a recording and write its part; what goes wrong is told, and not raised."""
    try:
        if item.version != version():
            return Failed(item.recording, f"smartx96 {version()} there, {item.version} here")
        return _Measuring(item).measured()
    except Exception as error:
        return Failed(item.recording, _reason(error).replace(item.path, item.recording))


def _reason(error: Exception) -> str:
    if isinstance(error, X96Error):
        return str(error)
    if isinstance(error, MemoryError):
        return "out of memory"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return f"unexpected {type(error).__name__}: {' '.join(str(error).split())}"


class _Measuring:
    """One recording on its way into its part."""

    def __init__(self, item: Item) -> None:
        self._item = item
        self._source = item.method.source(item.path)
        self._configuration = item.method.configuration(self._source)
        self._end = 0.0

    def measured(self) -> Measured:
        """The recording measured, its part written."""
        source, start = self._source, self._source.start
        began = None if start is None else microseconds(start)
        part = Path(self._item.part)
        with _whole(part.with_suffix(ROWS)) as file:
            rows = PartRows(file, began, counted(source.roles))
            found = self._measure(rows)
            rows.finish()
            size = file.tell()
        measured = Measured(
            self._item.recording, began, self._seconds(), source.rate,
            _likeness(source, self._configuration), rows.rows, found.windows, found.measured_time,
            found.flags.value, self._energies(), size,
        )  # fmt: skip
        with _whole(part.with_suffix(RESULT)) as file:
            file.write(json.dumps(measured.plain()).encode())
        return measured

    def _measure(self, rows: PartRows) -> Measurement:
        method, start = self._item.method, self._source.start
        begin = 0.0 if start is None else start.timestamp() % 86_400
        listener = _Listener(rows, method.aggregate, begin)

        def meets(meter: Meter) -> None:
            self._meter = meter
            listener.counters = Counters(meter)

        found = measure_source(
            self._source, self._configuration, (listener,), tap=self._tap,
            calendars=method.calendars, meets=meets,
        )  # fmt: skip
        listener.finish()
        return found

    def _tap(self, block: Block) -> None:
        self._end = block.end / block.rate

    def _seconds(self) -> float:
        length = self._source.length
        return self._end if length is None else length / self._source.rate

    def _energies(self) -> dict[str, int]:
        """Registers by phase, total and, where a calendar rules, tariff; what they add up to is
        left out.
        """
        power, current = _channels(self._source.roles)
        exact = self._meter.accounts.registers.exact(
            self._configuration.wiring, self._meter.accounts.rules.netted_by_sum,
            power=power, current=current,
        )  # fmt: skip
        tariffs = self._item.method.calendars is not None
        return {id: exact[id] for id in energies(exact) if _adds_up(id, tariffs)}


def _adds_up(id: str, tariffs: bool) -> bool:
    kind, _, place = id.partition("_energy_")
    way, _, place = place.partition("_")
    if kind == id or not way:
        return True
    by_tariff = place.startswith("t")
    return way in ("import", "export") and place not in ("resettable", "tariffs") and (
        tariffs or not by_tariff
    )  # fmt: skip


def _channels(roles: tuple[str, ...]) -> tuple[bool, bool]:
    """Whether there is power, and whether there are currents."""
    current = any(role.startswith("i") for role in roles)
    return current and any(role.startswith("v") for role in roles), current


def counted(roles: tuple[str, ...]) -> tuple[bool, ...]:
    """Which of `ENERGIES` a source of these channels has."""
    power, current = _channels(roles)
    return tuple(current if id == "charge" else power for id in ENERGIES)


def _likeness(source: Source, configuration: Configuration) -> str:
    names = getattr(source, "channel_names", {role: role for role in source.roles})
    channels = ",".join(f"{role}={name}" for role, name in names.items())
    return f"{configuration.wiring} {source.side} {channels}"


class _Listener:
    """Takes windows, and gives rows of them or of intervals their counters."""

    counters: Counters

    def __init__(self, rows: PartRows, aggregate: str | None, begin: float) -> None:
        self._rows = rows
        self._intervals = None if aggregate is None else Intervals(aggregate, self._row, begin)
        self._times: list[Values] = []
        self._counts: list[Counts] = []

    def __call__(self, windows: Windows, readings: Readings) -> None:
        counts = self.counters.at(windows, readings)
        if self._intervals is None:
            self._rows.add(windows, readings, counts)
            return
        self._times.append(windows.time)
        self._counts.append(counts)
        self._intervals.add(windows, readings)
        # The interval at work may end with the last of these; those before are none of its.
        self._times, self._counts = self._times[-1:], self._counts[-1:]

    def _row(self, interval: Interval, readings: Readings) -> None:
        times, counts = np.concatenate(self._times), np.concatenate(self._counts, axis=1)
        last = max(0, int(np.searchsorted(times, interval.time[0] + _HAIR, side="right")) - 1)
        self._rows.add(interval, readings, counts[:, last : last + 1])

    def finish(self) -> None:
        """The recording has ended."""
        if self._intervals is not None:
            self._intervals.finish()


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """As `whole_file`; also where several machines come to write the same part."""
    own = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    with whole_file(own) as file:
        yield file
    own.replace(path)
