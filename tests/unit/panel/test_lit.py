"""Which segments a screen lights: closed examples."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartx96.panel.glass import ALL, BITS
from smartx96.panel.lit import Lit, bar_length, lit, misfits
from smartx96.panel.screen import (
    EVERY_DIGIT,
    OFF,
    Label,
    Line,
    LineUnit,
    Prefix,
    Row,
    Screen,
    Symbol,
    Unit,
)
from support.screens import DEMAND, EDITING, LAMP_TEST, VOLTAGE


def ids(mask: int) -> set[str]:
    return {name for name, bit in BITS.items() if mask & bit}


def row(text: str, **rest: object) -> Lit:
    return lit(Screen((Row(text, **rest),)))  # type: ignore[arg-type]


def digits(place: int, letters: str, row: int = 0) -> set[str]:
    return {f"row{row}-{place}{letter}" for letter in letters}


def test_eight_lights_all_seven_segments_of_the_last_digit() -> None:
    assert ids(row("8").on) == digits(3, "abcdefg")


def test_a_value_is_drawn_from_the_right_with_its_point() -> None:
    expected = digits(1, "bc") | {"row0-1point"} | digits(2, "abdeg") | digits(3, "abcdg")
    assert ids(row("1.23").on) == expected


def test_a_minus_has_a_segment_of_its_own() -> None:
    assert ids(row("-1").on) == digits(3, "bc") | {"row0-minus"}


def test_dashes_stand_in_the_digits() -> None:
    assert ids(row("----").on) == {f"row0-{place}g" for place in range(4)}


def test_labels_share_their_pieces() -> None:
    labels = row("", labels=(Label.L12, Label.MAXIMUM))
    assert ids(labels.on) == {
        "row0-L", "row0-fromb", "row0-fromc", "row0-to", "row0-toa", "row0-tob", "row0-tod",
        "row0-toe", "row0-tog", "row0-max",
    }  # fmt: skip


def test_units_stand_beside_their_prefixes() -> None:
    assert ids(row("", unit=Unit.WATT, prefix=Prefix.KILO).on) == {"row0-k", "row0-W"}
    volt_ampere = ids(row("", unit=Unit.VOLT_AMPERE, prefix=Prefix.MEGA).on)
    assert volt_ampere == {"row0-M2", "row0-V", "row0-A"}


def test_numbers_of_the_line_stand_right_and_words_left() -> None:
    number = ids(lit(Screen(line=Line("-1.7", LineUnit.VAR_HOUR, Prefix.MEGA))).on)
    minus, one, seven = {"line-5g", "line-5h"}, {"line-6b", "line-6c", "line-6point"}, set("abc")
    unit = {"line-varhM", "line-varh"}
    assert number == minus | one | {f"line-7{letter}" for letter in seven} | unit
    word = ids(lit(Screen(line=Line("T:L"))).on)
    assert word == {"line-0a", "line-0j", "line-0m", "line-0colon", "line-1d", "line-1e", "line-1f"}


def test_flashing_digits_flash_without_their_point() -> None:
    masks = row("12.3", flashing=frozenset({2}))
    assert ids(masks.flashing) == digits(2, "abdeg")
    assert masks.on & masks.flashing == masks.flashing


def test_a_row_that_flashes_flashes_whole_but_for_label_and_unit() -> None:
    masks = row("-1.2", labels=(Label.L1,), unit=Unit.VOLT, flashing=EVERY_DIGIT)
    steady = ids(masks.on) - ids(masks.flashing)
    assert steady == {"row0-L", "row0-fromb", "row0-fromc", "row0-V"}


def test_pulses_of_output_2_light_the_lamp() -> None:
    assert "led" in ids(lit(Screen(symbols=frozenset({Symbol.PULSE_2}))).on)
    assert "led" not in ids(lit(Screen(symbols=frozenset({Symbol.PULSE_1}))).on)


def test_a_symbol_that_flashes_is_lit() -> None:
    masks = lit(Screen(flashing=frozenset({Symbol.WARNING})))
    assert ids(masks.on) == ids(masks.flashing) == {"warning"}


@pytest.mark.parametrize(
    ("load", "length"),
    [(None, 0), (0.0, 0), (0.024, 0), (0.026, 1), (0.5, 10), (1.0, 20), (1.2, 24), (9.0, 24),
     (-1.0, 0), (math.nan, 0), (math.inf, 24)],
)  # fmt: skip
def test_the_bar_counts_five_per_cent_steps(load: float | None, length: int) -> None:
    assert bar_length(load) == length
    on = ids(lit(Screen(bar=load)).on)
    assert on == {f"bar-{n}" for n in range(length)} | (
        {"bar-scale"} if load is not None else set()
    )


def test_lamp_test_lights_everything_and_no_power_nothing() -> None:
    assert lit(LAMP_TEST) == Lit(ALL, 0)
    assert lit(OFF) == Lit(0, 0)
    assert lit(Screen((Row("8888"),), powered=False, lamp_test=True)) == Lit(0, 0)


def test_a_number_that_is_too_long_is_not_shown_as_another() -> None:
    assert ids(row("12345").on) == {f"row0-{place}g" for place in range(4)}
    assert lit(Screen(line=Line("123456789"))) == lit(Screen(line=Line("--------")))
    assert lit(Screen(line=Line("HARMONICS"))) == lit(Screen(line=Line("HARMONIC")))


def test_misfits_are_told() -> None:
    assert misfits(VOLTAGE) == misfits(DEMAND) == misfits(EDITING) == []
    assert misfits(Screen((Row("12K4"),))) == ["row 0 '12K4': no glyph for 'K'"]
    assert misfits(Screen((Row(), Row("12345")))) == [
        "row 1 '12345': 5 characters, there is room for 4"
    ]
    assert misfits(Screen((Row("1:23"),))) == ["row 0 '1:23': rows have no colon"]
    assert misfits(Screen((Row("1234."),))) == [
        "row 0 '1234.': nothing stands behind the last character"
    ]
    assert misfits(Screen(line=Line("kWh \u20ac"))) == [
        "line 'kWh \u20ac': no glyph for 'kh\u20ac'"
    ]
    assert misfits(Screen((Row(),) * 5)) == ["5 rows, the glass has 4"]


@given(st.text(max_size=12), st.text(max_size=12), st.frozensets(st.integers(0, 8)))
def test_any_text_gives_masks(row: str, line: str, flashing: frozenset[int]) -> None:
    masks = lit(Screen((Row(row, flashing=flashing),) * 5, Line(line, flashing=flashing)))
    assert 0 <= masks.on <= ALL
    assert masks.flashing & ~masks.on == 0
