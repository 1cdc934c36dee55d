"""Every function and every exception, byte by byte, on every road.

The frames around the PDUs are made by other programs: on a line by minimalmodbus, over TCP by
pymodbus.
"""

import minimalmodbus
import pytest
from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU

from smartx96.modbus import pdu
from smartx96.modbus.functions.identity import Identity
from smartx96.modbus.functions.request import Caller
from smartx96.modbus.line.over_tcp import PARAMETERS, PATIENCE
from smartx96.modbus.stations import Stations
from support.conversations import CONVERSATIONS, SUBJECT, octets
from support.modbus_unit import ScriptedUnit, answered, connection
from support.virtual_line import VirtualLine

SILENCE = 3.5 * 10 / 9600
"""After which a line of 9600 bit/s without parity is silent [s]."""


def on_line(content: str) -> bytes:
    body = bytes((SUBJECT,)) + octets(content)
    return body + minimalmodbus._calculate_crc(body)


def over_tcp(transaction: int, content: str) -> bytes:
    return FramerSocket(DecodePDU(True)).encode(octets(content), SUBJECT, transaction)


def by_pdu(steps):
    station = next(iter(Stations([ScriptedUnit(SUBJECT)])))
    for request, answer in steps:
        station.counters.bus.messages += 1
        yield pdu.answer(octets(request), station, Caller()), octets(answer)


def by_tcp(steps):
    client = connection(ScriptedUnit(SUBJECT))
    for n, (request, answer) in enumerate(steps, 0xFFF0):
        number = n & 0xFFFF
        yield answered(client, over_tcp(number, request)), over_tcp(number, answer)


def by_line(steps):
    line = VirtualLine([ScriptedUnit(SUBJECT)])
    heard = line.play(*(on_line(request) for request, _ in steps))
    assert len(heard) == len(steps)
    for sent, (_, answer) in zip(heard, steps, strict=True):
        yield sent.data, on_line(answer)
        assert SILENCE <= sent.after < SILENCE + 0.1e-3, "not at once after the silence"


def by_line_over_tcp(steps):
    line = VirtualLine([ScriptedUnit(SUBJECT)], own=PARAMETERS, patience=PATIENCE)
    heard = line.play(*(on_line(request) for request, _ in steps))
    yield [sent.data for sent in heard], [on_line(answer) for _, answer in steps]


ROADS = {"pdu": by_pdu, "tcp": by_tcp, "line": by_line, "line over tcp": by_line_over_tcp}


@pytest.mark.parametrize("road", ROADS.values(), ids=ROADS)
@pytest.mark.parametrize("steps", CONVERSATIONS.values(), ids=CONVERSATIONS)
def test_conversation(road, steps):
    for n, (found, expected) in enumerate(road(steps)):
        assert found == expected, steps[n]


def identified(identity, request):
    unit = ScriptedUnit(SUBJECT)
    unit.identity = identity
    station = next(iter(Stations([unit])))
    return pdu.answer(octets(request), station, Caller())


def test_objects_that_do_not_fit_follow_in_the_next_answer():
    identity = Identity("M" * 120, 0x0079, 1, "2.4", "N" * 120)
    first = identified(identity, "2b 0e 02 00")
    assert first == octets(
        "2b 0e 02 82 ff 06 05 00 05 'SMART' 01 04 '0079' 02 03 '2.4' 04 09 'SMART X96' 05 78"
        + "'" + "M" * 120 + "'"
    )  # fmt: skip
    rest = identified(identity, "2b 0e 02 06")
    assert rest == octets("2b 0e 02 82 00 00 01 06 78 '" + "N" * 120 + "'")


@pytest.mark.parametrize("request_", ["2b 0e 02 06", "2b 0e 04 06"])
@pytest.mark.parametrize("length", [244, 245, 300, 5000])
def test_a_text_is_cut_to_what_an_answer_holds(request_, length):
    answer = identified(Identity(name="N" * length), request_)
    assert len(answer) == 253
    assert answer[4:9] == octets("00 00 01 06 f4")


def test_a_text_of_other_letters_is_ascii():
    answer = identified(Identity(name="Zähler 7"), "2b 0e 04 06")
    assert answer == octets("2b 0e 04 82 00 00 01 06 08 'Z?hler 7'")
