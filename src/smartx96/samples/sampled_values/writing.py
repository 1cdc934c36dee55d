"""Writing recordings as captures of sampled values."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from smartx96.errors import RecordingError
from smartx96.samples.capture.writing import CaptureWriter, PcapngWriter, PcapWriter
from smartx96.samples.outgoing.source import Outgoing
from smartx96.samples.outgoing.writing import unfinished
from smartx96.samples.sampled_values.control_block import ControlBlock
from smartx96.samples.sampled_values.encoder import Encoder, encoded


def write_capture(
    path: Path, outgoing: Outgoing, control_block: ControlBlock | None = None
) -> None:
    """Write samples as frames of a pcap, or of a pcapng by its suffix.

    Values go out as they are, since the counts of sampled values are primary: samples of the
    secondary side are those of transformers with the ratio 1.

    Parameters
    ----------
    path : Path
    outgoing : Outgoing
    control_block : ControlBlock, optional

    Raises
    ------
    OptionError
        The rate or channels are none of the profile.
    RecordingError
        There are no samples, or one is beyond what the format holds.
    """
    control = ControlBlock() if control_block is None else control_block
    encoder = Encoder(control, outgoing.roles, outgoing.rate, outgoing.start)
    written = 0
    with unfinished(path) as (part,), part.open("wb") as file:
        writer = _writer(path, file)
        for batch in encoded(encoder, (piece.samples for piece in outgoing.filled())):
            written += len(batch.times)
            writer.add(batch.frames, batch.times)
        if written == 0:
            raise RecordingError(f"{path}: there are no samples to write")


def _writer(path: Path, file: BinaryIO) -> CaptureWriter:
    return PcapngWriter(file) if path.suffix.casefold() == ".pcapng" else PcapWriter(file)
