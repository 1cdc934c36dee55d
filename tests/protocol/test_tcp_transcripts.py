"""Byte-exact dialogues over Modbus TCP: what goes in, what comes out."""

from types import SimpleNamespace

import numpy as np
import pytest

from smartx96 import quantities
from smartx96.modbus.bank import Images, RegisterBank
from smartx96.settings import Settings
from support.modbus_unit import ScriptedUnit, answered, connection, dialogue

VALUES = {
    "voltage_l1": 230.0,
    "voltage_l2": 231.5,
    "current_l1": 4.25,
    "frequency": 50.0,
    "active_energy_import": 1234.5,
    "active_power_export": -2.0,
}


@pytest.fixture
def bank():
    values = np.full(len(quantities.TABLE), np.nan)
    for name, value in VALUES.items():
        values[quantities.INDEX[name]] = value
    harmonics = np.full((6, 63), np.nan)
    harmonics[0, 0], harmonics[0, 4], harmonics[5, 62] = 100.0, 0.5, 0.25
    exact = {"active_energy_import_exact": 1_234_500_000_001, "status": 0x0021,
             "pulse1_pending": 3}  # fmt: skip
    snapshot = SimpleNamespace(values=values, harmonics=harmonics, exact=exact)
    settings = Settings({"ct_primary": 200, "unit_address": 17})
    readings = {"serial_number": 12345678, "password": 4711}
    return RegisterBank(Images.of(snapshot, settings, readings))


TRANSCRIPTS = {
    "one float": (
        "0001 0000 0006 11 04 0000 0002",
        "0001 0000 0007 11 04 04 43660000",
    ),
    "floats and one that is not available": (
        "0002 0000 0006 11 04 0000 0008",
        "0002 0000 0013 11 04 10 43660000 43678000 00000000 40880000",
    ),
    "second half of a float and first half of the next": (
        "0003 0000 0006 11 04 0001 0002",
        "0003 0000 0007 11 04 04 0000 4367",
    ),
    "one word": (
        "0004 0000 0006 11 04 0046 0001",
        "0004 0000 0005 11 04 02 4248",
    ),
    "a gap inside a block": (
        "0005 0000 0006 11 04 002c 0002",
        "0005 0000 0007 11 04 04 00000000",
    ),
    "from a float over a gap": (
        "0006 0000 0006 11 04 0046 0005",
        "0006 0000 000d 11 04 0a 42480000 449a5000 0000",
    ),
    "fifth voltage harmonic": (
        "0007 0000 0006 11 04 0198 0002",
        "0007 0000 0007 11 04 04 3f000000",
    ),
    "last harmonic, last register of its block": (
        "0008 0000 0006 11 04 0478 0002",
        "0008 0000 0007 11 04 04 3e800000",
    ),
    "exact energy": (
        "0009 0000 0006 11 04 2004 0004",
        "0009 0000 000b 11 04 08 0000011f6def1901",
    ),
    "pending pulses and status": (
        "000a 0000 0006 11 04 2060 0005",
        "000a 0000 000d 11 04 0a 00000003 00000000 0021",
    ),
    "sibling block": (
        "000b 0000 0006 11 04 0502 0002",
        "000b 0000 0007 11 04 04 c0000000",
    ),
    "settings": (
        "000c 0000 0006 11 03 0032 0004",
        "000c 0000 000b 11 03 08 40a00000 43480000",
    ),
    "password reads 0": (
        "000d 0000 0006 11 03 0018 0002",
        "000d 0000 0007 11 03 04 00000000",
    ),
    "serial number and meter code": (
        "000e 0000 0006 11 03 fc00 0003",
        "000e 0000 0009 11 03 06 00bc614e 0079",
    ),
    "unit id 0 is the meter": (
        "000f 0000 0006 00 04 0000 0002",
        "000f 0000 0007 00 04 04 43660000",
    ),
    "unit id 255 is the meter": (
        "0010 0000 0006 ff 04 0000 0002",
        "0010 0000 0007 ff 04 04 43660000",
    ),
    "another unit is silent": ("0011 0000 0006 12 04 0000 0002", ""),
    "the default address is not this meter's": ("0012 0000 0006 01 04 0000 0002", ""),
    "unknown function": ("0013 0000 0006 11 01 0000 0001", "0013 0000 0003 11 81 01"),
    "write to what nobody stands behind": (
        "0014 0000 000b 11 10 0034 0002 04 43480000",
        "0014 0000 0003 11 90 04",
    ),
    "function comes before quantity": (
        "0015 0000 0006 11 02 ffff 0000",
        "0015 0000 0003 11 82 01",
    ),
    "quantity 0": ("0016 0000 0006 11 04 0000 0000", "0016 0000 0003 11 84 03"),
    "quantity 126": ("0017 0000 0006 11 03 0000 007e", "0017 0000 0003 11 83 03"),
    "quantity comes before address": (
        "0018 0000 0006 11 04 ffff 007e",
        "0018 0000 0003 11 84 03",
    ),
    "outside every block": ("0019 0000 0006 11 04 047a 0001", "0019 0000 0003 11 84 02"),
    "last register and one beyond": (
        "001a 0000 0006 11 04 0479 0002",
        "001a 0000 0003 11 84 02",
    ),
    "holding block ends": ("001b 0000 0006 11 03 00ff 0002", "001b 0000 0003 11 83 02"),
    "past the end of the addresses": (
        "001c 0000 0006 11 04 ffff 0002",
        "001c 0000 0003 11 84 02",
    ),
    "read request too short": ("001d 0000 0005 11 04 0000 00", "001d 0000 0003 11 84 03"),
    "read request too long": (
        "001e 0000 0007 11 04 0000 0002 00",
        "001e 0000 0003 11 84 03",
    ),
    "only a function code": ("001f 0000 0002 11 03", "001f 0000 0003 11 83 03"),
    "three in one segment, one of them not ours": (
        "0020 0000 0006 11 04 0046 0001  0021 0000 0006 12 04 0046 0001"
        "0022 0000 0006 11 04 0000 0001",
        "0020 0000 0005 11 04 02 4248  0022 0000 0005 11 04 02 4366",
    ),
}


