"""The pulses of a measurement as a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from smartx96.commands.measure_files import check_not_input
from smartx96.partial_file import check_writable

if TYPE_CHECKING:
    from smartx96.meter.outbox import Outbox
    from smartx96.samples.source import Source


@contextmanager
def pulse_file(path: Path | None, source: Source) -> Iterator[Callable[[Outbox], None] | None]:
    """What takes the pulses of a measurement into a file, which is there when it is whole, or not
    at all.

    Raises
    ------
    OptionError
        It is the recording, holds something else, is being written, or cannot be; its suffix is
        none of a format.
    """
    if path is None:
        yield None
        return
    from smartx96.outputs.pulse_file import PulseFile, check_suffix

    check_suffix(path)
    check_not_input(path, source, "--pulses")
    check_writable(path, "--pulses")
    if path.exists():
        # Refused where it holds something else, or a running meter's pulses.
        PulseFile(path, "meter").close()
    partial = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        with closing(PulseFile(partial, "meter")) as file:

            def take(outbox: Outbox) -> None:
                for pulse in sorted(outbox.pulses, key=attrgetter("time")):
                    file.emit(pulse)

            yield take
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
