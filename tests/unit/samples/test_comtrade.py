"""Reading COMTRADE records."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import numpy as np
import pytest

from smartx96.block import Quality
from smartx96.errors import RecordingError
from smartx96.samples import open_recording
from smartx96.samples.comtrade.timing import Chunk, StampTiming

from .conftest import CHANNELS, everything, flags, joined, positions

ROWS = "1,0,100,200\r\n2,1000,-100,300\r\n3,2000,0,0\r\n4,3000,7,-9\r\n"


def binary(raw: str, values: list[list[float]], digital: int = 0, step: int = 1000) -> bytes:
    rows = [
        struct.pack(f"<II{len(row)}{raw}{digital}H", n + 1, n * step, *row, *[0] * digital)
        for n, row in enumerate(values)
    ]
    return b"".join(rows)


def test_ascii(write_cfg):
    recording = open_recording(write_cfg(ROWS))
    assert (recording.format, recording.rate, recording.length) == ("comtrade", 1000.0, 4)
    assert recording.start == datetime(2020, 2, 1, 10, 20, 30, 500000, tzinfo=UTC)
    assert [channel.name for channel in recording.channels] == ["UA", "IA"]
    assert [channel.side for channel in recording.channels] == ["secondary"] * 2
    assert everything(recording).tolist() == [[50, -50, 0, 3.5], [3, 4, 1, 0.91]]


@pytest.mark.parametrize("column", [[1], [0, 1], [1, 0], []])
def test_channels_in_any_order(write_cfg, column):
    recording = open_recording(write_cfg(ROWS))
    expected = everything(recording)[column]
    assert joined(recording.blocks(column)).tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("kind", "raw", "missing"),
    [("binary", "h", -(2**15)), ("BINARY32", "i", -(2**31)), ("float32", "f", np.nan)],
)
def test_binary_forms(write_cfg, kind, raw, missing):
    data = binary(raw, [[100, 200], [missing, 300], [0, missing], [7, -9]], digital=2)
    recording = open_recording(write_cfg(data, kind=kind, digital=17))
    assert everything(recording) == pytest.approx(
        np.array([[50, 0, 0, 3.5], [3, 4, 0, 0.91]]), rel=1e-12
    )
    assert flags(recording.blocks([0, 1])).tolist() == [0, 1, 1, 0]
    assert flags(recording.blocks([0])).tolist() == [0, 1, 0, 0]


def test_ascii_marks_of_missing_values(write_cfg):
    rows = "1,0,100,\n2,1000,99999,300\n3,2000,,0\n4,3000,7,-9\n"
    assert flags(open_recording(write_cfg(rows)).blocks([0, 1])).tolist() == [1, 1, 1, 0]


def test_99999_within_the_range_is_a_value(write_cfg):
    channels = ["1,UA,A,,V,0.5,0,0,-1000000,1000000,1,1,S"]
    recording = open_recording(write_cfg("1,0,99999\n2,1000,1\n", channels=channels))
    assert everything(recording).tolist() == [[49999.5, 0.5]]
    assert flags(recording.blocks([0])).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("unit", "si", "factor"),
    [("kV", "V", 1e3), ("KA", "A", 1e3), ("mv", "V", 1e-3), ("MA", "A", 1e-3), ("a", "A", 1)],
)
def test_units(write_cfg, unit, si, factor):
    channels = [f"1,X,A,,{unit},2,1,0,-32767,32767,110,0.1,p"]
    recording = open_recording(write_cfg("1,0,3\n2,1000,4\n", channels=channels))
    channel = recording.channels[0]
    assert (channel.unit, channel.side) == (si, "primary")
    assert (channel.primary, channel.secondary) == (110.0, 0.1)
    assert everything(recording)[0] == pytest.approx([7 * factor, 9 * factor], rel=1e-15)


def test_other_units_stay(write_cfg):
    recording = open_recording(write_cfg("1,0,3\n", channels=["1,f,,,Hz,1,0,0,0,0,1,1,S"]))
    assert recording.channels[0].unit == "Hz"


def test_revision_1991(write_cfg):
    path = write_cfg(
        ROWS,
        identity="station,recorder",
        channels=["1,UA,A,,V,0.5,0,0,-2048,2047", "2,IA,A,,A,0.01,1,0,-2048,2047"],
        times=("09/17/15,10:52:52.987545", "09/17/15,10:52:53"),
        rest=(),
    )
    recording = open_recording(path)
    assert recording.configuration.revision == 1991
    assert recording.start == datetime(2015, 9, 17, 10, 52, 52, 987545, tzinfo=UTC)
    assert recording.channels[0].side is None
    assert everything(recording)[0].tolist() == [50, -50, 0, 3.5]


@pytest.mark.parametrize(("year", "revision"), [("1997", 1999), ("2000", 1999), ("2012", 2013)])
def test_odd_revisions(write_cfg, year, revision):
    recording = open_recording(write_cfg(ROWS, identity=f"a,station,recorder,{year}"))
    assert recording.configuration.revision == revision
    assert recording.configuration.station == "a,station"
    assert any(year in note for note in recording.notes)


@pytest.mark.parametrize("given", ["record.cfg", "record.dat", "RECORD.CFG", "RECORD.DAT"])
def test_either_file_in_any_case(write_cfg, tmp_path, given):
    path = write_cfg(ROWS)
    if given.isupper():
        path.with_suffix(".dat").rename(tmp_path / "RECORD.DAT")
        path.rename(tmp_path / "RECORD.CFG")
    assert open_recording(tmp_path / given).length == 4


def test_mixed_case(write_cfg, tmp_path):
    path = write_cfg(ROWS)
    path.with_suffix(".dat").rename(tmp_path / "record.DAT")
    assert open_recording(path).length == 4


@pytest.mark.parametrize(("missing", "given"), [(".dat", ".cfg"), (".cfg", ".dat")])
def test_one_file_alone(write_cfg, missing, given):
    path = write_cfg(ROWS)
    path.with_suffix(missing).unlink()
    with pytest.raises(RecordingError, match=f"no record{missing} beside it"):
        open_recording(path.with_suffix(given))


@pytest.mark.parametrize(("declared", "data"), [(3, ROWS), (100, ROWS), (10**18, ROWS)])
def test_content_rules_over_the_declared_length(write_cfg, declared, data):
    recording = open_recording(write_cfg(data, rates=[f"1000,{declared}"]))
    assert recording.length == 4
    assert everything(recording).shape == (2, 4)
    assert f"{declared} samples are declared, the data hold 4" in recording.notes


@pytest.mark.parametrize("cut_at", range(1, 12))
def test_cut_off_last_binary_row(write_cfg, cut_at):
    data = binary("h", [[1, 2]] * 4)
    recording = open_recording(write_cfg(data[:-cut_at], kind="BINARY"))
    assert recording.length == 3
    assert everything(recording).shape == (2, 3)


def test_cut_off_last_ascii_row(write_cfg):
    recording = open_recording(write_cfg(ROWS + "5,4000,12"))
    assert recording.length == 4
    assert everything(recording).shape == (2, 4)


def test_cut_off_last_ascii_row_with_digital_channels(write_cfg):
    rows = "1,0,100,200,0,1\n2,1000,-100,300,0,1\n3,2000,7,-9,0"
    recording = open_recording(write_cfg(rows, digital=2))
    assert recording.length == 2
    assert everything(recording).shape == (2, 2)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("1,UA,A,,V,0.5,0,0,-32767,32767,1,1,S,", "UA"),
        ("1,UA,A,,V,0.5,0,0,-32767,32767,1,1,S,,,", "UA"),
        ("1,Bay 1, busbar, UA,A,,V,0.5,0,0,-32767,32767,1,1,S", "Bay 1,busbar,UA"),
        (" 1 , UA , A , , V , 0.5 , 0 ", "UA"),
    ],
)
def test_odd_channel_lines(write_cfg, line, name):
    recording = open_recording(write_cfg(ROWS, channels=[line, CHANNELS[1]]))
    assert (recording.channels[0].name, recording.channels[0].phase) == (name, "A")
    assert everything(recording)[0].tolist() == [50, -50, 0, 3.5]


def test_blank_lines_and_ctrl_z(write_cfg):
    data = ROWS.replace("\r\n", "\r\n\r\n") + "\x1a\x1a\x1a"
    recording = open_recording(write_cfg(data))
    assert recording.length == 4
    assert everything(recording)[0].tolist() == [50, -50, 0, 3.5]


@pytest.mark.parametrize("binary_data", [True, False])
def test_single_file(tmp_path, write_cfg, binary_data):
    kind = "FLOAT32" if binary_data else "ASCII"
    cfg = write_cfg(identity="s,r,2013", kind=kind, rest=("1", "-5h30,x")).read_bytes()
    data = binary("f", [[1, 2], [3, 4], [5, 6], [7, 8]]) if binary_data else ROWS.encode()
    size = f": {len(data)}" if binary_data else ""
    path = tmp_path / "record.CFF"
    path.write_bytes(
        b"--- file type: CFG ---\r\n" + cfg + b"--- file type: INF ---\r\n\r\n"
        b"--- FILE TYPE: HDR ---\r\ntext\r\n"
        + f"--- file type: DAT {kind}{size} ---\r\n".encode()
        + data
    )
    recording = open_recording(path)
    assert recording.length == 4
    assert recording.start == datetime(2020, 2, 1, 15, 50, 30, 500000, tzinfo=UTC)
    assert everything(recording)[0, -1] == 3.5
    path.write_bytes(path.read_bytes()[:-4])
    if binary_data:
        shorter = open_recording(path)
        assert shorter.length == 3
        assert any("bytes of samples are declared" in note for note in shorter.notes)


def test_equal_rates_are_merged_and_pauses_are_gaps(write_cfg):
    stamps = [0, 1000, 2000, 503000, 504000, 505000]
    rows = "".join(f"{n},{stamp},{n},0\n" for n, stamp in enumerate(stamps, 1))
    recording = open_recording(write_cfg(rows, rates=["1000,3", "1000,6"]))
    assert recording.rate == 1000
    assert positions(recording.blocks([0])).tolist() == [0, 1, 2, 503, 504, 505]


@pytest.mark.parametrize("stamps", ["zeros", "nanoseconds", "coarse", "empty"])
def test_stamps_that_disagree_with_the_rate_are_ignored(write_cfg, stamps):
    unit = {"zeros": lambda n: 0, "nanoseconds": lambda n: n * 10**6, "empty": lambda n: ""}
    value = unit.get(stamps, lambda n: n // 100 * 1000)
    rows = "".join(f"{n + 1},{value(n)},1,2\n" for n in range(500))
    recording = open_recording(write_cfg(rows, rates=["1000,500"]))
    assert positions(recording.blocks([0])).tolist() == list(range(500))


def test_lost_rows_by_number_where_stamps_say_nothing(write_cfg):
    rows = "".join(f"{n + 1},0,1,2\n" for n in range(50) if n not in (10, 11))
    recording = open_recording(write_cfg(rows, rates=["1000,50"]))
    assert positions(recording.blocks([0]))[8:12].tolist() == [8, 9, 12, 13]


def test_different_rates_each_on_a_clock_of_its_own(write_cfg):
    rows = "".join(f"{n},0,{n},0\n" for n in range(1, 13))
    recording = open_recording(write_cfg(rows, rates=["1000,3", "4000,9", "500,12"]))
    blocks = list(recording.blocks([0]))
    assert [(block.rate, block.start, block.length) for block in blocks] == [
        (1000, 0, 3), (4000, 0, 6), (500, 0, 3),
    ]  # fmt: skip
    assert joined(iter(blocks))[0].tolist() == [n / 2 for n in range(1, 13)]
    assert any("1000, 4000, 500 Hz" in note for note in recording.notes)


def test_rates_that_follow_the_mains_are_resampled(write_cfg):
    rates = [2400.0 + 5 * float(np.sin(n)) for n in range(40)]
    times = np.cumsum(np.repeat(1 / np.array(rates), 100))
    times -= times[0]
    values = np.round(30000 * np.sin(2 * np.pi * 50 * times)).astype(int)
    rows = "".join(f"{n},0,{value},0\n" for n, value in enumerate(values, 1))
    lines = [f"{rate!r},{(n + 1) * 100}" for n, rate in enumerate(rates)]
    recording = open_recording(write_cfg(rows, rates=lines))
    assert recording.rate == pytest.approx(3999 / times[-1], rel=1e-12)
    samples = joined(recording.blocks([0]))[0]
    assert len(samples) == 4000
    expected = 15000 * np.sin(2 * np.pi * 50 * np.arange(4000) / recording.rate)
    assert samples == pytest.approx(expected, abs=1.0)
    assert any("frequency tracking" in note for note in recording.notes)


def test_no_rate_even_stamps(write_cfg):
    rows = "".join(f"{n + 1},{n * 250},1,2\n" for n in range(100) if n != 40)
    recording = open_recording(write_cfg(rows, rates=["0,99"], nrates=0))
    assert recording.rate == 4000.0
    assert 40 not in positions(recording.blocks([0]))


def test_no_rate_uneven_stamps(write_cfg):
    times = np.cumsum(1 / (2400 + 20 * np.sin(np.arange(4000) / 100)))
    stamps = np.round(1e6 * (times - times[0])).astype(int)
    values = np.round(30000 * np.sin(2 * np.pi * 50 * stamps / 1e6)).astype(int)
    pairs = zip(stamps, values, strict=True)
    rows = "".join(f"{n},{t},{v},0\n" for n, (t, v) in enumerate(pairs, 1))
    recording = open_recording(write_cfg(rows, rates=["0,4000"], nrates=0))
    samples = joined(recording.blocks([0]))[0]
    expected = 15000 * np.sin(2 * np.pi * 50 * np.arange(len(samples)) / recording.rate)
    assert samples == pytest.approx(expected, abs=2.0)


@pytest.mark.parametrize("step", [1, 50, 100, 130, 1000])
def test_uneven_stamps_with_a_gap_in_any_chunks(step):
    times = np.cumsum(1 / (2400 + 20 * np.sin(np.arange(1000) / 100)))
    times[500:] += 0.1
    wave = np.sin(2 * np.pi * 50 * (times - times[0]))[np.newaxis]
    chunks = [
        Chunk(np.zeros(0), times[k : k + step], wave[:, k : k + step], None)
        for k in range(0, 1000, step)
    ]
    blocks = list(StampTiming(2400.0).place(chunks))
    places = positions(iter(blocks))
    assert np.count_nonzero(np.diff(places) != 1) == 1
    assert np.max(np.diff(places)) in (240, 241, 242)
    assert joined(iter(blocks))[0] == pytest.approx(
        np.sin(2 * np.pi * 50 * places / 2400), abs=1e-5
    )


@pytest.mark.parametrize("stamp", [0.0004, np.nan, 0.0012])
def test_uneven_stamps_that_do_not_increase(stamp):
    stamps = np.array([0, 0.0004, 0.0009, 0.0012, stamp, 0.0021])
    chunks = [Chunk(np.zeros(0), part, np.zeros((1, 3)), None) for part in np.split(stamps, 2)]
    with pytest.raises(RecordingError, match="do not increase throughout; give --rate"):
        list(StampTiming(2400.0).place(chunks))


def test_time_multiplier_counts(write_cfg):
    rows = "".join(f"{n + 1},{n * 25},1,2\n" for n in range(100))
    recording = open_recording(write_cfg(rows, rates=["0,100"], nrates=0, rest=("10",)))
    assert recording.rate == 4000.0


def test_no_rate_and_no_stamps(write_cfg):
    with pytest.raises(RecordingError, match="--rate"):
        open_recording(write_cfg("1,0,1,2\n2,0,1,2\n", rates=["0,2"], nrates=0))


def test_the_users_rate_rules(write_cfg):
    recording = open_recording(write_cfg(ROWS, rates=["1000,2", "5000,4"]), rate=1234.5)
    assert recording.rate == 1234.5
    assert {block.rate for block in recording.blocks([0])} == {1234.5}


def test_skew_is_told_and_samples_are_those_of_the_file(write_cfg):
    channels = [CHANNELS[0], CHANNELS[1].replace(",1,0,-", ",1,26,-")]
    recording = open_recording(write_cfg(ROWS, channels=channels))
    assert [channel.skew for channel in recording.channels] == pytest.approx([0, 26e-6])
    assert everything(recording)[0].tolist() == [50, -50, 0, 3.5]


def test_clipped_samples_are_flagged(write_cfg):
    values = [[0, 0], [32767, 0], [32767, 0], [0, -32767], [5, 0]]
    recording = open_recording(write_cfg(binary("h", values), kind="BINARY"))
    assert flags(recording.blocks([0, 1])).tolist() == [0, Quality.CLIPPED, Quality.CLIPPED, 0, 0]


def test_blocks_hold_at_most_the_seconds_asked_for(write_cfg):
    rows = "".join(f"{n + 1},{n * 1000},{n},0\n" for n in range(1000))
    recording = open_recording(write_cfg(rows, rates=["1000,1000"]))
    whole = joined(recording.blocks([0]))
    for seconds in (0.0001, 0.01, 0.3, 5.0):
        blocks = list(recording.blocks([0], seconds))
        assert max(block.length for block in blocks) <= max(1, seconds * 1000)
        assert np.array_equal(joined(iter(blocks)), whole)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"counts": "2,2X"}, "names no channels"),
        ({"counts": "99999999,99999999A,0D"}, "more than 100000 channels"),
        ({"counts": "2,-2A,4D"}, "names no channels"),
        ({"channels": ["1,UA,A,,V,nan,0,0,-1,1,1,1,S"]}, "line 3: the multiplier .* not finite"),
        ({"channels": ["1,UA,A,,V,1,1e999,0,-1,1,1,1,S"]}, "line 3: the offset .* not finite"),
        ({"channels": ["1,UA,A,,V,zwei,0,0,-1,1,1,1,S"]}, "line 3: .*'zwei', not a number"),
        ({"channels": ["1,UA,A"]}, "has 3 fields"),
        ({"rates": ["inf,4"]}, "not finite"),
        ({"rates": ["1000,4"], "nrates": 70000}, "sampling rate"),
        ({"kind": "BINARY64"}, "BINARY64.*none of ASCII"),
        ({"identity": "x"}, None),
    ],
)
def test_damaged_configurations(write_cfg, change, message):
    path = write_cfg(ROWS, **change)
    if message is None:
        assert open_recording(path).configuration.station == "x"
        return
    with pytest.raises(RecordingError, match=message) as caught:
        open_recording(path)
    assert "\n" not in str(caught.value)
    assert "record.cfg" in str(caught.value)


@pytest.mark.parametrize("data", ["1,0,abc,1\n", "1,0,1\n2,1000,2\n", "no rows\n"])
def test_damaged_ascii(write_cfg, data):
    with pytest.raises(RecordingError, match=r"record\.dat") as caught:
        everything(open_recording(write_cfg(data)))
    assert "\n" not in str(caught.value)


def test_every_truncation_of_a_configuration_is_one_clear_line(write_cfg):
    path = write_cfg(ROWS, rest=())
    content = path.read_bytes()
    for length in range(1, len(content), 7):
        path.write_bytes(content[:length])
        try:
            everything(open_recording(path))
        except RecordingError as error:
            assert "\n" not in str(error)  # noqa: PT017
            assert str(path.parent) in str(error)  # noqa: PT017


def test_no_samples(write_cfg):
    with pytest.raises(RecordingError, match="holds no samples"):
        open_recording(write_cfg("\r\n\r\n"))


def test_single_file_without_samples(tmp_path, write_cfg):
    path = tmp_path / "x.cff"
    path.write_bytes(b"--- file type: CFG ---\r\n" + write_cfg().read_bytes())
    with pytest.raises(RecordingError, match="file type: DAT"):
        open_recording(path)
