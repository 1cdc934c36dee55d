"""Pulses as CSV: a row each, appended over restarts, nothing foreign touched."""

from __future__ import annotations

import csv
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smartx96.errors import OptionError
from smartx96.meter.pulse import Pulse
from smartx96.outputs.pulse_file import MOST_UNWRITTEN, PulseFile
from support.pulses import T0, files_up_to, train

HEADER = ["output", "number", "rising_edge_utc", "width_ms", "meter"]
PULSES = [*train(2, 5, 0, 112_345), *train(1, 2, 900_000, 1_000_001, 100_000)]


def rows(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        header, *found = csv.reader(file)
    assert header == HEADER
    return found


def row(pulse: Pulse) -> list[str]:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=pulse.time)
    assert round(moment.timestamp() * 1e6) == pulse.time
    text = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return [str(pulse.output), str(pulse.number), text, str(pulse.width // 1000), "heating"]


def emitted(path: Path, pulses: list[Pulse]) -> None:
    sink = PulseFile(path, "heating")
    for pulse in pulses:
        sink.emit(pulse)
    sink.close()


def test_a_row_for_each_pulse(tmp_path: Path) -> None:
    emitted(tmp_path / "a.csv", PULSES)
    assert rows(tmp_path / "a.csv") == [row(pulse) for pulse in PULSES]
    assert row(PULSES[0])[2] == "2026-10-31T00:00:00.000000Z"


def test_a_row_is_there_as_soon_as_emitted(tmp_path: Path) -> None:
    sink = PulseFile(tmp_path / "a.csv", "heating")
    for number, pulse in enumerate(PULSES, 1):
        sink.emit(pulse)
        assert len(rows(tmp_path / "a.csv")) == number
    sink.close()


def test_width_in_fractions_of_a_millisecond(tmp_path: Path) -> None:
    emitted(tmp_path / "a.csv", [Pulse(1, 1, T0, 60_250)])
    assert float(rows(tmp_path / "a.csv")[0][3]) == 60.25


def test_restarts_append(tmp_path: Path) -> None:
    path = tmp_path / "A.CSV"
    for pulse in PULSES:
        emitted(path, [pulse])
    assert rows(path) == [row(pulse) for pulse in PULSES]


def test_a_row_cut_off_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    emitted(path, PULSES[:3])
    whole = path.read_bytes()
    for cut in range(1, len(",".join(row(PULSES[2]))) + 1):
        path.write_bytes(whole[:-cut])
        PulseFile(path, "heating").close()
        assert rows(path) == [row(pulse) for pulse in PULSES[:2]], cut
        path.write_bytes(whole[:-cut])
        emitted(path, [PULSES[3]])
        assert rows(path) == [row(pulse) for pulse in (*PULSES[:2], PULSES[3])], cut


@pytest.mark.parametrize(
    "content", [b"o", b"time,voltage\n1,2\n", b"output,number,rising_edge_utc,width_ms,x\n" * 2]
)
def test_a_foreign_file_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    os.utime(path, ns=(1, 1))
    with pytest.raises(OptionError, match=r"--pulses .*a\.csv: holds something else") as refusal:
        PulseFile(path, "heating")
    assert "\n" not in str(refusal.value)
    assert path.read_bytes() == content
    assert path.stat().st_mtime_ns == 1


def test_our_head_with_something_else_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    content = ",".join(HEADER).encode() + b"\n" + b"x" * 1000
    path.write_bytes(content)
    with pytest.raises(OptionError, match="does not end as"):
        PulseFile(path, "heating")
    assert path.read_bytes() == content
    path.write_bytes(content[: len(",".join(HEADER)) + 1])
    PulseFile(path, "heating").close()


def test_an_empty_file_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    emitted(tmp_path / "a.csv", PULSES)
    assert len(rows(tmp_path / "a.csv")) == len(PULSES)


def test_what_cannot_be_written(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "b.csv")
    (tmp_path / "c.csv").mkdir()
    with pytest.raises(OptionError, match="cannot be written: No such file"):
        PulseFile(tmp_path / "missing/a.csv", "heating")
    for name in ("b.csv", "c.csv"):
        with pytest.raises(OptionError, match="is no file"):
            PulseFile(tmp_path / name, "heating")


def test_two_cannot_write_one_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    sink = PulseFile(path, "heating")
    with pytest.raises(OptionError, match="being written already"):
        PulseFile(path, "heating")
    sink.emit(PULSES[0])
    sink.close()
    emitted(path, PULSES[1:])
    assert rows(path) == [row(pulse) for pulse in PULSES]


def test_a_file_deleted_or_moved_is_begun_anew(tmp_path: Path) -> None:
    path, old = tmp_path / "a.csv", tmp_path / "old.csv"
    sink = PulseFile(path, "heating")
    sink.emit(PULSES[0])
    path.rename(old)
    sink.emit(PULSES[1])
    path.unlink()
    sink.emit(PULSES[2])
    path.write_bytes(b"")
    sink.emit(PULSES[3])
    sink.close()
    assert rows(old) == [row(PULSES[0])]
    assert rows(path) == [row(PULSES[3])]


def test_a_file_saved_by_an_editor_is_gone_on_with(tmp_path: Path) -> None:
    """An editor writes a new file of the old name; the old one is nowhere any more."""
    path = tmp_path / "a.csv"
    sink = PulseFile(path, "heating")
    sink.emit(PULSES[0])
    (tmp_path / "new.csv").write_bytes(path.read_bytes())
    (tmp_path / "new.csv").replace(path)
    sink.emit(PULSES[1])
    sink.close()
    assert rows(path) == [row(PULSES[0]), row(PULSES[1])]


def test_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    sink = PulseFile(path, "heating")
    sink.emit(PULSES[0])
    with files_up_to(path.stat().st_size + 20):
        for pulse in PULSES[1:3]:
            with pytest.raises(OSError, match="File too large"):
                sink.emit(pulse)
        assert rows(path) == [row(PULSES[0])]
    for pulse in PULSES[3:]:
        sink.emit(pulse)
    sink.close()
    assert rows(path) == [row(pulse) for pulse in PULSES]


def test_a_full_disk_for_long_keeps_the_latest(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    sink = PulseFile(path, "heating")
    many = train(2, MOST_UNWRITTEN + 5, 0, 100_000)
    with files_up_to(path.stat().st_size):
        for pulse in many:
            with pytest.raises(OSError, match="File too large"):
                sink.emit(pulse)
    sink.close()
    assert rows(path) == [row(pulse) for pulse in many[5:]]


def test_files_of_several_meters_can_be_put_together(tmp_path: Path) -> None:
    for meter in ("heating", "lift-2"):
        sink = PulseFile(tmp_path / f"{meter}.csv", meter)
        sink.emit(PULSES[0])
        sink.close()
    found = [row for name in ("heating", "lift-2") for row in rows(tmp_path / f"{name}.csv")]
    assert [row[-1] for row in found] == ["heating", "lift-2"]
    assert found[0][:-1] == found[1][:-1]
