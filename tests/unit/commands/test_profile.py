import csv
import re
from datetime import UTC, datetime

import numpy as np
import pytest
from click.testing import CliRunner

from smartx96.commands.profile import command
from smartx96.errors import OptionError, StoreError
from support.stored import NOON, SECOND, commit, fill, opened, row, sql


def run(*arguments):
    result = CliRunner().invoke(command, list(map(str, arguments)), standalone_mode=False,
                                catch_exceptions=False)  # fmt: skip
    if result.exception is not None:
        raise result.exception
    return result.stdout, result.stderr


@pytest.fixture
def folder(tmp_path, monkeypatch):
    path = tmp_path / "state"
    monkeypatch.setenv("X96_STATE", str(path))
    with opened(path) as store:
        fill(store, commits=40, rows=3)
    return path


NUMBERS = range(1, 121)
TIMES = [NOON + n * 900 * SECOND for n in NUMBERS]


def test_table(folder):
    lines = run()[0].splitlines()
    assert lines[0].split() == [
        "time",
        "(UTC)",
        "active_energy_import",
        "voltage_l1",
        "thd",
        "flags",
    ]
    assert len(lines) == 98
    assert lines[-1] == "the last 96 of 120 rows; --from and --to show others"
    assert lines[1].split() == [
        "2026-09-21T20:28:20Z", "1000000000000000025", "233.125", "----", "incomplete"
    ]  # fmt: skip
    shown = run("--from", "2026-09-21T20:28:20", "--to", "2026-09-21T22:58:20+02:00")[0]
    assert [line.split()[0] for line in shown.splitlines()[1:]] == [
        "2026-09-21T20:43:20Z", "2026-09-21T20:58:20Z"
    ]  # fmt: skip


def test_a_narrow_terminal_has_tables_below_each_other(folder):
    narrow = {"FORCE_COLOR": "1", "COLUMNS": "60", "TERM": "xterm"}
    result = CliRunner().invoke(command, [], env=narrow)
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in result.output.splitlines()]
    assert max(map(len, lines)) <= 60
    assert "…" not in result.output
    assert sum("time (UTC)" in line for line in lines) > 1
    words = " ".join(line for line in lines if "time (UTC)" in line)
    assert set(run()[0].splitlines()[0].split()) == set(words.split())


def test_csv_keeps_integers_exact(folder, tmp_path):
    _, told = run("-o", tmp_path / "a.csv")
    assert told == f"{tmp_path}/a.csv: 120 rows\n"
    with (tmp_path / "a.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    assert list(found[0]) == ["time", "flags", "active_energy_import", "voltage_l1", "thd"]
    times = [datetime.fromisoformat(r["time"]) for r in found]
    assert times == [datetime.fromtimestamp(t / 1e6, UTC) for t in TIMES]
    assert [int(r["active_energy_import"]) for r in found] == [10**18 + n for n in NUMBERS]
    assert [float(r["voltage_l1"]) for r in found] == [230 + n / 8 for n in NUMBERS]
    assert {(r["thd"], r["flags"]) for r in found} == {("", "1")}


def test_npz(folder, tmp_path):
    run("-o", tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as found:
        assert found["time"].tolist() == np.array(TIMES, "datetime64[us]").tolist()
        assert found["active_energy_import"].tolist() == [10**18 + n for n in NUMBERS]
        assert found["voltage_l1"].tolist() == [230 + n / 8 for n in NUMBERS]
        assert np.isnan(found["thd"]).all()
        assert found["flags"].tolist() == [1] * 120


def test_parquet(folder, tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    run("-o", tmp_path / "a.parquet")
    found = pandas.read_parquet(tmp_path / "a.parquet")
    assert str(found["time"].dtype) == "datetime64[us, UTC]"
    assert found["time"].astype("int64").tolist() == TIMES
    assert found["active_energy_import"].tolist() == [10**18 + n for n in NUMBERS]
    assert found["voltage_l1"].tolist() == [230 + n / 8 for n in NUMBERS]
    assert found["thd"].isna().all()


def test_quantities_that_changed_over_time(folder, tmp_path):
    with opened(folder) as store:
        later = row(121)
        later = type(later)(later.time, later.flags, {"voltage_l2": 231.0})
        store.commit({"main": commit(41, rows=0)})
        store.commit({"main": type(commit(1))({}, NOON, {}, (), [later])})
    run("-o", tmp_path / "a.csv", "--from", "2026-09-22T20:00")
    with (tmp_path / "a.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    assert [r["voltage_l2"] for r in found] == ["", "231.0"]
    assert [r["voltage_l1"] for r in found] == ["245.0", ""]


def test_damaged_rows_are_left_out_and_told(folder, tmp_path):
    sql(folder, "UPDATE profile SET row = replace(row, '230.375', '230.376') WHERE number = 3")
    sql(folder, "DELETE FROM profile WHERE number = 5")
    _, told = run("-o", tmp_path / "a.csv")
    assert told.splitlines() == ["note: 2 rows damaged or lost", f"{tmp_path}/a.csv: 118 rows"]
    assert "230.376" not in (tmp_path / "a.csv").read_text()


def test_empty(folder, tmp_path):
    assert run("--from", "2100-01-01") == ("no rows\n", "")
    for suffix in ("csv", "npz"):
        run("--from", "2100-01-01", "-o", tmp_path / f"a.{suffix}")
    assert (tmp_path / "a.csv").read_text() == "time,flags\n"
    with np.load(tmp_path / "a.npz") as found:
        assert found["time"].shape == (0,)


def test_refused(folder, tmp_path):
    with pytest.raises(OptionError, match=r"cannot write .xlsx; use .csv, .npz, .parquet"):
        run("-o", tmp_path / "a.xlsx")
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(OptionError, match="is a folder; give a file name"):
        run("-o", tmp_path / "b.csv")
    with pytest.raises(OptionError, match="cannot be written: No such file"):
        run("-o", tmp_path / "nowhere" / "a.csv")
    with pytest.raises(OptionError, match="--from yesterday: give a date or time such as"):
        run("--from", "yesterday")
    with pytest.raises(StoreError, match="no meter other there; there is main"):
        run("--meter", "other")
    with opened(folder) as store:
        store.commit({"heating": commit(1)})
    with pytest.raises(OptionError, match="has heating, main; choose one with --meter NAME"):
        run()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.csv", "state"]


def test_a_file_is_whole_or_not_there(folder, tmp_path, monkeypatch):
    from smartx96.tables import profile_writers

    (tmp_path / "a.csv").write_text("before")

    def full(file, table):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(profile_writers.FORMATS, ".csv", full)
    with pytest.raises(OptionError, match=r"a.csv: cannot be written: No space left on device"):
        run("-o", tmp_path / "a.csv")
    assert [p.name for p in tmp_path.iterdir() if p.name != "state"] == ["a.csv"]
    assert (tmp_path / "a.csv").read_text() == "before"


def test_a_table_reads_no_more_than_it_shows(folder, monkeypatch):
    from smartx96.store import reading

    read = []
    true = reading.row_crc
    monkeypatch.setattr(reading, "row_crc", lambda *row: read.append(row[1]) or true(*row))
    assert len(run()[0].splitlines()) == 98
    assert read == list(range(25, 121))
    read.clear()
    run("--from", "2026-09-21T20:28:20", "--to", "2026-09-21T22:58:20+02:00")
    assert len(read) == 2
