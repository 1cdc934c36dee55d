"""`x96 generate`: what it hands to the writer, and its refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import smartx96.samples
from smartx96.commands.generate import command
from smartx96.errors import OptionError, ScenarioError
from smartx96.samples.scenario_file import load_scenario

DIP = Path(__file__).parents[3] / "examples" / "dip-and-phase-loss.toml"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    def write(
        path: Path, source: Any, seconds: float | None = None, *, data_format: Any, **more: Any
    ) -> None:
        seen.update(path=path, source=source, seconds=seconds, data_format=data_format)
        seen["first"] = next(source.blocks(0.1))

    monkeypatch.setattr(smartx96.samples, "write_recording", write, raising=False)
    return seen


def call(*arguments: str) -> None:
    command.main([*arguments], standalone_mode=False)


def test_scenario_as_it_is(written: dict[str, Any]) -> None:
    call(str(DIP), "-o", "dip.cfg")
    assert written["path"] == Path("dip.cfg")
    assert written["source"].length == 12 * 12800
    assert written["source"].roles[0] == "v1"
    assert written["source"].start is None
    assert written["source"].side == "secondary"
    assert written["seconds"] is written["data_format"] is None
    assert written["first"].samples[0].std() == pytest.approx(230, rel=1e-3)


def test_options_take_the_place_of_its_statements(written: dict[str, Any]) -> None:
    call(str(DIP), "-o", "dip.cff", "--duration", "3", "--rate", "4000", "--format", "float32")
    assert written["source"].length == 12000
    assert written["source"].rate == 4000
    assert (written["seconds"], written["data_format"]) == (3, "float32")


def test_mains(written: dict[str, Any]) -> None:
    call("mains", "-o", "minute.npz", "--duration", "60", "--rate", "6400")
    assert (written["seconds"], written["source"].rate) == (60, 6400)
    assert np.isfinite(written["first"].samples).all()


def test_what_never_ends_needs_a_duration(written: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="--duration"):
        call("mains", "-o", "minute.npz")
    endless = tmp_path / "endless.toml"
    endless.write_text("frequency = 50\n")
    with pytest.raises(OptionError, match=r"endless\.toml states no duration.*--duration"):
        call(str(endless), "-o", "x.csv")
    assert not written


@pytest.mark.parametrize("option", ["--duration", "--rate"])
@pytest.mark.parametrize("value", ["nan", "inf"])
def test_numbers_without_end(written: dict[str, Any], option: str, value: str) -> None:
    with pytest.raises(OptionError, match=f"{option} {value}: must be a finite number"):
        call("mains", "-o", "x.csv", option, value)


def test_a_missing_scenario_is_named(written: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError, match=r"none\.toml: No such file"):
        call("none.toml", "-o", "x.csv")


def test_a_front_end(written: dict[str, Any], tmp_path: Path) -> None:
    """Of the rate that was asked for, although the converter's clock is too quick."""
    call(str(DIP), "-o", "dip.cfg", "--frontend", "x96", "--rate", "6400")
    assert (written["source"].rate, written["first"].rate) == (6400.0, 6400.0)
    assert 0 < abs(written["first"].physical()[0].std() / 230 - 1) < 0.01
    call("mains", "-o", "minute.npz", "--duration", "60", "--frontend", "ideal")
    assert written["source"].rate == 12_800.0
    primary = tmp_path / "primary.toml"
    primary.write_text('side = "primary"\nduration = 1\n')
    with pytest.raises(OptionError, match=r'--frontend: .* side = "secondary" in .*primary\.toml'):
        call(str(primary), "-o", "x.csv", "--frontend", "x96")
    with pytest.raises(OptionError, match="front end x97: give ideal or x96"):
        call(str(DIP), "-o", "x.csv", "--frontend", "x97")


def test_a_quick_clock_takes_its_samples_closer_together(
    written: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "steady.toml").write_text("duration = 1\n")
    (tmp_path / "quick.toml").write_text("[converter]\nclock = 10000\n")
    call(str(tmp_path / "steady.toml"), "-o", "x.npy", "--frontend", str(tmp_path / "quick.toml"))
    assert written["first"].rate == written["source"].rate == 12_800.0
    found = written["first"].physical()[0]
    turns = 50 * np.arange(len(found)) / (12_800 * 1.01)
    assert np.abs(found - np.sqrt(2) * 230 * np.sin(2 * np.pi * turns)).max() < 1e-6


def test_a_front_end_gives_the_same_bytes(tmp_path: Path) -> None:
    first, again = tmp_path / "a.csv", tmp_path / "b.csv"
    for target in (first, again):
        call(str(DIP), "-o", str(target), "--duration", "0.2", "--frontend", "x96")
    assert first.read_bytes() == again.read_bytes()


def test_help_has_examples() -> None:
    text = CliRunner().invoke(command, ["--help"]).output
    assert "x96 generate mains -o minute.npz --duration 60" in text
    assert "--format" in text


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    target = tmp_path / "dip.cfg"
    call(str(DIP), "-o", str(target), "--duration", "2.5", "--format", "float32")
    recording = smartx96.samples.open_recording(target)
    assert (recording.length, recording.rate) == (32000, 12800)
    samples = np.hstack([block.physical() for block in recording.blocks(range(6))])
    expected = load_scenario(DIP).block(0, 32000).samples
    assert np.abs(samples - expected).max() < 1e-4
