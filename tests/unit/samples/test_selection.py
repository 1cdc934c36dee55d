"""From a recording to a source with roles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartx96.block import Block
from smartx96.errors import ChannelError, OptionError
from smartx96.samples.channels.selection import parse_channels, parse_scale, select
from smartx96.samples.cutting import cut
from smartx96.samples.recording import Channel, Recording

from .conftest import ROLES, joined, positions

START = datetime(2026, 1, 1, tzinfo=UTC)


class Made(Recording):
    """Channel n holds n times 1000 plus the sample's index."""

    def __init__(self, channels, rate=1000.0, length=5000, full_scale=None, stretches=()):
        self.path, self.format = Path("made.rec"), "made"
        self.channels, self.rate, self.length = tuple(channels), rate, length
        self.start, self.full_scale = START, full_scale
        self._stretches = stretches or [(rate, 0, length)]

    def blocks(self, channels, seconds=1.0):
        done = 0
        for rate, start, count in self._stretches:
            index = np.arange(done, done + count, dtype=float)
            values = np.array([index + 10000.0 * channel for channel in channels])
            yield from cut([Block(values, rate, start)], seconds)
            done += count


def made(text, **more):
    """Channels as `name/phase/unit/side`, separated by blanks."""
    channels = []
    for item in text.split(" "):
        name, phase, unit, side = [*item.split("/"), "", "", ""][:4]
        channels.append(Channel(name.replace("~", " "), phase, unit, side or None))
    return Made(channels, **more)


def chosen(text):
    return {role: channel.name for role, channel in select(made(text)).channels.items()}


SIX = [
    "v1 v2 v3 i1 i2 i3",
    "I3 I2 I1 V3 V2 V1",
    "VA VB VC IA IB IC",
    "Ua Ub Uc Ia Ib Ic 3I0 3U0 Un In",
    "UA//V UB//V UC//V IA//A IB//A IC//A IN//A VN//V",
    "VA//kV VB//kV VC//kV IA//A IB//A IC//A".replace("kV", "V"),
    "U1 U2 U3 I1 I2 I3 I4",
    "V_L1 V_L2 V_L3 I_L1 I_L2 I_L3 I_N",
    "UL1 UL2 UL3 IL1 IL2 IL3",
    "U~L1 U~L2 U~L3 I~L1 I~L2 I~L3",
    "L1-N//V L2-N//V L3-N//V L1//A L2//A L3//A",
    "L1-N L2-N L3-N I1 I2 I3",
    "voltage_l1 voltage_l2 voltage_l3 current_l1 current_l2 current_l3 current_n",
    "Phase~A~Voltage Phase~B~Voltage Phase~C~Voltage Phase~A~Current Phase~B~Current C~Current",
    "VAN VBN VCN IA IB IC",
    "UR US UT IR IS IT",
    "UU UV UW IU IV IW",
    "x/A/V y/B/V z/C/V p/A/A q/B/A r/C/A n/N/A",
    "Bus/L1/V Bus/L2/V Bus/L3/V Line/L1/A Line/L2/A Line/L3/A",
    "Uab Ubc Uca UA UB UC IA IB IC",
    "V12 V23 V31 V1 V2 V3 I1 I2 I3",
    "IA IB IC I0 I1 I2 UA UB UC",
    "Ua_Б1//V Ub_Б1//V Uc_Б1//V Ia_Б7//A Ib_Б7//A Ic_Б7//A",
    "Ia/1/A Ib/1/A Ic/1/A Id/1/A Ua/1/V Ub/1/V Uc/1/V Cmd/1/V Other/1/V",
]


