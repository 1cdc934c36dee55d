"""Table: the rows of an archive in one Parquet file, and what it keeps of where they are from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from smartx96.archive.chains import Chain
from smartx96.archive.counters import ENERGIES
from smartx96.archive.finding import ABOUT
from smartx96.archive.item import Failed, Measured
from smartx96.archive.parts import Part
from smartx96.archive.rows import fields
from smartx96.archive.work import RESULT
from smartx96.errors import OptionError, RecordingError
from smartx96.meter.standing import energies
from smartx96.samples.extras import library

_GROUP = 4096
"""Rows of a row group, which are in memory at once."""
_FACTORS = [energies({id: 1})[id] for id in ENERGIES]
"""From quanta to the unit shown."""

Base = NDArray[np.int64]
"""Of each of `ENERGIES`, what the recordings before have counted [quanta]."""


def base_of(measured: Measured) -> Base:
    """What a recording adds to the counters of those that continue it."""
    return np.array([measured.energies.get(id, 0) for id in ENERGIES], np.int64)


class KeptTable:
    """The table of an earlier run: what need not be measured again.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    order : list of str
        Keys of its recordings.
    measured : dict of str to Measured
    stretches : dict of str to Stretch
    failed : list of list of str
        Recordings that are not in it, and why.

    Raises
    ------
    OptionError
        The file is no table of an archive.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        about = _about(path)
        try:
            self._take(about)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise _no_table(path) from None

    def _take(self, about: Any) -> None:
        self._group, self._rows = -1, cast(Any, None)
        self.order: list[str] = []
        self.measured: dict[str, Measured] = {}
        self.stretches: dict[str, Stretch] = {}
        self.failed: list[list[str]] = about["failed"]
        first, chain, base = 0, None, np.zeros(len(ENERGIES), np.int64)
        for told in about["recordings"]:
            key, number = told.pop("key"), told.pop("chain")
            measured = Measured(**told)
            if number != chain:
                chain, base = number, np.zeros(len(ENERGIES), np.int64)
            self.order.append(key)
            self.measured[key] = measured
            self.stretches[key] = Stretch(self, first, measured.rows, base)
            first, base = first + measured.rows, base + base_of(measured)
        if first != self._file.metadata.num_rows:
            raise ValueError(first)

    @cached_property
    def _file(self) -> Any:
        return library("pyarrow.parquet").ParquetFile(self.path)

    @cached_property
    def _begins(self) -> NDArray[np.int64]:
        about = self._file.metadata
        return np.cumsum([0, *(about.row_group(n).num_rows for n in range(about.num_row_groups))])

    def rows(self, first: int, stop: int) -> Iterator[Any]:
        """Rows as tables; the row group that was read last is kept, since recordings share them."""
        while first < stop:
            group = int(np.searchsorted(self._begins, first, side="right")) - 1
            begin, end = self._begins[group : group + 2].tolist()
            if group != self._group:
                self._group, self._rows = group, self._file.read_row_group(group)
            yield self._rows.slice(first - begin, min(stop, end) - first).combine_chunks()
            first = end


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows of one recording in a table that is there.

    Parameters
    ----------
    table : KeptTable
    first, rows : int
    base : ndarray, shape (energy,)
        What the counters hold of recordings before.
    """

    table: KeptTable
    first: int
    rows: int
    base: Base


def _about(path: Path) -> Any:
    arrow, parquet = library("pyarrow"), library("pyarrow.parquet")
    try:
        metadata = parquet.read_schema(path).metadata or {}
        return json.loads(metadata[ABOUT])
    except (arrow.ArrowException, KeyError, ValueError):
        raise _no_table(path) from None


def _no_table(path: Path) -> OptionError:
    return OptionError(
        f"{path}: is there, and no table of an archive that this version knows; give another name"
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """A recording on its way into the table: its key, and where its rows are."""

    key: str
    rows: Part | Stretch


def write_table(file: IO[bytes], chains: Sequence[Chain], entries: dict[str, Entry],
                failed: Sequence[Failed]) -> int:  # fmt: skip
    """Write the rows of all chains, in memory that does not grow with their number.

    Parameters
    ----------
    file : file of bytes
    chains : sequence of Chain
    entries : dict of str to Entry
        By recording.
    failed : sequence of Failed
        What is not in it.

    Returns
    -------
    int
        Rows.

    Raises
    ------
    RecordingError
        A part cannot be read.
    """
    arrow, parquet = library("pyarrow"), library("pyarrow.parquet")
    schema = arrow.schema(
        [arrow.field("recording", arrow.string()), arrow.field("chain", arrow.int64()),
         *fields(arrow.float64())],
        metadata={ABOUT: json.dumps(_told(chains, entries, failed))},
    )  # fmt: skip
    named = ["recording"]
    writer = parquet.ParquetWriter(
        file, schema, compression="zstd", use_dictionary=named,
        write_statistics=[*named, "chain", "utc", "time"],
    )  # fmt: skip
    rows = 0
    with writer:
        for group in _regrouped(_pieces(chains, entries, schema)):
            writer.write_table(group)
            rows += len(group)
    return rows


def _told(chains: Sequence[Chain], entries: dict[str, Entry],
          failed: Sequence[Failed]) -> dict[str, Any]:  # fmt: skip
    return {
        "recordings": [
            {"key": entries[recording.recording].key, "chain": number, **recording.plain()}
            for number, chain in enumerate(chains)
            for recording in chain.recordings
        ],
        "failed": told_failures(failed),
    }


def told_failures(failed: Sequence[Failed]) -> list[list[str]]:
    """Failures as a table keeps them."""
    return [[one.recording, one.reason] for one in failed]


def _regrouped(pieces: Iterator[Any]) -> Iterator[Any]:
    """The same rows in tables of equal length, whatever the pieces were."""
    arrow = library("pyarrow")
    waiting: list[Any] = []
    count = 0
    for piece in pieces:
        waiting.append(piece)
        count += len(piece)
        while count >= _GROUP:
            whole = arrow.concat_tables(waiting)
            yield whole.slice(0, _GROUP)
            waiting, count = [whole.slice(_GROUP)], count - _GROUP
    if count:
        yield arrow.concat_tables(waiting)


def _pieces(chains: Sequence[Chain], entries: dict[str, Entry], schema: Any) -> Iterator[Any]:
    arrow = library("pyarrow")
    for number, chain in enumerate(chains):
        base = np.zeros(len(ENERGIES), np.int64)
        for recording in chain.recordings:
            for utc, quanta, columns in _read(entries[recording.recording].rows):
                energies = [
                    arrow.nulls(len(utc), arrow.float64()) if counts is None
                    else arrow.array((counts + before) * factor)
                    for counts, before, factor in zip(quanta, base, _FACTORS, strict=True)
                ]  # fmt: skip
                name = arrow.repeat(arrow.scalar(recording.recording), len(utc))
                numbers = arrow.array(np.full(len(utc), number))
                yield arrow.table([name, numbers, utc, *energies, *columns], schema=schema)
            base = base + base_of(recording)


_Piece = tuple[Any, list[NDArray[np.int64] | None], list[Any]]
"""Moments, counters of the recording alone, and all other columns."""


def _read(rows: Part | Stretch) -> Iterator[_Piece]:
    arrow = library("pyarrow")
    try:
        yield from _of_part(rows) if isinstance(rows, Part) else _of_table(rows)
    except (OSError, arrow.ArrowException) as error:
        cause = " ".join(str(error).split())
        if isinstance(rows, Part):
            rows.path.with_suffix(RESULT).unlink(missing_ok=True)
            raise RecordingError(f"{rows.path}: cannot be read: {cause}; run it again") from None
        path = rows.table.path
        raise RecordingError(f"{path}: cannot be read: {cause}; remove it") from None


def _of_part(part: Part) -> Iterator[_Piece]:
    arrow, ipc = library("pyarrow"), library("pyarrow.ipc")
    with arrow.memory_map(str(part.path)) as file:
        reader = ipc.open_file(file)
        for n in range(reader.num_record_batches):
            utc, *columns = reader.get_batch(n).columns
            yield utc, [_integers(c) for c in columns[: len(ENERGIES)]], columns[len(ENERGIES) :]


def _integers(column: Any) -> NDArray[np.int64] | None:
    if column.null_count:
        return None
    counts: NDArray[np.int64] = column.to_numpy(zero_copy_only=False)
    return counts


def _of_table(stretch: Stretch) -> Iterator[_Piece]:
    for rows in stretch.table.rows(stretch.first, stretch.first + stretch.rows):
        yield _apart(rows, stretch.base)


def _apart(group: Any, base: Base) -> _Piece:
    """Rows of a table with the counters as they were in the part."""
    columns = [column.chunk(0) for column in group.columns[2:]]
    quanta = [
        None if column.null_count else
        np.rint(column.to_numpy() / factor).astype(np.int64) - before
        for column, before, factor in zip(columns[1:], base, _FACTORS, strict=False)
    ]  # fmt: skip
    return columns[0], quanta, columns[1 + len(ENERGIES) :]
