"""A line under noise, damage, foreign traffic and any timing.

Frames are made and checked with other programs' check sums, never with our own.
"""

from __future__ import annotations

import os
import struct
from itertools import pairwise

import minimalmodbus
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU

from smartx96.modbus.line.checksum import crc, intact
from smartx96.modbus.line.frames import Frame, resolve
from smartx96.modbus.line.serial_device import Marks
from smartx96.modbus.terms import Terms
from support.modbus_unit import ScriptedUnit
from support.virtual_line import Heard, Sent, VirtualLine

THOROUGH = settings(max_examples=5_000 if os.environ.get("SOAK") else 200, deadline=None)

OURS = (0x11, 0x12)
SILENCE = 3.5 * 10 / 9600
WITHIN, BEYOND = 0.8 * SILENCE, 1.2 * SILENCE
"""Silences that do and do not belong to a burst [s]."""


def framed(unit: int, pdu: bytes) -> bytes:
    body = bytes((unit,)) + pdu
    return body + minimalmodbus._calculate_crc(body)


def is_intact(data: bytes) -> bool:
    return minimalmodbus._calculate_crc(data[:-2]) == data[-2:]


def line(**options) -> VirtualLine:
    return VirtualLine([ScriptedUnit(address) for address in OURS], **options)


reads = st.builds(
    lambda function, address, count: struct.pack(">BHH", function, address, count),
    st.sampled_from([3, 4]), st.integers(0, 0x110), st.integers(0, 127),
)  # fmt: skip
writes = st.builds(
    lambda place, values: struct.pack(f">BHHB{len(values)}f", 16, place, 2 * len(values),
                                      4 * len(values), *values),
    st.sampled_from([0x10, 0x11, 0x30, 0x32, 0xFE]),
    st.lists(st.floats(width=32), min_size=1, max_size=4),
)  # fmt: skip
others = st.sampled_from(
    [b"\x11", b"\x2b\x0e\x01\x00", b"\x08\0\0ab", b"\x08\0\x0b\0\0", b"\1\0\0\0\1"]
)
pdus = st.one_of(reads, writes, others)
requests = st.builds(framed, st.sampled_from(OURS), pdus)
broadcasts = st.builds(framed, st.just(0), pdus)
noises = st.one_of(
    st.binary(min_size=1, max_size=40),
    st.sampled_from([b"\0", b"\xff", b"\x11", b"\x11\x10\0\x32\0\x02\x04", b"\xff" * 600]),
    requests.map(lambda frame: frame[:-1]),
    requests.map(lambda frame: frame[1:]),
)
strangers = st.integers(1, 255).filter(lambda unit: unit not in OURS)
data = st.one_of(
    st.binary(max_size=250),
    st.lists(requests, min_size=1, max_size=4).map(b"".join),
    st.tuples(st.binary(max_size=5), requests).map(b"".join),
)
counted = data.map(lambda content: bytes((len(content),)) + content)
foreign_answers = st.one_of(
    st.tuples(st.sampled_from([b"\1", b"\2", b"\3", b"\4", b"\x11"]), counted).map(b"".join),
    st.tuples(st.integers(0x80, 0xFF), st.integers(1, 11)).map(bytes),
    st.builds(lambda place, count: struct.pack(">BHH", 16, place, count),
              st.integers(0, 0xFFFF), st.integers(1, 123)),
)  # fmt: skip
dialogues = st.builds(
    lambda unit, request, answer: [framed(unit, request), framed(unit, answer)],
    strangers, pdus, foreign_answers,
)  # fmt: skip
any_frames = st.one_of(
    requests, broadcasts, st.builds(framed, st.integers(0, 255), st.binary(min_size=1, max_size=80))
)
damaged = st.builds(
    lambda frame, place, flip: (
        frame[: place % len(frame)] + bytes((frame[place % len(frame)] ^ flip,))
        + frame[place % len(frame) + 1 :]
    ),
    requests, st.integers(0, 300), st.integers(1, 255),
)  # fmt: skip
gaps = st.one_of(st.sampled_from([0.0, 0.2e-3, WITHIN, BEYOND, 0.015]), st.floats(0, 0.3))
scripts = st.lists(
    st.builds(Sent, st.one_of(noises, any_frames, damaged, requests), gaps, st.booleans()),
    min_size=1, max_size=8,
)  # fmt: skip


def answer_alone(request: bytes) -> list[bytes]:
    return line().answers(request)


def check(heard: list[Heard], script: list[Sent], turnaround: float) -> None:
    """Each answer is one to a whole frame to one of ours, the last on the line, and in silence."""
    assert len({found.behind for found in heard}) == len(heard), "two answers to one request"
    for found in heard:
        assert found.after >= SILENCE + turnaround - 1e-6, "somebody was speaking"
        assert is_intact(found.data)
        assert found.data[0] in OURS
        stream = b"".join(sent.data for sent in script[: found.behind])
        ends = [stream[-size:] for size in range(4, 257)]
        asked = [end for end in ends if end[0] == found.data[0] and is_intact(end)]
        assert any(end[1] & 0x7F == found.data[1] & 0x7F for end in asked), "nobody asked"
        assert not script[found.behind - 1].damaged, "to what was damaged"


@THOROUGH
@given(scripts, st.sampled_from([0.0, 0.02, 0.2]), st.sampled_from([0.0, 0.004, 0.05]))
def test_answers_are_to_whole_frames_of_ours_in_silence(script, patience, turnaround):
    heard = line(patience=patience, terms=Terms(turnaround=turnaround)).play(*script)
    check(heard, script, turnaround)