@pytest.mark.parametrize("text", SIX)
def test_three_phases_are_recognised(text):
    names = chosen(text)
    assert tuple(names) == ROLES
    for role, name in names.items():
        own = name.casefold()
        assert "0" not in own
        if text[0] in "xB":
            continue
        letters = {"1": "1aru", "2": "2bsv", "3": "3ctw"}[role[1]]
        signs = own.split("_б")[0].replace("phase", "").replace("voltage", "")
        signs = signs.replace("current", "").replace("-n", "").removesuffix("n").strip(" _")
        assert signs[-1] in letters


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("V1 I1", ("v1", "i1")),
        ("UL1//V IL1//A IN//A", ("v1", "i1")),
        ("UA UB UC 3U0", ("v1", "v2", "v3")),
        ("VA VB VC IA IC", ("v1", "v2", "v3", "i1", "i3")),
        ("IA IB IC", ("i1", "i2", "i3")),
        ("Uab Ubc Uca", ("v12", "v23", "v31")),
        ("V12//V V23//V V31//V IA IC", ("i1", "i3", "v12", "v23", "v31")),
        ("U_L1L2 U_L2L3 I1 I3", ("i1", "i3", "v12", "v23")),
        ("UA UB UC Uab Ubc", ("v1", "v2", "v3")),
    ],
)
def test_what_is_there_is_delivered(text, roles):
    assert tuple(chosen(text)) == roles


AMBIGUOUS = [
    "Ua_1 Ub_1 Uc_1 Ua_2 Ub_2 Uc_2",
    "UA UB UC Ia_x Ib_x Ic_x Ia_y Ib_y Ic_y",
    "VA VA VB VC",
    "Ia1 Ib1 Ia2 Ib2",
    "x/A/V y/A/V",
]
UNKNOWN = [
    "a b c",
    "UV VW WU",
    "VT//V IT//A",
    "3I0//A/N VN//V IN//A",
    "P//W Q//var VA//VA",
    "temp//°C f//Hz",
    "Un//V Ie//A Ig//A",
    "Cmd/1/V Alarm/1/V",
    "test/out1",
]


@pytest.mark.parametrize("text", AMBIGUOUS + UNKNOWN)
def test_nothing_is_taken_in_doubt(text):
    with pytest.raises(ChannelError) as caught:
        select(made(text))
    message = str(caught.value)
    assert "--channels v1=" in message
    assert "\n" not in message
    assert all(repr(channel.name) in message for channel in made(text).channels)
    assert ("several sets" in message) == (text in AMBIGUOUS)


def test_message_lists_number_name_phase_and_unit():
    with pytest.raises(ChannelError, match=r"1 'Ua_1' A V, 2 'Ua_2' A V, 3 'Ux' N V"):
        select(made("Ua_1/A/V Ua_2/A/V Ux/N/V"))


def test_second_set_that_is_not_whole_is_left_and_noted():
    source = select(made("VA VB VC V_sync/A/V IA IB IC"))
    assert source.channel_names["v1"] == "VA"
    assert source.notes == ("not used: V_sync",)


def test_nameless_channels_are_not_guessed():
    nameless = Made([Channel(str(n)) for n in range(1, 7)])
    with pytest.raises(ChannelError, match="--channels v1=1,v2=2,v3=3,i1=4,i2=5,i3=6"):
        select(nameless)
    source = select(nameless, channels=parse_channels("v1=1,v2=2,v3=3,i1=4,i2=5,i3=6"))
    assert source.roles == ROLES
    assert joined(source.blocks())[:, 0].tolist() == [10000.0 * n for n in range(6)]


def test_chosen_by_name_case_and_number():
    recording = made("x y Z 1")
    source = select(recording, channels={"i1": "2", "v1": "z", "v2": "x", "v3": "1"})
    assert source.roles == ("v1", "v2", "v3", "i1")
    assert list(source.channel_names.values()) == ["Z", "x", "1", "y"]


@pytest.mark.parametrize("name", ["nothing", "0", "5", "-1", "", "VA "])
def test_unknown_names_are_listed(name):
    with pytest.raises(ChannelError, match=r"--channels v1=.*1 'VX', 2 'VY', 3 'd', 4 'd'"):
        select(made("VX VY d d"), channels={"v1": name})


def test_name_of_two_channels():
    with pytest.raises(ChannelError, match="several channels are called 'd'; give its number"):
        select(made("VX VY d d"), channels={"v1": "d"})
    assert select(made("VX VY d d"), channels={"v1": "4"}).roles == ("v1",)


def test_unknown_role():
    with pytest.raises(OptionError, match="'v4' is no role"):
        select(made("VA"), channels={"v4": "VA"})


