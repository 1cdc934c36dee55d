"""Loops: the compiled inner loops of the engine, where they are built and wanted.

What they compute is defined in NumPy where they are used, which is taken where they are not. They
are built from `native/` at installation, if there is a compiler, for several processors, of which
the best is taken that this one runs. `X96_NATIVE=off` leaves them aside; `avx512`, `avx2` and
`baseline` take those.
"""

from __future__ import annotations

import importlib
import os
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

VARIABLE = "X96_NATIVE"

VARIANTS = ("avx512", "avx2", "baseline")
"""Processors for which the loops are compiled, the best first."""

FORM = 8
"""What the loops take and give; loops of another form are left from another version."""

MOST_TAPS = 128
"""Of `fold` and `spectra`; what is beyond goes by NumPy."""


_KEPT = (np.dtype(np.float32),)
NEW = (np.dtype(np.float64), np.dtype(np.float32))
"""Types of new samples."""


def _wanted() -> str:
    return os.environ.get(VARIABLE, "").lower()


def _found() -> ModuleType | None:
    if _wanted() in ("off", "0", "no"):
        return None
    try:
        module = importlib.import_module("smartx96.metrology._loops")
    except ImportError:
        return None
    return module if getattr(module, "FORM", 0) == FORM else None


def _chosen(loops: ModuleType | None) -> str | None:
    wanted = _wanted() if _wanted() in VARIANTS else None
    found: str | None = None if loops is None else loops.choose(wanted)
    return found


COMPILED = _found()
"""The loops; None where NumPy does their work."""

INSTRUCTIONS = _chosen(COMPILED)
"""For which processor they are; None where they are not there, or this one is no such."""


def fits(samples: NDArray[Any], *dtypes: DTypeLike) -> bool:
    """Whether the loops take these samples as they lie in memory: kept ones, or those of some types
    that are new.
    """
    row, size = samples.strides[0], samples.itemsize
    return (
        samples.dtype in (dtypes or _KEPT)
        and samples.strides[-1] == size
        and row > 0
        and row % size == 0
        and samples.flags.aligned
    )
