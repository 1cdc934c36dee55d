"""PulseCsv: one row for each pulse."""

from __future__ import annotations

from collections.abc import Sequence

from smartx96.meter.pulse import Pulse
from smartx96.outputs.instants import instant
from smartx96.outputs.own_file import OwnFile

_LONGEST_ROW = 256


class PulseCsv:
    """Comma-separated, a header row; a pulse is a row."""

    HEAD = b"output,number,rising_edge_utc,width_ms\n"

    def resume(self, file: OwnFile) -> None:
        """Cut off a last row that is not whole.

        Raises
        ------
        OptionError
            The end is none of ours.
        """
        start = max(0, file.size - _LONGEST_ROW)
        whole = file.read(start, file.size).rfind(b"\n") + 1
        if not whole:
            raise file.refusal("does not end as a file of pulses does; give a name that is free")
        if start + whole < file.size:
            file.put(start + whole, b"")

    def append(self, file: OwnFile, pulses: Sequence[Pulse]) -> None:
        """Write the rows of pulses."""
        rows = [
            f"{pulse.output},{pulse.number},{instant(pulse.time)},{pulse.width / 1000:.10g}\n"
            for pulse in pulses
        ]
        file.put(file.size, "".join(rows).encode())
