"""`x96 measure`: a recording to a summary table, JSON and rows."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.options import configuration_options, source_options
from smartx96.commands.progress import progress
from smartx96.errors import OptionError

if TYPE_CHECKING:
    from smartx96.installation.measurement import Configuration, Measurement
    from smartx96.samples.source import Source


@click.command("measure")
@click.argument("recording")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.option("--readings", type=click.Path(path_type=Path), metavar="FILE",
              help="A row per window to FILE.csv or FILE.npz.")  # fmt: skip
@click.option("--dc", is_flag=True, help="Keep the mean of each window; a transformer removes it.")
@source_options
@configuration_options
def command(recording: str, as_json: bool, readings: Path | None, dc: bool, **options: Any) -> None:
    """Measure RECORDING: a file (COMTRADE, CSV, .npy, .npz), a scenario TOML.

    \b
    x96 measure fault.cfg
    x96 measure wave.csv --channels v1=Ua,v2=Ub,v3=Uc,i1=Ia,i2=Ib,i3=Ic
    x96 measure raw.npy --rate 12800 --channels v1=1,v2=2,v3=3,i1=4,i2=5,i3=6
    x96 measure day.csv --ct 200/5 --json
    x96 measure day.csv --readings day.npz
    """
    from smartx96.commands.options import configured, opened
    from smartx96.installation.measurement import measure_source
    from smartx96.samples.sources import never_ends
    from smartx96.tables.writers import ReadingsFile

    source = opened(recording, options)
    if never_ends(source):
        raise OptionError(
            f"{recording} never ends: set `duration` in the scenario, or write a stretch with "
            f"`x96 generate {recording} --duration 10 -o FILE`"
        )
    if readings is not None:
        check_not_input(readings, source)
    configuration = configured(options, keep_dc=dc)
    with contextlib.ExitStack() as stack:
        listeners = []
        if readings is not None:
            listeners.append(stack.enter_context(ReadingsFile(readings)).add)
        seconds = None if source.length is None else source.length / source.rate
        advance = None if as_json else stack.enter_context(progress("measuring", seconds))
        measured = measure_source(source, configuration, tuple(listeners), advance)
    if as_json:
        click.echo(json.dumps(document(recording, source, configuration, measured), indent=2))
        return
    from smartx96.commands.summary import show

    show(recording, source, measured)


def check_not_input(readings: Path, source: Source) -> None:
    """Raise an OptionError where the readings would replace the recording itself."""
    recording = getattr(source, "recording", None)
    if recording is None or not readings.exists():
        return
    beside = (p for p in recording.path.parent.iterdir() if p.stem == recording.path.stem)
    if any(part.samefile(readings) for part in beside):
        raise OptionError(f"--readings {readings}: that is the recording; give another name")


def document(
    recording: str, source: Source, configuration: Configuration, measured: Measurement
) -> dict[str, Any]:
    """The JSON document of `measure`; not available is null."""
    from smartx96.quantities import TABLE
    from smartx96.samples.sources import describe

    settings = configuration.settings
    return {
        "recording": {
            **describe(recording, source),
            "gaps": measured.gaps,
            "clipped_samples": measured.clipped_samples,
            "notes": list(getattr(source, "notes", ())),
        },
        "meter": {
            "model": configuration.model,
            "wiring": configuration.wiring,
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
    }