def test_scale_is_a_factor_for_values():
    source = select(made("v1 v2 i1"), scale={"v": 2.0, "v2": 3.0})
    first = next(source.blocks())
    assert first.physical()[:, 1].tolist() == [2.0, 30003.0, 20001.0]
    assert select(made("v1 i1")).roles == ("v1", "i1")
    assert next(select(made("v1 i1")).blocks()).scale is None


def test_scale_is_full_scale_for_counts():
    source = select(made("v1 i1", full_scale=32768.0), scale={"v": 500.0, "i": 20.0})
    assert next(source.blocks()).scale.tolist() == [500 / 32768, 20 / 32768]


@pytest.mark.parametrize("scale", [{"x": 1.0}, {"v": 0.0}, {"v": np.nan}, {"i2": 5.0}])
def test_scales_that_cannot_be(scale):
    with pytest.raises(OptionError, match="--scale"):
        select(made("v1 i1"), scale=scale)


@pytest.mark.parametrize(
    ("text", "side", "expected"),
    [
        ("v1 i1", None, "secondary"),
        ("v1///primary i1///primary", None, "primary"),
        ("v1///primary i1", None, "primary"),
        ("v1///secondary i1", None, "secondary"),
        ("v1 i1", "primary", "primary"),
        ("v1///primary i1///secondary", "secondary", "secondary"),
    ],
)
def test_side(text, side, expected):
    assert select(made(text), side=side).side == expected


def test_sides_that_disagree():
    with pytest.raises(ChannelError, match="--side"):
        select(made("v1///primary i1///secondary"))
    with pytest.raises(OptionError, match="--side tertiary"):
        select(made("v1"), side="tertiary")


@given(st.integers(0, 49000), st.integers(1, 60000), st.sampled_from([0.05, 1.0, 10.0]))
def test_a_stretch_is_the_same_samples_counted_from_zero(start, length, seconds):
    start, length = start / 1e4, length / 1e4
    source = select(made("v1"), start=start, stop=start + length)
    whole = np.arange(5000) / 1000
    inside = np.flatnonzero((whole >= start - 1e-9) & (whole < start + length - 1e-9))
    if not len(inside):
        assert list(source.blocks(seconds)) == []
        return
    values = joined(source.blocks(seconds))[0]
    assert values.tolist() == inside.tolist()
    assert positions(source.blocks(seconds)).tolist() == list(range(len(values)))
    assert source.length == len(values)
    assert source.start == START + timedelta(seconds=float(inside[0]) / 1000)


def test_stretch_keeps_gaps():
    recording = made("v1", stretches=[(1000.0, 0, 100), (1000.0, 500, 100)])
    source = select(recording, start=0.05, stop=0.55)
    assert positions(source.blocks()).tolist() == [*range(50), *range(450, 500)]
    assert positions(select(recording, start=0.2).blocks()).tolist() == list(range(300, 400))


def test_stretch_over_a_change_of_rate():
    recording = made("v1", stretches=[(1000.0, 0, 1000), (2000.0, 0, 2000), (1000.0, 0, 500)])
    blocks = list(select(recording, start=0.75, stop=1.25).blocks())
    assert [(block.rate, block.start, block.length) for block in blocks] == [
        (1000.0, 0, 250), (2000.0, 0, 500),
    ]  # fmt: skip
    assert joined(iter(blocks))[0].tolist() == list(range(750, 1500))


@pytest.mark.parametrize(
    ("start", "stop"), [(-1, None), (2, 1), (1, 1), (np.nan, None), (None, 0), (np.inf, None)]
)
def test_stretches_that_cannot_be(start, stop):
    with pytest.raises(OptionError, match="--from"):
        select(made("v1"), start=start, stop=stop)


def test_option_texts():
    assert parse_channels("v1=Ua, v2 = Bay 1, Ub ,I1=4") == {
        "v1": "Ua", "v2": "Bay 1, Ub", "i1": "4",
    }  # fmt: skip
    assert parse_channels("v1=a=b") == {"v1": "a=b"}
    assert parse_scale("v=500, I=20,v1=-1.02e0") == {"v": 500.0, "i": 20.0, "v1": -1.02}


