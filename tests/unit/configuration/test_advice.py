"""What a failed exchange is told as: one line, with what to look at."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartx96.configuration.advice import advice, advised
from smartx96.configuration.target import Target
from smartx96.errors import PasswordError
from smartx96.modbus.client.errors import (
    BusyLineError,
    ConnectionLostError,
    DamagedAnswerError,
    ExceptionAnswerError,
    ExchangeError,
    NoAnswerError,
    NotConnectedError,
)
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import Place

LINE = Target(Place.named("rtu:/dev/ttyUSB0"), 3, LineParameters(19200, "E"))
SERVER = Target(Place.named("rtu_tcp:server:4001"), 3)
HOST = Target(Place.named("tcp:gateway"), 3)
SILENCE = NoAnswerError("no answer within 1 s; look around", "somewhere")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (LINE, ["/dev/ttyUSB0", "power", "address 3", "19200 E1", "A and B swapped", "x96 scan"]),
        (SERVER, ["server:4001", "power", "address 3", "speed and parity", "A and B", "--tcp"]),
        (HOST, ["gateway:502", "unit id", "power", "--rtu-tcp"]),
    ],
)
def test_silence_says_what_to_look_at(target, words):
    told = advice(target, SILENCE)
    assert told.startswith(f"{target}: no answer within 1 s; ")
    assert [word for word in words if word not in told] == []
    assert "look around" not in told


def test_a_meter_that_answered_before_is_not_asked_for_its_address():
    told = advice(LINE, SILENCE, known=True)
    assert "it answered before" in told
    assert "swapped" not in told


@pytest.mark.parametrize("code", [1, 2, 3, 4, 6, 10, 11])
def test_each_exception_has_words_and_advice(code):
    error = ExceptionAnswerError.of(code, write=True).told("gateway:502 unit 3: write", write=True)
    told = advice(HOST, error)
    assert told.startswith(f"gateway:502 unit 3: write: exception {code:02d}, ")
    assert len(told) > len(str(error))
    assert "{" not in told


def test_other_failures():
    assert "19200 E1 right" in advice(LINE, DamagedAnswerError("7 bytes came"))
    assert "hangs up" in advice(HOST, ConnectionLostError("the other end closed the connection"))
    for error in (
        BusyLineError("busy", "x"),
        ExceptionAnswerError.of(7),
        DamagedAnswerError("unit 4 answers", "x"),
    ):
        assert advice(HOST, error) == str(error)


def test_who_was_not_reached_is_told_without_what_for():
    refused = NotConnectedError("connection refused: nobody listens there", "x: read 0xFC00")
    assert advice(HOST, refused) == "gateway:502: connection refused: nobody listens there"
    named = replace(HOST, name="kitchen")
    assert advice(named, refused).startswith("kitchen (gateway:502 unit 3): connection refused")
    gone = NotConnectedError("Modbus RTU cannot open /dev/ttyUSB0: gone", "x: read 0xFC00")
    assert advice(LINE, gone) == "Modbus RTU cannot open /dev/ttyUSB0: gone"


def test_an_uncertain_write_stays_so():
    error = NoAnswerError("no answer; x", "somewhere", uncertain=True)
    assert advice(HOST, error).endswith("; it may have been written all the same: read it back")


def test_a_refused_password_is_told_with_the_meter():
    with pytest.raises(PasswordError, match=r"^gateway:502 unit 3: it is wrong$"), advised(HOST):
        raise PasswordError("it is wrong")
    with pytest.raises(ExchangeError, match="unit id"), advised(HOST):
        raise SILENCE
