"""Machine: on what it was measured."""

from __future__ import annotations

import platform

import numpy as np

from smartx96.metrology.loops import COMPILED, INSTRUCTIONS


def machine() -> dict[str, str | bool | None]:
    """Processor, versions, and whether the compiled loops are at work, for which instructions."""
    try:
        with open("/proc/cpuinfo") as file:
            names = [x.partition(":")[2].strip() for x in file if x.startswith("model name")]
    except OSError:
        names = []
    return {
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "compiled_loops": COMPILED is not None,
        "instructions": INSTRUCTIONS,
    }
