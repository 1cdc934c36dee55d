"""`x96 convert`: a recording into another format."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.options import data_format_option, publication_options, source_options
from smartx96.commands.progress import progress
from smartx96.errors import OptionError
from smartx96.wording import counted

if TYPE_CHECKING:
    from smartx96.samples.source import Source

BY_ROLE = (".pcap", ".pcapng")
"""Formats that hold phase voltages and currents and not whatever channels a recording has."""

PAIR = (".cfg", ".dat")
"""Suffixes of the two files of a COMTRADE recording."""


@click.command("convert")
@click.argument("recording", metavar="IN", type=click.Path(path_type=Path))
@click.argument("target", metavar="OUT", type=click.Path(path_type=Path))
@source_options
@publication_options
@data_format_option
def command(recording: Path, target: Path, data_format: str | None, **options: Any) -> None:
    """Convert a recording: the suffixes of IN and OUT are the formats.

    All channels are kept with their names, phases, units and side, as far as OUT can hold them.
    With --channels only those named are written, as v1, v2, v3, i1, i2, i3, at one moment.

    \b
    x96 convert fault.cfg fault.csv
    x96 convert scope.csv scope.wav --data-format s24
    x96 convert raw.wav day.parquet --channels v1=1,i1=2 --scale v=500,i=20
    x96 convert day.parquet noon.h5 --from 43200 --to 43260
    """
    from smartx96.commands.options import published
    from smartx96.samples import write_recording
    from smartx96.samples.outgoing.writing import check_target

    suffix = check_target(target)
    _check_not_input(recording, target)
    source = _source(recording, options, suffix)
    seconds = None if source.length is None else source.length / source.rate
    with progress("converting", seconds) as advance:
        write_recording(
            target,
            source,
            data_format=data_format,
            advance=advance,
            annotated=True,
            control_block=published(options),
        )
    stored = getattr(source, "recording", None)
    unscaled = options["scale"] is None and getattr(stored, "full_scale", None) is not None
    for note in (*getattr(source, "notes", ()), *_losses(source, suffix, unscaled)):
        click.echo(f"note: {note}", err=True)


def _check_not_input(recording: Path, target: Path) -> None:
    """Raise an OptionError where what is written would replace the recording itself."""
    for read in _files_of(recording):
        for written in _files_of(target):
            if read.exists() and written.exists() and read.samefile(written):
                raise OptionError(f"{written}: that is the recording; give another name")


def _files_of(recording: Path) -> list[Path]:
    """The file, and for a COMTRADE pair both, whatever the letter case of their suffixes."""
    if recording.suffix.casefold() not in PAIR or not recording.parent.is_dir():
        return [recording]
    beside = recording.parent.iterdir()
    return [p for p in beside if p.stem == recording.stem and p.suffix.casefold() in PAIR]


def _source(path: Path, options: dict[str, Any], suffix: str) -> Source:
    """The whole recording, or its channels by role where these are asked for."""
    from smartx96.samples import open_recording
    from smartx96.samples.channels.selection import parse_channels, parse_scale, select
    from smartx96.samples.channels.stretch import Stretch
    from smartx96.samples.channels.whole import WholeRecording

    if path.suffix.casefold() == ".toml":
        raise OptionError(f"{path}: is no recording; `x96 generate {path} -o FILE` makes one of it")
    found = open_recording(
        path, rate=options["rate"], stream=options["stream"], dataset=options["dataset"]
    )
    scale = None if options["scale"] is None else parse_scale(options["scale"])
    if options["channels"] is None and suffix not in BY_ROLE:
        stretch = Stretch.checked(found, options["start"], options["stop"])
        return WholeRecording(found, scale, options["side"], stretch)
    return select(
        found,
        channels=None if options["channels"] is None else parse_channels(options["channels"]),
        scale=scale,
        side=options["side"],
        start=options["start"],
        stop=options["stop"],
        keep_skew=bool(options["keep_skew"]),
    )


def _losses(source: Source, suffix: str, unscaled: bool) -> list[str]:
    """What the new file does not hold."""
    from smartx96.samples.outgoing.source import channels_of
    from smartx96.samples.outgoing.writing import SKEWED, UNDESCRIBED

    lost = []
    doubted = getattr(source, "doubted", 0)
    if doubted:
        verb = "is" if doubted == 1 else "are"
        lost.append(
            f"{counted(doubted, 'sample')} {verb} clipped or questionable, which OUT does not mark"
        )
    if suffix in UNDESCRIBED:
        lost.append(f"{suffix} holds no names, units, rate or start: give them when it is read")
    skewed = any(channel.skew for channel in channels_of(source))
    if skewed and suffix not in SKEWED:
        lost.append(f"{suffix} does not hold the channels' skew; --channels brings those it names "
                    "to one moment")  # fmt: skip
    if unscaled and not source.roles and suffix in (*UNDESCRIBED, ".csv"):
        lost.append("the samples are counts of a converter without scale; OUT holds them as values")
    return lost
