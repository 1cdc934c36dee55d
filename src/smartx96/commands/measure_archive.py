"""`x96 measure` of many recordings: one table, and what came of each."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.options import stated_settings
from smartx96.commands.progress import progress
from smartx96.errors import OptionError, X96Error, printable
from smartx96.wording import counted

if TYPE_CHECKING:
    from smartx96.archive.archive import Archive, Archived
    from smartx96.archive.chains import Chain
    from smartx96.archive.item import Failed
    from smartx96.archive.method import Method
    from smartx96.meter.calendar import Calendars

_OPENING = ("channels", "rate", "scale", "side", "start", "stop", "stream", "dataset",
            "keep_skew")  # fmt: skip
"""Options that say how a recording is opened."""

_OF_ONE = {"readings": "--readings", "report": "--report", "pulses": "--pulses", "begun": "--start",
           "format": "--format"}  # fmt: skip

_NAME = "readings.parquet"

_LISTED = 24
"""Chains that the summary lists."""

_ENERGIES = {
    "active_energy_import": "import, kWh",
    "active_energy_export": "export, kWh",
    "reactive_energy_import": "import, kvarh",
    "reactive_energy_export": "export, kvarh",
}
"""Columns of the summary."""


def check_single(recordings: Sequence[str]) -> None:
    """Raise an OptionError unless it is one recording that is to be measured."""
    from smartx96.archive.finding import is_archive

    if len(recordings) > 1 or is_archive(recordings[0]):
        raise OptionError("several recordings make a table: say where, such as -o table.parquet")


def measure_archive(
    recordings: Sequence[str], output: Path, options: dict[str, Any], given: set[str],
    calendars: Calendars | None,
) -> int:  # fmt: skip
    """Measure recordings into a table, and tell of it; the exit code."""
    from smartx96.archive.archive import Archive
    from smartx96.archive.finding import find

    for name, option in _OF_ONE.items():
        if name in given:
            raise OptionError(f"{option} is for one recording, without -o")
    if options["cluster"] is not None and "jobs" in given:
        raise OptionError("--jobs and --cluster: give one of them")
    table = _table(output)
    found = find(recordings, table)
    with Archive(found, table, _method(options, given, calendars)) as archive:
        archived = _measured(archive, options, len(found))
    if options["as_json"]:
        click.echo(json.dumps(_document(archived), indent=2))
    else:
        _show(archived)
    if archived.failed and not archived.chains:
        raise X96Error(f"{table}: not written: none of {len(found)} could be measured")
    return 1 if archived.failed else 0


def _table(output: Path) -> Path:
    if output.is_dir():
        return output / _NAME
    if output.suffix.lower() != ".parquet":
        raise OptionError(f"-o {output}: give the name of a .parquet file, or a folder that exists")
    return output


def _method(options: dict[str, Any], given: set[str], calendars: Calendars | None) -> Method:
    from smartx96.archive.method import Method

    return Method(
        opening={name: options[name] for name in _OPENING},
        settings=stated_settings(options, given),
        model=options["model"],
        subgroups=options["subgroups"],
        keep_dc=options["dc"],
        starting=options["starting"],
        aggregate=options["aggregate"],
        calendars=calendars,
    )


def _measured(archive: Archive, options: dict[str, Any], count: int) -> Archived:
    try:
        with progress("measuring", archive.size) as advance:
            return archive.measure(
                jobs=options["jobs"],
                cluster=options["cluster"],
                progress=None if options["as_json"] else advance,
            )
    except KeyboardInterrupt:
        click.echo(f"stopped: {archive.done} of {counted(count, 'recording')} are done; the same "
                   "command goes on with the others", err=True)  # fmt: skip
        raise


def _document(archived: Archived) -> dict[str, Any]:
    recordings = archived.recordings
    return {
        "table": str(archived.table) if archived.chains else None,
        "recordings": len(recordings) + len(archived.failed),
        "done": len(recordings) - archived.resumed,
        "resumed": archived.resumed,
        "failed": [{"recording": one.recording, "reason": one.reason} for one in archived.failed],
        "rows": sum(recording.rows for recording in recordings),
        "windows": sum(recording.windows for recording in recordings),
        "measured_time": sum(recording.measured_time for recording in recordings),
        "chains": [_chain(chain) for chain in archived.chains],
        "seconds": archived.seconds,
    }


def _chain(chain: Chain) -> dict[str, Any]:
    return {
        "recordings": [recording.recording for recording in chain.recordings],
        "start": _begins(chain),
        "measured_time": chain.measured_time,
        "energies": chain.energies,
    }


def _begins(chain: Chain) -> str | None:
    from smartx96.meter.clock import moment_text

    start = chain.recordings[0].start
    return None if start is None else moment_text(start, "auto")


def _show(archived: Archived) -> None:
    from rich.console import Console

    # In a pipe a line is as long as it is.
    width = None if sys.stdout.isatty() else 160
    console = Console(highlight=False, markup=False, soft_wrap=True, width=width)
    recordings = archived.recordings
    if recordings:
        windows = sum(recording.windows for recording in recordings)
        seconds = sum(recording.measured_time for recording in recordings)
        earlier = f", {archived.resumed} of an earlier run" if archived.resumed else ""
        console.print(
            f"{printable(str(archived.table))}  {counted(len(recordings), 'recording')}{earlier}, "
            f"{counted(windows, 'window')}, {seconds:.3f} s measured"
        )
        console.print(_chains(archived.chains))
    for failed in archived.failed:
        console.print(f"failed: {_line(failed)}", style="yellow")


def _chains(chains: Sequence[Chain]) -> Any:
    from rich.table import Table

    table = Table(box=None, padding=(0, 1))
    for n, heading in enumerate(
        ("chain", "from", "recordings", "begins", "s", *_ENERGIES.values())
    ):
        table.add_column(heading, justify="left" if n in (1, 3) else "right", no_wrap=True)
    for n, chain in enumerate(chains[:_LISTED]):
        energies = chain.energies
        values = (energies.get(id) for id in _ENERGIES)
        table.add_row(
            str(n), printable(chain.recordings[0].recording), str(len(chain.recordings)),
            _begins(chain) or "", f"{chain.measured_time:.3f}",
            *("" if value is None else f"{value:.6g}" for value in values),
        )  # fmt: skip
    if len(chains) > _LISTED:
        table.caption = f"{len(chains) - _LISTED} more: --json tells all"
    return table


def _line(failed: Failed) -> str:
    reason, name = printable(failed.reason), printable(failed.recording)
    return reason if reason.startswith(name) else f"{name}: {reason}"
