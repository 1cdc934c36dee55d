"""Faults come as often as they are asked for, and the same ones in every run."""

import pytest

from smartx96.errors import OptionError
from smartx96.modbus.faults import Chances, Faults, Stroke

ANSWER = bytes.fromhex("0304 43660000")
FRAME = bytes.fromhex("11 0304 43660000 fd5e")
MANY = 4000


def strokes(text: str) -> list[Stroke]:
    faults = Faults(Chances.parse(text))
    return [faults.strike(ANSWER) for _ in range(MANY)]


def test_what_is_asked_for():
    assert Chances.parse("late=200, crc=0.01,silent=1,busy=0.5,noise=0,seed=7") == Chances(
        200, 0.01, 1, 0.5, 0, 7
    )


@pytest.mark.parametrize(("text", "reason"), [
    ("", "give late=..,crc=..,silent=..,busy=..,noise=..,seed=.."),
    ("loud=1", "give late=.."),
    ("crc=2", "crc is 0..1"),
    ("crc=-0.1", "crc is 0..1"),
    ("crc=nan", "crc is 0..1"),
    ("silent", "silent is 0..1"),
    ("late=60001", "late is 0..60000 ms"),
    ("late=inf", "late is 0..60000 ms"),
    ("seed=1.5", "seed is a whole number"),
])  # fmt: skip
def test_what_cannot_be_asked_for_is_one_line(text, reason):
    with pytest.raises(OptionError) as caught:
        Chances.parse(text)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_none_is_none():
    assert all(stroke == Stroke(ANSWER) for stroke in strokes("seed=3"))
    assert Stroke(ANSWER).spoilt(FRAME) == FRAME


def test_the_same_in_every_run():
    text = "late=100,crc=0.2,silent=0.2,busy=0.2,noise=0.2,seed="
    assert strokes(text + "5") == strokes(text + "5")
    assert strokes(text + "5") != strokes(text + "6")


@pytest.mark.parametrize(("text", "struck"), [
    ("silent=0.1", lambda stroke: stroke.pdu is None),
    ("busy=0.1", lambda stroke: stroke.pdu == b"\x83\x06"),
    ("crc=0.1", lambda stroke: stroke.flipped is not None),
    ("noise=0.1", lambda stroke: bool(stroke.noise)),
])  # fmt: skip
def test_as_often_as_asked_for(text, struck):
    found = [struck(stroke) for stroke in strokes(text + ",seed=1")]
    # Five standard deviations of a count of 400.
    assert abs(sum(found) - 0.1 * MANY) < 5 * (MANY * 0.1 * 0.9) ** 0.5
    others = [stroke for stroke, hit in zip(strokes(text + ",seed=1"), found, strict=True)
              if not hit]  # fmt: skip
    assert all(stroke == Stroke(ANSWER) for stroke in others)


def test_late_is_spread_from_nothing_to_what_is_asked_for():
    delays = [stroke.delay for stroke in strokes("late=200,seed=2")]
    assert 0 <= min(delays) < 0.01
    assert 0.19 < max(delays) <= 0.2
    assert sum(delays) / MANY == pytest.approx(0.1, abs=0.01)


def test_damage_is_one_bit_anywhere_in_the_message():
    places = set()
    for stroke in strokes("crc=1,seed=4"):
        spoilt = stroke.spoilt(FRAME)
        turned = int.from_bytes(spoilt, "big") ^ int.from_bytes(FRAME, "big")
        assert len(spoilt) == len(FRAME)
        assert turned.bit_count() == 1
        places.add((turned.bit_length() - 1) // 8)
    assert len(places) == len(FRAME)


def test_noise_goes_before_the_message():
    for stroke in strokes("noise=1,seed=4"):
        assert stroke.spoilt(FRAME).endswith(FRAME)
        assert 1 <= len(stroke.spoilt(FRAME)) - len(FRAME) <= 12
