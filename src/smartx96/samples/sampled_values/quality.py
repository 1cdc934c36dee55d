"""Quality of values (IEC 61850-7-3 clause 6.2, in 32 bits as 9-2LE packs it)."""

from __future__ import annotations

from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from smartx96.block import Quality
from smartx96.samples.cutting import Flags


class ValueQuality(IntFlag):
    """Bits of a value's quality; validity is the lowest two together."""

    INVALID = 0x0001
    RESERVED = 0x0002
    QUESTIONABLE = 0x0003
    OVERFLOW = 0x0004
    OUT_OF_RANGE = 0x0008
    BAD_REFERENCE = 0x0010
    OSCILLATORY = 0x0020
    FAILURE = 0x0040
    OLD_DATA = 0x0080
    INCONSISTENT = 0x0100
    INACCURATE = 0x0200
    SUBSTITUTED = 0x0400
    TEST = 0x0800
    OPERATOR_BLOCKED = 0x1000
    DERIVED = 0x2000


VALIDITY = 0x0003

CLIPPED = ValueQuality.OVERFLOW | ValueQuality.OUT_OF_RANGE
"""The value stands at or beyond the limit of its converter."""

DOUBTFUL = (
    ValueQuality.BAD_REFERENCE
    | ValueQuality.OSCILLATORY
    | ValueQuality.FAILURE
    | ValueQuality.OLD_DATA
    | ValueQuality.INCONSISTENT
    | ValueQuality.INACCURATE
    | ValueQuality.SUBSTITUTED
    | ValueQuality.TEST
    | ValueQuality.OPERATOR_BLOCKED
)
"""The value is there, and something else than the running process may be in it. DERIVED is not
among them: a neutral that is the sum of the phases is as good as these."""


def sample_quality(bits: NDArray[np.unsignedinteger]) -> Flags | None:
    """Flags of samples from the quality of their values; None where all are good.

    A value that is invalid makes the sample missing, since the standard forbids its use; one that
    is questionable, of the reserved validity, or has a doubtful detail makes it questionable.

    Parameters
    ----------
    bits : ndarray of unsigned, shape (n, channel)

    Returns
    -------
    ndarray of uint8, shape (n,), or None
    """
    if not (bits & ~np.uint32(ValueQuality.DERIVED)).any():
        return None
    validity = bits & VALIDITY
    invalid = (validity == ValueQuality.INVALID).any(axis=1)
    doubtful = ((validity > ValueQuality.INVALID) | (bits & DOUBTFUL).astype(bool)).any(axis=1)
    clipped = (bits & CLIPPED).any(axis=1)
    return (
        np.where(invalid, Quality.MISSING, 0)
        | np.where(doubtful, Quality.QUESTIONABLE, 0)
        | np.where(clipped, Quality.CLIPPED, 0)
    ).astype(np.uint8)
