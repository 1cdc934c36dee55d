"""Coverage-guided fuzzing of the readers of recordings.

    python fuzz/readers.py TARGET FOLDER... [-max_total_time=600] [-dict=...]

TARGET is `comtrade`, `capture` or `wav`; the rest is libFuzzer's: the first folder grows by
the inputs that reach something new. An input is a file; for COMTRADE it is a .cff, or a .cfg and a
.dat with a line `%%DAT%%` between. A traceback, a warning, a message of several lines, half a
gigabyte of memory or twenty seconds on one input end the run, and the input is kept.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

with atheris.instrument_imports(include=["smartx96"]):
    import smartx96.samples.comtrade.recording
    import smartx96.samples.sampled_values.recording
    import smartx96.samples.wav.recording  # noqa: F401
from support.exercise import confined, exercise
from support.fuzzed import written

LIMITS = ("-rss_limit_mb=0", "-max_len=8192")
"""Its own limit of memory counts what the fuzzer gathers; `confined` limits each input."""


def main() -> None:
    """Run libFuzzer on one target."""
    target, folder = sys.argv.pop(1), tempfile.TemporaryDirectory(dir=memory_folder())
    warnings.simplefilter("error")

    def one_input(content: bytes) -> None:
        path = written(target, content, Path(folder.name))
        with confined():
            exercise(path, blocks=40)

    atheris.Setup([sys.argv[0], *LIMITS, *sys.argv[1:]], one_input)
    with folder:
        atheris.Fuzz()


def memory_folder() -> str | None:
    """A folder in memory where the system has one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


if __name__ == "__main__":
    main()
