"""Sampled values: decoding against a real capture, Wireshark and frames after the standard."""

from __future__ import annotations

import csv
import shutil
import struct
import subprocess
import time
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96.block import Quality
from smartx96.errors import ChannelError, OptionError, RateError, RecordingError
from smartx96.samples import open_recording, write_recording
from smartx96.samples.capture.frames import joined
from smartx96.samples.channels.selection import select
from smartx96.samples.sampled_values.control_block import ControlBlock, parse_control_block
from smartx96.samples.sampled_values.decoder import Decoder
from smartx96.samples.sampled_values.message import parse_message
from smartx96.samples.sampled_values.profiles import PROFILES, parse_profile
from smartx96.samples.sampled_values.sample_order import SampleOrder
from support.published import asdu, element, frame, pcap, sample, shortest, stream, waves
from support.shared import DATA, needs_data

from .conftest import ArraySource, everything, flags, positions, three_phases
from .conftest import joined as samples_of

REAL = DATA / "sv" / "epm_rex640_first10000.pcapng"
needs_editcap = pytest.mark.skipif(
    shutil.which("editcap") is None, reason="editcap is not installed"
)
needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")

CONTENT = sample(range(8))


def integers(recording) -> np.ndarray:
    blocks = recording.blocks(range(len(recording.channels)))
    return np.concatenate([block.samples for block in blocks], axis=1).T


def written(tmp_path, frames, times, **options):
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(frames, times))
    return open_recording(path, **options)


def decoded(octets: bytes, **options) -> np.ndarray:
    """Values of all ASDUs of one frame."""
    (arrivals,) = Decoder(**options).decode(joined([octets], [0])).values()
    return arrivals.samples[:, ::2].astype(np.int32)


# ---------------------------------------------------------------- a real publisher


def exported() -> np.ndarray:
    with (DATA / "sv" / "epm_wireshark_export_first10000.csv").open() as file:
        rows = [row["value"] for row in csv.DictReader(file) if row["value"]]
    return np.array([[int(value) for value in row.split(",")] for row in rows])


@needs_data
def test_every_integer_of_a_real_capture():
    recording = open_recording(REAL)
    assert (recording.rate, recording.length, recording.format) == (4000, 9986, "sampled values")
    assert np.array_equal(integers(recording), exported())
    assert recording.stream.svid == "A1MU0101"
    assert recording.stream.appid == 0x4001
    assert recording.stream.source == "00:21:c1:40:7b:5d"
    assert recording.start == datetime(2023, 11, 6, 9, 52, 30, 27291, tzinfo=UTC)
    assert recording.notes == ()
    assert not flags(recording.blocks(range(8))).any()
    assert [block.length for block in recording.blocks([0], 0.1)][:3] == [400] * 3


@needs_data
def test_roles_and_side_of_a_real_capture_are_found():
    source = select(open_recording(REAL))
    assert source.channel_names == {
        "v1": "Va", "v2": "Vb", "v3": "Vc", "i1": "Ia", "i2": "Ib", "i3": "Ic",
    }  # fmt: skip
    assert source.side == "primary"
    values = samples_of(source.blocks())
    assert values[:, 0] == pytest.approx(
        [205045.99, -559459.20, 350805.98, 350.997, -611.364, 533.608], rel=1e-12
    )


@needs_data
def test_frame_by_frame_is_the_same_as_by_layout():
    from smartx96.samples.capture.reading import read_capture

    for batch in read_capture(REAL):
        (one,), (other,) = (
            list(Decoder(most_layouts=most).decode(batch).values()) for most in (0, 256)
        )
        assert np.array_equal(one.samples, other.samples)
        assert np.array_equal(one.counts, other.counts)
        assert np.array_equal(one.times, other.times)


