"""The answer is found in what a line brings, and nothing else is taken for it."""

from __future__ import annotations

from itertools import pairwise

import minimalmodbus
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartx96.modbus.client.requests import (
    Diagnostic,
    ReadIdentification,
    ReadRegisters,
    ReportServerId,
    WriteRegisters,
)
from smartx96.modbus.client.search import Search
from smartx96.modbus.registers import Space

UNIT = 0x11


def framed(pdu: bytes, unit: int = UNIT) -> bytes:
    body = bytes((unit,)) + pdu
    return body + minimalmodbus._calculate_crc(body)


READ = ReadRegisters(Space.INPUT, 0x34, 2)
DIALOGUES = [
    (READ, bytes.fromhex("04 04 43660000")),
    (READ, bytes.fromhex("84 02")),
    (WriteRegisters(0x10, bytes(4)), bytes.fromhex("10 0010 0002")),
    (Diagnostic(0, b"ab"), b"\x08\0\0ab"),
    (Diagnostic(0x0B), b"\x08\0\x0b\0\7"),
    (ReportServerId(), b"\x11\5\0\x79\xffab"),
    (ReadIdentification(), bytes.fromhex("2b0e0282 0000 02 00 01 41 02 02 4243")),
]
dialogues = st.sampled_from(DIALOGUES)


def fed(search: Search, parts) -> list[bytes]:
    return [pdu for part in parts if (pdu := search.feed(part)) is not None]


def cut(data: bytes, places) -> list[bytes]:
    edges = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


@given(dialogues, st.binary(max_size=20), st.lists(st.integers(0, 400), max_size=6))
def test_behind_noise_and_in_pieces(dialogue, noise, places):
    request, answer = dialogue
    assert fed(Search(UNIT, request), cut(noise + framed(answer), places)) == [answer]


@given(dialogues, st.lists(st.integers(0, 400), max_size=6))
def test_an_adapter_that_hears_itself(dialogue, places):
    request, answer = dialogue
    search = Search(UNIT, request, echoes=True)
    assert search.frame == framed(request.pdu)
    assert fed(search, cut(framed(request.pdu) + framed(answer), places)) == [answer]
    assert search.echoed


def test_an_echo_alone_is_no_answer():
    for request, _ in DIALOGUES:
        search = Search(UNIT, request, echoes=True)
        assert search.feed(framed(request.pdu)) is None
        assert search.echoed
        assert not search.damaged


@given(dialogues, st.data())
def test_one_bit_wrong_is_no_answer(dialogue, data):
    request, answer = dialogue
    frame = framed(answer)
    place = data.draw(st.integers(0, 8 * len(frame) - 1))
    spoilt = bytearray(frame)
    spoilt[place // 8] ^= 1 << place % 8
    search = Search(UNIT, request)
    assert search.feed(bytes(spoilt)) is None
    assert search.damaged


@pytest.mark.parametrize("other", [
    framed(bytes.fromhex("04 04 43660000"), UNIT + 1),
    framed(bytes.fromhex("03 04 43660000")),
    framed(bytes.fromhex("04 08 43660000 43660000")),
    framed(bytes.fromhex("04 02 4366")),
    framed(bytes.fromhex("83 02")),
    framed(ReadRegisters(Space.INPUT, 0, 4).pdu),
])  # fmt: skip
def test_what_others_owed_is_passed_over(other):
    answer = bytes.fromhex("04 04 3f800000")
    search = Search(UNIT, READ)
    assert search.feed(other) is None
    assert search.feed(framed(answer)) == answer


@pytest.mark.parametrize(("request_", "other", "answer"), [
    (WriteRegisters(0x10, bytes(4)), "10 0012 0002", "10 0010 0002"),
    (Diagnostic(0, b"ab"), "08 0000 6163", "08 0000 6162"),
    (Diagnostic(0x0B), "08 000c 0001", "08 000b 0001"),
])  # fmt: skip
def test_answers_of_the_same_length_to_something_else_are_passed_over(request_, other, answer):
    search = Search(UNIT, request_)
    assert search.feed(framed(bytes.fromhex(other))) is None
    assert search.feed(framed(bytes.fromhex(answer))) == bytes.fromhex(answer)


def test_noise_alone_keeps_bounded_memory():
    search = Search(UNIT, READ)
    assert not fed(search, [bytes((n % 256,)) * 300 for n in range(100)])
    assert search.heard == 30_000
    assert len(search._bytes) <= 1024
    assert search.feed(framed(bytes.fromhex("04 04 3f800000"))) is not None


def test_an_echo_that_was_damaged_does_not_hide_a_counter():
    request, answer = Diagnostic(0x0B), bytes.fromhex("08 000b 0007")
    search = Search(UNIT, request, echoes=True)
    assert fed(search, [framed(request.pdu)[:-1] + b"\0", framed(answer)]) == [answer]
