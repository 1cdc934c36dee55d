"""Line protocol: meters whose snapshots are written as lines of InfluxDB's protocol, opened."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from smartx96.assembly.plan import InstallationPlan
from smartx96.installation.live import LiveMeter
from smartx96.outputs.influx.output import InfluxOutput
from smartx96.outputs.influx.points import Subject
from smartx96.outputs.influx.terms import TOKEN_VARIABLE


def open_lines(
    plan: InstallationPlan, meters: Sequence[LiveMeter], report: Callable[[str], None]
) -> InfluxOutput | None:
    """What writes lines of meters, where the plan asks for it.

    Parameters
    ----------
    plan : InstallationPlan
    meters : sequence of LiveMeter
    report : callable
        Called with one line of what the user should know, from another thread.

    Raises
    ------
    OptionError
        The place cannot be written, or the token cannot be used.
    """
    if plan.influx is None:
        return None
    output = InfluxOutput(plan.influx, os.environ.get(TOKEN_VARIABLE), report)
    for live in meters:
        model = live.configuration.model.name
        live.listen(output.listener(Subject(live.name, model, live.meter.serial_number)))
    return output
