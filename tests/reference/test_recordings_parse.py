"""Shared recordings against what independent readers get out of them."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from smartx96.errors import ChannelError
from smartx96.samples import open_recording
from smartx96.samples.channels.selection import select
from smartx96.samples.comtrade.recording import ComtradeRecording

DATA = Path(__file__).parents[3] / "shared" / "data"
CASES = sorted((DATA / "cases").glob("parse_*.json"))

pytestmark = pytest.mark.skipif(not CASES, reason=f"the shared recordings are not in {DATA}")

FACTORS = {"kV": 1e3, "mV": 1e-3, "kA": 1e3, "mA": 1e-3}

STATIONS = {"parse_sample_iso8859-1_cfg", "parse_sample_iso8859-1_bin_cfg"}
"""Cases whose reader took Latin letters for Cyrillic ones: `Estaзгo` for `Estação`."""


def load(case: dict, folder: Path) -> ComtradeRecording:
    """The case's recording, its parts put side by side under one name where they are not."""
    files = [DATA / entry["path"] for entry in case["files"]]
    if len({file.stem for file in files}) > 1:
        for file in files:
            shutil.copy(file, folder / (files[0].stem + file.suffix))
        files[0] = folder / files[0].name
    recording = open_recording(files[0])
    assert isinstance(recording, ComtradeRecording)
    return recording


def samples(recording: ComtradeRecording) -> np.ndarray:
    blocks = recording.blocks(range(len(recording.channels)))
    return np.concatenate([block.physical() for block in blocks], axis=1)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path, tmp_path: Path) -> None:
    case = json.loads(path.read_text())
    recording = load(case, tmp_path)
    values = samples(recording)
    assert values.shape == (len(recording.channels), recording.length)
    record = case.get("record")
    if record is None:
        return
    for entry in case["expected"]:
        channel, which = entry["quantity"].removeprefix("analog").split("_")
        index = 0 if which == "first" else record["total_samples"] - 1
        value = values[int(channel) - 1, index] / FACTORS.get(entry["unit"], 1.0)
        tolerance = entry["tol_abs"] + entry["tol_rel"] * abs(entry["value"])
        assert value == pytest.approx(entry["value"], abs=tolerance), entry


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_facts(path: Path, tmp_path: Path) -> None:
    case = json.loads(path.read_text())
    record = case.get("record")
    if record is None:
        pytest.skip(case["notes"][0])
    configuration = load(case, tmp_path).configuration
    if case["id"] not in STATIONS:
        assert (configuration.station, configuration.recorder) == (
            record["station"], record["recorder"],
        )  # fmt: skip
    assert str(configuration.revision) == record["revision"]
    assert configuration.data_format == record["data_format"].upper()
    assert configuration.frequency == record["line_frequency"]
    assert (len(configuration.analog), configuration.digital) == (
        record["analog"], record["digital"],
    )  # fmt: skip
    assert [list(pair) for pair in configuration.rates] == record["sample_rates"]
    assert configuration.rates[-1][1] == record["total_samples"]
    assert configuration.multiplier == record["timemult"]
    assert configuration.stamp_unit == record["time_base"] * record["timemult"]
    for name in ("start", "trigger"):
        expected = datetime.fromisoformat(record[name])
        century = 2000 if expected.year < 100 else 0
        assert getattr(configuration, name) == expected.replace(year=expected.year + century)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_sample_against_the_independent_reader(path: Path, tmp_path: Path) -> None:
    comtrade = pytest.importorskip("comtrade")
    case = json.loads(path.read_text())
    if "record" not in case:
        pytest.skip(case["notes"][0])
    recording = load(case, tmp_path)
    files = [DATA / entry["path"] for entry in case["files"]]
    copies = [shutil.copy(file, tmp_path) for file in files]  # without the .hdr, in GBK with errors
    reader = comtrade.Comtrade(ignore_warnings=True, use_numpy_arrays=True)
    reader.load(*map(str, copies), encoding=recording.configuration.encoding)
    factors = [FACTORS.get(analog.unit.strip(), 1.0) for analog in recording.configuration.analog]
    theirs = np.array(reader.analog, dtype=float) * np.array(factors)[:, np.newaxis]
    ours = samples(recording)[:, : theirs.shape[1]]
    assert ours == pytest.approx(theirs, rel=1e-5, abs=1e-6)
    assert [analog.name for analog in recording.configuration.analog] == [
        name.strip() for name in reader.analog_channel_ids
    ]


def shared(name: str) -> Path:
    return DATA / "comtrade" / name


def test_iso_8859_1_is_not_taken_for_cyrillic() -> None:
    recording = open_recording(shared("python_comtrade_samples/sample_iso8859-1.cfg"))
    assert isinstance(recording, ComtradeRecording)
    assert recording.configuration.station == "Estação de Medição"
    assert recording.configuration.recorder == "Oscilógrafo"


