"""Byte-exact dialogues on a line: what goes in and when, what comes out and when.

The check sums are literals of other programs (minimalmodbus) and of published documents.
"""

import struct
from types import SimpleNamespace

import numpy as np
import pytest

from smartx96 import quantities
from smartx96.modbus.bank import Images, RegisterBank
from smartx96.modbus.line.checksum import crc
from smartx96.modbus.line.line import Line
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.stations import Stations
from smartx96.modbus.terms import Terms
from smartx96.settings import Settings
from support.modbus_unit import ScriptedUnit
from support.virtual_line import Sent, VirtualLine

h = bytes.fromhex

CHARACTER = 10 / 9600
"""Start bit, eight bits and stop bit [s]."""
SILENCE = 3.5 * CHARACTER
SLACK = 0.1e-3
"""Some rounds of the event loop [s]."""

READ = h("11 03 0032 0002 6754")
ZERO = h("11 03 04 00000000 ebf2")
WRITE = h("11 10 0032 0002 04 42c80000 b024")
WRITTEN = h("11 10 0032 0002 e297")
HUNDRED = h("11 03 04 42c80000 7e74")

FOREIGN_READ = h("05 03 0000 0002 c58f")
FOREIGN_ANSWER = h("05 03 04 43660000 4a68")
FOREIGN_REFUSAL = h("05 83 02 8130")
FOREIGN_LOOKS_OURS = h("05 03 08 11 03 0032 0002 6754 c0ec")
"""An answer whose registers are a whole request to our unit."""
FOREIGN_TRAP = h("05 01 0d 000000 3f22 5715 11 03 0032 0002 6754")
"""An answer of 13 octets of coils whose first eight octets would be a whole request, and whose last
eight are one to our unit: made for a check sum that comes out right at both places.
"""


def counter(sub: int, frame: bytes) -> int:
    """Value in an answer of function 08."""
    assert frame[:3] == bytes((0x11, 8, 0)), frame.hex()
    assert frame[3] == sub
    return int.from_bytes(frame[4:6], "big")


COUNTERS = {
    0x0B: h("11 08 000b 0000 9359"),
    0x0C: h("11 08 000c 0000 2298"),
    0x0D: h("11 08 000d 0000 7358"),
    0x0E: h("11 08 000e 0000 8358"),
    0x0F: h("11 08 000f 0000 d298"),
    0x12: h("11 08 0012 0000 429e"),
}
NAMES = {0x0B: "bus", 0x0C: "errors", 0x0D: "exceptions", 0x0E: "unit", 0x0F: "unanswered",
         0x12: "overruns"}  # fmt: skip


def counted(line: VirtualLine) -> dict[str, int]:
    """Counters that are not 0, without those of the requests that ask for them."""
    found = {}
    for n, (sub, frame) in enumerate(COUNTERS.items(), 1):
        (answer,) = line.answers(frame)
        value = counter(sub, answer) - (n if sub in (0x0B, 0x0E) else 0)
        if value:
            found[NAMES[sub]] = value
    return found


def one(**options) -> VirtualLine:
    return VirtualLine([ScriptedUnit(0x11)], **options)


# --- frames of published documents


@pytest.mark.parametrize(("data", "check_sum"), [
    ("02 07", "41 12"),  # Modbus over serial line 1.02, appendix B
    ("31 32 33 34 35 36 37 38 39", "37 4b"),  # catalogue of check sums, CRC-16/MODBUS
    ("01 03 00 00 00 02", "c4 0b"),
    ("01 04 00 00 00 02", "71 cb"),  # protocol of the SDM630
    ("01 04 04 43 66 33 34", "1b 38"),
    ("", "ff ff"),
])  # fmt: skip
def test_published_check_sums(data, check_sum):
    assert crc(h(data)) == h(check_sum)


