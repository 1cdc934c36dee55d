"""Editing: digits, choices, time zones."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from smartx96.panel.editing import AREAS, Choice, Digits, Zone, zones
from smartx96.panel.screen import EVERY_DIGIT
from smartx96.settings import BY_ID
from smartx96.settings.setting import TEXT_LENGTH


def test_digits_one_by_one() -> None:
    digits = Digits("0095", 4)
    digits.step(1)
    digits.advance()
    digits.step(-1)
    digits.advance()
    digits.step(1)
    assert digits.value == "1905"
    digits.advance()
    assert digits.flashing == {3}
    digits.advance()
    assert digits.flashing == {0}, "after the last comes the first"


@pytest.mark.parametrize(
    ("text", "room", "cells"),
    [
        ("247", 4, [1, 2, 3]),
        ("26-03-02", 8, [0, 1, 3, 4, 6, 7]),
        ("  15:30:45", 8, [2, 3, 4, 5, 6, 7]),
        ("12.5", 4, [1, 2, 3]),
    ],
)
def test_what_flashes_is_the_digit_on_the_glass(text, room, cells) -> None:
    digits, found = Digits(text, room), []
    for _ in cells:
        found += digits.flashing
        digits.advance()
    assert found == cells
    digits.step(1)
    changed = [n for n, (a, b) in enumerate(zip(text, digits.text, strict=True)) if a != b]
    assert changed == [next(n for n, sign in enumerate(text) if sign.isdigit())]


def test_choices_go_round() -> None:
    choice = Choice({60: "60 MS", 100: "100 MS", 200: "200 MS"}, 100)
    choice.step(1)
    assert (choice.value, choice.text, choice.flashing) == (200, "200 MS", EVERY_DIGIT)
    choice.step(1)
    assert choice.value == 60
    choice.step(-1)
    choice.advance()
    assert choice.value == 200
    assert Choice({1: "A"}, 7).value == 1


def test_zones_are_those_that_the_setting_takes() -> None:
    found = zones()
    assert list(found) == [*AREAS, "UTC"]
    names = [name for area in found.values() for name in area]
    assert len(names) == len(set(names)) > 400
    for name in names:
        assert BY_ID["time_zone"].check(name) == name
        assert len(name) <= TEXT_LENGTH
        ZoneInfo(name)
    assert {"Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kolkata"} <= set(names)


def test_a_zone_by_area_and_place() -> None:
    zone = Zone("Europe/Berlin")
    assert (zone.text, zone.value) == ("EUROPE", "Europe/Berlin")
    zone.advance()
    assert zone.text == "BERLIN"
    zone.step(1)
    assert zone.value == "Europe/Bratislava"
    zone.step(-1)
    zone.advance()
    zone.step(-1)
    assert zone.value == zones()["Australia"][0]
    seen = {zone.value.partition("/")[0]}
    for _ in range(len(zones()) - 1):
        zone.step(1)
        seen.add(zone.value.partition("/")[0])
    assert seen == set(zones())


def test_utc_has_no_place() -> None:
    zone = Zone("UTC")
    zone.advance()
    assert zone.of_area
    zone.step(1)
    assert zone.value.startswith("Africa/")
    zone.advance()
    assert not zone.of_area


@pytest.mark.parametrize("old", ["GB", "US/Pacific", "Europe/Nowhere"])
def test_a_zone_that_the_list_lacks_can_be_left_and_kept(old) -> None:
    zone = Zone(old)
    assert zone.value == old
    zone.step(1)
    assert zone.value != old
    kept = Zone(old)
    kept.advance()
    kept.advance()
    assert kept.value == old


def test_a_long_place_is_written_without_underscores() -> None:
    zone = Zone("America/Argentina/Buenos_Aires", of_area=False)
    assert zone.text == "ARGENTINA/BUENOS AIRES"
