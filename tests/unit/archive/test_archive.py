"""An archive as one table: its rows, its energies, what is done again and what is not."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from smartx96.archive import archive as archives
from smartx96.archive import table as tables
from smartx96.archive.archive import Archive
from smartx96.archive.counters import ENERGIES
from smartx96.archive.finding import find
from smartx96.archive.item import Failed
from smartx96.archive.method import Method
from smartx96.errors import LogError, OptionError, RecordingError
from smartx96.installation.measurement import measure_source
from smartx96.meter.configuration import Configuration
from smartx96.samples.sources import open_source
from smartx96.tables.rows import COLUMNS
from smartx96.tables.writers import ReadingsFile
from support.archives import RATE, START, archived, cut, loaded, save

pq = pytest.importorskip("pyarrow.parquet")

SECONDS = 12.0
CUTS = [9001, 20_000, 29_003]


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    return loaded(SECONDS)


@pytest.fixture
def pieces(tmp_path: Path, samples: np.ndarray) -> list[Path]:
    return cut(tmp_path / "cut", samples, CUTS)


def columns(path: Path) -> dict[str, np.ndarray]:
    table = pq.read_table(path)
    return {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}


def test_rows_are_those_of_each_recording(pieces: list[Path], tmp_path: Path) -> None:
    table = tmp_path / "all.parquet"
    archived(pieces, table)
    whole = columns(table)
    assert list(whole) == ["recording", "chain", "utc", *ENERGIES, *COLUMNS]
    for piece in pieces:
        source = open_source(str(piece))
        with ReadingsFile(tmp_path / "one.parquet") as file:
            measure_source(source, Configuration(), (file.add,))
        alone = columns(tmp_path / "one.parquet")
        here = whole["recording"] == str(piece)
        for name in COLUMNS:
            assert np.array_equal(whole[name][here], alone[name], equal_nan=True), name
        late = (whole["utc"][here] - np.datetime64(source.start.replace(tzinfo=None))) / 1e-6
        assert np.allclose(late.astype(float), alone["time"] * 1e12, rtol=0, atol=0.6e6)
    assert np.all(np.diff(whole["utc"]) > np.timedelta64(100, "ms"))


def test_the_energies_of_an_archive_are_those_of_the_uncut_recording(
    pieces: list[Path], tmp_path: Path, samples: np.ndarray
) -> None:
    """Every sample counts once, wherever the cuts are: active energy is the sum of u times i.

    It ends in whole microwatt-hours for each recording and phase. Reactive, apparent energy and
    charge are by window: at a cut some two windows are others.
    """
    whole = archived([save(tmp_path / "all.npz", samples)], tmp_path / "all.parquet")
    parts = archived(pieces, tmp_path / "cut.parquet")
    (uncut,), (chain,) = whole.chains, parts.chains
    assert [Path(one.recording).name for one in chain.recordings] == [p.name for p in pieces]
    truth = (samples[:3] * samples[3:]).sum() / RATE / 3.6e6
    least = 1e-9 * 3 * len(pieces)
    assert chain.energies["active_energy_import"] == pytest.approx(truth, abs=least, rel=1e-6)
    assert chain.energies["active_energy_import"] == pytest.approx(
        uncut.energies["active_energy_import"], abs=2 * least, rel=1e-7
    )
    window = 0.2 / SECONDS
    for id in ("reactive_energy_import", "apparent_energy", "charge"):
        error = chain.energies[id] / uncut.energies[id] - 1
        assert abs(error) < 0.02 * 2 * window * len(CUTS), id
    assert chain.measured_time == pytest.approx(SECONDS, abs=1e-9)


def test_counters_run_on_from_recording_to_recording(pieces: list[Path], tmp_path: Path) -> None:
    found = archived(pieces, tmp_path / "all.parquet")
    rows = columns(tmp_path / "all.parquet")
    counter = rows["active_energy_import"]
    power = np.diff(counter) * 3.6e6 / np.diff(rows["utc"]).astype(float) * 1e6
    # Between two rows of one recording: the power of the later; at a cut: of some windows.
    same = np.diff(np.unique(rows["recording"], return_inverse=True)[1]) == 0
    assert np.allclose(power[same], rows["active_power"][1:][same], rtol=1e-4)
    assert np.allclose(power[~same], rows["active_power"][1:][~same], rtol=0.1)
    end = found.chains[0].energies["active_energy_import"]
    last = found.recordings[-1]
    assert 0 <= end - counter[-1] < 0.3 * rows["active_power"][-1] / 3.6e6
    assert last.rows == np.count_nonzero(rows["recording"] == last.recording)


@pytest.mark.parametrize("netting", [0, 1])
def test_the_counter_of_the_last_window_is_the_register(tmp_path: Path, netting: int) -> None:
    """Where power runs both ways, by both kinds of netting."""
    samples = loaded(4.0)
    samples[3:, 4000:9000] *= -1
    samples[4] *= -1
    # Nothing is left to be counted behind the last window.
    samples[:, 11_000:] = 0.0
    found = archived([save(tmp_path / "a.npz", samples)], tmp_path / "t.parquet",
                     settings={"energy_balance": netting})  # fmt: skip
    rows = columns(tmp_path / "t.parquet")
    for id in ENERGIES:
        assert rows[id][-1] == found.chains[0].energies[id], id
        assert np.all(np.diff(rows[id]) >= 0), id
    assert rows["active_energy_export"][-1] > 0 < rows["reactive_energy_export"][-1]


@pytest.mark.parametrize(("interval", "count"), [("3s", None), ("10min", 2)])
def test_intervals_have_the_counters_of_their_ends(
    pieces: list[Path], tmp_path: Path, samples: np.ndarray, interval: str, count: int | None
) -> None:
    whole = [save(tmp_path / "all.npz", samples)]
    archived(whole, tmp_path / "windows.parquet")
    archived(whole, tmp_path / "intervals.parquet", aggregate=interval)
    windows, intervals = (columns(tmp_path / f"{n}.parquet") for n in ("windows", "intervals"))
    assert len(intervals["time"]) == (count or 4)
    for time, energy in zip(intervals["time"], intervals["active_energy_import"], strict=True):
        last = np.flatnonzero(windows["time"] <= time + 1e-6)[-1]
        assert energy == windows["active_energy_import"][last]
    if interval == "10min":  # midnight is 10 s after the beginning
        assert intervals["time"][0] == pytest.approx(10.0, abs=0.3)


def test_the_same_bytes_whatever_the_jobs(pieces: list[Path], tmp_path: Path) -> None:
    archived(pieces, tmp_path / "one.parquet")
    archived(pieces[::-1], tmp_path / "two.parquet", jobs=2)
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_only_what_is_new_or_changed_is_measured(
    pieces: list[Path], tmp_path: Path, samples: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_GROUP", 7)  # row groups that recordings share
    table = tmp_path / "all.parquet"
    archived(pieces[1:], table)
    found = archived(pieces, table)
    assert (found.resumed, len(found.recordings)) == (3, 4)
    again = tmp_path / "again.parquet"
    archived(pieces, again)
    assert table.read_bytes() == again.read_bytes()
    written = os.stat(table).st_mtime_ns, os.stat(table).st_ino
    assert archived(pieces, table).resumed == 4
    assert (os.stat(table).st_mtime_ns, os.stat(table).st_ino) == written
    save(pieces[2], samples[:, CUTS[1] : CUTS[2]] * 1.01, CUTS[1] / RATE)
    assert archived(pieces, table).resumed == 3
    assert archived(pieces, table, starting=True).resumed == 0
    assert archived(pieces[:2], table, starting=True).resumed == 2
    assert set(columns(table)["recording"]) == {str(path) for path in pieces[:2]}


def test_an_interrupted_run_goes_on(
    pieces: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "all.parquet"
    done = 0

    def stop(size: float) -> None:
        nonlocal done
        done += 1
        if done == 2:
            raise KeyboardInterrupt

    with Archive(pieces, table, Method()) as archive, pytest.raises(KeyboardInterrupt):
        archive.measure(progress=stop)
    folder = tmp_path / ".all.parquet.parts"
    assert not table.exists()
    # What a kill leaves: half a part, and rows that nobody knows of; and a part cut short.
    (folder / f".{'1' * 32}.arrow.{'2' * 32}.17.partial").write_bytes(b"half")
    (folder / f"{'1' * 32}.arrow").write_bytes(b"rows")
    short = sorted(folder.glob("*.arrow"))[-1]
    short.write_bytes(short.read_bytes()[:-1])
    found = archived(pieces, table)
    assert found.resumed == 1
    assert not folder.exists()
    archived(pieces, tmp_path / "again.parquet")
    assert table.read_bytes() == (tmp_path / "again.parquet").read_bytes()


def test_what_cannot_be_measured_is_named_and_the_rest_done(
    pieces: list[Path], tmp_path: Path
) -> None:
    bad = tmp_path / "cut/bad.wav"
    bad.write_bytes(b"RIFFnothing")
    table = tmp_path / "all.parquet"
    found = archived([*pieces, bad], table, jobs=2)
    assert [one.recording for one in found.failed] == [str(bad)]
    assert found.failed[0].reason.startswith(str(bad))
    assert len(found.recordings) == 4
    assert len(columns(table)["time"]) == sum(one.rows for one in found.recordings)
    again = archived([*pieces, bad], table)
    assert (again.resumed, len(again.failed)) == (4, 1)
    nothing = archived([bad], tmp_path / "none.parquet")
    assert (nothing.chains, len(nothing.failed)) == ([], 1)
    assert not (tmp_path / "none.parquet").exists()


def test_a_worker_of_another_version_is_told(
    pieces: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartx96.archive.parts.version", lambda: "0.0.0")
    found = archived(pieces[:1], tmp_path / "all.parquet")
    assert found.failed == [Failed(str(pieces[0]), found.failed[0].reason)]
    assert "0.0.0 here" in found.failed[0].reason


def test_recordings_without_a_time_of_day(tmp_path: Path, samples: np.ndarray) -> None:
    paths = [save(tmp_path / f"{n}.npz", samples[:, :6400], at=None) for n in (1, 2)]
    found = archived(paths, tmp_path / "t.parquet")
    assert len(found.chains) == 2
    rows = columns(tmp_path / "t.parquet")
    assert np.all(np.isnat(rows["utc"].astype("datetime64[us]")))
    first, second = (rows["active_energy_import"][rows["chain"] == n] for n in (0, 1))
    assert np.array_equal(first, second)


def test_currents_alone_have_charge_and_no_energy(tmp_path: Path, samples: np.ndarray) -> None:
    path = tmp_path / "i.npz"
    np.savez(path, samples=samples[3:, :6400].T, rate=RATE, channels=["i1", "i2", "i3"],
             start=START.isoformat())  # fmt: skip
    archived([path], tmp_path / "t.parquet")
    rows = columns(tmp_path / "t.parquet")
    assert np.all(np.isnan(rows["active_energy_import"]))
    assert rows["charge"][-1] > 0


def test_two_do_not_write_one_table(pieces: list[Path], tmp_path: Path) -> None:
    table = tmp_path / "all.parquet"
    with (
        Archive(pieces, table, Method()),
        pytest.raises(LogError, match=r"all.parquet: is being written by process \d+"),
    ):
        Archive(pieces, table, Method())
    assert not list(tmp_path.glob(".*"))


def test_a_file_that_is_no_table_is_left_alone(pieces: list[Path], tmp_path: Path) -> None:
    table = tmp_path / "all.parquet"
    for content in (b"", b"PAR1 something else"):
        table.write_bytes(content)
        with pytest.raises(OptionError, match="is there, and no table of an archive"):
            Archive(pieces, table, Method())
        assert table.read_bytes() == content
    with ReadingsFile(table):
        pass
    with pytest.raises(OptionError, match="no table of an archive"):
        Archive(pieces, table, Method())
    assert not list(tmp_path.glob(".*"))


def test_a_recording_that_goes_while_others_are_measured(
    pieces: list[Path], tmp_path: Path
) -> None:
    with Archive(pieces, tmp_path / "t.parquet", Method()) as archive:
        pieces[3].unlink()
        found = archive.measure()
    assert [Path(one.recording).name for one in found.failed] == ["3.npz"]
    assert archives.Archive([*pieces], tmp_path / "t.parquet", Method()).resumed == 3


def test_what_is_not_ours_among_the_parts_stays(pieces: list[Path], tmp_path: Path) -> None:
    table, folder = tmp_path / "all.parquet", tmp_path / ".all.parquet.parts"
    (folder / "trash").mkdir(parents=True)
    (folder / "thesis.txt").write_text("mine")
    archived(pieces, table)
    assert sorted(path.name for path in folder.iterdir()) == ["thesis.txt", "trash"]


def test_no_link_stands_for_the_parts(pieces: list[Path], tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / ".all.parquet.parts").symlink_to(tmp_path / "home")
    with pytest.raises(OptionError, match="is a link"):
        Archive(pieces, tmp_path / "all.parquet", Method())


def test_names_are_those_of_the_last_run(
    pieces: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two recordings of one name, each in a folder of its own, and one of them from a run there."""
    one, other = tmp_path / "one", tmp_path / "other"
    for folder, piece in ((one, pieces[0]), (other, pieces[1])):
        folder.mkdir()
        (folder / "x.npz").write_bytes(piece.read_bytes())
    table = tmp_path / "all.parquet"
    monkeypatch.chdir(one)
    archived([Path("x.npz")], table)
    monkeypatch.chdir(other)
    found = archived([Path("x.npz"), one / "x.npz"], table)
    assert found.resumed == 1
    names = {"x.npz", str(one / "x.npz")}
    assert {recording.recording for recording in found.recordings} == names
    assert set(columns(table)["recording"]) == names


