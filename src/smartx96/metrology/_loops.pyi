import numpy as np
from numpy.typing import NDArray

from smartx96.block import Samples
from smartx96.metrology.kernels import Values

def fold(
    samples: Samples,
    first: NDArray[np.int64],
    deviation: Values,
    table: Values,
    steps: float,
    taps: int,
    polynomials: NDArray[np.float32],
    turn: NDArray[np.float32] | None,
    total: NDArray[np.float32],
) -> None: ...
def products(
    samples: Samples, first: NDArray[np.int64], length: int, weights: Values | None, total: Values
) -> None: ...
def correlate(
    samples: Samples, kernels: Values, step: int, chosen: NDArray[np.int64] | None, found: Values
) -> None: ...
def loudest(
    sizes: Values, counts: NDArray[np.bool_] | None, fading: float, largest: float, found: Values
) -> float: ...
