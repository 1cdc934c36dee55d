"""A progress bar on a terminal, for what lasts over two seconds."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

PATIENCE = 2.0
"""Seconds after which the bar appears."""


@contextlib.contextmanager
def progress(
    text: str, seconds: float | None, *, patience: float = PATIENCE
) -> Iterator[Callable[[float], None] | None]:
    """A function to call with the seconds of signal done so far; None where no terminal is.

    Parameters
    ----------
    text : str
        What goes on.
    seconds : float or None
        Seconds of signal in all; None is not known.
    patience : float
        Time after which the bar appears [s].
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    begun = time.monotonic()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(text, total=seconds, visible=False)

        def advance(done: float) -> None:
            bar.update(task, completed=done, visible=time.monotonic() - begun >= patience)

        yield advance