@pytest.mark.speed
@needs_data
def test_layouts_are_many_times_quicker():
    from smartx96.samples.capture.reading import read_capture

    batches = list(read_capture(REAL))

    def seconds(most: int) -> float:
        begun = time.process_time()
        for _ in range(2):
            decoder = Decoder(most_layouts=most)
            for batch in batches:
                decoder.decode(batch)
        return time.process_time() - begun

    assert 5 * seconds(256) < seconds(0)


@needs_data
@needs_editcap
@pytest.mark.parametrize(("kind", "suffix"), [("pcap", "cap"), ("nsecpcap", "pcap")])
def test_a_real_capture_in_other_formats(tmp_path, kind, suffix):
    path = tmp_path / f"a.{suffix}"
    subprocess.run(["editcap", "-F", kind, str(REAL), str(path)], check=True, timeout=60)
    recording = open_recording(path)
    assert np.array_equal(integers(recording), exported())
    assert recording.start == open_recording(REAL).start


@needs_data
@needs_editcap
def test_frames_that_were_captured_in_part(tmp_path):
    path = tmp_path / "a.pcapng"
    subprocess.run(["editcap", "-s", "100", str(REAL), str(path)], check=True, timeout=60)
    with pytest.raises(RecordingError, match=r"9986 frames .* says 106 octets .* 86 were captured"):
        open_recording(path)


# ---------------------------------------------------------------- encodings


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_long_forms_of_lengths(size):
    def long(length: int) -> bytes:
        return bytes([0x80 | size]) + length.to_bytes(size, "big")

    octets = frame([asdu(7, CONTENT, length=shortest if size == 1 else long)], length=long)
    assert decoded(octets).tolist() == [list(range(8))]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_legal_length_is_read_alike(data):
    def any_form(length: int) -> bytes:
        size = data.draw(st.integers(0, 4))
        least = (length.bit_length() + 7) // 8
        if size == 0 and length < 128:
            return bytes([length])
        size = max(size, least, 1)
        return bytes([0x80 | size]) + length.to_bytes(size, "big")

    values = waves(2)
    parts = [asdu(n, sample(values[n].tolist()), length=any_form) for n in range(2)]
    assert np.array_equal(decoded(frame(parts, length=any_form)), values)


def test_all_optional_fields():
    part = asdu(
        9, CONTENT, "MU/LLN0.MSVCB01", dataset="MU/LLN0$PhsMeas1", time=bytes(8), rate=80,
        mode=0, grandmaster=bytes(8), synch=5,
    )  # fmt: skip
    octets = frame([part], security=b"signed", padding=b"\xaa" * 6, tags=b"\x81\x00\x80\x05")
    message = parse_message(octets)
    assert (message.vlan, message.appid, message.simulated) == (5, 0x4001, False)
    (found,) = message.asdus
    assert (found.svid, found.dataset) == ("MU/LLN0.MSVCB01", "MU/LLN0$PhsMeas1")
    assert [found.number(tag) for tag in (0x82, 0x83, 0x85, 0x86, 0x88)] == [9, 1, 5, 80, 0]
    assert decoded(octets).tolist() == [list(range(8))]


@pytest.mark.parametrize("tags", ["81008123", "88a8000581000abc", "9100000588a8000681000007"])
def test_vlan_tags(tags):
    octets = frame([asdu(0, CONTENT)], tags=bytes.fromhex(tags))
    assert parse_message(octets).vlan == int(tags[-3:], 16)
    assert decoded(octets).tolist() == [list(range(8))]


@pytest.mark.parametrize(("link", "head"), [
    (113, struct.pack(">HHH8sH", 1, 1, 6, bytes.fromhex("0021c1407b5d0000"), 0x88BA)),
    (276, struct.pack(">HHIHBB8s", 0x88BA, 0, 3, 1, 1, 6, bytes.fromhex("0021c1407b5d0000"))),
])  # fmt: skip
def test_linux_cooked_captures(tmp_path, link, head):
    values = waves(200)
    frames, times = stream(values, 4000)
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap([head + octets[14:] for octets in frames], times, link=link))
    recording = open_recording(path)
    assert np.array_equal(integers(recording), values)
    assert recording.stream.source == "00:21:c1:40:7b:5d"


