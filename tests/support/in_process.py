"""`x96` in the process of a test: for what no process of its own would show better.

That it is the same as a process each command shows once or twice with one.
"""

from __future__ import annotations

import contextlib
import io
import signal
import subprocess
from pathlib import Path

import pytest

from smartx96.commands.main import main


def x96(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """What the console script prints, and its exit code; nothing of it stays."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    before = signal.getsignal(signal.SIGTERM)
    with (
        pytest.MonkeyPatch.context() as own,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        own.setenv("OPENBLAS_NUM_THREADS", "1")
        if cwd is not None:
            own.chdir(cwd)
        try:
            main([str(each) for each in arguments])
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        finally:
            signal.signal(signal.SIGTERM, before)
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())
