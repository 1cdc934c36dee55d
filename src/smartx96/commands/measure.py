"""`x96 measure`: a recording to a summary table, JSON and rows."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.options import (
    configuration_options,
    format_option,
    given_options,
    settings_options,
    source_options,
)
from smartx96.commands.progress import progress
from smartx96.errors import OptionError

if TYPE_CHECKING:
    from smartx96.meter.calendar import Calendars


@click.command("measure")
@click.argument("recordings", nargs=-1, required=True, metavar="RECORDING...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.option("--readings", type=click.Path(path_type=Path), metavar="FILE",
              help="A row per window to FILE.csv, .npz or .parquet.")  # fmt: skip
@click.option("--aggregate", type=click.Choice(["3s", "10min", "2h"]),
              help="Rows and tables of intervals instead of windows (IEC 61000-4-30).")  # fmt: skip
@click.option("--report", type=click.Path(path_type=Path), metavar="FILE.html",
              help="A page with values, phasors, waveforms, spectra and trends.")  # fmt: skip
@click.option("--dc", is_flag=True, help="Keep the mean of each window; a transformer removes it.")
@click.option(
    "--start",
    "begun",
    metavar="TIME",
    help="Time of day of the recording's first "
    "sample, such as 2026-11-03T17:00, by the clock of the setting time_zone.",
)
@click.option("--starting", is_flag=True, help="Register nothing below the starting threshold, as "
              "a running meter does.")  # fmt: skip
@click.option("--pulses", type=click.Path(path_type=Path), metavar="FILE.csv|FILE.vcd",
              help="Pulses of both outputs.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="TABLE.parquet|FOLDER",
              help="Many recordings to one table; what it has is not measured again.")  # fmt: skip
@click.option("--cluster", metavar="ADDRESS",
              help="Many recordings: measured by the workers of a dask scheduler.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(min=0), default=1, show_default=True, metavar="N",
              help="Processes, for one recording threads; 0 is one for each core.")  # fmt: skip
@format_option
@source_options
@configuration_options
@settings_options
@click.pass_context
def command(context: click.Context, /, recordings: tuple[str, ...], output: Path | None,
            **options: Any) -> int:  # fmt: skip
    """Measure RECORDING: a file of any format read here, a scenario TOML, `-` for raw PCM; with -o
    many of them, folders and patterns, into one table.

    \b
    x96 measure fault.cfg
    x96 measure wave.csv --channels v1=Ua,v2=Ub,v3=Uc,i1=Ia,i2=Ib,i3=Ic
    x96 measure raw.npy --rate 12800 --channels v1=1,v2=2,v3=3,i1=4,i2=5,i3=6
    x96 measure day.csv --ct 200/5 --json
    x96 measure day.parquet --readings day.npz --aggregate 10min
    x96 measure capture.pcapng --stream MU01
    x96 measure fault.cfg --report fault.html
    x96 measure day.csv --tariffs household.toml --settings feeder.toml
    x96 measure archive/ 'site/**/*.wav' -o year.parquet --aggregate 10min --jobs 0
    """
    from smartx96.commands.measure_archive import check_single, measure_archive

    calendars = _calendars(options["tariffs"])
    if output is not None:
        return measure_archive(recordings, output, options, given_options(context), calendars)
    check_single(recordings)
    if options.pop("cluster") is not None:
        raise OptionError("--cluster is for many recordings, with -o TABLE.parquet")
    _measure(context, recordings[0], calendars, **options)
    return 0


def _measure(context: click.Context, recording: str, calendars: Calendars | None, *,
             as_json: bool, readings: Path | None, aggregate: str | None, report: Path | None,
             dc: bool, begun: str | None, starting: bool, pulses: Path | None, jobs: int,
             **options: Any) -> None:  # fmt: skip
    """One recording."""
    from smartx96.commands.measure_files import MeasureFiles
    from smartx96.commands.measure_pulses import pulse_file
    from smartx96.commands.options import configured, opened
    from smartx96.installation.measurement import measure_source
    from smartx96.meter.calendar.local_clock import time_zone
    from smartx96.samples.sources import begin_at, never_ends

    source = opened(recording, options)
    if never_ends(source):
        raise OptionError(
            f"{recording} never ends: set `duration` in the scenario, or write a stretch with "
            f"`x96 generate {recording} --duration 10 -o FILE`"
        )
    configuration = configured(
        source, options, given_options(context), keep_dc=dc, starting=starting
    )
    if begun is not None:
        zone = time_zone(configuration.settings.name("time_zone"))
        begin_at(source, recording, _moment(begun, zone))
    with contextlib.ExitStack() as stack:
        files = stack.enter_context(
            MeasureFiles(source, configuration, readings=readings, aggregate=aggregate,
                         report=report)
        )  # fmt: skip
        seconds = None if source.length is None else source.length / source.rate
        advance = None if as_json else stack.enter_context(progress("measuring", seconds))
        told = stack.enter_context(pulse_file(pulses, source))
        measured = measure_source(
            source, configuration, files.listeners, advance, files.tap, told, calendars,
            jobs=jobs or _cores(),
        )  # fmt: skip
        files.finish(recording, measured)
    if as_json:
        from smartx96.commands.document import document

        found = document(recording, source, configuration, measured, files.intervals)
        click.echo(json.dumps(found, indent=2))
        return
    from smartx96.commands.summary import show

    show(recording, source, configuration, measured, files.intervals, calendars)


def _cores() -> int:
    """Cores that this process may use."""
    from smartx96.archive.executors import cores

    return cores()


def _moment(text: str, zone: tzinfo) -> datetime:
    """A time of day as it is typed; of the zone where it names none."""
    try:
        given = datetime.fromisoformat(text)
        moment = given if given.tzinfo else given.replace(tzinfo=zone)
        if 2000 <= moment.year < 2100:
            return moment.astimezone(UTC)
    except ValueError:
        pass
    raise OptionError(
        f"--start {text[:40]}: give date and time from 2000 to 2099, such as 2026-11-03T17:00"
    )


def _calendars(path: Path | None) -> Calendars | None:
    """The tariff calendar of a file."""
    if path is None:
        return None
    from smartx96.configuration.calendar_file import read_calendar
    from smartx96.meter.calendar import Calendars

    found = read_calendar(path)
    return Calendars().taking(found.calendar, found.activation)
