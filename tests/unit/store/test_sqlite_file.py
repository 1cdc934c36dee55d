import sqlite3
import time
from contextlib import closing

import pytest

from smartx96.store import sqlite_file
from smartx96.store.sqlite_file import building, connect, damage, meters, timed


def test_a_new_database_has_its_log_mode_before_it_has_its_name(tmp_path):
    """Changing it in its place takes a rollback journal, of which a kill would leave half."""
    with building(tmp_path / "new") as connection:
        connection.execute("INSERT INTO records VALUES ('a', 0, 1, '')")
    assert (tmp_path / "new").read_bytes()[18:20] == b"\2\2"
    assert [p.name for p in tmp_path.iterdir()] == ["new"]
    assert damage(tmp_path / "new") is None


ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"


def test_time_is_kept(tmp_path):
    with building(tmp_path / "new") as connection:
        begun = time.monotonic()
        with timed(connection, 0.05) as is_over:
            assert not is_over()
            with pytest.raises(sqlite3.OperationalError, match="interrupted"):
                connection.execute(ENDLESS)
            assert is_over()
        assert 0.04 < time.monotonic() - begun < 2
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_examination_ends_in_time(tmp_path, monkeypatch):
    with building(tmp_path / "new"):
        pass

    def quick_check(connection, what):
        if what == "records":
            return None
        return str(connection.execute(ENDLESS).fetchone())

    monkeypatch.setattr(sqlite_file, "_quick_check", quick_check)
    assert damage(tmp_path / "new", seconds=0.05) is None


def test_damaged_page_is_found(tmp_path):
    with building(tmp_path / "new") as connection:
        rows = ((n, "x" * 50) for n in range(1000))
        connection.executemany("INSERT INTO events VALUES ('a', ?, 0, 'k', ?, '')", rows)
    data = bytearray((tmp_path / "new").read_bytes())
    data[-4096:] = b"\xa5" * 4096
    (tmp_path / "new").write_bytes(data)
    assert "rror code 11" in damage(tmp_path / "new")


def test_names_of_meters(tmp_path):
    names = ["a", "b" * 64, "z", "", "a\0b", "ä", "x" * 65]
    with building(tmp_path / "new") as connection:
        for name in names:
            for place in range(3):
                connection.execute("INSERT INTO records VALUES (?, ?, 1, '')", (name, place))
        connection.execute("INSERT INTO records VALUES (?, 0, 1, '')", (b"\xff",))
    with closing(connect(tmp_path / "new", "ro")) as connection:
        assert meters(connection, "records") == ["a", "b" * 64, "z"]
        assert meters(connection, "events") == []


def test_reading_makes_nothing(tmp_path):
    with building(tmp_path / "new"):
        pass
    with (
        closing(connect(tmp_path / "new", "ro")) as connection,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        connection.execute("DELETE FROM format")
