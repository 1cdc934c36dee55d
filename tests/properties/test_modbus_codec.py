"""The codec under random, damaged and cut-up input."""

import math
import struct
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from smartx96 import quantities
from smartx96.modbus import pdu
from smartx96.modbus.bank import Images, RegisterBank
from smartx96.modbus.encoding import FLOAT32_MAX, float_words
from smartx96.modbus.registers import BLOCKS, Space
from smartx96.modbus.tcp import Connection, Frame
from smartx96.settings import Settings

OWN = 17
BANK = RegisterBank(
    Images.of(
        SimpleNamespace(
            values=np.arange(len(quantities.TABLE)) + 0.1,
            harmonics=np.arange(378).reshape(6, 63) + 0.2,
            exact={"status": 0x1234, "charge_exact": 2**63 + 5},
        ),
        Settings({"unit_address": OWN}),
    )
)
BYTES = {
    space: {address: BANK.read(space, address, 1) for block in BLOCKS[space] for address in block}
    for space in Space
}

reads = st.builds(
    lambda function, address, count: struct.pack(">BHH", function, address, count),
    st.sampled_from([3, 4]),
    st.one_of(
        st.integers(0, 0xFFFF),
        st.sampled_from([b.start for s in Space for b in BLOCKS[s]]),
        st.sampled_from([b.stop - 1 for s in Space for b in BLOCKS[s]]),
    ),
    st.integers(0, 130),
)
pdus = st.one_of(reads, st.binary(min_size=1, max_size=253))
frames = st.builds(
    Frame,
    st.integers(0, 0xFFFF),
    st.one_of(st.sampled_from([0, OWN, 255, 1]), st.integers(0, 255)),
    pdus,
)


def dissect(data: bytes) -> list[Frame]:
    found = []
    while data:
        transaction, kind, length, unit = struct.unpack_from(">HHHB", data)
        assert kind == 0
        assert len(data) >= 6 + length
        found.append(Frame(transaction, unit, data[7 : 6 + length]))
        data = data[6 + length :]
    return found


def expected(request: bytes) -> bytes:
    """The rules of the specification, told once more and slowly."""
    function = request[0]
    if function not in (3, 4):
        return bytes((function | 0x80, 1))
    if len(request) != 5:
        return bytes((function | 0x80, 3))
    address, count = struct.unpack(">HH", request[1:])
    if not 1 <= count <= 125:
        return bytes((function | 0x80, 3))
    registers = BYTES[Space.HOLDING if function == 3 else Space.INPUT]
    if any(a not in registers for a in range(address, address + count)):
        return bytes((function | 0x80, 2))
    data = b"".join(registers[a] for a in range(address, address + count))
    return bytes((function, len(data))) + data


@given(pdus)
def test_answer_follows_the_rules(request):
    assert pdu.answer(request, BANK) == expected(request)


@given(st.binary(max_size=300))
def test_answer_never_raises(request):
    answer = pdu.answer(request, BANK)
    assert 2 <= len(answer) <= 253


@given(st.lists(frames, max_size=8))
def test_only_our_requests_are_answered_and_in_order(sent):
    answers = dissect(Connection(BANK).receive(b"".join(f.encode() for f in sent)))
    ours = [f for f in sent if f.unit in (0, OWN, 255)]
    assert answers == [Frame(f.transaction, f.unit, expected(f.pdu)) for f in ours]


@given(st.lists(st.one_of(frames.map(Frame.encode), st.binary(max_size=20)), max_size=6),
       st.lists(st.integers(0, 2000), max_size=12))  # fmt: skip
def test_any_cutting_gives_the_same_answers(pieces, cuts):
    stream = b"".join(pieces)
    whole, cut = Connection(BANK), Connection(BANK)
    places = sorted({0, len(stream), *(c for c in cuts if c < len(stream))})
    parts = [stream[a:b] for a, b in pairwise(places)]
    assert b"".join(cut.receive(part) for part in parts) == whole.receive(stream)
    assert cut.broken == whole.broken


@given(st.lists(frames, min_size=1, max_size=5), st.data())
def test_damaged_stream_never_raises(sent, data):
    stream = bytearray(b"".join(f.encode() for f in sent))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(stream) - 1))
        stream[place] ^= data.draw(st.integers(1, 255))
    answers = dissect(Connection(BANK).receive(bytes(stream)))
    assert all(a.unit in (0, OWN, 255) for a in answers)


@given(st.binary(max_size=600))
def test_noise_never_raises(noise):
    answers = dissect(Connection(BANK).receive(noise))
    assert all(a.unit in (0, OWN, 255) for a in answers)


@given(st.lists(st.floats(), max_size=20))
def test_floats_are_ieee_big_endian(values):
    shown = [0.0 if math.isnan(v) else math.copysign(min(abs(v), FLOAT32_MAX), v) for v in values]
    assert float_words(np.array(values, dtype=float)) == struct.pack(f">{len(shown)}f", *shown)
