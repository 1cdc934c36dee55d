"""The summary table of a measurement, for people."""

from __future__ import annotations

import math
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

from smartx96.installation.measurement import Measurement
from smartx96.quantities import BY_ID, HARMONIC_ORDERS, PHASES
from smartx96.samples.source import Source
from smartx96.samples.sources import describe

_PREFIXED = {"V", "A", "W", "var", "VA"}

_PER_PHASE = (
    ("voltage", "voltage_{}", "voltage_ln_average"),
    ("current", "current_{}", "current_sum"),
    ("active power", "active_power_{}", "active_power"),
    ("reactive power", "reactive_power_{}", "reactive_power"),
    ("apparent power", "apparent_power_{}", "apparent_power"),
    ("power factor", "power_factor_{}", "power_factor"),
    ("phase angle", "phase_angle_{}", "phase_angle"),
    ("voltage THD", "voltage_thd_{}", "voltage_thd_ln_average"),
    ("current THD", "current_thd_{}", "current_thd_average"),
)

_SINGLE = (
    "frequency", "voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1", "current_n",
    "voltage_unbalance_negative", "active_energy_import", "active_energy_export",
    "reactive_energy_import", "reactive_energy_export",
)  # fmt: skip

_NOTHING = 1e-9
"""What is smaller is rounding and shown as 0."""

_SEQUENCE = {0: "undetermined", 1: "L1-L2-L3", 2: "L1-L3-L2 (reversed)"}


def show(recording: str, source: Source, measured: Measurement) -> None:
    """Print the summary."""
    # In a pipe a line is as long as it is.
    console = Console(
        highlight=False, markup=False, soft_wrap=True, width=None if sys.stdout.isatty() else 120
    )
    facts = describe(recording, source)
    console.print(
        f"{recording}  {facts['format']}, {facts['sample_rate']:g} S/s, "
        f"{measured.windows} windows, {measured.measured_time:.3f} s measured"
    )
    for note in getattr(source, "notes", ()):
        console.print(f"note: {note}", style="dim")
    console.print(_phases(measured))
    console.print(_others(measured))
    for line in _remarks(measured):
        console.print(line, style="yellow")


def _phases(measured: Measurement) -> Table:
    table = Table(box=None, padding=(0, 1))
    for heading in ("", "L1", "L2", "L3", "total"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for text, id, total in _PER_PHASE:
        cells = [formatted(id.format(p), measured.values) for p in PHASES]
        table.add_row(text, *cells, formatted(total, measured.values))
    return table


def _others(measured: Measurement) -> Table:
    table = Table(box=None, padding=(0, 2), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for id in _SINGLE:
        table.add_row(BY_ID[id].text.partition(" (")[0], formatted(id, measured.values))
    sequence = measured.values["voltage_sequence"]
    if not math.isnan(sequence):
        table.add_row("voltage phase sequence", _SEQUENCE[int(sequence)])
    return table


def _remarks(measured: Measurement) -> list[str]:
    found = [f"flag: {name.replace('_', ' ')}" for name in measured.flags.names]
    if 0 < measured.thd_order < HARMONIC_ORDERS:
        found.append(
            f"the sampling rate carries harmonics and THD up to order {measured.thd_order}"
        )
    if measured.windows and math.isnan(measured.values["frequency"]):
        found.append("no fundamental between 40 and 70 Hz: is the sampling rate right (--rate)?")
    if not measured.windows:
        found.append("no whole window: give at least 0.4 s for readings; energy covers all samples")
    return found


def formatted(id: str, values: dict[str, Any]) -> str:
    """A value with its unit, five digits, prefixed where the unit takes one."""
    value, unit = values[id], BY_ID[id].unit
    if math.isnan(value):
        return "----"
    value = 0.0 if abs(value) < _NOTHING else value
    if unit == "Hz":
        return f"{value:.4f} Hz"
    if unit in ("kWh", "kvarh"):
        return f"{value:.9g} {unit}"
    prefix = ""
    if unit in _PREFIXED:
        for step, symbol in ((1e6, "M"), (1e3, "k")):
            if abs(value) >= step * 9.9995:
                value, prefix = value / step, symbol
                break
    digits = f"{value:.3f}" if unit == "%" else f"{value:.5g}"
    return f"{digits} {prefix}{unit}".rstrip()
