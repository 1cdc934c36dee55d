"""Requests and answers as pymodbus has them."""

from __future__ import annotations

import struct

import pytest
from pymodbus.pdu import DecodePDU, ExceptionResponse
from pymodbus.pdu.diag_message import ReturnBusMessageCountResponse, ReturnQueryDataRequest
from pymodbus.pdu.mei_message import ReadDeviceInformationRequest, ReadDeviceInformationResponse
from pymodbus.pdu.other_message import ReportDeviceIdRequest, ReportDeviceIdResponse
from pymodbus.pdu.register_message import (
    ReadHoldingRegistersRequest,
    ReadHoldingRegistersResponse,
    ReadInputRegistersRequest,
    ReadInputRegistersResponse,
    WriteMultipleRegistersRequest,
    WriteMultipleRegistersResponse,
)

from smartx96.errors import OptionError
from smartx96.modbus.client.errors import DamagedAnswerError, ExceptionAnswerError
from smartx96.modbus.client.requests import (
    Diagnostic,
    ReadIdentification,
    ReadRegisters,
    ReportServerId,
    WriteRegisters,
)
from smartx96.modbus.registers import Space

INPUT, HOLDING = Space.INPUT, Space.HOLDING
DATA = bytes.fromhex("43660000 3f800000")
WORDS = list(struct.unpack(">4H", DATA))


def pdu(message) -> bytes:
    """A message of pymodbus as it stands on the wire."""
    return bytes((message.function_code,)) + message.encode()


REQUESTS = [
    (ReadRegisters(INPUT, 0x34, 4), ReadInputRegistersRequest(address=0x34, count=4)),
    (ReadRegisters(HOLDING, 0xF900, 125), ReadHoldingRegistersRequest(address=0xF900, count=125)),
    (WriteRegisters(0x10, DATA), WriteMultipleRegistersRequest(address=0x10, registers=WORDS)),
    (Diagnostic(0, b"\xa5\x37"), ReturnQueryDataRequest(message=b"\xa5\x37")),
    (ReportServerId(), ReportDeviceIdRequest()),
    (ReadIdentification(2, 5), ReadDeviceInformationRequest(read_code=2, object_id=5)),
]


@pytest.mark.parametrize(("ours", "theirs"), REQUESTS)
def test_what_is_sent(ours, theirs):
    assert ours.pdu == pdu(theirs)
    assert DecodePDU(True).decode(ours.pdu) is not None


ANSWERS = [
    (ReadRegisters(INPUT, 0x34, 4), ReadInputRegistersResponse(registers=WORDS), DATA),
    (ReadRegisters(HOLDING, 0, 4), ReadHoldingRegistersResponse(registers=WORDS), DATA),
    (WriteRegisters(0x10, DATA), WriteMultipleRegistersResponse(address=0x10, count=4), None),
    (Diagnostic(0, b"\xa5\x37"), ReturnQueryDataRequest(message=b"\xa5\x37"), b"\xa5\x37"),
    (Diagnostic(0x0B), ReturnBusMessageCountResponse(message=513), b"\x02\x01"),
    (ReportServerId(), ReportDeviceIdResponse(identifier=b"X96", status=True), b"X96\xff"),
]


@pytest.mark.parametrize(("ours", "theirs", "result"), ANSWERS)
def test_what_an_answer_says(ours, theirs, result):
    answer = pdu(theirs)
    assert ours.result(answer) == result
    assert ours.size(answer + b"more") == len(answer) <= ours.largest
    assert ours.fits(answer)


def test_identification_with_more_to_follow():
    theirs = ReadDeviceInformationResponse(read_code=2, information={0: b"SMART", 2: b"2.4"})
    answer = pdu(theirs)
    ours = ReadIdentification(2)
    assert ours.result(answer) == ({0: "SMART", 2: "2.4"}, 0)
    assert [ours.size(answer[:n]) for n in range(1, len(answer))][:6] == [None] * 6
    assert ours.size(answer + b"\1\2") == len(answer)
    followed = answer[:4] + b"\xff\x05" + answer[6:]
    assert ours.result(followed) == ({0: "SMART", 2: "2.4"}, 5)


@pytest.mark.parametrize(("ours", "theirs", "result"), ANSWERS)
def test_no_answer_that_is_cut_or_longer_or_to_another_is_taken(ours, theirs, result):
    answer = pdu(theirs)
    others = [pdu(other) for _, other, _ in ANSWERS if pdu(other)[:1] != answer[:1]]
    for wrong in (*(answer[:n] for n in range(len(answer))), answer + b"\0", *others):
        with pytest.raises(DamagedAnswerError, match="wrong length or is to another"):
            ours.result(wrong)


@pytest.mark.parametrize(("ours", "wrong"), [
    (WriteRegisters(0x10, DATA), "10 0012 0004"),
    (WriteRegisters(0x10, DATA), "10 0010 0003"),
    (Diagnostic(0, b"\xa5\x37"), "08 0000 a536"),
    (Diagnostic(0x0B), "08 000c 0001"),
    (ReadRegisters(INPUT, 0x34, 4), "04 06 43660000 3f800000"),
    (ReadIdentification(2), "2b 0e 01 82 00 00 00"),
    (ReadRegisters(INPUT, 0x34, 4), "84 02 00"),
])  # fmt: skip
def test_an_answer_names_what_was_asked_for(ours, wrong):
    assert not ours.fits(bytes.fromhex(wrong))


@pytest.mark.parametrize(("code", "words"), [
    (1, "exception 01, illegal function"), (2, "exception 02, illegal address"),
    (3, "so many registers"), (4, "locked"), (6, "busy"), (11, "gateway"), (99, "manual"),
])  # fmt: skip
def test_exceptions_in_words(code, words):
    ours = ReadRegisters(INPUT, 0, 2)
    with pytest.raises(ExceptionAnswerError, match=words) as caught:
        ours.result(pdu(ExceptionResponse(4, code)))
    assert caught.value.code == code
    assert "\n" not in str(caught.value)


def test_a_refused_value_is_told_otherwise_than_a_refused_length():
    with pytest.raises(ExceptionAnswerError, match="does not take it"):
        WriteRegisters(0x10, DATA).result(b"\x90\x03")


@pytest.mark.parametrize(("make", "reason"), [
    (lambda: ReadRegisters(INPUT, 0, 0), "0 registers: give 1 to 125"),
    (lambda: ReadRegisters(INPUT, 0, 126), "126 registers: give 1 to 125"),
    (lambda: ReadRegisters(INPUT, 0xFFFF, 2), r"65535\.\.65536: give 0 to 65535"),
    (lambda: ReadRegisters(INPUT, -1, 2), "give 0 to 65535"),
    (lambda: WriteRegisters(0, bytes(3)), "3 bytes are no whole registers"),
    (lambda: WriteRegisters(0, bytes(248)), "124 registers: give 1 to 123"),
    (lambda: WriteRegisters(0, b""), "0 registers"),
    (lambda: Diagnostic(0, b"a"), "whole words"),
    (lambda: Diagnostic(0, b""), "whole words"),
    (lambda: Diagnostic(0, bytes(252)), "1 to 125"),
    (lambda: Diagnostic(0x10000), "give 0 to 65535"),
    (lambda: ReadIdentification(5), "give 1 to 4"),
])  # fmt: skip
def test_what_no_request_can_hold(make, reason):
    with pytest.raises(OptionError, match=reason):
        make()