@pytest.mark.parametrize(("request_", "answer"), TRANSCRIPTS.values(), ids=TRANSCRIPTS)
def test_transcript(bank, request_, answer):
    client = connection(bank)
    assert answered(client, bytes.fromhex(request_)).hex() == bytes.fromhex(answer).hex()
    assert not client.broken


@pytest.mark.parametrize(("request_", "answer"), TRANSCRIPTS.values(), ids=TRANSCRIPTS)
def test_transcript_octet_by_octet(bank, request_, answer):
    """The answer is there with the last octet of the request, and none before."""
    client, stream = connection(bank), bytes.fromhex(request_)
    assert dialogue(client, (stream[n : n + 1] for n in range(len(stream)))) == bytes.fromhex(
        answer
    )


@pytest.mark.parametrize(
    "broken",
    [
        "0001 0001 0006 11 04 0000 0002",  # protocol id
        "0001 0000 0001 11",  # no function code
        "0001 0000 0000 11",
        "0001 0000 00ff 11 04 0000 0002",  # longer than any message
        "0001 0000 ffff 11",
    ],
)
def test_broken_header_ends_the_dialogue(bank, broken):
    good = "0001 0000 0006 11 04 0046 0001"
    client = connection(bank)
    assert answered(client, bytes.fromhex(good + broken + good)).hex() == "0001000000051104024248"
    assert client.broken
    assert answered(client, bytes.fromhex(good)) == b""


def test_longest_message_is_read(bank):
    request = bytes.fromhex("0001 0000 00fe 11 10") + bytes(252)
    assert answered(connection(bank), request).hex() == "000100000003119003"


def test_125_registers(bank):
    answer = answered(connection(bank), bytes.fromhex("0001 0000 0006 11 04 0000 007d"))
    assert answer[:9].hex() == "0001000000fd1104fa"
    assert len(answer) == 9 + 250


@pytest.mark.parametrize("limit", [80, 60, 50])
def test_lower_limit_of_the_real_models(bank, limit):
    client = connection(bank, max_read=limit)
    longest = answered(client, bytes.fromhex(f"0001 0000 0006 11 04 0000 {limit:04x}"))
    beyond = answered(client, bytes.fromhex(f"0002 0000 0006 11 04 0000 {limit + 1:04x}"))
    assert longest[7:9] == bytes((4, 2 * limit))
    assert beyond.hex() == "000200000003118403"


def test_one_reading_behind_an_answer(bank):
    """A new image between two requests shows in the second, whole."""
    client = connection(bank)
    request = bytes.fromhex("0001 0000 0006 11 04 0000 0002")
    before = answered(client, request)
    snapshot = SimpleNamespace(
        values=np.full(len(quantities.TABLE), 1.0), harmonics=np.ones((6, 63)), exact={}
    )
    bank.images = Images.of(snapshot, Settings({"unit_address": 17}))
    assert before[9:].hex() == "43660000"
    assert answered(client, request)[9:].hex() == "3f800000"


WRITE = "10 0032 0002 04 42c80000"


@pytest.mark.parametrize("unit", ["00", "ff", "11"])
def test_unit_ids_0_and_255_write_and_are_answered(unit):
    meter = ScriptedUnit(0x11)
    answer = answered(connection(meter), bytes.fromhex(f"0001 0000 000b {unit} {WRITE}"))
    assert answer.hex() == f"000100000006{unit}1000320002"
    assert meter.written == [(0x32, bytes.fromhex("42c80000"))]


def test_a_read_only_port_refuses_writes():
    meter = ScriptedUnit(0x11)
    client = connection(meter, read_only=True)
    assert answered(client, bytes.fromhex(f"0001 0000 000b 11 {WRITE}")).hex() == (
        "000100000003119004"
    )
    assert answered(client, bytes.fromhex("0002 0000 0006 11 03 0032 0002")).hex() == (
        "00020000000711030400000000"
    )
    assert meter.written == []


@pytest.mark.parametrize("unit", ["00", "ff", "11"])
def test_no_supply_is_silence(unit):
    meter = ScriptedUnit(0x11, powered=False)
    assert answered(connection(meter), bytes.fromhex(f"0001 0000 000b {unit} {WRITE}")) == b""
    assert meter.written == []


def test_change_of_address_is_answered_with_the_old_one():
    client = connection(ScriptedUnit(0x11))
    stream = (
        "0001 0000 000b 11 10 0014 0002 04 41980000"  # to 19
        "0002 0000 0006 11 03 0014 0002"
        "0003 0000 0006 13 03 0014 0002"
    )
    assert answered(client, bytes.fromhex(stream)) == bytes.fromhex(
        "0001 0000 0006 11 10 0014 0002   0003 0000 0007 13 03 04 41980000"
    )


def test_an_answer_function_is_refused_as_any_other():
    answer = answered(connection(ScriptedUnit(0x11)), bytes.fromhex("0001 0000 0003 11 83 02"))
    assert answer.hex() == "000100000003118301"
