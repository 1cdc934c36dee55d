"""Coverage-guided fuzzing of the Modbus server's decoders.

    python fuzz/modbus.py TARGET FOLDER... [-max_total_time=600] [-dict=...]

TARGET is `pdu` (requests), `tcp` (streams), `rtu` (bursts on a line, with their times) or `writes`
(values that are written); the rest is libFuzzer's: the first folder grows by the inputs that
reach something new. What an input stands for, and what makes it a finding, is told in
`tests/support/exercise_modbus.py`.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

with atheris.instrument_imports(include=["smartx96"]):
    import smartx96.modbus.line.line
    import smartx96.modbus.tcp
    import smartx96.modbus.writing  # noqa: F401
from support.exercise_modbus import TARGETS

LIMITS = ("-max_len=2048", "-timeout=10")


def main() -> None:
    """Run libFuzzer on one target."""
    exercise = TARGETS[sys.argv.pop(1)]
    warnings.simplefilter("error")

    def one_input(content: bytes) -> None:
        exercise(content)

    atheris.Setup([sys.argv[0], *LIMITS, *sys.argv[1:]], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
