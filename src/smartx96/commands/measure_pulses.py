"""The pulses of a measurement as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path

from smartx96.errors import OptionError
from smartx96.meter.outbox import Outbox


@contextmanager
def pulse_file(path: Path | None) -> Iterator[Callable[[Outbox], None] | None]:
    """What takes the pulses of a measurement into a new file, which is left whole or not at all.

    Raises
    ------
    OptionError
        The file exists, or its suffix is none of a format.
    """
    if path is None:
        yield None
        return
    from smartx96.outputs.pulse_file import PulseFile

    if path.exists():
        raise OptionError(f"--pulses {path}: exists; give the name of a new file")
    file = PulseFile(path, "meter")

    def take(outbox: Outbox) -> None:
        for pulse in sorted(outbox.pulses, key=attrgetter("time")):
            file.emit(pulse)

    try:
        yield take
    except BaseException:
        file.close()
        path.unlink(missing_ok=True)
        raise
    file.close()