BODY = frame([asdu(0, CONTENT)])


@pytest.mark.parametrize(
    ("octets", "message"),
    [
        (BODY[:20], "cut off within its header"),
        (BODY[:-1], "says 102 octets from APPID on, 101 were captured"),
        (BODY[:22] + b"\x61" + BODY[23:], "tag 0x61, 0x60 is due"),
        (BODY[:23] + b"\x80" + BODY[24:], "indefinite form"),
        (BODY[:23] + b"\x85" + BODY[24:], "a length of 5 octets; 4 are the most"),
        (BODY[:23] + b"\x7f" + BODY[24:], "declares 127 octets"),
        (BODY[:22] + b"\x7f" + BODY[23:], "a tag of several octets"),
        (frame([asdu(0, CONTENT)]).replace(b"\x80\x01\x01", b"\x80\x01\x02"),
         "declares 2 ASDUs and holds 1"),
        (frame([element(0x30, b"\x80\x01A\x82\x02\0\0")]), "has no sample"),
        (frame([asdu(0, CONTENT).replace(b"\x82\x02", b"\x8c\x02")]), "has no smpCnt"),
        (frame([asdu(0, CONTENT[:-4])]), "60 octets; 8 per value"),
        (frame([asdu(0, b"")]), "0 octets; 8 per value"),
        (frame([]), "declares 0 ASDUs"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_frame(tmp_path, octets, message):
    with pytest.raises(RecordingError, match=message):
        parse_message(octets)
    frames, times = stream(waves(50), 4000)
    recording = written(tmp_path, [*frames, octets], [*times, times[-1] + 1000])
    assert recording.length == 50
    (note,) = recording.notes
    assert note.startswith("1 frame of sampled values left out, since unreadable; the first:")


def test_other_traffic_is_passed_over(tmp_path):
    values = waves(300)
    frames, times = stream(values, 4800, asdus=2)
    mixed, moments = [], []
    for n, (octets, moment) in enumerate(zip(frames, times, strict=True)):
        mixed += (
            [octets] + [b"\xff" * 12 + b"\x08\x00" + bytes(46)] * (n % 3) + [b"short"] * (n % 2)
        )
        moments += [moment] * (1 + n % 3 + n % 2)
    recording = written(tmp_path, mixed, moments)
    assert np.array_equal(integers(recording), values)
    assert recording.notes == ()


def test_layouts_may_change_within_a_stream(tmp_path):
    values = waves(400)
    one, times = stream(values, 4000)
    other, _ = stream(values, 4000, synch=1, rate=4000, mode=1)
    frames = [pair[n // 7 % 2] for n, pair in enumerate(zip(one, other, strict=True))]
    recording = written(tmp_path, frames, times)
    assert np.array_equal(integers(recording), values)
    assert recording.notes == ("smpSynch was 1 (a local clock), 2 (a global clock)",)


def test_simulated_frames_are_said(tmp_path):
    frames = [frame([asdu(n, CONTENT)], reserved=0x8000) for n in range(50)]
    recording = written(tmp_path, frames, [n * 250_000 for n in range(50)])
    assert recording.notes == ("50 frames marked as simulated",)


# ---------------------------------------------------------------- quality


@pytest.mark.parametrize(
    ("bits", "flag"),
    [
        (0, 0),
        (0x2000, 0),  # derived
        (1, Quality.MISSING),
        (2, Quality.QUESTIONABLE),
        (3, Quality.QUESTIONABLE),
        (0x0004, Quality.CLIPPED),
        (0x0008, Quality.CLIPPED),
        (0x0003 | 0x0008, Quality.CLIPPED | Quality.QUESTIONABLE),
        *[(1 << n, Quality.QUESTIONABLE) for n in range(4, 13)],
    ],
)
def test_quality_bits(tmp_path, bits, flag):
    frames, times = stream(waves(50), 4000)
    frames[20] = frame([asdu(20, sample(waves(50)[20].tolist(), [0, 0, bits, 0, 0, 0, 0, 0]))])
    recording = written(tmp_path, frames, times)
    found = flags(recording.blocks(range(8)))
    assert found[20] == flag
    assert not np.delete(found, 20).any()
    assert not flags(recording.blocks([0, 1, 3])).any(), "another channel's quality counts"


def test_values_at_the_end_of_the_integers_are_clipped(tmp_path):
    values = waves(50)
    values[10, 0], values[11, 1] = 2**31 - 1, -(2**31)
    recording = written(tmp_path, *stream(values, 4000))
    assert np.flatnonzero(flags(recording.blocks(range(8)))).tolist() == [10, 11]


# ---------------------------------------------------------------- rate and time


@pytest.mark.parametrize("rate", [4000, 4800, 12800, 14400, 15360, 5000, 1000])
def test_rate_by_the_counter(tmp_path, rate):
    asdus = {12800: 8, 14400: 6}.get(rate, 1)
    values = waves(2 * rate + 60 if rate not in PROFILES else rate + 60, 2)
    frames, times = stream(values, rate, first=rate - 30, asdus=asdus, svid="xI1U1")
    recording = written(tmp_path, frames, times)
    assert recording.rate == rate
    assert recording.length == len(values)


@pytest.mark.parametrize("rate", [4000, 4800, 14400, 15360])
def test_rate_of_a_short_capture_by_its_time_stamps(tmp_path, rate):
    rng = np.random.default_rng(3)
    frames, times = stream(waves(400), rate)
    late = [int(moment + rng.integers(0, 50_000)) for moment in times]
    assert written(tmp_path, frames, late).rate == rate


def test_rate_by_the_counter_where_time_stamps_lie(tmp_path):
    frames, _ = stream(waves(4100, 2), 4000, svid="xI1U1")
    recording = written(tmp_path, frames, [n * 1_000_000 for n in range(4100)])
    assert (recording.rate, recording.length) == (4000, 4100)


@pytest.mark.parametrize(
    ("stated", "mode", "rate"), [(3000, 1, 3000), (80, 0, 4000), (80, None, 4800)]
)
def test_rate_that_the_stream_states(tmp_path, stated, mode, rate):
    parts = [asdu(n, sample(range(8)), rate=stated, mode=mode) for n in range(100)]
    frames = [frame([part]) for part in parts]
    times = [n * 10**9 // rate for n in range(100)]
    assert written(tmp_path, frames, times).rate == rate


def test_nothing_tells_the_rate(tmp_path):
    frames, times = stream(waves(100), 3000)
    with pytest.raises(RateError, match=r"a\.pcap: MU01 .* give --rate HZ"):
        written(tmp_path, frames, times)
    recording = written(tmp_path, frames, times, rate=3000)
    assert (recording.rate, recording.length) == (3000, 100)


def test_the_users_rate_rules(tmp_path):
    recording = written(tmp_path, *stream(waves(4100, 2), 4000, svid="I1U1"), rate=4004.5)
    assert recording.rate == 4004.5
    assert (recording.length, recording.counters.lost) == (4100, 0)


def test_a_shared_clock_tells_the_time_better_than_the_capture(tmp_path):
    frames, times = stream(waves(100), 4000, first=1000, begin=1_700_000_000.25)
    late = [moment + 300_000 for moment in times]
    assert written(tmp_path, frames, late).start == datetime.fromtimestamp(1_700_000_000.25, UTC)
    frames, times = stream(waves(100), 4000, first=1000, begin=1_700_000_000.25, synch=1)
    late = [moment + 300_000 for moment in times]
    assert written(tmp_path, frames, late).start == datetime.fromtimestamp(1_700_000_000.2503, UTC)


# ---------------------------------------------------------------- what happens on the way


def test_losses_doubles_and_late_frames(tmp_path):
    values = waves(9000, 2)
    frames, times = stream(values, 4000, svid="I1U1")
    order = list(range(9000))
    order.insert(101, 100)  # twice
    order[500], order[502] = order[502], order[500]
    del order[8000:8010]
    del order[700]
    recording = written(tmp_path, [frames[n] for n in order], [times[n] for n in sorted(order)])
    found = positions(recording.blocks([0]))
    assert set(range(9000)) - set(found.tolist()) == {699, *range(7999, 8009)}
    assert recording.length == 9000
    assert np.array_equal(integers(recording), values[found])
    counters = recording.counters
    assert (counters.received, counters.lost, counters.gaps) == (8990, 11, 2)
    assert (counters.doubled, counters.reordered, counters.late) == (1, 2, 0)
    assert recording.notes == (
        "11 samples lost, in 2 gaps",
        "1 sample came twice; what came second is dropped",
        "2 samples came late, put in place",
    )


def test_an_outage_of_whole_seconds(tmp_path):
    frames, times = stream(waves(5 * 1000), 1000)
    kept = [*range(1500), *range(4500, 5000)]
    recording = written(tmp_path, [frames[n] for n in kept], [times[n] for n in kept], rate=1000)
    assert (recording.length, recording.counters.lost) == (5000, 3000)
    assert recording.counters.restarts == 0
    assert positions(recording.blocks([0])).tolist() == kept


def test_a_publisher_that_begins_anew_is_placed_by_time(tmp_path):
    one, times = stream(waves(1500), 1000)
    other, later = stream(waves(1500), 1000, begin=1e9 + 3.7)
    recording = written(tmp_path, one + other, times + later, rate=1000)
    assert recording.counters.restarts == 1
    expected = [*range(1500), *range(3700, 5200)]
    assert positions(recording.blocks([0])).tolist() == expected
    assert recording.notes[1] == (
        "the publisher began anew 1 time; its samples are placed by the time of capture"
    )


# ---------------------------------------------------------------- several streams, data sets


def two_streams():
    one, times = stream(waves(500), 4000)
    other, _ = stream(-waves(500), 4000, svid="MU02")
    frames = [octets for pair in zip(one, other, strict=True) for octets in pair]
    return frames, [moment for moment in times for _ in range(2)]


@pytest.mark.parametrize("rate", [4000.0, 1e6, 1e15])
def test_damaged_times_of_capture_do_not_leave_the_sample_clock(rate):
    """Every other time of capture is centuries on: as often as that, 64 bits would not hold it."""
    order = SampleOrder(rate, 4000)
    counts = np.arange(200_000, dtype=np.int64)
    times = np.where(counts % 2, 2**63 - 1, 0)
    with pytest.raises(RecordingError, match=r"times of capture jump by up to .* s, beyond .*cut"):
        order.add(counts, times)


def test_several_streams_need_a_choice(tmp_path):
    with pytest.raises(ChannelError) as caught:
        written(tmp_path, *two_streams())
    text = str(caught.value)
    assert text.startswith(f"{tmp_path / 'a.pcap'}: 2 streams; choose one by --stream")
    assert "MU01 (APPID 0x4001, 00:21:c1:40:7b:5d): 4000 S/s, 500 samples of 8 values" in text
    assert "MU02 (APPID" in text
    assert "\n" not in text


@pytest.mark.parametrize(("name", "sign"), [("MU01", 1), ("MU02", -1), ("MU02,0x4001", -1)])
def test_a_stream_is_chosen_by_name(tmp_path, name, sign):
    recording = written(tmp_path, *two_streams(), stream=name)
    assert np.array_equal(integers(recording), sign * waves(500))


def test_streams_of_one_name_are_told_apart_by_sender_and_appid(tmp_path):
    frames = []
    for n in range(100):
        part = [asdu(n, sample([n] * 8))]
        frames += [frame(part), frame(part, appid=0x4002), frame(part, source=b"\x02" * 6)]
    times = [n // 3 * 250_000 for n in range(300)]
    with pytest.raises(ChannelError, match="--stream MU01: 3 streams"):
        written(tmp_path, frames, times, stream="MU01")
    with pytest.raises(ChannelError, match="--stream X: no stream is called so; found: MU01"):
        written(tmp_path, frames, times, stream="X")
    assert written(tmp_path, frames, times, stream="0x4002").stream.appid == 0x4002
    assert written(tmp_path, frames, times, stream="02:02:02:02:02:02").length == 100


def test_streams_in_one_frame(tmp_path):
    values = waves(200)
    frames = [
        frame([asdu(n, sample(row), "A"), asdu(n, sample([-x for x in row]), "B")])
        for n, row in enumerate(values.tolist())
    ]
    times = [n * 250_000 for n in range(200)]
    for name, sign in (("A", 1), ("B", -1)):
        recording = written(tmp_path, frames, times, stream=name)
        assert np.array_equal(integers(recording), sign * values)


@pytest.mark.parametrize(
    ("count", "more", "names"),
    [
        (8, {}, "Ia Ib Ic In Va Vb Vc Vn"),
        (6, {}, "Ia Ib Ic Va Vb Vc"),
        (2, {"dataset": "I1U1"}, "Ia Va"),
        (4, {"dataset": "I4U0"}, "Ia Ib Ic In"),
        (12, {"dataset": "i8u4"}, "Ia Ib Ic In Ia_2 Ib_2 Ic_2 In_2 Va Vb Vc Vn"),
        (9, {"dataset": "I6U3"}, "Ia Ib Ic Ia_2 Ib_2 Ic_2 Va Vb Vc"),
    ],
)
def test_names_and_scales_of_data_sets(tmp_path, count, more, names):
    recording = written(tmp_path, *stream(waves(100, count), 4000), **more)
    assert " ".join(channel.name for channel in recording.channels) == names
    units = {channel.name[0]: channel.unit for channel in recording.channels}
    assert units.items() <= {"I": "A", "V": "V"}.items()
    scales = np.array([0.001 if name[0] == "I" else 0.01 for name in names.split()])
    assert everything(recording) == pytest.approx(waves(100, count).T * scales[:, None], rel=1e-12)


def test_a_data_set_that_nothing_tells(tmp_path):
    frames, times = stream(waves(100, 4), 4000)
    with pytest.raises(ChannelError, match=r"sends 4 values, .* give --sv-dataset, such as I2U2"):
        written(tmp_path, frames, times)
    with pytest.raises(ChannelError, match=r"--sv-dataset I3U3: 6 values, MU01 .* has 4"):
        written(tmp_path, frames, times, dataset="I3U3")
    with pytest.raises(OptionError, match="--sv-dataset what: give a code such as I3U3"):
        written(tmp_path, frames, times, dataset="what")


def test_options_of_streams_are_for_captures(tmp_path):
    np.save(tmp_path / "a.npy", np.ones((5, 2)))
    with pytest.raises(OptionError, match="--stream and --sv-dataset are for captures"):
        open_recording(tmp_path / "a.npy", rate=10, stream="MU01")


@pytest.mark.parametrize("content", [[], [b"\xff" * 12 + b"\x08\x00" + bytes(46)] * 3])
def test_no_sampled_values(tmp_path, content):
    with pytest.raises(RecordingError, match=f"holds no sampled values: {len(content)} frames"):
        written(tmp_path, content, [0] * len(content))


# ---------------------------------------------------------------- writing

RATES = {4000: 1, 4800: 2, 5760: 1, 12800: 8, 14400: 6, 15360: 8}


@pytest.mark.parametrize("suffix", ["pcap", "pcapng"])
@pytest.mark.parametrize("rate", RATES)
def test_round_trip(tmp_path, rate, suffix):
    begun = datetime(2026, 1, 2, 3, 4, 5, 250000, tzinfo=UTC)
    samples = three_phases(6001, rate) * [[1.1], [1], [0.9], [1], [0.5], [2]]
    source = ArraySource(samples, float(rate), start=begun, side="primary")
    write_recording(tmp_path / f"a.{suffix}", source)
    back = open_recording(tmp_path / f"a.{suffix}")
    assert (back.rate, back.length, back.start) == (rate, 6001, begun)
    values = everything(back)
    assert values[[4, 5, 6, 0, 1, 2]] == pytest.approx(source.samples, abs=0.0051, rel=0)
    currents = source.samples[3:]
    assert values[:3] == pytest.approx(currents, abs=0.00051, rel=0)
    assert values[3] == pytest.approx(currents.sum(axis=0), abs=0.0006)
    assert values[7] == pytest.approx(source.samples[:3].sum(axis=0), abs=0.006)
    assert back.notes == ()


@pytest.mark.parametrize("rate", [4000, 14400])
@pytest.mark.parametrize("start", [None, datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)])
def test_start_is_kept(tmp_path, start, rate):
    source = ArraySource(three_phases(15000, rate), float(rate), start=start)
    write_recording(tmp_path / "a.pcap", source)
    assert open_recording(tmp_path / "a.pcap").start == start


def test_missing_samples_and_gaps_are_sent_as_invalid(tmp_path):
    quality = np.zeros(5000, np.uint8)
    quality[100:103] = Quality.MISSING
    source = ArraySource(three_phases(5000, 4000), 4000.0, quality=quality, gaps={2000: 50})
    write_recording(tmp_path / "a.pcap", source)
    back = open_recording(tmp_path / "a.pcap")
    assert back.length == 5050
    found = flags(back.blocks(range(8)))
    assert np.flatnonzero(found).tolist() == [100, 101, 102, *range(2000, 2050)]
    assert set(found[found > 0]) == {Quality.MISSING}


@needs_tshark
@pytest.mark.parametrize(("rate", "asdus"), RATES.items())
def test_wireshark_reads_the_same(tmp_path, rate, asdus):
    source = ArraySource(three_phases(600, rate), float(rate), start=None)
    block = ControlBlock(svid="TEST/MU7", vlan=42, appid=0x4123)
    path = tmp_path / "a.pcapng"
    write_recording(path, source, control_block=block)
    fields = [
        "sv.svID", "sv.smpCnt", "sv.noASDU", "sv.appid", "vlan.id", "sv.confRev", "sv.seqData",
        "frame.time_epoch", "vlan.priority",
    ]  # fmt: skip
    command = ["tshark", "-r", str(path), "-T", "fields", "-o", "sv.decode_data_as_phsmeas:TRUE"]
    command += [
        part for name in [*fields, "sv.meas_value", "sv.meas_quality"] for part in ("-e", name)
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    rows = [line.split("\t") for line in result.stdout.splitlines()]
    assert len(rows) == 600 // asdus
    assert {(row[2], row[3], row[4], row[8]) for row in rows} == {(str(asdus), "0x4123", "42", "4")}
    assert {name for row in rows for name in row[0].split(",")} == {"TEST/MU7"}
    assert [int(n) for row in rows for n in row[1].split(",")] == list(range(600))
    values = np.array([int(n) for row in rows for n in row[9].split(",")]).reshape(600, 8)
    expected = np.round(source.samples / [[0.01]] * [[1], [1], [1], [10], [10], [10]]).T
    assert np.array_equal(values[:, [4, 5, 6, 0, 1, 2]], expected)
    moments = [round(float(row[7]) * rate, 2) for row in rows]
    assert moments == list(range(asdus - 1, 600, asdus))


@needs_tshark
def test_wireshark_agrees_on_qualities(tmp_path):
    frames, times = stream(waves(30), 4000)
    frames += [frame([asdu(30, sample(range(8), [1, 2, 3, 4, 8, 0x2000, 0x800, 0x40]))])]
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(frames, [*times, times[-1] + 250_000]))
    command = ["tshark", "-r", str(path), "-o", "sv.decode_data_as_phsmeas:TRUE", "-T", "fields"]
    names = ["validity", "overflow", "outofrange", "derived", "test", "failure"]
    for name in names:
        command += ["-e", f"sv.meas_quality.{name}"]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    last = [column.split(",") for column in result.stdout.splitlines()[-1].split("\t")]
    assert [int(n, 0) for n in last[0]] == [1, 2, 3, 0, 0, 0, 0, 0]
    for column, place in zip(last[1:], [3, 4, 5, 6, 7], strict=True):
        assert [n in ("1", "True") for n in column] == [n == place for n in range(8)]


def test_profile_decides_the_asdus_and_places(tmp_path):
    source = ArraySource(three_phases(600, 4800), 4800.0)
    path = tmp_path / "a.pcap"
    write_recording(path, source, control_block=parse_control_block("F4800S1I3U3", "A"))
    back = open_recording(path)
    assert [channel.name for channel in back.channels] == ["Ia", "Ib", "Ic", "Va", "Vb", "Vc"]
    assert len(path.read_bytes()) == 24 + 600 * (16 + len(frame([asdu(0, sample([0] * 6), "A")])))


@pytest.mark.parametrize(
    ("options", "rate", "message"),
    [
        ({}, 5000.0, "5000 S/s are of no usual profile: 4000 .F4000S1I4U4., 4800"),
        ({"profile": "F4000S1I4U4"}, 4800.0, "F4000S1I4U4 has 4000 S/s, the samples 4800"),
        ({"profile": "F4000S1I2U4"}, 4000.0, "F4000S1I2U4: has no place for i3"),
        ({"profile": "F4000S99I4U4"}, 4000.0, "more than the 1518 octets"),
        ({"profile": "F4000S0I4U4"}, 4000.0, "sends nothing"),
        ({"profile": "F4000S1I0U0"}, 4000.0, "1 to 24 values"),
        ({"profile": "fast"}, 4000.0, "--sv-profile fast: give a code such as F4000S1I4U4"),
        ({"svid": "a b"}, 4000.0, "--svid a b: 1 to 129 ASCII"),
        ({"appid": "x"}, 4000.0, "--appid x: give a number such as 0x4000"),
        ({"appid": "0x10000"}, 4000.0, "--appid 0x10000: 0x0000 to 0xFFFF"),
        ({"vlan": 5000}, 4000.0, "--vlan 5000"),
        ({"source": "1:2"}, 4000.0, "--source-mac 1:2: give an address"),
        ({"destination": "zz:0c:cd:04:00:00"}, 4000.0, "--destination-mac"),
    ],
)
def test_what_cannot_be_published(tmp_path, options, rate, message):
    source = ArraySource(three_phases(600, rate), rate)
    with pytest.raises(OptionError, match=message) as caught:
        write_recording(tmp_path / "a.pcap", source, control_block=parse_control_block(**options))
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_value_beyond_the_integers_is_refused(tmp_path):
    samples = three_phases(600, 4000)
    samples[3, 333] = 2.2e6
    with pytest.raises(RecordingError, match=r"Ia of 2\.2e.06 A is beyond the 2147484 A"):
        write_recording(tmp_path / "a.pcap", ArraySource(samples, 4000.0))
    assert list(tmp_path.iterdir()) == []


def test_publication_options_are_for_captures(tmp_path):
    with pytest.raises(OptionError, match=r"are for \.pcap, \.pcapng"):
        write_recording(
            tmp_path / "a.csv", ArraySource(three_phases(600, 4000)), control_block=ControlBlock()
        )


def test_profile_names():
    for profile in PROFILES.values():
        assert parse_profile(profile.name) == profile
        assert parse_profile(profile.name.lower()) == profile
