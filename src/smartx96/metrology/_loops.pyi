from typing import Any

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Samples
from smartx96.metrology.kernels import Values
from smartx96.metrology.synchronisation import Phasors

FORM: int

Whole = NDArray[np.int64]
Single = NDArray[np.float32]
Truth = NDArray[np.bool_]

def choose(name: str | None) -> str | None: ...
def fold(samples: Single, first: Whole, deviation: Values, rows: Single, taps: int,
         polynomials: Single, total: Single, turn: Single | None) -> None: ...  # fmt: skip
def products(samples: Samples | Single, length: int, largest: float, total: Values,
             kept: Single | None) -> bool: ...  # fmt: skip
def advance(samples: Single, averaging: Values, coarse: Values, window: Values, fine: Values,
            grid: Values, steps: Values, live: Truth, counts: Truth | None, decimation: int,
            tick: int, by_lines: bool, numbers: tuple[float, ...], largest: float
            ) -> float: ...  # fmt: skip
def extend(steps: Values, live: Truth, phase: Whole, kept: Truth, lowest: float, highest: float,
           cycle: float) -> bool: ...  # fmt: skip
def locate(phase: Whole, node: Whole, samples: Single, groups: Values, origin: Whole,
           offset: Values, group: Whole, edge: Values, sums: Values, length: Values,
           points: Whole, reach: Whole, first: Whole, deviation: Values, gain: Values,
           numbers: tuple[Any, ...]) -> bool: ...  # fmt: skip
def spectra(samples: Single, first: Whole, deviation: Values, per_cycle: Values,
            polynomials: Single, lines: Single, rows: Single, gain: Values, folded: Single,
            found: Phasors, carried: float, beyond: float, taps: int, base: int
            ) -> None: ...  # fmt: skip
def read(sums: Values, measured: Values, length: Values, flags: Whole, phasors: Phasors,
         present: Truth, table: Values, numbers: tuple[Any, ...]) -> None: ...  # fmt: skip
def derive(table: Values, found: Values, numbers: tuple[Any, ...]) -> None: ...