def test_the_example_of_the_meter_that_clients_know():
    values = np.full(len(quantities.TABLE), np.nan)
    values[quantities.INDEX["voltage_l1"]] = struct.unpack(">f", h("43663334"))[0]
    snapshot = SimpleNamespace(values=values, harmonics=np.zeros((6, 63)), exact={})
    line = VirtualLine([RegisterBank(Images.of(snapshot, Settings()))])
    assert line.answers(h("01 04 00 00 00 02 71 cb")) == [h("01 04 04 43 66 33 34 1b 38")]


# --- when an answer comes


@pytest.mark.parametrize(("parameters", "silence"), [
    (LineParameters(2400), 14.583e-3),
    (LineParameters(4800, "E"), 8.021e-3),
    (LineParameters(9600), 3.646e-3),
    (LineParameters(9600, "O"), 4.010e-3),
    (LineParameters(9600, "N", 2), 4.010e-3),
    (LineParameters(19200), 1.823e-3),
    (LineParameters(38400), 1.75e-3),
    (LineParameters(38400, "E"), 1.75e-3),
])  # fmt: skip
def test_answers_at_once_after_the_silence(parameters, silence):
    line = VirtualLine([ScriptedUnit(0x11, parameters)])
    (heard,) = line.play(READ)
    assert heard.data == ZERO
    assert silence - 1e-6 <= heard.after < silence + SLACK


@pytest.mark.parametrize("turnaround", [0.001, 0.05, 0.4])
def test_turnaround(turnaround):
    (heard,) = one(terms=Terms(turnaround=turnaround)).play(READ)
    assert heard.data == ZERO
    assert SILENCE + turnaround <= heard.after < SILENCE + turnaround + SLACK


@pytest.mark.parametrize("intruder", [b"\0", FOREIGN_READ, h("11")])
def test_no_answer_into_what_comes_during_the_turnaround(intruder):
    line = one(terms=Terms(turnaround=0.05))
    heard = line.play(READ, Sent(intruder, SILENCE + 0.03), READ)
    assert [sent.data for sent in heard] == [ZERO]
    assert counted(line)["unanswered"] == 1


def test_a_request_during_the_turnaround_is_the_one_that_is_answered():
    heard = one(terms=Terms(turnaround=0.05)).play(WRITE, Sent(READ, SILENCE + 0.03))
    assert [sent.data for sent in heard] == [HUNDRED]
    assert heard[0].after == pytest.approx(SILENCE + 0.05, abs=SLACK)


# --- silence

SILENT = {
    "another unit": [h("12 03 0032 0002 6767")],
    "the default address": [h("01 03 0032 0002 65c4")],
    "a reserved address": [h("ff 03 0032 0002 701a")],
    "bad check sum": [READ[:-1] + bytes((READ[-1] ^ 1,))],
    "check sum the other way round": [READ[:-2] + READ[:-3:-1]],
    "no check sum": [READ[:-2]],
    "parity error": [Sent(READ, damaged=True)],
    "parity error in a part": [Sent(READ[:5], damaged=True), Sent(READ[5:], 0.002)],
    "half a frame": [READ[:4]],
    "the other half": [READ[4:]],
    "one octet": [h("11")],
    "address and check sum, no function": [h("11 7f4c")],
    "broken by a silence": [READ[:4], Sent(READ[4:], SILENCE + 0.001)],
    "an octet behind it": [READ + b"\xff"],
    "zeros behind it, which its check sum allows": [READ + b"\0\0"],
    "half a frame behind it": [READ + FOREIGN_READ[:5]],
    "a whole frame behind it": [READ + FOREIGN_READ],
    "another unit's dialogue": [FOREIGN_READ, FOREIGN_ANSWER, FOREIGN_READ, FOREIGN_REFUSAL],
    "another unit's dialogue in one burst": [FOREIGN_READ + FOREIGN_ANSWER],
    "another unit's answer alone": [FOREIGN_ANSWER],
    "another unit's answer that holds a request": [FOREIGN_LOOKS_OURS],
    "another unit's answer that is made to deceive": [FOREIGN_TRAP],
    "the same behind its request": [FOREIGN_READ + FOREIGN_LOOKS_OURS],
    "the same with noise before": [b"\0\xff" + FOREIGN_LOOKS_OURS],
    "broadcast of a read": [h("00 03 0032 0002 6415")],
    "broadcast of a write": [h("00 10 0032 0002 04 42c80000 e018")],
    "broadcast of a function that there is not": [h("00 06 0032 0002 a815")],
    "an answer in our name": [ZERO],
    "a short answer in our name": [WRITTEN],
    "a server id in our name": [h("11 11 03 0079ff 9ccd")],
    "a refusal in our name": [h("11 83 02 c134")],
    "our request and somebody's answer in our name": [READ + ZERO],
    "noise": [bytes(range(200))],
}


