"""Visits to the meters of a project, on a line of real registers: nothing is written."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from smartx96.configuration.link import Link
from smartx96.configuration.project.preparing import found as found_by_push
from smartx96.configuration.project.project import ProjectMeter
from smartx96.configuration.project.project_file import read_project
from smartx96.configuration.project.visiting import Visit, visit
from smartx96.errors import X96Error
from smartx96.modbus.client.nameplate import Nameplate
from support.line_of_meters import LineOfMeters, Unit

HEAD = '[line.a]\nport = "line"\n'


def meter(name: str, unit: int, more: str = "") -> str:
    return f'[[meter]]\nname = "{name}"\nunit = {unit}\n{more}\n'


async def number_of(_: ProjectMeter, link: Link) -> int | None:
    return link.nameplate.serial_number


def visits(folder: Path, text: str, *units: Unit, work=number_of, **options) -> list[Visit[int]]:
    path = folder / "house.toml"
    path.write_text(HEAD + text)
    line, found = LineOfMeters(*units), list[Visit[int]]()
    line.talk(lambda _: visit(read_project(path), work, found.append, **options))
    assert not line.writes
    assert {each.name for each in folder.iterdir()} <= {"house.toml", "house.journal.jsonl"}
    return found


def told(found: list[Visit[int]]) -> list[tuple[str, str, int | None]]:
    return [(each.meter.name, str(each.fate), each.outcome) for each in found]


def two() -> tuple[Unit, Unit]:
    return Unit(11, unit_address=1), Unit(22, unit_address=2)


def test_each_in_turn(tmp_path):
    assert told(visits(tmp_path, meter("y", 2) + meter("x", 1), *two())) == [
        ("y", "done", 22), ("x", "done", 11),
    ]  # fmt: skip


def test_who_does_not_answer_is_told_and_the_others_are_asked(tmp_path):
    found = visits(tmp_path, meter("gone", 9) + meter("x", 1), *two())
    assert told(found) == [("gone", "not reached", None), ("x", "done", 11)]
    assert "has the meter power?" in found[0].failure
    assert found[0].where == "gone (line 9600 N1 unit 9)"


def test_another_meter_than_the_project_says_is_not_asked(tmp_path):
    asked = list[str]()

    async def work(meter: ProjectMeter, link: Link) -> int | None:
        asked.append(meter.name)
        return link.nameplate.serial_number

    text = meter("x", 1, "serial_number = 12") + meter("y", 2, "serial_number = 22")
    found = visits(tmp_path, text, *two(), work=work)
    assert told(found) == [("x", "wrong", None), ("y", "done", 22)]
    assert "has serial number 11: serial_number 12 is wanted" in found[0].failure
    assert asked == ["y"]


def test_who_has_moved_is_found_where_it_is_to_be(tmp_path):
    text = meter("x", 9, "serial_number = 22\nsettings.unit_address = 2")
    (found,) = visits(tmp_path, text, *two())
    assert (found.outcome, found.where) == (22, "x (line 9600 N1 unit 2)")


def test_who_stepped_aside_is_found_by_the_journal(tmp_path):
    (tmp_path / "house.journal.jsonl").write_text(
        '{"event": "found", "time": "2026-11-23T10:00:00+00:00", "meter": "x", '
        '"serial_number": 22, "unit": 2}\n'
    )
    (found,) = visits(tmp_path, meter("x", 9, "settings.unit_address = 8"), *two())
    assert (found.outcome, found.where) == (22, "x (line 9600 N1 unit 2)")


def test_work_that_fails_is_of_one_meter(tmp_path):
    async def work(meter: ProjectMeter, link: Link) -> int | None:
        if meter.name == "x":
            raise X96Error(f"{link.target}: its clock stands still")
        return link.nameplate.serial_number

    found = visits(tmp_path, meter("x", 1) + meter("y", 2), *two(), work=work)
    assert told(found) == [("x", "failed", None), ("y", "done", 22)]
    # Where it was is told beside.
    assert found[0].failure == "its clock stands still"


def test_a_port_that_does_not_open_is_tried_once(tmp_path, monkeypatch):
    tried = list[str]()

    async def counted(meter, *more):
        tried.append(meter.name)
        return await found_by_push(meter, *more)

    monkeypatch.setattr("smartx96.configuration.project.visiting.found", counted)
    path, visited = tmp_path / "house.toml", list[Visit[int]]()
    text = HEAD.replace('"line"', f'"{tmp_path / "none"}"')
    path.write_text(text + meter("x", 1) + meter("y", 2))
    asyncio.run(visit(read_project(path), number_of, visited.append))
    assert [str(each.fate) for each in visited] == ["not reached"] * 2
    assert visited[0].failure == visited[1].failure != ""
    assert tried == ["x"]


async def anybody(meter: ProjectMeter, *_: object) -> Any:
    plate = Nameplate(serial_number=meter.unit_wanted)
    return SimpleNamespace(target=meter.target, nameplate=plate)


def test_lines_are_visited_at_once_and_the_meters_of_each_in_turn(tmp_path, monkeypatch):
    monkeypatch.setattr("smartx96.configuration.project.visiting.found", anybody)
    path, visited = tmp_path / "house.toml", list[Visit[int]]()
    lines = "".join(f'[line.{name}]\nport = "{name}"\n' for name in "ab")
    text = "".join(meter(f"{name}{n}", n, f'line = "{name}"') for name in "ab" for n in (1, 2, 3))
    path.write_text(lines + text)
    asked = dict[str, int]()

    async def whole() -> None:
        both = asyncio.Barrier(2)

        async def work(meter: ProjectMeter, link: Link) -> int | None:
            line = meter.line.place.where
            asked[line] = asked.get(line, 0) + 1
            # Where only one line were visited, nobody else would come.
            await asyncio.wait_for(both.wait(), 5)
            assert asked[line] == meter.unit_wanted
            if meter.name == "a2":
                raise X96Error("its clock stands still")
            return link.nameplate.serial_number

        await visit(read_project(path), work, visited.append)

    asyncio.run(whole())
    assert {each.meter.name: each.failure or each.outcome for each in visited} == {
        "a1": 1, "a2": "its clock stands still", "a3": 3, "b1": 1, "b2": 2, "b3": 3,
    }  # fmt: skip


def test_stopped_it_begins_no_other(tmp_path):
    begun = list[str]()

    async def work(meter: ProjectMeter, link: Link) -> int | None:
        begun.append(meter.name)
        return link.nameplate.serial_number

    text = meter("x", 1) + meter("y", 2)
    found = visits(tmp_path, text, *two(), work=work, stopped=lambda: bool(begun))
    assert told(found) == [("x", "done", 11)]


def test_what_is_no_fault_of_a_meter_is_not_taken_for_one(tmp_path):
    async def work(meter: ProjectMeter, link: Link) -> int | None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        visits(tmp_path, meter("x", 1), *two(), work=work)
