"""A meter by ids: read, written, unlocked and followed, as a simulated one answers."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator

import pytest

import smartx96
from smartx96.errors import OptionError
from smartx96.modbus.client.client import Client
from smartx96.modbus.client.errors import (
    DamagedAnswerError,
    ExceptionAnswerError,
    NoAnswerError,
    UnreadableValueError,
)
from smartx96.modbus.client.meter import Meter
from smartx96.modbus.client.nameplate import Identification, Nameplate
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.functions.identity import Identity
from smartx96.modbus.line.line import Line
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import Kind, Place
from smartx96.modbus.registers import Space
from smartx96.modbus.server import ModbusTcpServer
from smartx96.modbus.stations import Stations
from support.client_line import FarEnd
from support.modbus_unit import ScriptedUnit
from support.virtual_line import VirtualLoop

PASSWORD = 1000
RATIOS = {"ct_secondary": 1.0, "ct_primary": 200.0}
"""Settings that are protected, in registers that follow each other."""


@pytest.fixture
def simulated() -> Iterator[smartx96.SimulatedMeter]:
    with smartx96.simulate(voltage=230, current=5, power_factor=0.9) as made:
        yield made


def talk(simulated: smartx96.SimulatedMeter, dialogue, **policy):
    async def whole():
        place = Place(Kind.TCP, *simulated.tcp)
        async with Client(place, policy=Policy(timeout=5, **policy)) as client:
            return await dialogue(Meter(client, simulated.unit))

    return asyncio.run(asyncio.wait_for(whole(), 30))


@pytest.mark.parametrize("outstanding", [1, 8])
def test_readings(simulated, outstanding):
    ids = ["active_power", "voltage_l1", "voltage_thd_l1", "current_harmonic_l1[3]", "ct_primary",
           "active_energy_import_exact", "calendar_draft_name", "voltage_l1"]  # fmt: skip

    async def dialogue(meter):
        return await meter.read(ids)

    found = talk(simulated, dialogue, outstanding=outstanding)
    assert [*found] == ids[:-1]
    assert found["active_power"] == pytest.approx(3 * 230 * 5 * 0.9, rel=1e-6)
    assert found["voltage_l1"] == pytest.approx(230, rel=1e-6)
    assert isinstance(found["active_energy_import_exact"], int)
    assert found["calendar_draft_name"] == ""


def test_writes_are_refused_until_it_is_unlocked(simulated):
    async def dialogue(meter):
        with pytest.raises(ExceptionAnswerError, match=r"exception 04.*locked") as caught:
            await meter.write(RATIOS)
        assert not caught.value.uncertain
        with pytest.raises(ExceptionAnswerError, match="exception 03"):
            await meter.unlock(PASSWORD + 1)
        await meter.unlock(PASSWORD)
        before = meter.client.tally.requests
        await meter.write(RATIOS)
        assert meter.client.tally.requests == before + 1
        assert await meter.read([*RATIOS, "lock"]) == RATIOS | {"lock": 1.0}

    talk(simulated, dialogue)


def test_what_was_written_before_a_refusal_is_named(simulated):
    async def dialogue(meter):
        await meter.unlock(PASSWORD)
        with pytest.raises(ExceptionAnswerError, match="exception 03, illegal value") as caught:
            await meter.write({"demand_period": 20, "ct_primary": 1e9, "scroll_time": 3})
        assert caught.value.done == ("demand_period",)
        return await meter.read(["demand_period", "scroll_time"])

    assert talk(simulated, dialogue) == {"demand_period": 20.0, "scroll_time": 0.0}


def test_a_word_order_that_is_written_is_followed(simulated):
    async def dialogue(meter):
        await meter.unlock(PASSWORD)
        for order in (1, 0, 1):
            await meter.write({"word_order": order})
            found = await meter.read(["voltage_l1", "word_order"])
            assert found["voltage_l1"] == pytest.approx(230, rel=1e-6)
            assert found["word_order"] == order
        # Another client finds it out.
        other = await Meter(meter.client, meter.unit).read(["voltage_l1"])
        assert other["voltage_l1"] == pytest.approx(230, rel=1e-6)

    talk(simulated, dialogue)


def test_a_word_order_that_somebody_else_changed_is_read_and_followed(simulated):
    async def dialogue(meter):
        assert (await meter.read(["voltage_l1", "word_order"]))["word_order"] == 0
        other = Meter(meter.client, meter.unit)
        await other.unlock(PASSWORD)
        await other.write({"word_order": 1})
        found = await meter.read(["voltage_l1", "word_order"])
        assert found == {"voltage_l1": pytest.approx(230, rel=1e-6), "word_order": 1}
        assert (await meter.read(["voltage_l1"]))["voltage_l1"] == pytest.approx(230, rel=1e-6)

    talk(simulated, dialogue)


def test_after_a_write_of_the_word_order_without_an_answer_the_meter_is_asked(simulated):
    async def dialogue(meter):
        await meter.unlock(PASSWORD)
        write = meter.client.write_registers

        async def unanswered(*what):
            await write(*what)
            raise NoAnswerError("no answer", uncertain=True)

        meter.client.write_registers = unanswered
        with pytest.raises(NoAnswerError):
            await meter.write({"word_order": 1})
        assert (await meter.read(["voltage_l1"]))["voltage_l1"] == pytest.approx(230, rel=1e-6)

    talk(simulated, dialogue)


def test_an_address_that_is_written_is_followed(simulated):
    async def dialogue(meter):
        await meter.unlock(PASSWORD)
        await meter.write({"unit_address": 42.0})
        assert meter.unit == 42
        assert (await meter.read(["unit_address"]))["unit_address"] == 42

    talk(simulated, dialogue)


def on_a_line(monkeypatch, dialogue):
    """A dialogue with a meter that hears only who speaks at its own speed."""
    unit = ScriptedUnit()
    line = Line(Stations([unit]))

    def script(n, data):
        if far.parameters != unit.line_parameters:
            return []
        line.receive(data, 10.0 * n)
        return [(0.01, reply.answer.encode()) for reply in line.silence(10.0 * n + 1.0)]

    far = FarEnd(script)
    monkeypatch.setattr(
        "smartx96.modbus.client.client.open_wire", lambda _, __, *how: far.open(*how)
    )

    async def whole():
        async with Client(Place(Kind.RTU, "/dev/ttyUSB0")) as client:
            return await dialogue(Meter(client, 1, low_first=False), unit)

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(whole())


BOTH = {"parity_stop": 1.0, "baud_rate": 19200.0}


def test_speed_and_parity_of_a_line_are_not_written_at_once(monkeypatch):
    async def dialogue(meter, unit):
        with pytest.raises(OptionError, match=r"one by one, with client\.follow") as caught:
            await meter.write({"demand_period": 15, **BOTH})
        assert "\n" not in str(caught.value)
        assert (meter.client.tally.requests, unit.written) == (0, [])

    on_a_line(monkeypatch, dialogue)


def test_they_are_written_one_by_one(monkeypatch):
    async def dialogue(meter, unit):
        await meter.write({"baud_rate": 19200.0})
        await meter.client.follow(LineParameters(baud_rate=19200))
        await meter.write({"parity_stop": 1.0})
        assert [address for address, _ in unit.written] == [0x001C, 0x0012]

    on_a_line(monkeypatch, dialogue)


def test_at_once_the_second_would_have_no_answer(monkeypatch):
    async def dialogue(meter, unit):
        monkeypatch.setattr("smartx96.modbus.client.meter.check_line_change", lambda _: None)
        with pytest.raises(NoAnswerError) as caught:
            await meter.write(BOTH)
        assert caught.value.done == ("baud_rate",)

    on_a_line(monkeypatch, dialogue)


@pytest.mark.parametrize("id", ["baud_rate", "parity_stop"])
def test_the_address_goes_with_either_of_them(monkeypatch, id):
    """The meter answers by its old address, and hears what follows by the new one."""

    async def dialogue(meter, unit):
        await meter.write({id: BOTH[id], "unit_address": 9.0})
        assert (meter.unit, unit.unit_address, len(unit.written)) == (9, 9, 2)

    on_a_line(monkeypatch, dialogue)


def test_over_tcp_all_of_them_are_written_at_once(simulated):
    async def dialogue(meter):
        await meter.write({"baud_rate": 3.0, "parity_stop": 1.0, "unit_address": 9.0})
        return await meter.read(["baud_rate", "parity_stop", "unit_address"])

    assert [*talk(simulated, dialogue).values()] == [3.0, 1.0, 9.0]


def test_nothing_is_sent_where_a_value_cannot_be(simulated):
    async def dialogue(meter):
        await meter.read(["voltage_l1"])
        before = meter.client.tally.requests
        for wrong in ({"demand_period": 15, "voltage_l1": 1}, {"demand_period": math.inf}):
            with pytest.raises(OptionError):
                await meter.write(wrong)
        with pytest.raises(OptionError, match="did you mean voltage_l1"):
            await meter.read(["voltage_1"])
        assert await meter.read([]) == {}
        await meter.write({})
        assert meter.client.tally.requests == before

    talk(simulated, dialogue)


def test_what_it_says_of_itself(simulated):
    async def dialogue(meter):
        return await meter.nameplate()

    found = talk(simulated, dialogue)
    assert (found.vendor, found.product, found.model) == ("SMART", "SMART X96", "X96-5A")
    assert found.meter_code == 0x0079
    assert isinstance(found.serial_number, int)


class Foreign(ScriptedUnit):
    """A meter of some other make: the same bytes everywhere, and no device identification."""

    def __init__(self, byte: int) -> None:
        super().__init__()
        self.byte = byte
        self.identity = Identity()

    def read(self, space: Space, address: int, count: int, session=None) -> bytes:
        return bytes((self.byte,)) * (2 * count)


def foreign(byte: int, dialogue):
    async def whole():
        server = ModbusTcpServer([Foreign(byte)])
        await server.start("127.0.0.1", 0)
        try:
            async with Client(Place(Kind.TCP, *server.address)) as client:
                return await dialogue(Meter(client, 1))
        finally:
            server.close()

    return asyncio.run(asyncio.wait_for(whole(), 20))


def test_registers_that_hold_no_value():
    async def dialogue(meter):
        found = await meter.read(["voltage_l1", "status"])
        assert math.isnan(found["voltage_l1"])
        assert found["status"] == 0xFFFF
        with pytest.raises(UnreadableValueError, match=r"unit 1: clock: .* is not BCD") as caught:
            await meter.read(["voltage_l1", "clock"])
        assert "\n" not in str(caught.value)

    foreign(0xFF, dialogue)


def test_a_meter_that_does_not_tell_its_order_has_the_high_word_first():
    async def dialogue(meter):
        assert (await meter.read(["voltage_l1", "word_order"]))["word_order"] == 0

    foreign(0x40, dialogue)


def test_a_meter_whose_identification_is_none_has_a_nameplate_all_the_same(simulated):
    """Answers to 43/14 with a wrong length are what one meets among meters of others."""

    async def dialogue(meter):
        async def wrong(unit):
            raise DamagedAnswerError("the answer has a wrong length")

        whole = await meter.nameplate()
        meter.client.identification = wrong
        found = await meter.nameplate()
        assert (found.vendor, found.serial_number) == ("", whole.serial_number)
        assert found.identification is Identification.NO_ANSWER

    talk(simulated, dialogue)


def test_what_a_meter_says_of_itself_steers_no_terminal(simulated):
    async def dialogue(meter):
        async def said(unit):
            return {0: "ACME\0\0", 4: " \x1b[2Jmeter\r", 5: "M1 "}

        meter.client.identification = said
        found = await meter.nameplate()
        assert (found.vendor, found.model) == ("ACME", "M1")
        assert found.product == "\\x1b[2Jmeter\\r"

    talk(simulated, dialogue)


def test_an_empty_nameplate_is_none():
    assert Nameplate().serial_number is None
