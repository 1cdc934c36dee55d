"""Readings as Parquet: the same rows as in CSV, in bounded memory, never half-written."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from smartx96.errors import MissingExtraError, OptionError
from smartx96.installation.measurement import measure_source
from smartx96.meter.configuration import Configuration
from smartx96.samples import extras
from smartx96.samples.arrays import ArraySource
from smartx96.tables import writers
from smartx96.tables.rows import COLUMNS
from smartx96.tables.writers import ReadingsFile
from support.signals import balanced

pq = pytest.importorskip("pyarrow.parquet")


def source() -> ArraySource:
    samples = balanced(50.2).samples(3.0)
    samples[4, 9000:9100] = np.nan
    return ArraySource(samples, 12800.0)


def written(path: Path) -> Path:
    with ReadingsFile(path) as file:
        measure_source(source(), Configuration(), (file.add,))
    return path


def test_the_same_rows_as_csv(tmp_path: Path) -> None:
    table = pq.read_table(written(tmp_path / "a.parquet"))
    with written(tmp_path / "a.csv").open() as file:
        header, *lines = list(csv.reader(file))
    assert table.column_names == header == list(COLUMNS)
    truth = np.array([[float(field or "nan") for field in line] for line in lines])
    found = np.column_stack([column.to_numpy() for column in table.columns])
    assert len(truth) > 10
    assert np.array_equal(found, truth, equal_nan=True)
    assert str(table.schema.field("flags").type) == "int64"
    unavailable = sum(column.null_count for column in table.columns)
    assert unavailable == np.isnan(truth).sum() > 0


def test_row_groups_are_written_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers._Parquet, "ROWS", 4)
    form = writers._Parquet()
    with (tmp_path / "a.parquet").open("wb") as file:
        form.begin(file)
        for n in range(7):
            form.add(file, np.full((2, len(COLUMNS)), float(n)))
            assert sum(map(len, form._waiting)) < 4
        form.end(file)
    about = pq.ParquetFile(tmp_path / "a.parquet").metadata
    assert (about.num_rows, about.num_row_groups) == (14, 4)
    times = pq.read_table(tmp_path / "a.parquet")["time"].to_numpy()
    assert times.tolist() == np.repeat(np.arange(7.0), 2).tolist()


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), ReadingsFile(tmp_path / "a.parquet"):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with (
        pytest.raises(OptionError, match="cannot write there"),
        ReadingsFile(tmp_path / "b/a.parquet"),
    ):
        pass


def test_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(module: str) -> None:
        raise ImportError(module)

    monkeypatch.setattr(extras, "import_module", refuse)
    with pytest.raises(MissingExtraError, match="pyarrow is not installed: pip install pyarrow"):
        ReadingsFile(tmp_path / "a.parquet")
    assert list(tmp_path.iterdir()) == []
