"""The face as text: golden forms, and digits read back by others' patterns."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from smartx96.models import MODELS
from smartx96.panel.screen import OFF, Line, Row, Screen
from smartx96.panel.terminal import WIDTH, terminal
from support.screens import DEMAND, EDITING, LAMP_TEST, VOLTAGE

MODEL = MODELS["X96-5A"]
GOLDEN = Path(__file__).resolve().parents[2] / "data/panel"
SCREENS = {"voltage": VOLTAGE, "demand": DEMAND, "editing": EDITING, "lamp-test": LAMP_TEST,
           "off": OFF}  # fmt: skip

# Digits as machines of banks print them: three lines of three characters.
BANK = """\
 _     _  _     _  _  _  _  _
| |  | _| _||_||_ |_   ||_||_|
|_|  ||_  _|  | _||_|  ||_| _|"""


def bank_digits() -> dict[str, str]:
    lines = [line.ljust(30) for line in BANK.splitlines()]
    return {"".join(line[3 * n : 3 * n + 3] for line in lines): str(n) for n in range(10)}


@pytest.mark.parametrize("name", SCREENS)
@pytest.mark.parametrize("large", [False, True])
def test_the_forms_are_as_they_were(name: str, large: bool) -> None:
    lines = terminal(SCREENS[name], MODEL, large=large)
    golden = GOLDEN / f"{name}{'-large' * large}.txt"
    assert "\n".join(lines) + "\n" == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["0123", "4567", "8901"])
def test_digits_are_those_that_machines_read(text: str) -> None:
    lines = terminal(Screen((Row(text),)), MODEL)[4:7]
    known = bank_digits()
    left = 2 + 10 + 3
    read = [
        known["".join(line[left + 5 * n : left + 5 * n + 3] for line in lines)] for n in range(4)
    ]
    assert "".join(read) == text


@pytest.mark.parametrize("screen", SCREENS.values())
@pytest.mark.parametrize(("large", "height"), [(False, 23), (True, 33)])
def test_every_line_has_one_width(screen: Screen, large: bool, height: int) -> None:
    for dark in (False, True):
        lines = terminal(screen, MODEL, large=large, dark=dark)
        assert len(lines) == height
        assert {len(line) for line in lines} == {WIDTH}
        assert all(unicodedata.east_asian_width(sign) not in "WF" for sign in "".join(lines))


def test_the_small_form_fits_the_smallest_terminal() -> None:
    lines = terminal(LAMP_TEST, MODEL)
    assert WIDTH <= 80
    assert len(lines) <= 24


def test_what_flashes_goes_and_comes() -> None:
    dark = terminal(EDITING, MODEL, dark=True)
    without = replace(EDITING.rows[1], text="02 0", flashing=frozenset())
    assert dark == terminal(replace(EDITING, rows=(EDITING.rows[0], without)), MODEL)
    assert dark != terminal(EDITING, MODEL)


def test_signs_and_keys_are_named() -> None:
    text = "\n".join(terminal(DEMAND, MODELS["X96-5E"]))
    for sign in ("SMART X96-5E", "\u21ba", "\u2190", "WARNING", "I M P O R T", "kW", "Mvar", "L1-2",
                 "max dmd", "1 U/I", "2 M", "3 P", "4 E", "\u25cf 3200 imp/kWh"):  # fmt: skip
        assert sign in text
    assert "\u21bb" not in text


def test_points_and_colons_of_the_line_are_shown() -> None:
    assert "1 2:3 4:5 6" in "\n".join(terminal(Screen(line=Line("12:34:56")), MODEL))
    assert "1 2.5" in "\n".join(terminal(Screen(line=Line("12.5")), MODEL))