@THOROUGH
@given(scripts)
def test_what_is_written_is_what_was_answered_or_sent_to_all(script):
    one = line()
    heard = one.play(*script)
    done = [found.data[0] for found in heard if found.data[1] == 16]
    for station, address in zip(one.stations, OURS, strict=True):
        unit = station.unit
        stream = b"".join(sent.data for sent in script)
        for place, values in unit.written:
            head = struct.pack(">BHHB", 16, place, len(values) // 2, len(values))
            assert head + values in stream, "not what was asked for"
        to_all = one.stations.bus.messages
        assert done.count(address) <= len(unit.written) <= done.count(address) + to_all
        if not any(b"\0\x10" in sent.data for sent in script):
            assert len(unit.written) == done.count(address)


@THOROUGH
@given(
    st.lists(st.one_of(noises, any_frames, damaged, requests), min_size=1, max_size=3), st.data()
)
def test_any_cutting_that_keeps_the_silences_gives_the_same_answers(bursts, drawn):
    script: list[Sent] = []
    for burst in bursts:
        cuts = drawn.draw(st.lists(st.integers(1, len(burst)), max_size=6))
        places = [0, *sorted({cut for cut in cuts if cut < len(burst)}), len(burst)]
        for n, (first, last) in enumerate(pairwise(places)):
            gap = drawn.draw(st.floats(0, WITHIN)) if n else BEYOND
            script.append(Sent(burst[first:last], gap))
    whole = [Sent(burst, BEYOND) for burst in bursts]
    assert line().answers(*script) == line().answers(*whole)


@THOROUGH
@given(st.lists(dialogues, min_size=1, max_size=4), st.booleans(), st.sampled_from([0.0, 0.02]))
def test_foreign_traffic_never_makes_us_speak(found, glued, patience):
    frames = [frame for dialogue in found for frame in dialogue]
    bursts = [b"".join(dialogue) for dialogue in found] if glued else frames
    one = line(patience=patience)
    assert one.play(*(Sent(burst, BEYOND) for burst in bursts)) == []
    assert one.stations.bus.messages == len(frames)
    assert one.stations.bus.errors == 0


@THOROUGH
@given(noises, requests)
def test_a_request_after_noise_and_a_silence_is_answered(noise, request):
    assume(answer_alone(noise) == [])
    assert line().answers(Sent(noise), Sent(request, BEYOND)) == answer_alone(request)


@THOROUGH
@given(noises, requests)
def test_a_request_with_noise_before_it_is_answered(noise, request):
    burst = noise + request
    # The request's beginning may be what a broken frame lacked: then the burst holds that frame.
    assume(not any(is_intact(burst[:end]) for end in range(len(noise) + 1, len(burst))))
    assert line().answers(burst) == answer_alone(request)


@THOROUGH
@given(requests, st.binary(min_size=1, max_size=300))
def test_a_request_with_something_behind_it_is_not_answered(request, noise):
    heard = line().play(request + noise)
    assert not heard or is_request_at_the_end(request + noise)


def is_request_at_the_end(burst: bytes) -> bool:
    ends = [burst[-size:] for size in range(4, 257)]
    return any(end[0] in OURS and is_intact(end) for end in ends)


@THOROUGH
@given(requests)
def test_every_request_is_answered_once_in_its_units_name(request):
    heard = line().play(request)
    check(heard, [Sent(request)], 0.0)
    assert len(heard) == 1


@THOROUGH
@given(st.lists(requests, min_size=1, max_size=4))
def test_our_own_answers_heard_again_are_not_answered(asked):
    one = line()
    answers = [one.answers(request)[0] for request in asked if request[1] != 8]
    answers = [answer for answer in answers if answer[1] != 43]
    assert one.play(*answers) == []


@THOROUGH
@given(st.binary(max_size=300))
def test_check_sum_is_that_of_others(content):
    assert crc(content) == minimalmodbus._calculate_crc(content)
    assert crc(content) == FramerRTU.compute_CRC(content).to_bytes(2, "big")
    assert intact(content) == (len(content) > 2 and is_intact(content))


@THOROUGH
@given(st.binary(max_size=1100))
def test_a_burst_is_resolved_whatever_it_holds(burst):
    found = resolve(burst, lambda address: address in OURS)
    assert sum(len(frame.encode()) for frame in found.frames) <= len(burst)
    assert all(is_intact(frame.encode()) and frame.encode() in burst for frame in found.frames)
    assert found.damaged <= 1
    assert found.damaged or found.frames or not burst


@THOROUGH
@given(st.lists(any_frames.filter(lambda f: f[1] in (3, 4, 16) and len(f) > 7), max_size=4))
def test_frames_are_those_of_the_burst(frames):
    assume(all(len(frame) == length(frame) for frame in frames))
    found = resolve(b"".join(frames), lambda address: False)
    assert found.frames == tuple(Frame(frame[0], frame[1:-2]) for frame in frames)
    assert found.damaged == 0


def length(request: bytes) -> int:
    return 9 + request[6] if request[1] == 16 else 8


@THOROUGH
@given(st.lists(st.tuples(st.binary(max_size=1), st.booleans())), st.lists(st.integers(0, 99)))
def test_marks_of_damaged_characters(characters, cuts):
    """Marked as the kernel does it (termios, PARMRK), and cut anywhere."""
    stream, sent, spoilt = b"", b"", False
    for character, is_damaged in characters:
        sent += character
        marked = character.replace(b"\xff", b"\xff\xff")
        spoilt |= is_damaged and bool(character)
        stream += b"\xff\0" + character if is_damaged and character else marked
    marks, found, told = Marks(), b"", False
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    for first, last in pairwise(places):
        part, damaged_there = marks.take_out(stream[first:last])
        found, told = found + part, told | damaged_there
    assert (found, told) == (sent, spoilt)
