"""A meter that is polled, is off and on again, exchanged, or another than was thought."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

import smartx96
from smartx96.configuration.family import member_named
from smartx96.configuration.polling.faults import fault_of
from smartx96.configuration.polling.polled import Polled
from smartx96.configuration.polling.polled_meter import PolledMeter
from smartx96.configuration.polling.schedule import now
from smartx96.configuration.polling.selection import selected
from smartx96.configuration.target import Lines, Target
from smartx96.errors import OptionError
from smartx96.modbus.client import errors
from smartx96.modbus.client.client import Client
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.place import Kind, Place
from smartx96.tables.log.row import Row
from support.ports import free_port

IDS = selected(["voltage_l1", "active_energy_import", "active_energy_import_exact"]).ids
POLICY = Policy(timeout=0.2, retries=0, connect_timeout=2.0)


def polling(port: int, use: Callable[[PolledMeter], Awaitable[None]], ids=IDS, *, strict=False,
            **more) -> list[str]:  # fmt: skip
    """What was said of a meter while it was used."""
    said = list[str]()

    async def whole() -> None:
        async with Lines(POLICY) as lines:
            target = Target(Place(Kind.TCP, "127.0.0.1", port))
            meter = PolledMeter(Polled("hall", target, lines, **more), ids, said.append,
                                strict=strict)  # fmt: skip
            await use(meter)

    asyncio.run(asyncio.wait_for(whole(), 30))
    return said


def test_a_row_has_what_the_meter_shows() -> None:
    with smartx96.simulate(voltage=229.3, current=4.0, serial_number=4711) as real:
        real.advance(minutes=10)

        async def use(meter: PolledMeter) -> None:
            assert await meter.begin() is None
            before = now()
            found = await meter.poll(before - 123)
            assert (found.time, found.meter, found.serial_number) == (before - 123, "hall", 4711)
            assert before <= found.answered <= now()
            assert 0 < found.took < 5
            assert found.fault is None
            voltage, energy, exact = found.values
            assert voltage == float(str(np.float32(real["voltage_l1"])))
            assert len(repr(voltage)) <= 10
            assert isinstance(exact, int)
            assert exact == real["active_energy_import_exact"] > 400_000_000
            assert energy == pytest.approx(exact / 1e9, rel=1e-6)

        said = polling(real.tcp[1], use)
    # What only this project documents stands far from the rest of the map.
    assert said == ["hall: X96-5A, serial number 4711; 3 values in 2 requests"]


def test_a_meter_that_is_off_gives_no_value_and_is_told_once() -> None:
    with smartx96.simulate(serial_number=4711) as real:

        async def use(meter: PolledMeter) -> None:
            assert (await meter.poll(0)).fault is None
            real.power_off()
            for n in (1, 2):
                gap = await meter.poll(n)
                assert gap == meter.gap(n, gap.fault)
                assert gap.fault in ("no answer", "connection lost", "not connected")
                assert (gap.values, gap.answered, gap.took) == ((None,) * 3, None, None)
                assert gap.serial_number == 4711
                assert meter.silent
            real.power_on()
            assert (await meter.poll(3_000_000)).fault is None
            assert not meter.silent

        said = polling(real.tcp[1], use)
    first, again = said
    assert "gaps from 1970-01-01T00:00:00.000Z on" in first
    assert again == ("hall: answers again at 1970-01-01T00:00:03.000Z; there are gaps from "
                     "1970-01-01T00:00:00.000Z on")  # fmt: skip


def test_a_silent_meter_takes_a_part_of_the_time_only() -> None:
    async def use(meter: PolledMeter) -> None:
        assert not meter.rests(0.0)
        await meter.poll(0)
        assert meter.silent
        assert not meter.rests(60.0)

    polling(free_port(), use)
    with smartx96.simulate() as real:
        real.power_off()

        async def rest(meter: PolledMeter) -> None:
            await meter.poll(0)
            assert meter.rests(0.01)
            assert not meter.rests(60.0)
            await asyncio.sleep(2.6)
            assert not meter.rests(0.01)

        polling(real.tcp[1], rest)


def test_a_meter_that_was_exchanged_is_told_and_nothing_of_the_old_one_counts() -> None:
    port = free_port()
    with smartx96.simulate(tcp=port, serial_number=1, current=5.0) as old:
        old.advance(hours=2)

        async def use(meter: PolledMeter) -> None:
            first = await meter.poll(0)
            old.close()
            assert (await meter.poll(1)).fault is not None
            with smartx96.simulate(tcp=port, serial_number=2):
                second = await meter.poll(2)
            assert (first.serial_number, second.serial_number) == (1, 2)
            assert second.values[1] < first.values[1]

        said = polling(port, use)
    assert "hall: the meter was exchanged: serial number 1 before, 2 now" in said
    assert not any("went back" in line for line in said)


def test_registers_that_went_back_since_an_earlier_run() -> None:
    with smartx96.simulate(serial_number=7) as real:

        async def use(meter: PolledMeter) -> None:
            meter.resume(Row(0, "hall", 7, 0, 0.0, None, (230.0, 9_999_999.0, None)))
            await meter.poll(1)

        said = polling(real.tcp[1], use)
    (line,) = said
    assert "went back: active_energy_import from 9999999 to" in line
    assert "rolled over at 9999999.9" in line


def test_another_meter_than_the_project_says() -> None:
    with smartx96.simulate(serial_number=7) as real:

        async def use(meter: PolledMeter) -> None:
            await meter.poll(1)

        said = polling(real.tcp[1], use, serial_number=8)
    assert said == ["hall: has serial number 7, not 8 as the project says"]


def test_what_a_meter_does_not_have_is_empty_or_refused() -> None:
    ids = ("voltage_l1", "voltage_thd_l1")
    with smartx96.simulate(model="X96-5E") as real:

        async def use(meter: PolledMeter) -> None:
            for n in range(2):
                assert (await meter.poll(n)).values[1] is None

        said = polling(real.tcp[1], use, ids)
        assert said == ["hall: X96-5E does not have voltage_thd_l1: empty in the log"]
        with pytest.raises(OptionError, match="voltage_thd_l1: X96-5E does not have it"):
            polling(real.tcp[1], use, ids, strict=True)
        said = polling(real.tcp[1], use, ids, member=member_named("X96-5E"))
        assert len(said) == 1


def test_who_it_is_is_not_asked_again_where_no_value_waits_for_it(monkeypatch) -> None:
    asked = list[int]()

    async def identification(client: Client, unit: int) -> dict[int, str]:
        asked.append(unit)
        raise errors.NoAnswerError("no answer")

    monkeypatch.setattr(Client, "identification", identification)
    with smartx96.simulate() as real:

        async def use(meter: PolledMeter) -> None:
            for n in range(3):
                assert (await meter.poll(n)).fault is None
                meter.silent = True

        said = polling(real.tcp[1], use, IDS[:2])
    assert (len(asked), said) == (1, [])


@pytest.mark.parametrize("lost", [1, 2])
def test_who_it_is_is_asked_once_more_where_it_gave_no_answer(lost: int, monkeypatch) -> None:
    """Not with each poll: many meters never answer that."""
    asked = list[int]()
    answer = Client.identification

    async def identification(client: Client, unit: int, code: int = 2) -> dict[int, str]:
        asked.append(unit)
        if len(asked) <= lost:
            raise errors.NoAnswerError("no answer")
        return await answer(client, unit, code)

    monkeypatch.setattr(Client, "identification", identification)
    with smartx96.simulate() as real:

        async def use(meter: PolledMeter) -> None:
            assert await meter.begin() is None
            for n in range(2):
                assert ((await meter.poll(n)).values[2] is None) == (lost == 2)

        said = polling(real.tcp[1], use, strict=True)
    assert len(asked) == 2
    first, about = said
    assert first.startswith("hall: active_energy_import_exact: empty in the log; it gave no answer")
    assert "2 values" in about


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (errors.NoAnswerError("x"), "no answer"),
        (errors.NotConnectedError("x"), "not connected"),
        (errors.ConnectionLostError("x"), "connection lost"),
        (errors.BusyLineError("x"), "line busy"),
        (errors.DamagedAnswerError("x"), "damaged answer"),
        (errors.ExceptionAnswerError.of(6), "exception 06"),
        (errors.UnreadableValueError("x"), "unreadable"),
    ],
)
def test_faults_are_a_word_or_two(error: errors.ExchangeError, fault: str) -> None:
    assert fault_of(error) == fault


@pytest.mark.parametrize("name", ["", "a\nb", "\x1b[31m"])
def test_names_that_cannot_stand_in_a_log(name: str) -> None:
    with pytest.raises(OptionError, match="letters, digits and signs on one line"):
        Polled(name, Target(Place(Kind.TCP, "h", 1)), Lines())


def test_a_gap_since_an_earlier_run() -> None:
    meter = PolledMeter(Polled("hall", Target(Place(Kind.TCP, "h", 1)), Lines()), IDS, print)
    assert meter.gap_since(10, 1000) is None
    meter.resume(Row(103, "hall", 7, None, None, None, (230.0, 1.0, 2)))
    assert meter.gap_since(10, 110) is None
    assert meter.gap_since(10, 120) == Row(110, "hall", 7, None, None, "missed", (None,) * 3)
