"""Commands one after the other in a process of limited memory and time.

    python -m support.confined LIST.json

LIST holds lists of arguments; after each command a line of JSON is printed: its exit code, stdout,
stderr and seconds. Libraries are loaded before memory is limited.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
from importlib import import_module
from pathlib import Path

from support.exercise import confined

LIBRARIES = (
    "smartx96.api", "smartx96.report.page", "rich.progress", "pyarrow.parquet", "pyarrow.csv",
    "h5py", "soundfile",
)  # fmt: skip


def run(arguments: list[str]) -> dict[str, object]:
    """One command as the console script runs it."""
    from smartx96.commands.main import _run

    out, err, begun = io.StringIO(), io.StringIO(), time.monotonic()
    with confined(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = _run(arguments)
    seconds = time.monotonic() - begun
    return {"code": code, "out": out.getvalue(), "err": err.getvalue(), "seconds": seconds}


def main() -> None:
    """Run all commands of the list."""
    for name in LIBRARIES:
        import_module(name)
    for arguments in json.loads(Path(sys.argv[1]).read_text()):
        print(json.dumps(run(arguments)), flush=True)


if __name__ == "__main__":
    main()