@pytest.mark.parametrize("text", ["", "v1", "x1=3", "v1=", "v1=a,v1=b", "=", "v4=1", "1=v1", ","])
def test_channel_texts_that_are_none(text):
    with pytest.raises(OptionError, match="--channels"):
        parse_channels(text)


@pytest.mark.parametrize("text", ["", "v", "v=", "v=0", "v=nan", "v=inf", "x=1", "v=1,v=2", "v=a"])
def test_scale_texts_that_are_none(text):
    with pytest.raises(OptionError, match="--scale"):
        parse_scale(text)


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("voltage_V current_A", ("v1", "i1")),
        ("u_V i_A", ("v1", "i1")),
        ("A_V B_V C_V A_A B_A C_A", ROLES),
        ("Ua_V Ub_V Uc_V Ia_A Ib_A Ic_A", ROLES),
        ("V_A V_B V_C I_A I_B I_C", ROLES),
        ("U_U U_V U_W I_U I_V I_W", ROLES),
        ("V_A I_A", ("v1", "i1")),
        ("V_A V_B V_C I_A", ("v1", "v2", "v3", "i1")),
        ("L1 L2 L3 I1 I2 I3", ROLES),
        ("U I", ("v1", "i1")),
        ("Voltage Current", ("v1", "i1")),
        ("Volts Amps", ("v1", "i1")),
        ("Spannung Strom", ("v1", "i1")),
        ("Spannung//V Strom//A temp//°C", ("v1", "i1")),
        ("Spannung~L1 Spannung~L2 Spannung~L3 Strom~L1 Strom~L2 Strom~L3", ROLES),
        ("tension~L1 courant~L1", ("v1", "i1")),
        ("Tensión Corriente", ("v1", "i1")),
        ("A1//A A2//A A3//A V1//V V2//V V3//V", ROLES),
        ("U I1", ("v1", "i1")),
    ],
)
def test_units_and_words_in_names(text, roles):
    names = chosen(text)
    assert tuple(names) == roles
    if len(roles) == 6:
        assert sorted(names.values()) == sorted(c.name for c in made(text).channels)


@pytest.mark.parametrize("text", ["U U I I", "Un I2 I3", "L1 L2 I1 I2 I3", "a b c I1 I2 I3"])
def test_a_voltage_that_is_not_recognised_is_never_dropped_in_silence(text):
    try:
        source = select(made(text))
    except ChannelError as error:
        assert repr(text.split()[0]) in str(error)  # noqa: PT017 - either way it is named
        return
    assert any(text.split()[0] in note for note in source.notes)


def test_a_voltage_is_no_channel_in_ampere():
    with pytest.raises(ChannelError, match=r"v1=2: channel 'y' is in A, no voltage; channels f"):
        select(made("x//V y//A"), channels={"v1": "2"})
    source = select(made("x//V y//V"), channels={"v1": "1", "i1": "2"})
    assert "i1 are in V; 1 V is taken as 1 A" in source.notes[0]
    assert not select(made("x//V y//V"), channels={"v1": "1", "i1": "2"}, scale={"i": 10.0}).notes


def test_a_channel_has_one_role():
    with pytest.raises(ChannelError, match="--channels v2=1: channel 'x' has another role"):
        select(made("x y"), channels={"v1": "x", "v2": "1"})


def test_counts_without_scale_are_noted():
    counts = made("v1 i1", full_scale=32768.0)
    said = "samples are 16 bit counts; give their full scale: --scale v=500,i=20"
    assert select(counts).notes == (f"one count is taken as 1 V / 1 A: {said}",)
    assert select(counts).counts == said
    (note,) = select(counts, scale={"v": 500.0}).notes
    assert note.startswith("one count is taken as 1 A: ")
    assert note.endswith("--scale i=20")
    assert select(counts, scale={"v": 500.0, "i": 20.0}).counts == ""
    assert "are counts of a converter;" in select(made("v1 i1", full_scale=30000.0)).counts
    assert select(counts, scale={"v": 500.0, "i1": 20.0}).notes == ()
    assert select(made("v1//V i1//A", full_scale=32768.0)).notes == ()


def test_a_scale_without_a_key_shows_an_example():
    with pytest.raises(OptionError, match=r"--scale 500: .*such as --scale v=500,i=20"):
        parse_scale("500")
