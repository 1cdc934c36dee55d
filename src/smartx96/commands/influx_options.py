"""Options of where lines of the InfluxDB protocol go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.options import options_together
from smartx96.errors import OptionError

if TYPE_CHECKING:
    from smartx96.assembly.plan import InstallationPlan

INFLUX = ("influx", "influx_interval", "influx_harmonics")
"""Parameters that the options give."""

influx_options = options_together(
    click.option("--influx", metavar="FILE.lp|-|http[s]://HOST:PORT?...",
                 help="Write readings and registers as InfluxDB line protocol: into a file, to the "
                 "standard output, or to a server, with ?org=ORG&bucket=BUCKET or ?db=DATABASE; "
                 "`off` for none. The token is that of X96_INFLUX_TOKEN."),
    click.option("--influx-interval", type=click.FloatRange(0.2, 3600), metavar="SECONDS",
                 help="From one line of a meter to the next; 10 unless told."),
    click.option("--influx-harmonics", is_flag=True, help="Write harmonics too."),
)  # fmt: skip


def with_influx(
    plan: InstallationPlan, options: Mapping[str, Any], given: set[str]
) -> InstallationPlan:
    """A plan with what the command line says of lines."""
    said = [name for name in INFLUX if name in given]
    if not said:
        return plan
    from smartx96.assembly.plan import OFF
    from smartx96.outputs.influx.terms import InfluxTerms, check_destination

    terms = plan.influx
    if options["influx"] == OFF:
        return replace(plan, influx=None)
    if "influx" in given:
        try:
            to = check_destination(options["influx"])
        except OptionError as error:
            # The text itself may hold a secret.
            raise OptionError(f"--influx: {error}") from None
        terms = InfluxTerms(to) if terms is None else replace(terms, to=to)
    if terms is None:
        raise OptionError(f"--{said[0].replace('_', '-')}: say where to with --influx")
    if "influx_interval" in given:
        terms = replace(terms, interval=options["influx_interval"])
    if "influx_harmonics" in given:
        terms = replace(terms, harmonics=options["influx_harmonics"])
    return replace(plan, influx=terms)