@pytest.mark.parametrize("name", ["sample_ascii", "sample_bin"])
def test_marks_of_missing_values(name: str, tmp_path: Path) -> None:
    folder = shared("python_comtrade_samples")
    shutil.copy(folder / f"{name}.cfg", tmp_path / "a.cfg")
    shutil.copy(folder / f"{name}_missing.dat", tmp_path / "a.dat")
    (block,) = open_recording(tmp_path / "a.cfg").blocks(range(4))
    assert block.quality is not None
    assert (
        np.flatnonzero(block.quality).tolist()
        == {
            "sample_ascii": [1, 2, 3, 4],
            "sample_bin": [0, 1, 2, 3],
        }[name]
    )


def test_frequency_tracking_recorder() -> None:
    """48 samples per cycle at every rate: on the uniform grid the phase advances evenly."""
    recording = open_recording(shared("wisp_1.dat"))
    assert recording.rate == pytest.approx(2403.4, abs=0.5)
    assert recording.length == 5316
    source = select(recording)
    assert source.roles == ("v1", "v2", "v3")
    assert recording.channels[0].primary == 100.0
    raw = np.loadtxt(shared("wisp_1.dat"), delimiter=",", usecols=2) * 0.016552
    ours = np.concatenate([block.physical()[0] for block in source.blocks()])
    assert len(ours) == len(raw)
    assert ours[0] == raw[0]
    assert np.sqrt(np.mean(ours**2)) == pytest.approx(np.sqrt(np.mean(raw**2)), rel=1e-4)


def test_several_bays_are_not_guessed() -> None:
    for name in ("wisp_2.cfg", "cio_ascii_1991.cfg"):
        with pytest.raises(ChannelError, match="several sets of voltages; give --channels v1="):
            select(open_recording(shared(name)))


def test_bays_by_number_and_name() -> None:
    recording = open_recording(shared("wisp_2.cfg"))
    names = ("Ua_1СШ-110_ТН_110кВ", "Ub_1СШ-110_ТН_110кВ", "3", "Ia_1СШ-110_ВЛ_ВЛ3", "21", "22")
    roles = ("v1", "v2", "v3", "i1", "i2", "i3")
    source = select(recording, channels=dict(zip(roles, names, strict=True)))
    assert source.side == "primary"
    assert source.channel_names["i2"] == "Ib_1СШ-110_ВЛ_ВЛ3"
    assert any("skewed by 0 to 428 us" in note for note in source.notes)
    assert any("19679 samples are declared, the data hold 19680" in note for note in source.notes)


def test_two_busbars_side_by_side_agree_when_skew_is_taken_out() -> None:
    """Of a real recorder with one converter: its samples are as its configuration says."""
    recording = open_recording(shared("wisp_2.cfg"))
    buses = (["1", "2", "3"], ["5", "6", "7"])
    chosen = dict(zip(("v1", "v2", "v3", "i1", "i2", "i3"), buses[0] + buses[1], strict=True))
    for keep_skew, apart in ((True, 0.88), (False, -0.05)):
        source = select(recording, channels=chosen, keep_skew=keep_skew)
        samples = np.concatenate([block.physical() for block in source.blocks()], axis=1)[:, :1200]
        turn = np.exp(-2j * np.pi * 49.724 * np.arange(1200) / 1200) * np.hanning(1200)
        one, other = (samples[part] @ turn for part in (slice(3), slice(3, 6)))
        angle = np.degrees(np.angle(np.sum(other / one)))
        assert angle == pytest.approx(apart, abs=0.05)


def test_pauses_of_a_relay_record_are_gaps() -> None:
    recording = open_recording(shared("cio_ascii_1991.cfg"))
    starts = [(block.start, block.length) for block in recording.blocks([4])]
    assert starts[0] == (0, 289)
    assert starts[1] == (289 + 3937, 217)
    assert sum(length for _, length in starts) == 2131


def test_dead_record_is_recognised() -> None:
    source = select(open_recording(shared("wisp_5.cfg")))
    assert source.channel_names == {
        "v1": "Ua", "v2": "Ub", "v3": "Uc", "i1": "Ia", "i2": "Ib", "i3": "Ic",
    }  # fmt: skip
    assert source.side == "secondary"


def test_other_formats_of_the_shared_folder() -> None:
    csv = select(open_recording(DATA / "cmi_sim" / "cmi_08.csv"))
    assert (csv.rate, csv.length, len(csv.roles)) == (6400.0, 19200, 6)
    npy = open_recording(DATA / "cmi_sim" / "cmi_01.npy", rate=12800)
    assert (npy.length, len(npy.channels)) == (25600, 6)
    (ramp,) = (DATA / "csv_misc").glob("*.csv")
    column = open_recording(ramp, rate=4000)
    assert [channel.name for channel in column.channels] == ["1"]
    total = sum(block.length for block in column.blocks([0]))
    assert total == column.length == len(ramp.read_text().split())