@pytest.mark.parametrize("script", SILENT.values(), ids=SILENT)
def test_silence(script):
    line = one()
    assert line.play(*script) == []
    assert line.answers(READ)[0] in (ZERO, HUNDRED), "and hears again"


@pytest.mark.parametrize("bit", range(8 * len(READ)))
def test_every_bit_counts(bit):
    damaged = bytearray(READ)
    damaged[bit // 8] ^= 1 << bit % 8
    line = one()
    assert line.answers(bytes(damaged)) == []
    assert counted(line) == {"errors": 1}


def test_no_supply_is_silence():
    unit = ScriptedUnit(0x11, powered=False)
    line = VirtualLine([unit])
    assert line.play(READ, WRITE, h("00 10 0032 0002 04 42c80000 e018")) == []
    assert unit.written == []


def test_a_unit_that_is_set_to_another_speed_hears_nothing():
    fast, slow = ScriptedUnit(0x11), ScriptedUnit(0x12, LineParameters(2400))
    other = h("12 03 0032 0002 6767")
    assert VirtualLine([fast, slow]).answers(other, READ) == [ZERO]
    own = VirtualLine([fast, slow], own=LineParameters(9600))
    assert own.answers(other) == [h("12 03 04 00000000 d8f2")]


@pytest.mark.parametrize(("gap", "exact", "answers"), [
    (1.4, True, [ZERO]), (1.6, True, []), (2.4, True, []), (1.6, False, [ZERO]),
    (2.4, False, [ZERO]),
])  # fmt: skip
def test_a_silence_within_a_frame(gap, exact, answers):
    """`gap` characters of silence, and then the four characters of the rest."""
    line = one(exact=exact)
    assert line.answers(READ[:4], Sent(READ[4:5], (gap + 1) * CHARACTER),
                        Sent(READ[5:], 3 * CHARACTER)) == answers  # fmt: skip
    assert counted(line).get("errors", 0) == 1 - len(answers)


# --- synchronisation


@pytest.mark.parametrize("noise", [b"\0", b"\xff" * 3, h("11"), h("1103"), READ[:5], READ[:-1],
                                   FOREIGN_READ[:6], FOREIGN_ANSWER[1:], bytes(range(256)),
                                   h("00 10 0032 0002 04")])  # fmt: skip
def test_noise_and_then_a_request(noise):
    line = one()
    assert line.answers(Sent(noise), Sent(READ, 2 * SILENCE)) == [ZERO], "after a silence"
    assert one().answers(noise + READ) == [ZERO], "glued to it"
    assert counted(line)["errors"] == 1


@pytest.mark.parametrize("before", [
    FOREIGN_READ, FOREIGN_READ + FOREIGN_ANSWER, READ, ZERO, READ + ZERO + FOREIGN_READ,
    FOREIGN_LOOKS_OURS, FOREIGN_READ + b"\0",
])  # fmt: skip
def test_the_last_of_several_frames_is_answered(before):
    (heard,) = one().play(before + READ)
    assert heard.data == ZERO


def test_a_write_that_others_follow_is_not_executed():
    """Whoever sent it has had no answer, and has gone on."""
    unit = ScriptedUnit(0x11)
    line = VirtualLine([unit])
    assert line.answers(WRITE + READ) == [ZERO]
    assert line.answers(WRITE + FOREIGN_READ) == []
    assert line.answers(WRITE + b"\0") == []
    assert unit.written == []
    assert counted(line)["unanswered"] == 3


@pytest.mark.parametrize("cut", range(1, len(WRITE)))
def test_a_port_that_hands_on_pieces_is_waited_for(cut):
    unit = ScriptedUnit(0x11)
    line = VirtualLine([unit], patience=0.02)
    (heard,) = line.play(WRITE[:cut], Sent(WRITE[cut:], 0.015))
    assert heard.data == WRITTEN
    assert heard.after == pytest.approx(SILENCE, abs=SLACK)
    assert len(unit.written) == 1
    assert VirtualLine([unit], patience=0.02).play(WRITE[:cut], Sent(WRITE[cut:], 0.025)) == []
    assert len(unit.written) == 1


def test_octet_by_octet():
    parts = [Sent(READ[n : n + 1], 0.015 if n else 1.0) for n in range(len(READ))]
    assert one(patience=0.02).answers(*parts) == [ZERO]
    assert one().answers(*parts) == []
    assert one().answers(*(part._replace(after=0.001) for part in parts)) == [ZERO]


def test_what_is_not_for_us_is_not_waited_for():
    line = one(patience=0.2)
    assert line.answers(FOREIGN_READ[:4], Sent(READ, 0.01)) == [ZERO]
    assert counted(line) == {"bus": 1, "errors": 1, "unit": 1}
    line = one(patience=0.2)
    assert line.answers(FOREIGN_READ[:4], Sent(FOREIGN_READ[4:], 0.01)) == []
    assert counted(line) == {"errors": 2}


def test_endless_noise_costs_little_and_is_heard_through():
    line, unit = one(), h("ff" * 97)
    noise = [Sent(unit, 0.001) for _ in range(2000)]
    assert line.answers(*noise, Sent(READ, 0.001)) == [ZERO]
    assert line.answers(*noise, Sent(b"\0", 0.001)) == []
    assert line.answers(READ) == [ZERO]
    assert counted(line) == {"bus": 2, "errors": 2, "unit": 2, "overruns": 2}


def test_what_is_kept_of_noise_is_bounded():
    line = Line(Stations([ScriptedUnit(0x11)]))
    for n in range(1000):
        line.receive(bytes(4096), 0.001 * n)
        assert len(line.burst) == 512


# --- counters

TOLD = {
    "a read": ([READ], {"bus": 1, "unit": 1}),
    "an exception": ([h("11 03 0032 0000 e695")], {"bus": 1, "unit": 1, "exceptions": 1}),
    "another unit": ([FOREIGN_READ, FOREIGN_ANSWER], {"bus": 2}),
    "a bad check sum": ([READ[:-1] + b"\0"], {"errors": 1}),
    "less than three octets": ([h("1103")], {"errors": 1}),
    "a parity error": ([Sent(READ, damaged=True)], {"errors": 1}),
    "a broadcast": ([h("00 10 0032 0002 04 42c80000 e018")],
                    {"bus": 1, "unit": 1, "unanswered": 1}),
    "a broadcast that is refused": ([h("00 10 0033 0002 04 42c80000 21d4")],
                                    {"bus": 1, "unit": 1, "unanswered": 1, "exceptions": 1}),
    "a broadcast of a read": ([h("00 03 0032 0002 6415")], {"bus": 1, "unit": 1, "unanswered": 1}),
    "noise": ([b"\xff" * 40], {"errors": 1}),
    "noise and another unit's request": ([b"\xff" * 40 + FOREIGN_READ], {"errors": 1}),
    "noise and a request": ([b"\xff" * 40 + READ], {"bus": 1, "unit": 1, "errors": 1}),
    "a request and noise": ([READ + b"\xff" * 40],
                            {"bus": 1, "unit": 1, "errors": 1, "unanswered": 1}),
    "two requests": ([READ + READ], {"bus": 2, "unit": 2, "unanswered": 1}),
    "an answer in our name": ([ZERO], {"bus": 1}),
    "longer than any message": ([b"\xff" * 600], {"errors": 1, "overruns": 1}),
}  # fmt: skip


@pytest.mark.parametrize(("script", "counters"), TOLD.values(), ids=TOLD)
def test_counters(script, counters):
    line = one()
    line.play(*script)
    assert counted(line) == counters


def test_units_count_for_themselves_and_the_bus_for_all():
    line = VirtualLine([ScriptedUnit(0x11), ScriptedUnit(0x12)])
    line.answers(READ, READ, h("12 03 0032 0000 e6a6"), FOREIGN_READ)
    assert counted(line) == {"bus": 4, "unit": 2}
    (answer,) = line.answers(h("12 08 000d 0000 736b"))
    assert answer == h("12 08 000d 0001 b2ab")
    (cleared,) = line.answers(h("11 08 000a 0000 c299"))
    assert cleared == h("11 08 000a 0000 c299")
    assert counted(line) == {}
    (answer,) = line.answers(h("12 08 000d 0000 736b"))
    assert answer == h("12 08 000d 0001 b2ab"), "the other one's stay"


# --- all units, address and speed


def test_a_broadcast_is_executed_by_all_that_hear_it():
    units = [ScriptedUnit(0x11), ScriptedUnit(0x12), ScriptedUnit(0x13, powered=False),
             ScriptedUnit(0x14, LineParameters(2400))]  # fmt: skip
    line = VirtualLine(units)
    assert line.play(h("00 10 0032 0002 04 42c80000 e018")) == []
    assert [len(unit.written) for unit in units] == [1, 1, 0, 0]


def test_a_broadcast_of_another_speed_reaches_all():
    """The first unit is the one by which the line goes; it must not leave before the others."""
    units = [ScriptedUnit(0x11), ScriptedUnit(0x12)]
    line = VirtualLine(units)
    assert line.play(h("00 10 001c 0002 04 45960000 032a")) == []
    assert {unit.line_parameters.baud_rate for unit in units} == {4800}
    assert line.wire.followed == [LineParameters(4800)]


def test_change_of_address_is_answered_with_the_old_one():
    line = one()
    assert line.answers(
        h("11 10 0014 0002 04 41980000 3243"), READ, h("13 03 0032 0002 66b6")
    ) == [h("11 10 0014 0002 035c"), h("13 03 04 00000000 c832")]  # fmt: skip


def test_change_of_speed_is_answered_with_the_old_one():
    line = one(terms=Terms(turnaround=0.01))
    followed_before = []
    write = line.wire.write
    line.wire.write = lambda data: (followed_before.extend(line.wire.followed), write(data))
    (heard,) = line.play(h("11 10 001c 0002 04 46160000 52ba"))
    assert heard.data == h("11 10 001c 0002 829e")
    assert line.wire.followed == []
    (heard,) = line.play(h("11 10 001c 0002 04 45960000 5316"))
    assert heard.data == h("11 10 001c 0002 829e")
    assert followed_before == []
    assert line.wire.followed == [LineParameters(4800)]
    assert line.wire.followed_after[0] == pytest.approx(heard.after, abs=SLACK), "at once"
    (heard,) = line.play(READ)
    assert heard.after == pytest.approx(3.5 * 10 / 4800 + 0.01, abs=SLACK)


def test_a_read_only_line_refuses_writes():
    unit = ScriptedUnit(0x11)
    line = VirtualLine([unit], terms=Terms(read_only=True))
    assert line.answers(WRITE, READ) == [h("11 90 04 4c06"), ZERO]
    assert line.play(h("00 10 0032 0002 04 42c80000 e018")) == []
    assert unit.written == []


def test_a_lower_limit_of_registers():
    line = one(terms=Terms(max_read=80))
    (longest,) = line.answers(h("11 04 0000 0050 f2a6"))
    assert longest[:3] == h("11 04 a0")
    assert line.answers(h("11 04 0000 0051 3366")) == [h("11 84 03 02c4")]


def test_an_adapter_that_hears_itself_is_not_answered():
    line = one()
    requests = [READ, WRITE, h("11 04 0000 007d 32bb"), h("11 11 cdec"), h("11 07 4c22")]
    for request in requests:
        (answer,) = line.answers(request)
        assert line.play(request, Sent(answer, SILENCE + 0.002))[1:] == []
