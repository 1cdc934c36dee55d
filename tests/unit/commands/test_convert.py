"""`x96 convert` as its user calls it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from smartx96.samples import open_recording
from support import in_process
from support.shared import DATA, needs_data

RATE = 6400
WAVES = 325 * np.sin(2 * np.pi * 50 * np.arange(RATE) / RATE + np.arange(4)[:, np.newaxis])
SCOPE = "Model;DSO\nDate;2026-01-02 03:04:05\nt [s];Ua [V];Ub [V];Uc [V];Temp [degC]\n" + "".join(
    ";".join([repr(n / RATE), *map(repr, row)]) + "\n" for n, row in enumerate(WAVES.T.tolist())
)


def x96(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "x96"), *map(str, arguments)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done


def values(path: Path) -> np.ndarray:
    recording = open_recording(path)
    blocks = recording.blocks(range(len(recording.channels)))
    return np.concatenate([block.physical() for block in blocks], axis=1)


@pytest.fixture
def scope(tmp_path: Path) -> Path:
    (tmp_path / "scope.csv").write_text(SCOPE)
    return tmp_path / "scope.csv"


def test_all_channels_with_names_units_and_start(scope: Path) -> None:
    for name in ("a.wav", "b.cfg", "c.npz"):
        target = scope.with_name(name)
        done = x96("convert", scope, target)
        assert (done.stdout, done.stderr) == ("", "")
        back = open_recording(target)
        units = [(channel.name, channel.unit) for channel in back.channels]
        assert units == [("Ua", "V"), ("Ub", "V"), ("Uc", "V"), ("Temp", "degC")]
        assert (back.rate, back.start.isoformat()) == (RATE, "2026-01-02T03:04:05+00:00")
        assert values(target) == pytest.approx(WAVES, abs=3e-5)
        assert [path.name for path in scope.parent.glob(".*")] == []


def test_chosen_channels_become_roles(scope: Path) -> None:
    target = scope.with_name("a.csv")
    x96("convert", scope, target, "--channels", "v1=Uc,i2=4", "--scale", "v=2", "--side", "primary",
        "--from", "0.25", "--to", "0.5")  # fmt: skip
    back = open_recording(target)
    assert [(c.name, c.unit, c.side) for c in back.channels] == [
        ("v1", "V", "primary"), ("i2", "A", "primary"),
    ]  # fmt: skip
    assert back.start.microsecond == 250_000
    expected = [2 * WAVES[2, 1600:3200], WAVES[3, 1600:3200]]
    assert values(target) == pytest.approx(np.array(expected), abs=1e-9)


def test_a_scale_finds_its_channels_by_unit(scope: Path) -> None:
    target = scope.with_name("a.npz")
    x96("convert", scope, target, "--scale", "v=10,v2=100", "--rate", "3200")
    assert values(target) == pytest.approx(WAVES * [[10], [100], [10], [1]], abs=1e-9)
    assert open_recording(target).rate == 3200
    done = x96("convert", scope, target, "--scale", "i=10", code=2)
    assert "--scale i: no channel is known as one" in done.stderr


def test_a_stretch_begins_a_clock_of_its_own(scope: Path) -> None:
    lines = SCOPE.splitlines(keepends=True)
    scope.write_text("".join(lines[:3503] + lines[3603:]))  # 100 samples are lost
    target = scope.with_name("a.npz")
    x96("convert", scope, target, "--from", "0.5", "--to", "0.75")
    found = values(target)
    assert found.shape == (4, 1600)
    assert not found[:, 300:400].any()
    measured = np.r_[0:300, 400:1600]
    assert found[:, measured] == pytest.approx(WAVES[:, 3200 + measured], abs=1e-9)


@pytest.mark.parametrize("data_format", ["s16", "s24", "s32", "f32", "f64"])
def test_data_formats_of_wav(scope: Path, data_format: str) -> None:
    target = scope.with_name("a.wav")
    x96("convert", scope, target, "--data-format", data_format)
    width = int(data_format[1:]) // 8
    assert 0 < target.stat().st_size - 4 * RATE * width < 2000


def test_counts_stay_counts_where_they_fit(tmp_path: Path) -> None:
    counts = np.array([[1, -32768, 5], [7, 32767, -5]], np.int16).T
    np.savez(tmp_path / "a.npz", samples=counts, rate=400)
    x96("convert", tmp_path / "a.npz", tmp_path / "a.wav", "--data-format", "s24")
    back = open_recording(tmp_path / "a.wav")
    assert back.full_scale == 32768
    assert values(tmp_path / "a.wav").tolist() == counts.T.tolist()
    done = x96("convert", tmp_path / "a.npz", tmp_path / "a.csv")
    assert "counts of a converter without scale" in done.stderr


def test_what_is_lost_is_said(tmp_path: Path) -> None:
    counts = np.array([0, 32767, 32767, 32767, 0], np.int16)
    np.savez(tmp_path / "a.npz", samples=counts, rate=400)
    done = x96("convert", tmp_path / "a.npz", tmp_path / "a.npy")
    assert "3 samples are clipped or questionable, which OUT does not mark" in done.stderr
    assert ".npy holds no names, units, rate or start" in done.stderr


def test_one_wrong_time_stamp_is_no_file_of_gigabytes(tmp_path: Path) -> None:
    rows = [f"{n / 4000},{n % 80},{n % 80}\n" for n in range(400)]
    rows.append(f"{2 * 3600},1,1\n")
    (tmp_path / "a.csv").write_text("t [s],v1,i1\n" + "".join(rows))
    done = x96("convert", tmp_path / "a.csv", tmp_path / "a.wav", code=1)
    (message,) = done.stderr.splitlines()
    assert "up to the time 7200 s" in message
    assert "--from and --to" in message
    assert "--rate" in message
    assert not (tmp_path / "a.wav").exists()
    x96("convert", tmp_path / "a.csv", tmp_path / "a.wav", "--rate", "4000")
    assert values(tmp_path / "a.wav").shape == (2, 401)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["scope.csv", "a.xyz"], 2, "recordings are written as .csv, .npy"),
        (["none.csv", "a.wav"], 1, "none.csv: no such file"),
        (["scope.csv", "no/a.wav"], 2, "no/a.wav: cannot be written: no such file"),
        (["scope.csv", "a.wav", "--data-format", "s8"], 2, "it has F32, F64, S16, S24, S32"),
        (["scope.csv", "a.csv", "--data-format", "f32"], 2, "stores numbers in one way"),
        (["scope.csv", "a.wav", "--from", "2"], 2, "--from 2: the recording ends after 1 s"),
        (["scope.csv", "a.wav", "--channels", "v1=Ux"], 2, "no channel is called 'Ux'"),
        (["some.toml", "a.wav"], 2, "some.toml: is no recording; `x96 generate"),
    ],
)
def test_refusals_are_one_line(scope: Path, arguments: list[str], code: int, message: str) -> None:
    done = in_process.x96("convert", *arguments, cwd=scope.parent)
    assert done.returncode == code
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("x96: ")
    assert [path.name for path in scope.parent.iterdir()] == ["scope.csv"]


@needs_data
def test_every_channel_of_a_busbar_record(tmp_path: Path) -> None:
    """wisp_2: 55 channels with Cyrillic names, on the primary side, through three formats."""
    pytest.importorskip("pyarrow")
    first = open_recording(DATA / "comtrade" / "wisp_2.cfg")
    done = x96("convert", DATA / "comtrade" / "wisp_2.cfg", tmp_path / "a.parquet")
    assert "note: .parquet does not hold the channels' skew; --channels brings" in done.stderr
    x96("convert", tmp_path / "a.parquet", tmp_path / "b.csv")
    x96("convert", tmp_path / "b.csv", tmp_path / "c.cff")
    last = open_recording(tmp_path / "c.cff")
    assert [(c.name, c.unit, c.side) for c in last.channels] == [
        (c.name, c.unit, c.side) for c in first.channels
    ]
    assert (last.rate, last.start, last.length) == (first.rate, first.start, first.length)
    truth = values(DATA / "comtrade" / "wisp_2.cfg")
    limit = 1e-7 * np.abs(truth).max(axis=1, keepdims=True)
    assert np.all(np.abs(values(tmp_path / "c.cff") - truth) <= limit)


@pytest.mark.parametrize("target", ["scope.csv", "link.csv"])
def test_a_recording_is_not_converted_onto_itself(scope: Path, target: str) -> None:
    (scope.parent / "link.csv").symlink_to(scope)
    done = x96("convert", scope, scope.parent / target, "--to", "0.5", code=2)
    assert "that is the recording; give another name" in done.stderr
    assert scope.read_text() == SCOPE


@pytest.mark.parametrize("linked", ["cfg", "dat"])
def test_neither_file_of_a_pair_is_overwritten(scope: Path, linked: str) -> None:
    pair = scope.with_suffix(".cfg")
    x96("convert", scope, pair)
    before = [pair.read_bytes(), pair.with_suffix(".dat").read_bytes()]
    (scope.parent / f"link.{linked}").symlink_to(pair.with_suffix(f".{linked}"))
    for target in (pair, scope.parent / "link.cfg"):
        done = x96("convert", pair, target, "--to", "0.5", code=2)
        assert "that is the recording" in done.stderr
    assert [pair.read_bytes(), pair.with_suffix(".dat").read_bytes()] == before
    x96("convert", pair, scope.parent / "other.cfg", "--to", "0.5")
    x96("convert", pair, scope.parent / "other.cfg", "--to", "0.4")


def test_counts_without_scale_are_noted_once(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.round(WAVES.T[:, :2] * 50).astype("i2"))
    given = ("--rate", RATE, "--channels", "v1=1,i1=2")
    done = x96("convert", tmp_path / "a.npy", tmp_path / "a.csv", *given)
    assert done.stderr.count("samples are 16 bit counts") == 1
    assert "--scale v=500,i=20" in done.stderr
    done = x96("convert", tmp_path / "a.npy", tmp_path / "a.csv", *given, "--scale", "v=5,i=5")
    assert "counts" not in done.stderr
