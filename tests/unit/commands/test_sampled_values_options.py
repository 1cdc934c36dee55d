"""Options of sampled values on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartx96.commands import convert, generate
from smartx96.errors import OptionError
from smartx96.samples import open_recording
from smartx96.samples.sources import open_source

FEEDER = str(Path(__file__).parents[3] / "examples" / "balanced-feeder.toml")


def call(command, *arguments):
    command.command.main([str(a) for a in arguments], standalone_mode=False)


def test_the_profile_sets_the_rate_of_a_scenario(tmp_path):
    target = tmp_path / "a.pcapng"
    call(generate, FEEDER, "-o", target, "--duration", 1.5, "--sv-profile", "F14400S6I4U4")
    recording = open_recording(target)
    assert (recording.rate, recording.length) == (14400, 21600)


def test_names_and_addresses_go_into_the_frames(tmp_path):
    target = tmp_path / "a.pcap"
    call(
        generate, "mains", "-o", target, "--duration", 0.5, "--rate", 4800, "--svid", "BAY/7",
        "--appid", "0x4711", "--vlan", 291, "--source-mac", "02-11-22-33-44-55",
        "--destination-mac", "01:0C:CD:04:01:FF",
    )  # fmt: skip
    stream = open_recording(target).stream
    assert (stream.svid, stream.appid) == ("BAY/7", 0x4711)
    assert stream.source == "02:11:22:33:44:55"
    first = target.read_bytes()[40:60]
    assert first.hex() == "010ccd0401ff" + "021122334455" + "81008123" + "88ba" + "4711"


def test_convert_there_and_back(tmp_path):
    one, other, back = (tmp_path / name for name in ("a.cfg", "b.pcap", "c.npz"))
    call(generate, FEEDER, "-o", one, "--duration", 1, "--rate", 4000)
    call(convert, one, other, "--svid", "X")
    call(convert, other, back, "--stream", "X")
    recording = open_recording(back)
    assert [c.name for c in recording.channels] == ["Ia", "Ib", "Ic", "In", "Va", "Vb", "Vc", "Vn"]
    assert {c.side for c in recording.channels} == {"primary"}
    values = next(recording.blocks([4, 0])).physical()
    truth = next(open_recording(one).blocks([0, 3])).physical()
    assert values[0] == pytest.approx(truth[0], abs=0.0051)
    assert values[1] == pytest.approx(truth[1], abs=0.00051)


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        (generate, ["mains", "-o", "x.csv", "--duration", "1", "--svid", "A"], "for .pcap"),
        (generate, ["mains", "-o", "x.pcap", "--duration", "1", "--rate", "5000"], "no usual"),
        (generate, ["mains", "-o", "sv:lo", "--format", "ascii"], "not for a network"),
        (generate, ["mains", "-o", "x.pcap", "--duration", "1", "--appid", "A"], "--appid A"),
    ],
)
def test_refusals(tmp_path, monkeypatch, command, arguments, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OptionError, match=message):
        call(command, *arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (FEEDER, {"stream": "A"}, "--stream is for recordings"),
        ("mains", {"dataset": "I3U3"}, "--sv-dataset is for recordings"),
        ("sv:lo", {}, "sv:lo has no end: use `x96 run --source sv:lo`"),
        ("sv:lo", {"live": True, "start": 1.0}, "--from and --to are for recordings"),
        ("sv:lo", {"live": True, "rate": -1.0}, "--rate -1"),
    ],
)
def test_sources_that_do_not_take_an_option(text, options, message):
    with pytest.raises(OptionError, match=message):
        open_source(text, **options)
