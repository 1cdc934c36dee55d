"""Parquet logs: a file a day, each written whole, and nothing lost between the two files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from smartx96.errors import LogError
from smartx96.tables.log import parquet_log
from smartx96.tables.log.destination import stored_rows
from smartx96.tables.log.parquet_log import DAY, HOUR
from smartx96.tables.log.row import Row
from support.logs import LAYOUT, STEP, T0, opened, row

pq = pytest.importorskip("pyarrow.parquet")

EVENING = T0 - T0 % DAY + DAY - 2 * STEP


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def rows(*numbers: int) -> list[Row]:
    return [row(n, start=EVENING) for n in numbers]


def times(folder: Path) -> Sequence[int]:
    return [(each.time - EVENING) // STEP for each in stored_rows(str(folder), LAYOUT.ids)]


def test_a_day_becomes_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "log.parquet"
    log = opened(folder)
    log.add(rows(0, 1))
    assert names(folder) == ["._2026-09-21T23-59-40.csv.lock", "_2026-09-21T23-59-40.csv"]
    log.add(rows(2))
    assert "2026-09-21T23-59-40.parquet" in names(folder)
    assert "_2026-09-21T23-59-40.csv" not in names(folder)
    assert times(folder) == [0, 1, 2], "those of the day that is not over too"
    log.close()
    assert names(folder) == [
        "2026-09-21T23-59-40.parquet", "2026-09-22T00-00-00.parquet", "_2026-09-22T00-00-00.csv",
    ]  # fmt: skip
    assert pq.read_table(folder).num_rows == 3


def test_several_days_at_once_are_several_files(tmp_path: Path) -> None:
    log = opened(tmp_path / "log.parquet")
    log.add(rows(0, 1, 2, 3, 2 + DAY // STEP))
    log.close()
    parts = sorted((tmp_path / "log.parquet").glob("*.parquet"))
    assert [pq.read_table(part).num_rows for part in parts] == [2, 2, 1]


def test_the_file_of_today_is_renewed_every_hour(tmp_path: Path) -> None:
    folder, hour = tmp_path / "log.parquet", HOUR // STEP
    log = opened(folder)
    start = T0 - T0 % DAY
    log.add([row(0, start=start), row(1, start=start)])
    assert not list(folder.glob("*.parquet"))
    log.add([row(hour, start=start)])
    assert pq.read_table(folder).num_rows == 3
    log.add([row(hour + 1, start=start)])
    assert pq.read_table(folder).num_rows == 3
    log.close()
    assert pq.read_table(folder).num_rows == 4


def test_a_day_that_was_left_unfinished_is_finished(tmp_path: Path) -> None:
    folder = tmp_path / "log.parquet"
    log = opened(folder)
    log.add(rows(0, 1))
    log.close()
    log = opened(folder)
    assert log.latest()["hall"].time == EVENING + STEP
    log.add(rows(2))
    log.close()
    assert times(folder) == [0, 1, 2]
    assert pq.read_table(folder).num_rows == 3


def test_no_part_takes_the_name_of_another(tmp_path: Path) -> None:
    folder = tmp_path / "log.parquet"
    log = opened(folder, meters=("hall", "yard"))
    log.add(rows(0, 2))
    log.add([row(0, "yard", start=EVENING)])
    log.close()
    (folder / "_2026-09-22T00-00-00.csv").unlink()
    log = opened(folder)
    log.add(rows(2, 3))
    log.close()
    assert sorted(path.stem for path in folder.glob("*.parquet")) == [
        "2026-09-21T23-59-40", "2026-09-22T00-00-00", "2026-09-22T00-00-00.2",
    ]  # fmt: skip


def test_rows_in_bounded_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_log, "MOST_ROWS", 50)
    folder = tmp_path / "log.parquet"
    log = opened(folder)
    for n in range(120):
        log.add([row(n, start=T0 - T0 % DAY)])
    log.close()
    found = [pq.read_table(part).num_rows for part in sorted(folder.glob("*.parquet"))]
    assert found == [50, 50, 20]


def test_what_is_kept_of_several_days_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "log.parquet"
    log = opened(folder)
    log.add(rows(0))
    (folder / "2026-09-21T23-59-40.parquet").mkdir()
    with pytest.raises(LogError, match="is a folder") as failure:
        log.add(rows(1, 2))
    assert failure.value.kept == 1
    (folder / "2026-09-21T23-59-40.parquet").rmdir()
    log.add(rows(2))
    log.close()
    assert times(folder) == [0, 1, 2]


def test_a_folder_that_is_damaged_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "log.parquet"
    folder.mkdir()
    (folder / "2026-09-21T23-59-40.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(LogError, match="cannot be read"):
        opened(folder)
