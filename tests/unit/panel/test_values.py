"""Values on the glass: against decimal arithmetic, and no flicker at the borders."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartx96.panel.screen import EVERY_DIGIT, Prefix
from smartx96.panel.values import (
    Indication,
    Shown,
    charge,
    date_text,
    full,
    local,
    passing,
    passing_time,
    register,
    time_text,
    width,
)
from support.meters import T0

FACTORS = {Prefix.NONE: 1, Prefix.KILO: 10**3, Prefix.MEGA: 10**6, Prefix.GIGA: 10**9}


def fresh(value, *, prefixed=True, maximum=math.inf) -> Shown:
    return Indication().show("x", value, prefixed=prefixed, maximum=maximum)


@pytest.mark.parametrize(
    ("value", "text", "prefix"),
    [
        (230.1, "230.1", ""),
        (0.0, "0.000", ""),
        (-0.0001, "0.000", ""),
        (0.1234, "0.123", ""),
        (-5.0, "-5.000", ""),
        (12.346, "12.35", ""),
        (999.9, "999.9", ""),
        (999.94, "999.9", ""),
        (999.96, "1.000", "k"),
        (-1234.6, "-1.235", "k"),
        (11_500.0, "11.50", "k"),
        (4_968_000.0, "4.968", "M"),
        (1.5e9, "1.500", "G"),
        (999.9e9, "999.9", "G"),
    ],
)
def test_four_digits_and_a_prefix(value, text, prefix) -> None:
    assert fresh(value) == Shown(text, Prefix(prefix))


@pytest.mark.parametrize(
    ("value", "text"), [(49.98, "49.98"), (103.44, "103.4"), (1234.4, "1234"), (-179.94, "-179.9")]
)
def test_units_without_a_prefix(value, text) -> None:
    shown = fresh(value, prefixed=False)
    assert shown == Shown(text)


@given(st.floats(-9.99e11, 9.99e11))
def test_what_is_shown_is_the_value_to_half_of_the_last_digit(value) -> None:
    shown = fresh(value)
    decimals = len(shown.text.partition(".")[2])
    step = Decimal(FACTORS[shown.prefix]) / 10**decimals
    error = abs(Decimal(shown.text) * FACTORS[shown.prefix] - Decimal(value))
    assert error <= step / 2 * (1 + Decimal("1e-9"))
    digits = shown.text.lstrip("-").replace(".", "")
    assert len(digits) == 4
    if abs(value) >= 1:
        assert digits[0] != "0", "four digits are significant"


@pytest.mark.parametrize(
    ("value", "prefixed"), [(1e12, True), (9999.5, False), (math.inf, True), (-math.inf, False)]
)
def test_what_has_no_room_flashes(value, prefixed) -> None:
    assert fresh(value, prefixed=prefixed) == Shown("----", flashing=True)


@pytest.mark.parametrize("value", [None, math.nan])
def test_what_is_not_available_does_not_flash(value) -> None:
    assert fresh(value) == Shown("----")


def test_a_value_at_the_border_does_not_flicker() -> None:
    indication = Indication()

    def texts(*values):
        shown = [indication.show("p", v, prefixed=True) for v in values]
        return [f"{s.text}{s.prefix}" for s in shown]

    assert texts(999.9, 1000.0, 999.9, 999.8, 985.0) == [
        "999.9", "1.000k", "1.000k", "1.000k", "0.985k",
    ]  # fmt: skip
    assert texts(979.0, 985.0, 999.9) == ["979.0", "985.0", "999.9"]
    # Another quantity has a scale of its own, and a new page begins anew.
    assert texts(1000.0) == ["1.000k"]
    assert indication.show("q", 999.0, prefixed=True).text == "999.0"
    indication.clear()
    assert texts(999.9) == ["999.9"]


def test_a_gap_forgets_the_scale() -> None:
    indication = Indication()
    indication.show("p", 1000.0, prefixed=True)
    indication.show("p", None, prefixed=True)
    assert indication.show("p", 999.0, prefixed=True).text == "999.0"


def test_above_range_flashes_until_it_is_well_within() -> None:
    indication = Indication()

    def flashing(value):
        return indication.show("v", value, prefixed=True, maximum=276.0).flashing

    assert [flashing(v) for v in (276.0, 276.1, 275.0, 271.0, 270.0, 276.0, -276.2)] == [
        False, True, True, True, False, False, True,
    ]  # fmt: skip


@given(st.floats(-1e9, 1e9), st.booleans())
def test_registers_are_cut_off_and_roll_over(value, mega) -> None:
    shown = register(value, mega=mega)
    exact = Decimal(value) / (1000 if mega else 1)
    # The counter of 9 999 999.9 begins anew at ten million; less than a thousandth is float's.
    rest = abs(exact) % 10_000_000
    told = abs(Decimal(shown.text))
    assert width(shown.text) <= 8
    lost = Decimal(1) if "." not in shown.text else Decimal("0.1")
    begun_anew = told == 0 and rest > Decimal("9999999.999")
    assert begun_anew or -Decimal("0.0001") <= rest - told < lost
    assert shown.prefix is (Prefix.MEGA if mega else Prefix.KILO)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (0.3, "0.3"),
        (1234.59, "1234.5"),
        (9_999_999.9, "9999999.9"),
        (9_999_999.999_999_9, "0.0"),
        (10_000_000.0, "0.0"),
        (10_000_012.34, "12.3"),
        (-0.05, "0.0"),
        (-123.4, "-123.4"),
        (-1_234_567.8, "-1234567"),
    ],
)
def test_a_register(value, text) -> None:
    assert register(value, mega=False).text == text
    assert register(value * 1000, mega=True).text == text


def test_registers_show_what_decimal_arithmetic_cuts_off() -> None:
    for tenths in range(0, 200_000, 7):
        value = tenths * 100_000_000 * 1e-9
        cut = Decimal(tenths).scaleb(-1).quantize(Decimal("0.1"), ROUND_DOWN)
        assert register(value, mega=False).text == str(cut)


def test_a_register_without_a_value() -> None:
    assert register(None, mega=False) == Shown("--------", Prefix.KILO)
    assert register(math.nan, mega=True) == Shown("--------", Prefix.MEGA)
    assert charge(None) == Shown("--------")


def test_a_charge_picks_its_prefix_instead() -> None:
    assert charge(9_999_999.9) == Shown("9999999.9")
    assert charge(10_000_000.0) == Shown("10000.0", Prefix.KILO)
    assert charge(2.5e10) == Shown("25000.0", Prefix.MEGA)
    assert charge(1e20) == Shown("--------", flashing=True)


def test_time_and_date_by_the_zone() -> None:
    time = local(T0 + 3_723_000_000, "Asia/Kolkata")
    assert isinstance(time, datetime)
    assert (date_text(time), time_text(time)) == ("26-03-02", "  06:32:03")
    assert width(time_text(time)) == width(date_text(time)) == len(EVERY_DIGIT)
    assert local(10**30, "UTC") is None


def test_points_and_colons_take_no_room() -> None:
    assert width("12:34:56.7") == 7
    assert full("1.5", 4) == "  1.5"


def test_a_long_text_passes_by() -> None:
    text = "BUENOS AIRES"
    assert passing_time("MADRID") == 0
    assert passing("MADRID", 55.0) == "MADRID"
    seen = [passing(text, 0.05 * n) for n in range(round(passing_time(text) / 0.05))]
    assert seen[0] == seen[18] == "BUENOS A"
    assert all(width(part) == 8 for part in seen)
    assert any(part.startswith("AIRES") for part in seen)
    assert passing(text, passing_time(text)) == "BUENOS A"
