"""The Python interface: arrays in, readings as arrays by quantity id out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from smartx96.errors import ChannelError, MissingExtraError, OptionError, X96Error
from smartx96.installation.measurement import Measurement, measure_source, wiring_of
from smartx96.meter.configuration import Configuration
from smartx96.metrology.conditions import ApparentPower
from smartx96.metrology.intervals import INTERVALS, Intervals
from smartx96.metrology.kernels import Values
from smartx96.metrology.readings import Readings
from smartx96.models import EVERY_ROLE, MODELS, ROLES, SYSTEM_TYPES, Wiring
from smartx96.samples import open_recording
from smartx96.samples.arrays import ArraySource
from smartx96.samples.channels.selection import select
from smartx96.samples.recording import Recording
from smartx96.samples.source import Source
from smartx96.settings import Settings
from smartx96.settings.setting import nearest
from smartx96.tables.rows import COLUMNS, Stamps, rows
from smartx96.wording import as_keywords, counted


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
            raise KeyError(f"{id}: no quantity of a window; {nearest(str(id), COLUMNS)}")
        return self._table[:, _PLACE[id]]

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[str]:
        return iter(COLUMNS)

    def keys(self) -> Sequence[str]:
        """Ids that can be asked for."""
        return COLUMNS

    def __repr__(self) -> str:
        windows = counted(len(self), "window")
        return f"<Result: {windows} of {len(COLUMNS)} columns; {self.summary!r}>"

    def _repr_html_(self) -> str:
        ids = ("voltage_l1", "voltage_l2", "voltage_l3", "current_l1", "current_l2", "current_l3",
               "active_power", "reactive_power", "power_factor", "frequency")  # fmt: skip
        cells = "".join(
            f"<tr><td>{id}</td><td>{self.summary.values[id]:.6g}</td></tr>" for id in ids
        )
        return f"<table><caption>{counted(len(self), 'window')}</caption>{cells}</table>"

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


@contextmanager
def _in_python() -> Iterator[None]:
    """Let errors name keywords in place of the options of the command line."""
    try:
        yield
    except X96Error as error:
        error.args = (as_keywords(str(error)), *error.args[1:])
        raise


@_in_python()
def measure(
    samples: ArrayLike | Mapping[str, ArrayLike] | Recording,
    rate: float | None = None,
    *,
    channels: Mapping[str, str | int] | None = None,
    scale: Mapping[str, float] | None = None,
    start: float | None = None,
    stop: float | None = None,
    keep_skew: bool | None = None,
    wiring: str | None = None,
    model: str = "X96-5A",
    ct: tuple[int, int] = (5, 5),
    vt: int = 1,
    nominal: int | None = None,
    side: str | None = None,
    apparent: str = "arithmetic",
    dc: bool = False,
    subgroups: bool = False,
    aggregate: str | None = None,
) -> Result:
    """Measure samples in memory, or an opened recording.

    Parameters
    ----------
    samples : array_like, shape (6, n), or mapping of role to array_like, shape (n,), or Recording
        v1, v2, v3 [V] and i1, i2, i3 [A]; two rows are v1 and i1. A mapping may hold any roles
        that the wiring takes: line voltages v12, v23, v31 too.
    rate : float, optional
        Sampling rate [1/s]; a recording has its own.
    channels : mapping of str to str, optional
        Of a recording: which channel is which, by role: name, or number from 1
        (`{"v1": "Ua", "i1": 4}`).
    scale : mapping of str to float, optional
        Of a recording: volt or ampere of full scale where its samples are counts of a converter,
        else a factor, by `v`, `i` or role.
    start, stop : float, optional
        Of a recording: the stretch that is measured [s].
    keep_skew : bool, optional
        Of a recording: whether channels that were sampled one after the other stay so; otherwise
        they are brought to one moment.
    wiring : {'1p2w', '3p3w', '3p4w'}, optional
        None is 1p2w where only L1 is there, 3p3w where line voltages are, else 3p4w.
    model : {'X96-5A', 'X96-5E'}
        The 5E has no THD, no harmonics and no 3p3w.
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
    subgroups : bool
        Harmonics and THD of subgroups (IEC 61000-4-7), not of single lines.
    aggregate : {'3s', '10min', '2h'}, optional
        Rows are intervals instead of windows (IEC 61000-4-30); the longer ones end at whole
        multiples of their length after the first sample.

    Returns
    -------
    Result

    Raises
    ------
    ChannelError
        The shape is not that of channels, or the wiring needs one that is not there.
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
    if model not in MODELS:
        raise OptionError(f"model {model}: use {' or '.join(MODELS)}")
    if wiring is not None and wiring not in list(Wiring):
        raise OptionError(f"wiring {wiring}: use {', '.join(Wiring)}")
    if apparent.upper() not in ApparentPower.__members__:
        raise OptionError(f"apparent {apparent}: use arithmetic, vector or effective")
    source = _source(samples, rate, channels, side, scale=scale, start=start, stop=stop,
                     keep_skew=keep_skew)  # fmt: skip
    connected = wiring_of(source) if wiring is None else Wiring(wiring)
    primary, secondary = _transformers(ct)
    settings = Settings(
        {
            "system_type": SYSTEM_TYPES[connected],
            "ct_primary": primary,
            "ct_secondary": secondary,
            "vt_ratio": vt,
            "nominal_frequency": nominal or 0,
            "apparent_power_method": ApparentPower[apparent.upper()].value,
        }
    )
    if aggregate is not None and aggregate not in INTERVALS:
        raise OptionError(f"aggregate {aggregate}: use {', '.join(INTERVALS)}")
    configuration = Configuration(settings, keep_dc=dc, model=MODELS[model], subgroups=subgroups)
    kept: list[Values] = []

    def keep(stamps: Stamps, readings: Readings) -> None:
        kept.append(rows(stamps, readings))

    intervals = None if aggregate is None else Intervals(aggregate, keep)
    summary = measure_source(source, configuration, (keep if intervals is None else intervals.add,))
    if intervals is not None:
        intervals.finish()
    return Result(summary, np.concatenate(kept) if kept else np.empty((0, len(COLUMNS))))


