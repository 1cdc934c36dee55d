"""Values and the bytes of their registers, beside `struct` and by hand."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartx96.modbus.encoding import decode, encode
from smartx96.modbus.exceptions import IllegalValueError
from smartx96.modbus.registers import BY_ID

FLOAT, WORD = BY_ID["ct_primary"], BY_ID["nominal_frequency"]
SIGNED = BY_ID["phase_correction_l2"]
CLOCK, ZONE = BY_ID["clock"], BY_ID["time_zone"]


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_floats_in_both_word_orders(value):
    high_first = struct.pack(">f", value)
    low_first = high_first[2:] + high_first[:2]
    assert encode(FLOAT, value) == high_first
    assert encode(FLOAT, value, low_first=True) == low_first
    assert decode(FLOAT, high_first) == decode(FLOAT, low_first, low_first=True) == value


@given(st.binary(min_size=4, max_size=4), st.booleans())
def test_any_four_bytes_are_a_number_or_refused(data, low_first):
    words = struct.unpack(">HH", data)
    value = struct.unpack(">f", struct.pack(">HH", *(words[::-1] if low_first else words)))[0]
    if math.isfinite(value):
        assert decode(FLOAT, data, low_first) == value
    else:
        with pytest.raises(IllegalValueError, match="is no number"):
            decode(FLOAT, data, low_first)


@given(st.integers(0, 0xFFFF), st.booleans())
def test_a_word_has_no_word_order(value, low_first):
    assert decode(WORD, struct.pack(">H", value), low_first) == value


@given(st.integers(-0x8000, 0x7FFF), st.booleans())
def test_a_signed_word(value, low_first):
    data = struct.pack(">h", value)
    assert encode(SIGNED, value, low_first) == data
    assert decode(SIGNED, data, low_first) == value


def test_bcd():
    data = bytes.fromhex("5945130729032620")
    assert decode(CLOCK, data) == (59, 45, 13, 7, 29, 3, 26, 20)
    assert encode(CLOCK, (59, 45, 13, 7, 29, 3, 26, 20)) == data


@pytest.mark.parametrize("data", ["5a45130729032620", "a945130729032620", "59451307290326f0"])
def test_what_is_not_bcd(data):
    with pytest.raises(IllegalValueError, match=f"clock: {data} is not BCD"):
        decode(CLOCK, bytes.fromhex(data))


def test_text_ends_with_zeros_or_blanks():
    assert decode(ZONE, b"Europe/Berlin".ljust(32, b"\0")) == "Europe/Berlin"
    assert decode(ZONE, b"UTC".ljust(32)) == "UTC"


@pytest.mark.parametrize("data", [b"UTC\0\0UTC", b"\xff\xfe", "Köln".encode()])
def test_what_is_no_text(data):
    with pytest.raises(IllegalValueError, match="is no text"):
        decode(ZONE, data.ljust(32, b"\0"))