def test_a_part_that_cannot_be_read_is_measured_anew(pieces: list[Path], tmp_path: Path) -> None:
    table, folder = tmp_path / "all.parquet", tmp_path / ".all.parquet.parts"
    with Archive(pieces[:1], table, Method()) as archive, pytest.raises(KeyboardInterrupt):
        archive.measure(progress=_stopped)
    (rows,) = folder.glob("*.arrow")
    rows.write_bytes(bytes(rows.stat().st_size))
    with pytest.raises(RecordingError, match="run it again"):
        archived(pieces[:1], table)
    assert archived(pieces[:1], table).resumed == 0


def _stopped(size: float) -> None:
    raise KeyboardInterrupt


def test_the_order_in_which_settings_are_stated_says_nothing(
    pieces: list[Path], tmp_path: Path
) -> None:
    table, stated = tmp_path / "all.parquet", {"ct_primary": 100, "ct_secondary": 5}
    for settings in (stated, dict(reversed(stated.items()))):
        with Archive(pieces, table, Method(settings=settings)) as archive:
            found = archive.measure()
    assert found.resumed == len(pieces)


def test_a_table_of_another_version_is_told(pieces: list[Path], tmp_path: Path) -> None:
    table = tmp_path / "all.parquet"
    archived(pieces, table)
    rows = pq.read_table(table)
    about = {**rows.schema.metadata, b"smartx96.archive": b'{"recordings": [{"newer": 1}]}'}
    pq.write_table(rows.replace_schema_metadata(about), table)
    with pytest.raises(OptionError, match="no table of an archive that this version knows"):
        Archive(pieces, table, Method())


def test_tables_of_archives_are_no_recordings(pieces: list[Path], tmp_path: Path) -> None:
    folder = pieces[0].parent
    table = folder / "windows.parquet"
    archived(pieces, table)
    assert table not in find([str(folder)], tmp_path / "other.parquet")
    assert table not in find([str(folder / "*")], tmp_path / "other.parquet")