def _transformers(ct: object) -> tuple[Any, Any]:
    """Primary and secondary current."""
    if isinstance(ct, Sequence | np.ndarray) and not isinstance(ct, str) and len(ct) == 2:
        return ct[0], ct[1]
    raise OptionError(f"ct {ct!r}: give primary and secondary in ampere, such as (200, 5)")


def _source(
    samples: ArrayLike | Mapping[str, ArrayLike] | Recording,
    rate: float | None,
    channels: Mapping[str, str | int] | None,
    side: str | None,
    **stretch: Any,
) -> Source:
    if isinstance(samples, Recording):
        if rate is not None:
            raise OptionError("a recording has its own rate: give another to smartx96.open")
        named = None if channels is None else {r: str(name) for r, name in channels.items()}
        return select(samples, channels=named, side=side, **stretch)
    given = [name for name, value in {"channels": channels, **stretch}.items() if value is not None]
    if given:
        raise OptionError(f"{', '.join(given)}: for recordings; samples in memory come as they are")
    if isinstance(samples, str | Path):
        raise OptionError(f"{samples}: open a recording first: smartx96.open(path)")
    if rate is None:
        raise OptionError("samples in memory have no rate of their own: give rate")
    if not (isinstance(rate, int | float | np.number) and 0 < rate < np.inf):
        raise OptionError(f"rate {rate!r}: give samples per second, a number above 0")
    roles, array = _rows_of(samples)
    return ArraySource(array, rate, side or "secondary", roles)


def _rows_of(
    samples: ArrayLike | Mapping[str, ArrayLike],
) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Roles and samples, shape (channel, n), NaN where masked."""
    columns = getattr(samples, "columns", None)
    if columns is not None:  # a table: one column a channel
        table: Any = samples
        samples = {str(name): table[name] for name in columns}
    if isinstance(samples, Mapping):
        unknown = [str(role) for role in samples if role not in EVERY_ROLE]
        if unknown or not samples:
            named = f"{', '.join(unknown)} unknown" if unknown else "nothing given"
            raise ChannelError(f"samples: {named}; roles are {', '.join(EVERY_ROLE)}")
        roles = tuple(role for role in EVERY_ROLE if role in samples)
        rows = [_values_of(samples[role]) for role in roles]
        lengths = {role: row.shape for role, row in zip(roles, rows, strict=True)}
        if len(set(lengths.values())) > 1 or rows[0].ndim != 1:
            raise ChannelError(f"samples of unequal length: {lengths}")
        return roles, np.stack(rows)
    array = _values_of(samples)
    named_by_count = {len(ROLES): ROLES, 2: ("v1", "i1")}
    if array.ndim != 2 or len(array) not in named_by_count:
        turned = array.ndim == 2 and array.shape[1] in named_by_count
        advice = "; give samples.T" if turned else ""
        raise ChannelError(
            f"samples of shape {array.shape}: give (6, n), rows {', '.join(ROLES)}, or (2, n), "
            f"rows v1, i1, or a mapping by role{advice}"
        )
    return named_by_count[len(array)], array


def _values_of(samples: ArrayLike) -> NDArray[np.float64]:
    if np.iscomplexobj(samples):
        raise ChannelError("samples are complex: give the instantaneous values, which are real")
    filled: NDArray[np.float64] = np.ma.filled(np.ma.asarray(samples, dtype=np.float64), np.nan)
    return filled


@_in_python()
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
