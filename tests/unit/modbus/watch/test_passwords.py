"""No password is left in what is recorded, whatever the request and wherever it is cut."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartx96.modbus.line.frames import resolve
from smartx96.modbus.watch.passwords import StreamMask, hexadecimal, hide, hide_burst, places

PASSWORD = bytes.fromhex("5ec4e75a")
"""No byte of it is found in anything else that is sent here."""

WRITES = {
    "lock": bytes.fromhex("10 000e 0002 04") + PASSWORD,
    "password": bytes.fromhex("10 0018 0002 04") + PASSWORD,
    "among others": bytes.fromhex("10 000c 0006 0c 00000000") + PASSWORD + bytes(4),
    "half": bytes.fromhex("10 000f 0001 02") + PASSWORD[:2],
    "byte count wrong": bytes.fromhex("10 000e 0002 09") + PASSWORD,
    "quantity wrong": bytes.fromhex("10 000e 0000 04") + PASSWORD,
    "cut off": bytes.fromhex("10 0018 0002 04") + PASSWORD[:3],
    "single": bytes.fromhex("06 0018") + PASSWORD[:2],
    "masked write": bytes.fromhex("16 000f") + PASSWORD,
    "read and write": bytes.fromhex("17 0000 0002 000e 0002 04") + PASSWORD,
}
OTHERS = [
    bytes.fromhex("04 0000 0050"),
    bytes.fromhex("03 000e 0002"),
    bytes.fromhex("10 0010 0002 04 41424344"),
    bytes.fromhex("06 0000 4142"),
    bytes.fromhex("08 0000 a5a5"),
    b"",
]

FRAMED = [WRITES[name] for name in ("lock", "password", "among others", "half", "single",
                                    "masked write", "read and write")]  # fmt: skip


def adu(pdu: bytes, transaction: int = 1) -> bytes:
    return struct.pack(">HHHB", transaction, 0, len(pdu) + 1, 1) + pdu


def rtu(pdu: bytes) -> bytes:
    """A frame with a check sum reckoned bit by bit, as the specification has it."""
    body, total = b"\x01" + pdu, 0xFFFF
    for byte in body:
        total ^= byte
        for _ in range(8):
            total = total >> 1 ^ 0xA001 if total & 1 else total >> 1
    return body + struct.pack("<H", total)


def bare(data: bytes) -> bool:
    return not set(PASSWORD) & set(data)


@pytest.mark.parametrize("pdu", WRITES.values(), ids=WRITES)
def test_password_is_hidden_and_nothing_else(pdu):
    assert bare(hide(pdu))
    assert [a for a, b in zip(pdu, hide(pdu), strict=True) if a != b] == [
        b for b in pdu if b in PASSWORD
    ]
    shown = hexadecimal(pdu)
    assert "5e" not in shown
    assert shown.count("**") == sum(b in PASSWORD for b in pdu)


@pytest.mark.parametrize("pdu", OTHERS)
def test_others_stay_as_they_are(pdu):
    assert places(pdu) == []
    assert hide(pdu) == pdu
    assert hexadecimal(pdu) == pdu.hex()


PDUS = st.lists(st.sampled_from([*WRITES.values(), *OTHERS[:-1]]), min_size=1, max_size=8)


@given(PDUS, st.data())
def test_streams_are_hidden_wherever_they_are_cut(pdus, data):
    stream = b"".join(adu(pdu, data.draw(st.integers(0, 15))) for pdu in pdus)
    expected = b"".join(adu(hide(pdu)) for pdu in pdus)
    mask, shown, rest = StreamMask(), b"", stream
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        shown, rest = shown + mask.hide(rest[:size]), rest[size:]
    assert bare(shown)
    cleared = bytearray(shown)
    at = 0
    for pdu in pdus:  # transaction numbers were drawn
        cleared[at : at + 2] = b"\0\1"
        at += 7 + len(pdu)
    assert bytes(cleared) == expected


WELL_FORMED = [WRITES[name] for name in ("lock", "password", "among others", "single")]


@given(st.sampled_from(WELL_FORMED), st.integers(1, 40))
def test_rtu_spoken_to_a_tcp_port_is_hidden(pdu, size):
    mask, data = StreamMask(), rtu(OTHERS[0]) + rtu(pdu) + rtu(pdu)
    shown = b"".join(mask.hide(data[at : at + size]) for at in range(0, len(data), size))
    assert bare(shown[: 8 + 1 + len(pdu)])


@pytest.mark.parametrize("pdu", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("size", [1, 9, 18, 40])
def test_behind_what_is_no_modbus_the_malformed_is_hidden_as_well(pdu, size):
    mask, data = StreamMask(), b"GET / HTTP/1.1\r\n\r\n" + pdu
    shown = b"".join(mask.hide(data[at : at + size]) for at in range(0, len(data), size))
    assert bare(shown)


def test_a_frame_of_no_function_is_looked_at_closely():
    pdu = WRITES["byte count wrong"]
    assert bare(StreamMask().hide(rtu(OTHERS[0]) + rtu(pdu)[:-2]))


def test_numbers_that_look_like_writes_stay_as_they_are():
    """A transaction 0x10 before address 0; reads of 0x0010 with the next header behind them."""
    stream = b"".join(adu(bytes.fromhex("03 0010 0002"), 256 * n + 0x10) for n in range(60))
    stream += b"".join(adu(bytes.fromhex("04 000e 0002"), n) for n in range(60))
    assert StreamMask().hide(stream) == stream


@given(st.sampled_from(WELL_FORMED), st.integers(0, 11))
def test_what_an_older_connection_has_left_behind_hides_nothing_from_us(pdu, left):
    mask = StreamMask()
    mask.hide(adu(bytes.fromhex("10 0100 0064 c8") + bytes(200))[: 8 + left])
    assert bare(mask.hide(adu(pdu)))


@given(st.lists(st.sampled_from([*FRAMED, *OTHERS[:-1]]), min_size=1),
       st.binary(max_size=9).filter(lambda noise: not {6, 16, 22, 23} & set(noise)))  # fmt: skip
def test_bursts_are_hidden(pdus, noise):
    burst = b"".join(rtu(pdu) for pdu in pdus) + noise
    pieces = hide_burst(burst, resolve(burst, lambda unit: False).frames)
    assert pieces[: len(pdus)] == [rtu(hide(pdu)) for pdu in pdus]
    assert b"".join(pieces[len(pdus) :]) == noise


@pytest.mark.parametrize("pdu", WRITES.values(), ids=WRITES)
def test_frames_that_are_malformed_are_hidden(pdu):
    assert hide_burst(rtu(pdu), resolve(rtu(pdu), bool).frames) == [rtu(hide(pdu))]


@given(st.sampled_from(WELL_FORMED), st.binary(max_size=9).filter(bare), st.integers(0, 1))
def test_damaged_frames_are_hidden(pdu, noise, part):
    frame = bytearray(rtu(pdu))
    frame[-1 - part] ^= 0x10
    burst = noise + bytes(frame)
    (piece,) = hide_burst(burst, resolve(burst, lambda unit: unit == 1).frames)
    assert bare(piece[: len(noise) + 1 + len(pdu)])
