"""Resets: by the register that a meter has, judged by what it shows afterwards."""

from __future__ import annotations

import asyncio
from functools import cached_property
from types import SimpleNamespace

import pytest

from smartx96.configuration.tasks.resets import Cleared, What, reset
from smartx96.errors import OptionError, PasswordError
from smartx96.meter.commands import Resettable
from smartx96.meter.events import EventKind
from smartx96.modbus.client.errors import ExchangeError
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.registers import BY_ID
from support.line_of_meters import WRITE, Fault, LineOfMeters, Unit

COMMAND, RESET = (BY_ID[id].address for id in ("reset_command", "reset"))


class Watched(Unit):
    """Knows what was cleared in it."""

    @cached_property
    def _told(self) -> list[str]:
        return []

    @property
    def cleared(self) -> list[str]:
        """By its event log."""
        events = self._meter.emptied().events
        self._told += [e.details["what"] for e in events if e.kind is EventKind.RESET]
        return self._told


def done(line: LineOfMeters, what: What, password: int = 1000) -> Cleared:
    async def clear(link):
        line.begin()
        return await reset(link, what, password)

    return line.ask(clear)


@pytest.mark.parametrize(
    ("what", "cleared", "address"),
    [
        (What.MAXIMA, Resettable.MAXIMA, COMMAND),
        (What.ENERGY, Resettable.ENERGY, COMMAND),
        (What.DEMAND, Resettable.DEMAND, RESET),
    ],
)
def test_each_clears_what_it_says(what, cleared, address):
    unit = Watched()
    line = LineOfMeters(unit)
    found = done(line, what)
    assert found.done
    assert unit.cleared == [cleared]
    assert address in [written for written, _ in line.writes]
    assert not unit.unlocked


class Lacking(LineOfMeters):
    """A meter that lacks registers."""

    def __init__(self, unit: Unit, *addresses: int):
        super().__init__(unit)
        self._addresses = addresses

    def _answer(self, unit, frame, fault, number):
        lacks = frame[1] == WRITE and int.from_bytes(frame[2:4], "big") in self._addresses
        return super()._answer(unit, frame, Fault.ILLEGAL_ADDRESS if lacks else fault, number)


def test_a_meter_without_the_one_register_is_told_by_the_other():
    unit = Watched()
    found = done(Lacking(unit, COMMAND), What.ENERGY)
    assert (found.register, unit.cleared) == ("reset", [Resettable.ENERGY])


def test_a_meter_without_any_says_so():
    unit = Watched()
    with pytest.raises(OptionError, match="has no register reset_command and reset"):
        done(Lacking(unit, COMMAND, RESET), What.MAXIMA)
    assert unit.cleared == []
    assert not unit.unlocked


def test_a_wrong_password_clears_nothing():
    unit = Watched()
    with pytest.raises(PasswordError, match="wrong"):
        done(LineOfMeters(unit), What.MAXIMA, 1)
    assert unit.cleared == []


@pytest.mark.parametrize("fault", [Fault.UNHEARD, Fault.UNANSWERED, Fault.DAMAGED, Fault.LATE])
def test_a_lost_answer_is_told_again(fault):
    """What was cleared twice is cleared."""
    line = LineOfMeters(Watched())
    done(line, What.ENERGY)
    for number in range(line.count):
        unit = Watched()
        found = done(LineOfMeters(unit, faults={number: fault}), What.ENERGY)
        assert found.done
        assert set(unit.cleared) == {Resettable.ENERGY}


def test_silence_is_no_success():
    unit = Watched()
    with pytest.raises(ExchangeError):
        done(LineOfMeters(unit, always=Fault.UNHEARD, after=3), What.ENERGY)


class Shown:
    """A link to a meter that shows what a test says: before, and after it was written to."""

    target, client = "there", SimpleNamespace(policy=Policy())

    def __init__(self, before: dict[str, float], *after: dict[str, float]):
        self._shown = [before, *after]

    async def read(self, ids):
        return {id: self._shown[0][id] for id in ids if id in self._shown[0]}

    async def write(self, values):
        self._next()

    def _next(self):
        if len(self._shown) > 1:
            self._shown.pop(0)


ENERGY, MAXIMUM, DEMAND = (
    "active_energy_import_resettable", "active_power_demand_max", "active_power_demand",
)  # fmt: skip


@pytest.mark.parametrize(
    ("what", "before", "after", "stayed"),
    [
        (What.ENERGY, {ENERGY: 12.5}, {ENERGY: 0.0}, ()),
        (What.ENERGY, {ENERGY: 12.5}, {ENERGY: 0.25}, ()),
        (What.ENERGY, {ENERGY: 0.0}, {ENERGY: 0.0}, ()),
        (What.ENERGY, {ENERGY: 12.5}, {ENERGY: 12.5}, (ENERGY,)),
        (What.MAXIMA, {MAXIMUM: 9.0, DEMAND: 3.0}, {MAXIMUM: 0.0, DEMAND: 3.0}, ()),
        (What.MAXIMA, {MAXIMUM: 9.0, DEMAND: 3.0}, {MAXIMUM: 9.0, DEMAND: 3.0}, (MAXIMUM,)),
        # With a period of 0 the maximum is the present demand at once.
        (What.MAXIMA, {MAXIMUM: 9.0, DEMAND: 9.0}, {MAXIMUM: 9.0, DEMAND: 9.0}, ()),
        (What.DEMAND, {MAXIMUM: 9.0, DEMAND: 3.0}, {MAXIMUM: 0.0, DEMAND: 3.0}, ()),
    ],
)
def test_done_is_what_the_meter_shows(what, before, after, stayed, monkeypatch):
    monkeypatch.setattr("smartx96.configuration.tasks.resets._PATIENCE", 0.0)
    found = asyncio.run(reset(Shown(before, before, after), what, 1000))
    assert found.stayed == stayed
    assert found.done is not bool(stayed)
    assert found.document()["values"][next(iter(after))]["after"] == next(iter(after.values()))


def test_who_stops_it_knows_whether_it_is_cleared():
    length, ends = 0, set()
    for number in range(-1, 40):
        unit, task = Watched(), list[asyncio.Task[Cleared]]()
        line = LineOfMeters(unit, before=lambda n, at=number, task=task: (
            task[0].cancel() if n == at else None))  # fmt: skip

        async def clear(link, line=line, task=task):
            line.begin()
            task.append(asyncio.ensure_future(reset(link, What.ENERGY, 1000)))
            return await asyncio.gather(task[0], return_exceptions=True)

        (found,) = line.ask(clear)
        length = length or line.count
        assert not unit.unlocked
        ends.add(isinstance(found, Cleared))
        assert unit.cleared == ([Resettable.ENERGY] if isinstance(found, Cleared) else [])
        if number >= length:
            break
    assert ends == {True, False}


WORDS = {
    "nothing was cleared": [],
    "the meter took the reset; what it shows now is not known": [Resettable.ENERGY],
}


@pytest.mark.parametrize("fault", [Fault.UNANSWERED, Fault.UNHEARD, Fault.BUSY])
def test_from_any_place_on_what_is_told_is_true(fault):
    whole, told = LineOfMeters(Watched()), set()
    done(whole, What.ENERGY)
    # The last requests read what is known to be reset.
    for number in range(whole.count - 1):
        unit = Watched()
        with pytest.raises(ExchangeError) as failed:
            done(LineOfMeters(unit, always=fault, after=number), What.ENERGY)
        said = failed.value.standing
        assert said or failed.value.uncertain
        assert unit.cleared == WORDS.get(said, unit.cleared)
        told.add(said)
    assert told >= set(WORDS)
