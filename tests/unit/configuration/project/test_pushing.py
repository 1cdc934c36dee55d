"""Projects pushed to real registers on a line: what is planned, refused, written, left, resumed."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from smartx96.configuration.project.project_file import read_project
from smartx96.configuration.project.pushing import Progress, push
from smartx96.configuration.project.result import Fate, Report
from smartx96.errors import ConfigurationError
from smartx96.modbus.functions.identity import Identity
from support.line_of_meters import IDENTIFICATION, Fault, LineOfMeters, Unit

PASSWORD = 1000

HEAD = """\
[line.a]
port = "line"

[settings]
demand_period = 15
"""


def meter(name: str, unit: int, *more: str) -> str:
    lines = "\n".join(more)
    return f'[[meter]]\nname = "{name}"\nunit = {unit}\n{lines}\n'


SWAPPED = (
    HEAD
    + meter("x", 1, "serial_number = 11", "settings = { unit_address = 2, ct_primary = 200 }")
    + meter("y", 2, "serial_number = 22", "settings = { unit_address = 1, ct_primary = 300 }")
)


def two() -> tuple[Unit, Unit]:
    return Unit(11, unit_address=1), Unit(22, unit_address=2)


class House:
    """A project in a folder, and the line with its meters."""

    def __init__(self, folder: Path, text: str, *units: Unit) -> None:
        self.path = folder / "house.toml"
        self.path.write_text(text)
        self.units = units
        self.asked_for = list[str]()
        self.line = LineOfMeters(*units)

    def push(self, line: LineOfMeters | None = None, password: int | None = PASSWORD,
             **options) -> Report:  # fmt: skip
        project = read_project(self.path)

        def passwords(meter):
            self.asked_for.append(meter.name)
            return password

        self.line = line or LineOfMeters(*self.units)
        return self.line.talk(lambda _: push(project, passwords, **options))

    @property
    def written(self) -> int:
        return len(self.line.writes)


def fates(report: Report) -> list[str]:
    return [str(each.fate) for each in report.results]


def test_all_have_what_they_are_to_have(tmp_path):
    units = two()
    house = House(
        tmp_path, HEAD + meter("x", 1, "settings.ct_primary = 200") + meter("y", 2), *units
    )
    told = list[Progress]()
    report = house.push(tell=told.append)
    assert report.good
    assert fates(report) == ["done", "done"]
    assert [unit.settings["demand_period"] for unit in units] == [15, 15]
    assert [unit.settings["ct_primary"] for unit in units] == [200, 5]
    assert not any(unit.unlocked for unit in units)
    assert told[-1][:2] == (4, 4)
    assert [each.done for each in told] == sorted(each.done for each in told)
    # Only where something protected is to be written.
    assert set(house.asked_for) == {"x"}
    assert fates(house.push()) == ["as wanted", "as wanted"]
    assert house.written == 0


def test_one_wrong_value_anywhere_keeps_all_from_being_written(tmp_path):
    units = two()
    text = HEAD + meter("x", 1) + meter("y", 2, 'member = "X96-5E"')
    house = House(tmp_path, text + 'profile = "p.toml"\n', *units)
    # Whether it goes with what the meter has, only the meter tells.
    (tmp_path / "p.toml").write_text("pulse1_width = 60\n")
    units[1]._meter.configuration = Unit(22, unit_address=2, system_type=2)._meter.configuration
    report = house.push()
    assert fates(report) == ["not written", "wrong"]
    assert "nothing was written, because of 'y': system_type" in report.failure
    assert not report.good
    assert house.written == 0


def test_the_wrong_meter_keeps_all_from_being_written(tmp_path):
    house = House(tmp_path, HEAD + meter("x", 1) + meter("y", 2, "serial_number = 23"), *two())
    report = house.push()
    assert fates(report) == ["not written", "wrong"]
    assert report.results[1].statement == (
        "the meter at line 9600 N1 unit 2 has serial number 22: serial_number 23 is wanted"
    )
    assert house.written == 0


def test_what_is_left_alone_for_want_of_an_answer_is_told(tmp_path):
    (tmp_path / "p.toml").write_text("ct_primary = 200\n")
    units = two()
    text = HEAD + meter("x", 1, "leave_unknown = true", 'profile = "p.toml"') + meter("y", 2)
    house = House(tmp_path, text, *units)
    assert [each.notes for each in house.push(dry_run=True).results] == [(), ()]
    for unit in units:
        unit.silent_to.add(IDENTIFICATION)
    report = house.push()
    # Of the second nothing is left alone.
    assert [len(each.notes) for each in report.results] == [1, 0]
    assert "it gave no answer to who it is" in report.results[0].notes[0]
    assert units[0].settings["ct_primary"] == 5


def test_who_does_not_answer_is_told_and_the_others_go_on(tmp_path):
    text = HEAD + meter("x", 1) + meter("z", 9)
    house = House(tmp_path, text, *two())
    report = house.push()
    assert fates(report) == ["done", "not reached"]
    assert "no answer" in report.results[1].statement
    assert not report.good
    strict = House(tmp_path, text, *two())
    report = strict.push(strict=True)
    assert fates(report) == ["not written", "not reached"]
    assert strict.written == 0


def test_strict_ends_with_the_first_failure(tmp_path):
    units = Unit(11, unit_address=1, bend=lambda address, data: None), Unit(22, unit_address=2)
    text = HEAD + meter("x", 1) + meter("y", 2)
    assert fates(House(tmp_path, text, *units).push()) == ["failed", "done"]
    units = Unit(11, unit_address=1, bend=lambda address, data: None), Unit(22, unit_address=2)
    report = House(tmp_path, text, *units).push(strict=True)
    assert fates(report) == ["failed", "not written"]
    assert report.failure == "stopped after the failure of 'x'"
    assert units[1].settings["demand_period"] == 60


def test_a_dry_run_writes_nothing_and_keeps_no_journal(tmp_path):
    house = House(tmp_path, SWAPPED, *two())
    report = house.push(dry_run=True, password=None)
    assert fates(report) == ["planned", "planned"]
    assert report.good
    assert "ct_primary 5 -> 200" in report.results[0].statement
    assert house.written == 0
    assert [path.name for path in tmp_path.iterdir()] == ["house.toml"]


def test_without_a_password_nothing_is_begun(tmp_path):
    house = House(tmp_path, SWAPPED, *two())
    report = house.push(password=None)
    assert fates(report) == ["not written", "not written"]
    assert "nothing was written: meter 'x' needs its password" in report.failure
    assert house.written == 0


def test_a_wrong_password_is_of_one_meter(tmp_path):
    units = two()
    house = House(tmp_path, HEAD + meter("x", 1, "settings.ct_primary = 7") + meter("y", 2), *units)
    report = house.push(password=1234)
    assert fates(report) == ["failed", "done"]
    assert report.results[0].statement.startswith("nothing written: the password is wrong")
    assert units[0].settings["demand_period"] == 60
    assert units[0].wrong_passwords == 1


def test_a_profile_cannot_bring_two_to_one_address(tmp_path):
    (tmp_path / "p.toml").write_text("unit_address = 7\n")
    text = 'profile = "p.toml"\n' + HEAD + meter("x", 1) + meter("y", 2)
    house = House(tmp_path, text, *two())
    report = house.push()
    assert fates(report) == ["done", "done"]
    assert all("unit_address" in each.plan.left for each in report.results)
    house = House(tmp_path, f"all = true\n{text}", *two())
    with pytest.raises(ConfigurationError, match="is to have address 7"):
        house.push()
    # Of the very meter it was pulled from: that only the meter itself tells.
    (tmp_path / "p.toml").write_text("unit_address = 2\n[meter]\nserial_number = 11\n")
    house = House(tmp_path, text, *two())
    report = house.push()
    assert sorted(fates(report)) == ["not written", "wrong"]
    assert "it would have address 2 at line, as" in report.failure
    assert house.written == 0


def test_two_change_places(tmp_path):
    units = two()
    house = House(tmp_path, SWAPPED, *units)
    report = house.push()
    assert fates(report) == ["done", "done"]
    assert [unit.unit_address for unit in units] == [2, 1]
    assert [unit.settings["ct_primary"] for unit in units] == [200, 300]
    assert [each.where for each in report.results] == [
        "x (line 9600 N1 unit 2)", "y (line 9600 N1 unit 1)",
    ]  # fmt: skip
    # Once more they are found where they are now, by their serial numbers.
    assert fates(house.push()) == ["as wanted", "as wanted"]
    assert [unit.unit_address for unit in units] == [2, 1]


def test_who_stays_silent_keeps_its_address(tmp_path):
    (x, _) = units = two()
    text = (HEAD + meter("x", 1, "serial_number = 11", "settings.unit_address = 2")
            + meter("y", 2, "serial_number = 22", "settings.unit_address = 3"))  # fmt: skip
    house = House(tmp_path, text, x)
    report = house.push()
    assert fates(report) == ["failed", "not reached"]
    assert "unit_address 2 may still be that of 'y'" in report.results[0].statement
    assert x.unit_address == 1
    house.units = units
    assert fates(house.push()) == ["done", "done"]
    assert [unit.unit_address for unit in units] == [2, 3]


def test_a_stranger_at_a_new_address_is_not_talked_into(tmp_path):
    units = Unit(11, unit_address=1), Unit(99, unit_address=2, demand_period=30)
    house = House(tmp_path, HEAD + meter("x", 1, "settings.unit_address = 2"), *units)
    report = house.push()
    assert fates(report) == ["failed"]
    assert "has this address already" in report.results[0].statement
    assert [unit.unit_address for unit in units] == [1, 2]
    # And where nobody is at the old one, the stranger is not taken for it.
    house.units = units[1:]
    report = house.push(resume=True)
    assert fates(report) == ["wrong"]
    assert units[1].settings["demand_period"] == 30
    text = house.path.read_text()
    (tmp_path / "house.journal.jsonl").unlink()
    house.path.write_text(text)
    assert "give its serial_number" in house.push().failure


def test_a_moved_meter_is_known_by_the_journal(tmp_path):
    unit = Unit(11, unit_address=1)
    house = House(tmp_path, HEAD + meter("x", 1, "settings.unit_address = 2"), unit)
    assert fates(house.push()) == ["done"]
    # Another new one is connected meanwhile, with the address that new ones have.
    house.units = (Unit(33, unit_address=1), unit)
    assert fates(house.push()) == ["as wanted"]
    assert house.units[0].settings["demand_period"] == 60


def test_a_dry_run_knows_what_the_journal_does(tmp_path):
    unit = Unit(11, unit_address=1)
    house = House(tmp_path, HEAD + meter("x", 1, "settings.unit_address = 2") + meter("y", 3), unit)
    assert fates(house.push()) == ["done", "not reached"]
    content = house.path.with_name("house.journal.jsonl").read_bytes()
    assert fates(house.push(dry_run=True)) == ["as wanted", "not reached"]
    assert fates(house.push(dry_run=True, resume=True)) == ["done before", "not reached"]
    assert house.path.with_name("house.journal.jsonl").read_bytes() == content


def test_speed_and_parity_are_followed_and_found_again(tmp_path):
    units = two()
    more = "settings = { baud_rate = 38400, parity_stop = 'E1', ct_primary = 50 }"
    house = House(tmp_path, HEAD + meter("x", 1, more) + meter("y", 2, more), *units)
    report = house.push()
    assert fates(report) == ["done", "done"]
    assert report.results[1].where == "y (line 38400 E1 unit 2)"
    assert fates(house.push()) == ["as wanted", "as wanted"]


def test_resumed_it_leaves_out_what_is_done_and_nothing_else(tmp_path):
    units = two()
    text = HEAD + meter("x", 1) + meter("y", 2) + meter("z", 3)
    house = House(tmp_path, text, *units)
    assert fates(house.push()) == ["done", "done", "not reached"]
    house.units = (*units, Unit(33, unit_address=3))
    house.path.write_text(text.replace("unit = 2", "unit = 2\nsettings.scroll_time = 5"))
    report = house.push(resume=True)
    assert fates(report) == ["done before", "done", "done"]
    assert not any(frame[0] == 1 for frame in house.line.asked)
    assert report.good
    assert fates(house.push(resume=True)) == ["done before"] * 3
    assert house.line.asked == []
    # Without it all is compared anew.
    assert fates(house.push()) == ["as wanted"] * 3


def test_stopped_it_ends_with_the_meter_under_way(tmp_path):
    units = tuple(Unit(n, unit_address=n) for n in range(1, 5))
    text = HEAD + "".join(meter(f"m{n}", n) for n in range(1, 5))
    house = House(tmp_path, text, *units)
    project = read_project(house.path)
    line = LineOfMeters(*units)

    async def stopped() -> Report:
        def tell(progress: Progress) -> None:
            if progress.meter == "m2" and progress.step.startswith("write"):
                task.cancel()

        task = asyncio.ensure_future(push(project, lambda meter: PASSWORD, tell=tell))
        return await task

    report = line.talk(lambda _: stopped())
    assert fates(report) == ["done", "done", "not written", "not written"]
    assert report.failure == "stopped before the end"
    assert [unit.settings["demand_period"] for unit in units] == [15, 15, 60, 60]
    assert fates(house.push(resume=True)) == ["done before", "done before", "done", "done"]


def test_a_journal_that_takes_no_more_stops_it_and_all_is_told(tmp_path, monkeypatch):
    from smartx96.configuration.project import journal

    written = list[int]()

    def full(file: int) -> None:
        written.append(file)
        if len(written) == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(journal.os, "fsync", full)
    units = tuple(Unit(n, unit_address=n) for n in range(1, 4))
    house = House(tmp_path, HEAD + "".join(meter(f"m{n}", n) for n in range(1, 4)), *units)
    report = house.push()
    assert fates(report) == ["done", "done", "not written"]
    assert "No space left on device" in report.failure
    assert not report.good


class SiblingIdentity(Identity):
    @property
    def objects(self):
        return {0: "Somebody", 1: "SDM630", 2: "1.0"}


def test_a_sibling_is_refused_what_nobody_documents(tmp_path):
    units = Unit(11, unit_address=1), Unit(22, unit_address=2, says=SiblingIdentity())
    text = HEAD + meter("x", 1) + meter("y", 2, "settings.ct_primary = 200")
    house = House(tmp_path, text, *units)
    report = house.push()
    assert fates(report) == ["not written", "wrong"]
    assert "--unverified tries" in report.failure
    assert house.written == 0
    house.path.write_text(text + "unverified = true\n")
    assert fates(house.push()) == ["done", "done"]
    assert units[1].settings["ct_primary"] == 200


TARIFFS = '[days]\nd = { "00:00" = 2, "06:00" = 1 }\n[weeks]\nw = "d"\n'


def test_tariffs_go_with_the_settings(tmp_path):
    (tmp_path / "tariffs.toml").write_text(TARIFFS)
    units = two()
    text = 'tariffs = "tariffs.toml"\n' + HEAD + meter("x", 1) + meter("y", 2)
    house = House(tmp_path, text, *units)
    assert "the tariff calendar" in house.push(dry_run=True).results[0].statement
    report = house.push()
    assert fates(report) == ["done", "done"]
    assert all(each.calendar is not None and each.calendar.done for each in report.results)
    assert fates(house.push()) == ["as wanted", "as wanted"]


def test_tariffs_are_told_by_the_zone_and_control_that_the_meters_are_to_have(tmp_path):
    (tmp_path / "tariffs.toml").write_text(TARIFFS)
    head = 'tariffs = "tariffs.toml"\n' + HEAD
    for zone, noted in (("Europe/Berlin", False), ("UTC", True)):
        text = f'{head}time_zone = "{zone}"\ntariff_control = 3\n' + meter("x", 1)
        (found,) = House(tmp_path, text, Unit(11)).push(dry_run=True).results
        assert any("time_zone is UTC" in note for note in found.notes) is noted
        assert any("tariff_control is 3" in note for note in found.notes)


@pytest.fixture(scope="module")
def length(tmp_path_factory) -> tuple[int, int]:
    """Requests of a push without faults, and which of them are the first to write."""
    house = House(tmp_path_factory.mktemp("house"), SWAPPED, *two())
    assert house.push().good
    kinds = [frame[1] for frame in house.line.asked]
    return len(kinds), kinds.index(16)


FAULTS = (Fault.UNHEARD, Fault.UNANSWERED, Fault.DAMAGED, Fault.LATE, Fault.BUSY, Fault.REFUSED,
          Fault.LOCKED, Fault.RESTART)  # fmt: skip


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_change_of_places_with_a_fault_at_every_request(tmp_path, length, fault, lasting):
    """No two meters ever have one address, each is told of truly, and resumed all is done."""
    seen = Counter[str]()
    total, first = length
    for number in range(first + FAULTS.index(fault) % 2, total, 4 if lasting else 2):
        units = two()
        faults = {"always": fault, "after": number} if lasting else {"faults": {number: fault}}
        line = LineOfMeters(*units, before=lambda _, units=units: check_apart(units), **faults)
        line.begin()
        house = House(tmp_path, SWAPPED, *units)
        report = house.push(line)
        seen.update(fates(report))
        check_apart(units)
        for unit, result in zip(units, report.results, strict=True):
            check_truth(unit, result)
        resumed = house.push(resume=True)
        assert fates(resumed) == [
            "done before" if each.fate in (Fate.DONE, Fate.SAME) else str(now.fate)
            for each, now in zip(report.results, resumed.results, strict=True)
        ]
        assert resumed.good, (number, report.statement, resumed.statement, resumed.results)
        assert [unit.unit_address for unit in units] == [2, 1]
        assert [unit.settings["ct_primary"] for unit in units] == [200, 300]
        (tmp_path / "house.journal.jsonl").unlink()
    assert seen["done"]
    if lasting and fault is not Fault.LOCKED:
        assert seen["failed"] or seen["not reached"]


def check_apart(units: tuple[Unit, Unit]) -> None:
    assert units[0].unit_address != units[1].unit_address


def check_truth(unit: Unit, result) -> None:
    """What a result says is what the meter has."""
    if result.fate is Fate.DONE:
        wanted = {change.id: change.new for change in result.plan.changes}
        assert wanted.items() <= dict(unit.settings).items()
    for entry in result.outcome.entries if result.outcome else ():
        if entry.after is not None:
            assert unit.settings[entry.id] == entry.after, entry
