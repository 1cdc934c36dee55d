"""The Python interface: arrays in, readings as arrays by quantity id out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smartx96.errors import ChannelError, MissingExtraError, OptionError
from smartx96.installation.measurement import (
    Configuration,
    Measurement,
    measure_source,
)
from smartx96.metrology.kernels import Values
from smartx96.metrology.readings import ApparentPower, Readings
from smartx96.metrology.windows import Windows
from smartx96.samples import open_recording
from smartx96.samples.arrays import ArraySource
from smartx96.samples.channels.selection import select
from smartx96.samples.recording import Recording
from smartx96.samples.source import ROLES, Source
from smartx96.settings import Settings
from smartx96.tables.rows import COLUMNS, rows


@dataclass(frozen=True)
class Result:
    """Readings of every window as arrays, and their summary.

    `result["voltage_l1"]` is an array with one value a window, `result["voltage_harmonic_l1[5]"]`
    a harmonic in % of the fundamental; `result["time"]` is the end of each window [s].

    Attributes
    ----------
    summary : Measurement
        The whole recording: windows together, energies, flags.
    """

    summary: Measurement
    _table: Values = field(repr=False)

    def __getitem__(self, id: str) -> Values:
        if id not in _PLACE:
            raise KeyError(f"{id}: no quantity of a window; see smartx96.quantities")
        return self._table[:, _PLACE[id]]

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[str]:
        return iter(COLUMNS)

    def keys(self) -> Sequence[str]:
        """Ids that can be asked for."""
        return COLUMNS

    def __repr__(self) -> str:
        return f"<Result: {len(self)} windows of {len(COLUMNS)} columns; {self.summary!r}>"

    def _repr_html_(self) -> str:
        ids = ("voltage_l1", "voltage_l2", "voltage_l3", "current_l1", "current_l2", "current_l3",
               "active_power", "reactive_power", "power_factor", "frequency")  # fmt: skip
        cells = "".join(
            f"<tr><td>{id}</td><td>{self.summary.values[id]:.6g}</td></tr>" for id in ids
        )
        return f"<table><caption>{len(self)} windows</caption>{cells}</table>"

    def to_pandas(self) -> Any:
        """Table of all columns, `time` as index.

        Raises
        ------
        MissingExtraError
            pandas is not installed.
        """
        try:
            import pandas
        except ImportError:
            raise MissingExtraError("pandas is not installed: pip install pandas") from None
        return pandas.DataFrame(self._table, columns=list(COLUMNS)).set_index("time")


_PLACE = {id: n for n, id in enumerate(COLUMNS)}


def measure(
    samples: ArrayLike | Mapping[str, ArrayLike] | Recording,
    rate: float | None = None,
    *,
    channels: Mapping[str, str] | None = None,
    wiring: str = "3p4w",
    ct: tuple[int, int] = (5, 5),
    vt: int = 1,
    nominal: int | None = None,
    side: str | None = None,
    apparent: str = "arithmetic",
    dc: bool = False,
) -> Result:
    """Measure samples in memory, or an opened recording.

    Parameters
    ----------
    samples : array_like, shape (6, n), or mapping of role to array_like, shape (n,), or Recording
        v1, v2, v3 [V] and i1, i2, i3 [A].
    rate : float, optional
        Sampling rate [1/s]; a recording has its own.
    channels : mapping of str to str, optional
        Of a recording: which channel is which, by role (`{"v1": "Ua", ...}`).
    wiring : {'3p4w'}
    ct : tuple of int
        Current transformers, primary and secondary [A].
    vt : int
        Voltage transformer ratio.
    nominal : {50, 60}, optional
        Nominal frequency [Hz]; None chooses by the signal.
    side : {'secondary', 'primary'}, optional
        Side of the transformers on which the samples stand; None is what a recording says, else
        secondary.
    apparent : {'arithmetic', 'vector', 'effective'}
        How total apparent power is added.
    dc : bool
        Keep the mean of each window.

    Returns
    -------
    Result

    Raises
    ------
    ChannelError
        The shape is not that of six channels.
    OptionError
        An option outside its limits.
    StreamError
        The engine does not measure this rate.

    Examples
    --------
    >>> import numpy as np, smartx96
    >>> t = np.arange(12800) / 12800
    >>> angle = 2 * np.pi * (50 * t - np.arange(3)[:, None] / 3)
    >>> samples = np.concatenate([325.27 * np.sin(angle), 7.0711 * np.sin(angle - 0.5)])
    >>> result = smartx96.measure(samples, 12800)
    >>> print(f"{result['voltage_l1'][0]:.2f} V")
    230.00 V
    """
    if wiring != "3p4w":
        raise OptionError(f"wiring {wiring}: only 3p4w is there yet")
    if apparent.upper() not in ApparentPower.__members__:
        raise OptionError(f"apparent {apparent}: use arithmetic, vector or effective")
    settings = Settings(
        {
            "ct_primary": ct[0],
            "ct_secondary": ct[1],
            "vt_ratio": vt,
            "nominal_frequency": nominal or 0,
            "apparent_power_method": ApparentPower[apparent.upper()].value,
        }
    )
    source = _source(samples, rate, channels, side)
    kept: list[Values] = []

    def keep(windows: Windows, readings: Readings) -> None:
        kept.append(rows(windows, readings))

    summary = measure_source(source, Configuration(settings, keep_dc=dc), (keep,))
    return Result(summary, np.concatenate(kept) if kept else np.empty((0, len(COLUMNS))))


def _source(
    samples: ArrayLike | Mapping[str, ArrayLike] | Recording,
    rate: float | None,
    channels: Mapping[str, str] | None,
    side: str | None,
) -> Source:
    if isinstance(samples, Recording):
        if rate is not None:
            raise OptionError("a recording has its own rate: give another to smartx96.open")
        return select(samples, channels=channels, side=side)
    if isinstance(samples, str | Path):
        raise OptionError(f"{samples}: open a recording first: smartx96.open(path)")
    if rate is None:
        raise OptionError("samples in memory have no rate of their own: give rate")
    if not (isinstance(rate, int | float | np.number) and 0 < rate < np.inf):
        raise OptionError(f"rate {rate!r}: give samples per second, a number above 0")
    return ArraySource(_six_channels(samples), rate, side or "secondary")


def _six_channels(samples: ArrayLike | Mapping[str, ArrayLike]) -> NDArray[np.float64]:
    if isinstance(samples, Mapping):
        missing = [role for role in ROLES if role not in samples]
        if missing:
            raise ChannelError(f"samples: {', '.join(missing)} missing; give {', '.join(ROLES)}")
        lengths = {role: len(np.asarray(samples[role])) for role in ROLES}
        if len(set(lengths.values())) > 1:
            raise ChannelError(f"samples of unequal length: {lengths}")
        samples = np.stack([np.asarray(samples[role], np.float64) for role in ROLES])
    array = np.ma.filled(np.ma.asarray(samples, dtype=np.float64), np.nan)
    if array.ndim != 2 or len(array) != len(ROLES):
        raise ChannelError(f"samples of shape {array.shape}: give (6, n), rows {', '.join(ROLES)}")
    return array


def open(path: str | Path, *, rate: float | None = None) -> Recording:
    """Open a recording; its channels and sampling rate are known, its samples read when asked for.

    Parameters
    ----------
    path : str or Path
    rate : float, optional
        Sampling rate [1/s], over what the file says.

    Raises
    ------
    RecordingError
        The file is missing, damaged or of no known format.
    """
    return open_recording(Path(path), rate=rate)
