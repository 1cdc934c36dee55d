"""Headers of arrays in NumPy's file format, read from any stream."""

from __future__ import annotations

from dataclasses import dataclass
from tokenize import TokenError
from typing import IO, Any

import numpy as np

from smartx96.errors import RecordingError

DAMAGED = (
    ValueError, TypeError, SyntaxError, EOFError, OverflowError, TokenError, LookupError,
    RecursionError, MemoryError,
)  # fmt: skip
"""What NumPy raises on a header that is none; of a deeply nested one the last two, its text being
limited to 10 000 letters."""


@dataclass(frozen=True, slots=True)
class ArrayHeader:
    """Shape, order and type of a stored array; `offset` is the first byte of its data."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    offset: int

    @property
    def size(self) -> int:
        """Bytes of data that the header declares."""
        count = 1
        for extent in self.shape:
            count *= extent
        return count * self.dtype.itemsize


def read_header(stream: IO[bytes], where: str) -> ArrayHeader:
    """Header of the array at the beginning of a stream.

    Parameters
    ----------
    stream : binary file
    where : str
        File and member, for messages.

    Raises
    ------
    RecordingError
        There is no such header, or the array holds Python objects.
    """
    try:
        version = np.lib.format.read_magic(stream)
        if version == (1, 0):
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
        elif version == (2, 0):
            shape, fortran, dtype = np.lib.format.read_array_header_2_0(stream)
        else:
            raise RecordingError(f"{where}: .npy version {version[0]}.{version[1]} is not known")
    except RecordingError:
        raise
    except DAMAGED as error:
        raise RecordingError(f"{where}: not a NumPy array or damaged ({_first(error)})") from error
    if dtype.hasobject:
        raise RecordingError(f"{where}: holds Python objects; only arrays of numbers are read")
    if any(isinstance(extent, bool) or extent < 0 for extent in shape):
        raise RecordingError(f"{where}: declares the shape {shape}; the header is damaged")
    return ArrayHeader(shape, fortran, dtype, stream.tell())


def _first(error: Exception) -> str:
    """Beginning of a message that may span lines and name objects by their address."""
    text = str(error).partition(": <")[0]
    return text.splitlines()[0][:80] if text else type(error).__name__
