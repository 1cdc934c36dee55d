"""The summary table of a measurement, for people."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator

import numpy as np
from rich.console import Console
from rich.table import Table

from smartx96.commands.hints import too_low
from smartx96.errors import printable
from smartx96.installation.measurement import Measurement
from smartx96.meter.calendar import Calendars
from smartx96.meter.configuration import Configuration
from smartx96.metrology.wiring_check import NOISE_SHARE
from smartx96.metrology.wiring_findings import Finding
from smartx96.models import Wiring
from smartx96.quantities import BY_ID, HARMONIC_ORDERS, PHASES
from smartx96.report.accounts import (
    Listing,
    demand_rows,
    overflowing,
    pulses,
    supplied,
    tariff_rows,
)
from smartx96.report.numbers import formatted
from smartx96.report.shown import PER_PHASE, SEQUENCE, SINGLE
from smartx96.samples.source import Source
from smartx96.samples.sources import describe
from smartx96.tables.interval_table import IntervalTable
from smartx96.wording import counted

_NOTHING = 1e-9
"""What is smaller is rounding."""

_HEADINGS = tuple(p.upper() for p in PHASES)

_SHORT_NAMES = {
    "voltage_ln_average": "U",
    "voltage_ll_average": "U",
    "current_average": "I",
    "active_power": "P",
    "reactive_power": "Q",
    "frequency": "f",
}
"""Headings of the intervals."""

_LISTED = 24
"""Intervals that the summary lists."""


def show(recording: str, source: Source, configuration: Configuration, measured: Measurement,
         intervals: IntervalTable | None = None, calendars: Calendars | None = None,
         ) -> None:  # fmt: skip
    """Print the summary."""
    wiring = configuration.wiring
    # In a pipe a line is as long as it is.
    console = Console(
        highlight=False, markup=False, soft_wrap=True, width=None if sys.stdout.isatty() else 120
    )
    facts = describe(recording, source)
    console.print(
        f"{printable(recording)}  {facts['format']}, {facts['sample_rate']:g} S/s, {wiring}, "
        f"{counted(measured.windows, 'window')}, {measured.measured_time:.3f} s measured"
    )
    for note in _notes(source, configuration, measured, calendars):
        console.print(f"note: {printable(note)}", style="dim")
    console.print(_phases(measured))
    console.print(_others(measured))
    tariffs = tariff_rows(measured, source, always=calendars is not None)
    for rows in (demand_rows(measured, source, configuration), tariffs):
        if rows is not None:
            console.print(_table(rows))
    if intervals is not None:
        console.print(_intervals(intervals, wiring))
    for line in _remarks(measured):
        console.print(line, style="yellow")


def _phases(measured: Measurement) -> Table:
    table = Table(box=None, padding=(0, 1))
    rows = [(text, [*(id.format(p) for p in PHASES), total]) for text, id, total in PER_PHASE]
    there = [
        n for n in range(len(PHASES) + 1) if any(not _missing(ids[n], measured) for _, ids in rows)
    ]
    if not there:
        return table
    table.add_column("", no_wrap=True)
    for n in there:
        table.add_column((*_HEADINGS, "mean, total")[n], justify="right", no_wrap=True)
    for text, ids in rows:
        if not all(_missing(id, measured) for id in ids):
            table.add_row(text, *(formatted(ids[n], measured.values) for n in there))
    return table


def _missing(id: str, measured: Measurement) -> bool:
    return math.isnan(measured.values[id])


def _others(measured: Measurement) -> Table:
    table = Table(box=None, padding=(0, 2), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for id in SINGLE:
        if math.isnan(measured.values[id]):
            continue
        table.add_row(BY_ID[id].text.partition(" (")[0], formatted(id, measured.values))
    for text, number in pulses(measured):
        table.add_row(text, number)
    sequence = measured.values["voltage_sequence"]
    if supplied(measured) and not math.isnan(sequence):
        table.add_row("voltage phase sequence", SEQUENCE[int(sequence)])
    return table


def _table(rows: Listing) -> Table:
    table = Table(box=None, padding=(0, 1))
    for n, heading in enumerate(rows.headings):
        table.add_column(heading, justify="right" if n else "left", no_wrap=True)
    for row in rows.rows:
        table.add_row(*row)
    return table


def _intervals(intervals: IntervalTable, wiring: Wiring) -> Table:
    voltage = "voltage_ln_average" if wiring.has_neutral else "voltage_ll_average"
    ids = (voltage, "current_average", "active_power", "reactive_power", "frequency")
    table = Table(
        box=None, padding=(0, 1), title=f"{intervals.name} intervals", title_justify="left"
    )
    for heading in ("end", *(_SHORT_NAMES[id] for id in ids), "flags"):
        table.add_column(heading, justify="right", no_wrap=False)
    documents = intervals.documents()
    for found in documents[:_LISTED]:
        values = {id: math.nan if v is None else v for id, v in found.quantities.items()}
        cells = [formatted(id, values) for id in ids]
        flags = ", ".join(found.flags).replace("_", " ")
        table.add_row(f"{found.time:.1f} s", *cells, flags)
    if len(documents) > _LISTED:
        table.caption = f"{len(documents) - _LISTED} more: --readings FILE writes all"
    return table


def _notes(source: Source, configuration: Configuration, measured: Measurement,
           calendars: Calendars | None) -> Iterator[str]:  # fmt: skip
    """What is to be known before the values are read."""
    yield from getattr(source, "notes", ())
    yield from _ratios_unused(source, configuration)
    if calendars is not None and source.start is None:
        how = "give --start 2026-11-03T17:00" if hasattr(source, "recording") else "set `start`"
        yield f"the recording has no time of day: all is counted in tariff 1; {how}"
    low = too_low(measured.__getitem__, configuration)
    if low is not None:
        yield f"{low}; here it is measured all the same{_unjudged(measured, configuration)}"


def _unjudged(measured: Measurement, configuration: Configuration) -> str:
    """That the wiring is not checked, where the voltages are too low for that."""
    known = [size for size in np.abs(measured.voltage_phasor).tolist() if not math.isnan(size)]
    least = NOISE_SHARE * configuration.rules().limits.voltage
    if max(known, default=math.inf) >= least:
        return ""
    return f", but for its wiring: below {100 * NOISE_SHARE:g} % of Un that is not checked"


def _ratios_unused(source: Source, configuration: Configuration) -> list[str]:
    settings = configuration.settings
    asked = settings["ct_primary"] != settings["ct_secondary"] or settings["vt_ratio"] != 1
    if source.side != "primary" or not asked:
        return []
    return ["the samples are primary: --ct and --vt change no value (--side secondary if not)"]


def _remarks(measured: Measurement) -> list[str]:
    found = [f"flag: {name.replace('_', ' ')}" for name in measured.flags.names]
    found += [_wiring_remark(finding) for finding in measured.wiring_findings]
    found += [
        f"the power is too much for the pulses of output {output}: are --ct and --vt those of the "
        "transformers?"
        for output in overflowing(measured)
    ]
    if measured.losses.gaps:
        found.append(_loss_remark(measured))
    if 0 < measured.thd_order < HARMONIC_ORDERS:
        found.append(
            f"the sampling rate carries harmonics and THD up to order {measured.thd_order}"
        )
    if measured.windows and math.isnan(measured.values["frequency"]):
        found.append(_without_frequency(measured))
    elif measured.windows and not measured.thd_order and measured.harmonics_measured:
        found.append("no window has all its samples: harmonics and THD are not available")
    if not measured.windows:
        found.append("no reading: give at least two cycles; energy covers all samples")
    return found


def _without_frequency(measured: Measurement) -> str:
    """Why there is no frequency."""
    if not measured.measured_time:
        return "no sample has a value on every channel: a channel without values empties them all"
    ids = [f"{kind}_{phase}" for kind in ("voltage", "current") for phase in PHASES]
    known = [
        value
        for id in (*ids, "voltage_l1_l2", "voltage_l2_l3")
        if not math.isnan(value := measured.values[id])
    ]
    if not known:
        return "no window has nine tenths of its samples: there are no readings, energy counts"
    if max(known) <= _NOTHING:
        return "no signal: every channel is zero or constant"
    return (
        "no fundamental between 40 and 70 Hz, which are measured: is the sampling rate right "
        "(--rate)?"
    )


def _wiring_remark(finding: Finding) -> str:
    when = f", {finding.when}" if finding.when else ""
    return f"{'wiring' if finding.suspect else 'wiring, perhaps'}{when}: {finding.of_recording}"


def _loss_remark(measured: Measurement) -> str:
    losses = measured.losses
    text = (
        f"not measured: {losses.time:.4g} s in {counted(losses.gaps, 'gap')}, "
        f"from {losses.listed[0].start:.6g} s"
    )
    if losses.gaps > 1:
        text += f", the longest {losses.longest:.4g} s"
    energy = measured.energy_not_measured
    if energy:
        text += f"; about {energy:.4g} kWh at the mean power, counted nowhere"
    return text
