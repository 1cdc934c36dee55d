"""Projects of found meters: read by the reader of projects, each meter as it was found."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartx96.configuration.project.found_meters import meter_names, part, write_found
from smartx96.configuration.project.project import Project
from smartx96.configuration.project.project_file import read_project
from smartx96.configuration.search.found import Found, State
from smartx96.configuration.target import Target
from smartx96.errors import ConfigurationError, X96Error
from smartx96.modbus.client.nameplate import Nameplate
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import Place

LINE = Place.named("rtu:/dev/ttyUSB0")
HOST, NEXT = Place.named("tcp:10.0.0.5"), Place.named("tcp:[fe80::1]:5020")
SERVER = Place.named("rtu_tcp:10.0.0.9:4001")


def found(place: Place = LINE, unit: int = 1, serial: int | None = None, name: str = "",
          line: LineParameters | None = None, state: State = State.METER) -> Found:  # fmt: skip
    plate = Nameplate(serial_number=serial, name=name)
    facts = {"wiring": "3P4W", "ct_primary": 250.0, "ct_secondary": 5}
    return Found(Target(place, unit, line or LineParameters()), state, plate, "X96-5A", facts=facts)


def written(folder: Path, *meters: Found, stopped: bool = False) -> Project:
    path = folder / "site.toml"
    write_found(path, meters, stopped=stopped)
    return read_project(path)


def test_each_meter_is_asked_where_it_was_found(tmp_path):
    fast = LineParameters(19200, "E")
    meters = [
        found(LINE, 1, 11), found(LINE, 2, 12, line=fast), found(SERVER, 3, 13),
        found(HOST, 0, 14), found(NEXT, 255, 15), found(NEXT, 7, 16),
        found(Place.named("rtu:COM3"), 247, 17, line=fast),
    ]  # fmt: skip
    project = written(tmp_path, *meters)
    for meter, each in zip(project.meters, meters, strict=True):
        assert (meter.target.place, meter.target.unit) == (each.target.place, each.target.unit)
        assert meter.target.parameters == each.target.parameters
        assert meter.serial_number == each.nameplate.serial_number
        assert not meter.settings
    text = (tmp_path / "site.toml").read_text()
    # A line for each place of several meters; the others say their own place.
    assert text.count("[line.") == 2
    assert "[line.ttyUSB0]" in text
    assert 'tcp = "10.0.0.5:502"' in text
    assert "# X96-5A, 3P4W, CT 250/5 A" in text
    assert "7 meters, as" in text


def test_names():
    def names(*meters: Found) -> list[str]:
        return meter_names(meters)

    assert names(found(name="supply"), found(unit=2, name="shop")) == ["supply", "shop"]
    # What two have, capitals or not, tells nothing; nor what is no name.
    assert names(found(name="Meter"), found(unit=2, name="meter"), found(unit=3)) == [
        "meter-1", "meter-2", "meter-3",
    ]  # fmt: skip
    assert names(found(name="a\x07b"), found(unit=2, name="x" * 65), found(unit=3, name=" ")) == [
        "meter-1", "meter-2", "meter-3",
    ]  # fmt: skip
    # A unit id that several hosts have is told with the place.
    assert names(found(HOST), found(NEXT), found(LINE, 2)) == [
        "meter-1-10-0-0-5", "meter-1-fe80-1-5020", "meter-2",
    ]  # fmt: skip
    # Somebody's own name counts first.
    assert names(found(unit=2), found(unit=5, name="METER-2")) == ["meter-2-ttyUSB0", "METER-2"]
    alike = [Place.named(f"rtu:/dev/tty{sign}A") for sign in "-."]
    assert names(*map(found, alike)) == ["meter-1-tty-A-2", "meter-1-tty-A-3"]


def test_signs_of_toml_in_a_name(tmp_path):
    name = 'say "hall" \\ #1 [[meter]] ä'
    assert [meter.name for meter in written(tmp_path, found(name=name)).meters] == [name]


def test_lines_of_places_that_look_alike(tmp_path):
    alike = [Place.named(f"rtu:/dev/tty{sign}A") for sign in "-."]
    meters = [found(place, unit) for place in alike for unit in (1, 2)]
    project = written(tmp_path, *meters)
    assert [line.place for line in project.lines] == alike


def test_a_meter_that_is_reached_in_two_ways_is_there_once(tmp_path):
    parted = part([found(LINE, 3, 7), found(HOST, 1, 7), found(HOST, 2, 8)])
    assert [each.target.place for each in parted.meters] == [LINE, HOST]
    ((left, why),) = parted.left
    assert left.target.unit == 1
    assert why == f"serial number 7 is that of the meter at {LINE} 9600 N1 unit 3: taken for the " \
        "same one"  # fmt: skip
    written(tmp_path, found(LINE, 3, 7), found(HOST, 1, 7))
    assert "Left out: 10.0.0.5:502 unit 1: serial number 7" in (tmp_path / "site.toml").read_text()


def test_two_with_one_number_on_a_line_are_both_there_and_told_by_their_addresses(tmp_path):
    project = written(tmp_path, found(unit=3, serial=7), found(unit=4, serial=7), found(unit=5))
    assert [(m.target.unit, m.serial_number) for m in project.meters] == [
        (3, None), (4, None), (5, None),
    ]  # fmt: skip
    assert "# serial_number = 7: another meter here" in (tmp_path / "site.toml").read_text()
    # Nobody's number is that of nobody else.
    many = written(tmp_path, found(LINE, 1, 0), found(HOST, 2, 0))
    assert [meter.serial_number for meter in many.meters] == [None, None]


def test_one_address_at_two_speeds_is_one_meter_of_a_project():
    parted = part([found(serial=1), found(serial=2, line=LineParameters(2400))])
    assert len(parted.meters) == 1
    assert "has the same address" in parted.left[0][1]


def test_who_is_no_meter_is_left_out_and_told(tmp_path):
    others = [found(unit=2, state=State.OTHER), found(unit=3, state=State.DAMAGED)]
    project = written(tmp_path, found(), *others, stopped=True)
    assert len(project.meters) == 1
    text = (tmp_path / "site.toml").read_text()
    assert "unit 2: something else answers" in text
    assert "unit 3: damaged answers" in text
    assert "stopped before its end" in text
    (tmp_path / "site.toml").unlink()
    with pytest.raises(X96Error, match="not written, for no meter was found"):
        write_found(tmp_path / "site.toml", others)
    assert not list(tmp_path.iterdir())


def test_more_than_a_project_has_leave_no_file(tmp_path):
    hosts = (Place.named(f"tcp:10.0.{n // 250}.{n % 250 + 1}") for n in range(21))
    with pytest.raises(ConfigurationError, match="1 to 5000 meters"):
        write_found(tmp_path / "x.toml", (found(h, u) for h in hosts for u in range(247)))
    assert not list(tmp_path.iterdir())
