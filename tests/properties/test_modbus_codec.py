"""The codec under random, damaged and cut-up input."""

import math
import os
import struct
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96 import quantities
from smartx96.modbus import pdu
from smartx96.modbus.bank import Images, RegisterBank
from smartx96.modbus.encoding import FLOAT32_MAX, float_words
from smartx96.modbus.functions.request import Caller
from smartx96.modbus.registers import BLOCKS, Space
from smartx96.modbus.stations import Stations
from smartx96.modbus.tcp import Frame
from smartx96.settings import Settings
from support.modbus_unit import answered, connection, dialogue

THOROUGH = settings(max_examples=10_000 if os.environ.get("SOAK") else 100, deadline=None)

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
writes = st.builds(
    lambda address, count, data: struct.pack(">BHHB", 16, address, count, len(data) & 0xFF) + data,
    st.integers(0, 0xFFFF),
    st.integers(0, 130),
    st.binary(max_size=247),
)
diagnostics = st.builds(
    lambda sub, data: struct.pack(">BH", 8, sub) + data,
    st.integers(0, 0x16),
    st.one_of(st.just(b"\0\0"), st.binary(max_size=6)),
)
identifications = st.builds(bytes, st.tuples(
    st.just(43), st.sampled_from([14, 14, 13]), st.integers(0, 5), st.integers(0, 8)
))  # fmt: skip
pdus = st.one_of(
    reads,
    writes,
    diagnostics,
    identifications,
    st.just(b"\x11"),
    st.binary(min_size=1, max_size=253),
)
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
    """The rules of the specification, told once more and slowly; a counter is told as 0."""
    function = request[0]
    rules = {3: read, 4: read, 8: diagnostic, 16: write, 17: server_id, 43: identification}
    found = rules[function](request) if function in rules else 1
    return bytes((function | 0x80, found)) if isinstance(found, int) else found


def read(request: bytes) -> bytes | int:
    if len(request) != 5:
        return 3
    address, count = struct.unpack(">HH", request[1:])
    if not 1 <= count <= 125:
        return 3
    registers = BYTES[Space.HOLDING if request[0] == 3 else Space.INPUT]
    if any(a not in registers for a in range(address, address + count)):
        return 2
    data = b"".join(registers[a] for a in range(address, address + count))
    return bytes((request[0], len(data))) + data


def write(request: bytes) -> bytes | int:
    if len(request) < 6:
        return 3
    count, size = struct.unpack(">HB", request[3:6])
    good = 1 <= count <= 123 and size == 2 * count and len(request) == 6 + size
    return 4 if good else 3


def diagnostic(request: bytes) -> bytes | int:
    if len(request) < 5 or len(request) % 2 == 0:
        return 3
    sub = struct.unpack(">H", request[1:3])[0]
    if sub == 0:
        return request
    if not 0x0A <= sub <= 0x12:
        return 1
    return request if request[3:] == b"\0\0" else 3


def server_id(request: bytes) -> bytes | int:
    text = BANK.identity.server_id
    return bytes((17, len(text))) + text if len(request) == 1 else 3


def identification(request: bytes) -> bytes | int:
    if len(request) < 2:
        return 3
    if request[1] != 14:
        return 1
    if len(request) != 4 or not 1 <= request[2] <= 4:
        return 3
    objects, code, first = BANK.identity.objects, request[2], request[3]
    if code == 4:
        ids = [first]
        if first not in objects:
            return 2
    else:
        ids = [id for id in objects if id <= (2 if code == 1 else 6)]
        ids = [id for id in ids if id >= first] if first in ids else ids
    body = b"".join(bytes((id, len(objects[id]))) + objects[id].encode() for id in ids)
    return bytes((43, 14, code, 0x82, 0, 0, len(ids))) + body


def without_counter(answer: bytes) -> bytes:
    """An answer, with a counter in it set to 0."""
    is_counter = len(answer) == 5 and answer[0] == 8 and 0x0B <= answer[2] <= 0x12
    return answer[:3] + b"\0\0" if is_counter and answer[1] == 0 else answer


def station():
    return next(iter(Stations([BANK])))


@THOROUGH
@given(pdus)
def test_answer_follows_the_rules(request):
    assert without_counter(pdu.answer(request, station(), Caller())) == expected(request)


@THOROUGH
@given(st.binary(max_size=300))
def test_answer_never_raises(request):
    answer = pdu.answer(request, station(), Caller())
    assert 2 <= len(answer) <= max(253, len(request))
    assert answer[0] & 0x7F == (request[0] & 0x7F if request else 0)


@THOROUGH
@given(st.lists(frames, max_size=8))
def test_only_our_requests_are_answered_and_in_order(sent):
    answers = dissect(answered(connection(BANK), b"".join(f.encode() for f in sent)))
    ours = [f for f in sent if f.unit in (0, OWN, 255)]
    told = [a._replace(pdu=without_counter(a.pdu)) for a in answers]
    assert told == [Frame(f.transaction, f.unit, expected(f.pdu)) for f in ours]


@THOROUGH
@given(st.lists(st.one_of(frames.map(Frame.encode), st.binary(max_size=20)), max_size=6),
       st.lists(st.integers(0, 2000), max_size=12))  # fmt: skip
def test_any_cutting_gives_the_same_answers(pieces, cuts):
    stream = b"".join(pieces)
    whole, cut = connection(BANK), connection(BANK)
    places = sorted({0, len(stream), *(c for c in cuts if c < len(stream))})
    parts = [stream[a:b] for a, b in pairwise(places)]
    assert dialogue(cut, parts) == answered(whole, stream)
    assert cut.broken == whole.broken


@THOROUGH
@given(st.lists(frames, min_size=1, max_size=5), st.data())
def test_damaged_stream_never_raises(sent, data):
    stream = bytearray(b"".join(f.encode() for f in sent))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(stream) - 1))
        stream[place] ^= data.draw(st.integers(1, 255))
    answers = dissect(answered(connection(BANK), bytes(stream)))
    assert all(a.unit in (0, OWN, 255) for a in answers)


@THOROUGH
@given(st.binary(max_size=600))
def test_noise_never_raises(noise):
    answers = dissect(answered(connection(BANK), noise))
    assert all(a.unit in (0, OWN, 255) for a in answers)


@THOROUGH
@given(st.lists(st.floats(), max_size=20))
def test_floats_are_ieee_big_endian(values):
    shown = [0.0 if math.isnan(v) else math.copysign(min(abs(v), FLOAT32_MAX), v) for v in values]
    assert float_words(np.array(values, dtype=float)) == struct.pack(f">{len(shown)}f", *shown)
