"""PulseCsv: one row for each pulse, with the meter whose it is."""

from __future__ import annotations

from collections.abc import Sequence

from smartx96.meter.pulse import Pulse
from smartx96.outputs.instants import instant
from smartx96.outputs.own_file import OwnFile

_LONGEST_ROW = 256


class PulseCsv:
    """Comma-separated, a header row; a pulse is a row.

    Parameters
    ----------
    meter : str
        Its name, of signs that need no quotes.
    """

    head = b"output,number,rising_edge_utc,width_ms,meter\n"

    def __init__(self, meter: str) -> None:
        self._meter = meter

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
            f"{output},{number},{instant(time)},{width / 1000:.10g},{self._meter}\n"
            for output, number, time, width in pulses
        ]
        file.put(file.size, "".join(rows).encode())
