"""The JSON document of a measurement."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from smartx96.installation.measurement import Measurement
from smartx96.meter.clock import microseconds, moment_text
from smartx96.meter.configuration import Configuration
from smartx96.meter.portion import SECOND
from smartx96.quantities import TABLE
from smartx96.samples.source import Source
from smartx96.samples.sources import describe
from smartx96.tables.interval_table import IntervalTable


def document(recording: str, source: Source, configuration: Configuration,
             measured: Measurement, intervals: IntervalTable | None = None
             ) -> dict[str, Any]:  # fmt: skip
    """The JSON document of `measure`; not available is null."""
    settings = configuration.settings
    found = {
        "recording": {
            **describe(recording, source),
            "gaps": measured.gaps,
            "clipped_samples": measured.clipped_samples,
            "notes": list(getattr(source, "notes", ())),
        },
        "meter": {
            "model": configuration.model.name,
            "wiring": str(configuration.wiring),
            "nominal_frequency": measured.nominal_frequency,
            "ct": [settings["ct_primary"], settings["ct_secondary"]],
            "vt_ratio": settings["vt_ratio"],
        },
        "windows": measured.windows,
        "measured_time": measured.measured_time,
        "quantities": {q.id: measured[q.id] for q in TABLE},
        "harmonics": {
            id.replace("_harmonic", ""): [None if x != x else x for x in row.tolist()]
            for id, row in measured.harmonics.items()
        },
        "thd_order": measured.thd_order,
        "flags": measured.flags.names,
        "harmonic_method": "subgroups" if configuration.subgroups else "lines",
        "not_measured": _not_measured(measured),
        "wiring_findings": [asdict(finding) for finding in measured.wiring_findings],
        "maxima": {id: _reached(source, time) for id, time in measured.maxima.items()},
    }
    if intervals is not None:
        found["aggregate"] = {
            "interval": intervals.name,
            "intervals": [asdict(interval) for interval in intervals.documents()],
        }
    return found


def _reached(source: Source, time: int) -> dict[str, Any]:
    """When a maximum was reached: time of day, and seconds after the first sample."""
    start = source.start
    return {
        "time": None if start is None else moment_text(time, "auto"),
        "after": (time - (0 if start is None else microseconds(start))) / SECOND,
    }


def _not_measured(measured: Measurement) -> dict[str, Any]:
    """Time without samples, and the active energy that the mean power would have made in it."""
    losses = measured.losses
    return {
        "time": losses.time,
        "longest_gap": losses.longest,
        "gaps": [asdict(gap) for gap in losses.listed],
        "active_energy_estimate": measured.energy_not_measured,
    }
