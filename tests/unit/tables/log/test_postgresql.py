"""Logs in PostgreSQL: a real server, which is stopped and started, and its own client."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartx96.errors import LogError, OptionError
from smartx96.tables.log.destination import stored_columns, stored_rows, told
from smartx96.tables.log.postgresql_log import PostgresqlLog
from smartx96.tables.log.row import Layout, Row
from support import logs
from support.logs import LAYOUT, STEP, T0, row
from support.postgresql import PASSWORD, Server, programs

psycopg = pytest.importorskip("psycopg")
pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(programs() is None, reason="the server of PostgreSQL is not installed"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server() as found:
        yield found


@pytest.fixture(autouse=True)
def _nothing_there(server: Server) -> None:
    server.psql("DROP TABLE IF EXISTS meter_log, other")


def opened(server: Server, *meters: str, layout: Layout = LAYOUT, **more: str) -> PostgresqlLog:
    return PostgresqlLog(server.url, layout, meters, **more)


def test_psql_reads_what_was_logged(server: Server) -> None:
    log = opened(server, "hall")
    log.add([row(0), row(0, "yard", fault="no answer")])
    log.close()
    hall, yard = server.psql("SELECT * FROM meter_log ORDER BY meter")
    assert hall == ["2026-09-21 14:13:20+00", "hall", "7", "2026-09-21 14:13:20.012+00", "0.012",
                    "", "230", "", str(2**53)]  # fmt: skip
    assert yard == ["2026-09-21 14:13:20+00", "yard", "7", "", "", "no answer", "", "", ""]
    assert stored_columns(server.url) == list(LAYOUT.columns)
    assert list(stored_rows(server.url, LAYOUT.ids)) == [row(0), row(0, "yard", "no answer")]


def test_the_key_lets_no_row_in_twice(server: Server) -> None:
    for numbers in ((0, 1), (1, 2)):
        log = opened(server, "hall")
        log.add([row(n) for n in numbers])
        log.close()
    log = opened(server, "hall")
    assert log.latest() == {"hall": row(2)}
    log.close()
    assert server.psql("SELECT count(*) FROM meter_log") == [["3"]]
    with pytest.raises(AssertionError, match="duplicate key"):
        server.psql("INSERT INTO meter_log (time, meter) SELECT time, meter FROM meter_log")


def test_the_newest_rows_are_found_without_reading_all(server: Server) -> None:
    log = opened(server, "hall", "shed", "new")
    assert log.latest() == {}
    server.psql(
        "INSERT INTO meter_log (time, meter) SELECT '2026-01-01Z'::timestamptz + n * '10 s'::"
        "interval, m FROM generate_series(1, 20000) n, unnest(ARRAY['hall', 'shed', 'yard']) m"
    )
    rows = {name: row(n, name) for n, name in enumerate(("hall", "shed", "yard"))}
    log.add([*rows.values()])
    assert log.latest() == {name: rows[name] for name in ("hall", "shed")}
    for name in ("hall", "new"):
        explained = server.psql(f"EXPLAIN {log._sql.newest % repr(name)}")
        plan = "\n".join(line for (line,) in explained)
        assert "Index Scan Backward using meter_log_by_meter" in plan
        assert not re.search("Seq Scan|Sort", plan), plan
    log.close()


def test_two_may_not_log_one_meter(server: Server) -> None:
    first = opened(server, "hall", "yard")
    with pytest.raises(LogError, match="meter yard is being written by another process"):
        opened(server, "shed", "yard")
    other = opened(server, "shed")
    elsewhere = opened(server, "yard", table="other")
    for log in (first, other, elsewhere):
        log.close()
    opened(server, "yard").close()


def test_new_values_get_columns(server: Server) -> None:
    log = opened(server, "hall")
    log.add([row(0)])
    log.close()
    log = opened(server, "hall", layout=Layout(("frequency",)))
    log.add([Row(T0 + STEP, "hall", 7, T0, 0.1, None, (50.0,))])
    log.close()
    found = server.psql("SELECT frequency, pulse1_count FROM meter_log ORDER BY time")
    assert found == [["", str(2**53)], ["50", ""]]
    assert log.notes == [f"{server.name}: has new columns: frequency"]


def test_a_table_of_something_else_is_left_alone(server: Server) -> None:
    server.psql("CREATE TABLE meter_log (id int)")
    with pytest.raises(LogError, match="is no log: it lacks time, meter, serial_number and 3 more"):
        opened(server, "hall")
    assert server.psql("SELECT count(*) FROM information_schema.columns "
                       "WHERE table_name = 'meter_log'") == [["1"]]  # fmt: skip


def test_a_database_that_goes_down_and_comes_back(server: Server) -> None:
    log = opened(server, "hall")
    log.add([row(0)])
    server.stop()
    try:
        for _ in range(2):
            with pytest.raises(LogError) as failure:
                log.add([row(1)])
            assert "\n" not in str(failure.value)
            assert failure.value.kept == 0
    finally:
        server.start()
    log.add([row(1)])
    with pytest.raises(LogError, match="being written by another process"):
        opened(server, "hall")
    log.close()
    assert server.psql("SELECT count(*) FROM meter_log") == [["2"]]


def test_what_was_kept_survives_a_kill(server: Server) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(logs.__file__).parents[1])}
    command = [sys.executable, "-m", "support.logs", server.url]
    kept = -1
    for _ in range(3):
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=environment
        ) as writer:
            assert writer.stdout is not None
            said = [writer.stdout.readline() for _ in range(8)]
            writer.kill()
        assert int(said[-1]) > kept
        kept = int(said[-1])
        last = int(server.psql("SELECT count(*) / 2 - 1 FROM meter_log")[0][0])
        assert last >= kept
        moments = {(r.meter, (r.time - T0) // STEP) for r in stored_rows(server.url, [])}
        assert moments == {(m, n) for m in ("hall", "yard") for n in range(last + 1)}


def test_no_line_tells_the_password(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(server.url) == server.name
    wrong = server.url.replace("s3cret", "S3CRET")
    for url in (wrong, server.url.replace(f":{server.port}/", ":1/"), f"{server.url}2"):
        with pytest.raises(LogError) as failure:
            PostgresqlLog(url, LAYOUT)
        said = str(failure.value)
        assert said.startswith("postgresql://meters@127.0.0.1:")
        assert "\n" not in said
        assert not any(word in said for word in ("s3cret", "S3CRET", PASSWORD, "%2F"))
    for url in ("postgresql://u:secret@[::1/db", "postgresql://u:secret@h/db?no=1",
                "postgresql://u:se%zzcret@h/db"):  # fmt: skip
        with pytest.raises(OptionError, match="is not understood") as refused:
            PostgresqlLog(url, LAYOUT)
        assert "cret" not in str(refused.value)
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    monkeypatch.setenv("PGPORT", str(server.port))
    for url in ("postgresql://meters@127.0.0.1/postgres", "postgresql:"):
        monkeypatch.setenv("PGHOST", "127.0.0.1")
        monkeypatch.setenv("PGUSER", "meters")
        monkeypatch.setenv("PGDATABASE", "postgres")
        PostgresqlLog(url, LAYOUT).close()
