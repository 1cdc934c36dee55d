"""Pages: all of them, what is on them, and which meter has which."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from smartx96.errors import OptionError
from smartx96.meter.commands import Reset, Resettable
from smartx96.meter.standing import NOTHING
from smartx96.models import MODELS, SYSTEM_TYPES
from smartx96.panel import pages
from smartx96.panel.keys import Key
from smartx96.panel.lit import misfits
from smartx96.panel.panel import Panel
from smartx96.panel.screen import (
    EVERY_DIGIT,
    LINE_CHARACTERS,
    ROW_DIGITS,
    ROWS,
    Label,
    LineUnit,
    Prefix,
    Row,
    Screen,
    Symbol,
    Unit,
)
from smartx96.panel.values import width
from smartx96.quantities import TABLE
from smartx96.status import Status
from support.front import view_of
from support.meters import OWNER, T0, Rig, configured

VALUES = {q.id: 100.0 + n for n, q in enumerate(TABLE)}


def shown(name: str, view) -> Screen:
    panel = Panel("door", lambda command: None)
    panel.screen(view, 0.0)
    panel.turn_to(name, view)
    return panel.screen(view, 0.0)


def rows(screen: Screen) -> list[str]:
    """Rows as people read them: labels, text, prefix and unit."""
    return [
        " ".join(filter(None, (*row.labels, row.text, f"{row.prefix}{row.unit or ''}")))
        for row in screen.rows
    ]


def line(screen: Screen) -> str:
    return f"{screen.line.text} {screen.line.prefix}{screen.line.unit or ''}".strip()


@pytest.fixture(scope="module")
def loaded() -> Rig:
    """230 V, 4, 3 and 5 A that lag by 60 degrees, for 700 s."""
    return Rig(settings={"demand_period": 5}).run(700, current=[4, 3, 5], angle=60.0)


def of(rig: Rig, name: str) -> Screen:
    view = replace(view_of(), snapshot=rig.meter.snapshot(), configuration=rig.meter.configuration)
    return shown(name, view)


def test_pages_of_the_keys_in_their_order() -> None:
    names = {key: " ".join(p.name for p in pages.of_key(key, configured())) for key in Key}
    assert names == {
        Key.UI: "voltage-ln voltage-ll current sequence thd-voltage thd-current harmonics-voltage "
        "harmonics-current summary-l1 summary-l2 summary-l3 summary",
        Key.M: "frequency power-factor displacement-power-factor demand-current demand-active "
        "demand-apparent demand-reactive",
        Key.P: "active-power reactive-power apparent-power totals",
        Key.E: "energy energy-import energy-export energy-net reactive-energy "
        "reactive-energy-import reactive-energy-export apparent-energy charge tariff-1-total "
        "tariff-2-total tariff-3-total tariff-4-total clock tariff",
    }


@pytest.mark.parametrize(
    ("name", "expected", "bottom"),
    [
        ("voltage-ln", ["L1 230.0 V", "L2 230.0 V", "L3 230.0 V"], "0.2 kWh"),
        ("voltage-ll", ["L1-2 398.4 V", "L2-3 398.4 V", "L3-1 398.4 V"], "0.2 kWh"),
        ("current", ["L1 4.000 A", "L2 3.000 A", "L3 5.000 A", "N 1.732 A"], "0.2 kWh"),
        ("sequence", ["123 V", "123 A"], "SEQUENCE"),
        ("thd-voltage", ["L1 0.000 %", "L2 0.000 %", "L3 0.000 %"], "THD V"),
        ("summary-l1", ["L1 230.0 V", "L1 4.000 A", "L1 460.0 W", "L1 0.500 PF"], "0.2 kWh"),
        ("summary-l3", ["L3 230.0 V", "L3 5.000 A", "L3 575.0 W", "L3 0.500 PF"], "0.2 kWh"),
        ("summary", ["230.0 V", "\u03a3 12.00 A", "\u03a3 1.380 kW", "\u03a3 0.500 PF"], "0.2 kWh"),
        ("frequency", ["50.00 Hz", "\u03a3 0.500 PF", "\u03a3 60.00 \u00b0"], "0.2 kWh"),
        ("power-factor", ["L1 0.500 PF", "L2 0.500 PF", "L3 0.500 PF", "\u03a3 0.500 PF"],
         "0.2 kWh"),
        ("displacement-power-factor",
         ["L1 0.500 PF", "L2 0.500 PF", "L3 0.500 PF", "\u03a3 0.500 PF"], "DISPL PF"),
        ("demand-current",
         ["max dmd L1 4.000 A", "max dmd L2 3.000 A", "max dmd L3 5.000 A", "max dmd N 1.732 A"],
         "0.2 kWh"),
        ("demand-active", ["dmd 1.380 kW", "max dmd 1.380 kW", "", "00.05"], "26-03-02"),
        ("demand-apparent", ["dmd 2.760 kVA", "max dmd 2.760 kVA", "", "00.05"], "26-03-02"),
        ("demand-reactive", ["dmd 2.390 kvar", "max dmd 2.390 kvar", "", "00.05"], "26-03-02"),
        ("active-power", ["L1 460.0 W", "L2 345.0 W", "L3 575.0 W", "\u03a3 1.380 kW"], "0.2 kWh"),
        ("reactive-power", ["L1 796.7 var", "L2 597.6 var", "L3 995.9 var", "\u03a3 2.390 kvar"],
         "0.4 kvarh"),
        ("apparent-power", ["L1 920.0 VA", "L2 690.0 VA", "L3 1.150 kVA", "\u03a3 2.760 kVA"],
         "0.5 kVAh"),
        ("totals", ["\u03a3 1.380 kW", "\u03a3 2.390 kvar", "\u03a3 2.760 kVA"], "0.2 kWh"),
        ("energy", ["tot", "\u03a3 1.380 kW"], "0.2 kWh"),
        ("energy-import", ["In", "\u03a3 1.380 kW"], "0.2 kWh"),
        ("energy-export", ["OUt", "\u03a3 0.000 W"], "0.0 kWh"),
        ("energy-net", ["nEt", "\u03a3 1.380 kW"], "-0.2 kWh"),
        ("reactive-energy", ["tot", "\u03a3 2.390 kvar"], "0.4 kvarh"),
        ("reactive-energy-import", ["In", "\u03a3 2.390 kvar"], "0.4 kvarh"),
        ("reactive-energy-export", ["OUt", "\u03a3 2.390 kvar"], "0.0 kvarh"),
        ("apparent-energy", ["\u03a3 2.760 kVA"], "0.5 kVAh"),
        ("charge", ["\u03a3 12.00 A"], "2.3 Ah"),
        ("tariff-1-total", ["t1", "tot", "max dmd 1.380 kW"], "0.2 kWh"),
        ("tariff-2-total", ["t2", "tot", "max dmd ---- W"], "0.0 kWh"),
        ("clock", ["2026", "03.02"], "00:11:40"),
        ("tariff", ["t1"], "TARIFF 1"),
    ],
)  # fmt: skip
def test_a_page_of_a_real_meter(loaded, name, expected, bottom) -> None:
    screen = of(loaded, name)
    assert rows(screen) == expected
    assert line(screen) == bottom
    assert screen.title == pages.BY_NAME[name].title


def test_harmonics_of_an_order() -> None:
    orders = np.full((6, 63), np.nan)
    orders[:, 2] = [3.1, 3.2, 3.3, 12.5, 12.6, 104.7]
    view = view_of(harmonics=orders)
    panel = Panel("door", lambda command: None)
    panel.screen(view, 0.0)
    panel.turn_to("harmonics-voltage", view)
    assert rows(panel.screen(view, 0.0)) == ["L1 ---- %", "L2 ---- %", "L3 ---- %", "H  2"]
    panel.press(Key.M, 1.0)
    panel.release(Key.M, 1.1)
    screen = panel.screen(view, 1.1)
    assert rows(screen) == ["L1 3.100 %", "L2 3.200 %", "L3 3.300 %", "H  3"]
    assert line(screen) == "HARMON V"
    assert screen.spoken[:2] == ("order 3", "L1 voltage harmonic 3.100 %")
    panel.turn_to("harmonics-current", view)
    assert rows(panel.screen(view, 1.1)) == ["L1 12.50 %", "L2 12.60 %", "L3 104.7 %", "H  3"]


@pytest.mark.parametrize(
    ("model", "wiring"),
    [(model, wiring) for model in MODELS.values() for wiring in model.wirings],
    ids=str,
)
@pytest.mark.parametrize("mode", [1, 2, 3])
@pytest.mark.parametrize("values", [{}, VALUES, dict.fromkeys(VALUES, -1e7)], ids=len)
def test_every_page_fits_the_glass(model, mode, wiring, values) -> None:
    settings = {"system_type": SYSTEM_TYPES[wiring], "measurement_mode": mode}
    view = view_of(values, settings, model=model)
    found = pages.available(view.configuration)
    assert {page.key for page in found} == set(Key)
    for page in found:
        screen = shown(page.name, view)
        assert len(screen.rows) <= ROWS
        for row in screen.rows:
            assert width(row.text.removeprefix("-")) <= ROW_DIGITS
            assert row.text or not row.labels
        assert width(screen.line.text) <= LINE_CHARACTERS
        assert misfits(screen) == []
        assert screen.title
        assert screen.spoken


def test_misfits_are_found() -> None:
    assert misfits(Screen((Row("KUUH"),)))
    assert misfits(Screen((Row("12345"),)))


@pytest.mark.parametrize(
    ("settings", "model", "missing"),
    [
        ({"system_type": 1}, "X96-5A",
         {"voltage-ll", "sequence", "summary-l2", "summary-l3"}),
        ({"system_type": 2}, "X96-5A",
         {"voltage-ln", "summary-l1", "summary-l2", "summary-l3", "power-factor", "active-power",
          "reactive-power", "apparent-power"}),
        ({}, "X96-5E", {"thd-voltage", "thd-current", "harmonics-voltage", "harmonics-current"}),
    ],
)  # fmt: skip
def test_what_a_meter_has_not(settings, model, missing) -> None:
    names = {p.name for p in pages.available(configured())}
    own = {p.name for p in pages.available(configured(settings, model=MODELS[model]))}
    assert names - own == missing
    assert own <= names
    for name in missing:
        with pytest.raises(OptionError, match=f"page {name}: .* has no such page"):
            pages.named(name, configured(settings, model=MODELS[model]))


def test_a_name_that_is_no_page() -> None:
    with pytest.raises(OptionError, match=r"'voltag' is no page; did you mean voltage-l[ln]\?"):
        pages.named("voltag", configured())


def test_one_phase_of_a_real_meter() -> None:
    rig = Rig(settings={"system_type": 1}).run(2.0)
    assert rows(of(rig, "voltage-ln")) == ["L1 230.0 V", "L2 ---- V", "L3 ---- V"]
    assert rows(of(rig, "active-power")) == [
        "L1 1.150 kW", "L2 ---- W", "L3 ---- W", "\u03a3 1.150 kW",
    ]  # fmt: skip
    assert rows(of(rig, "summary"))[0] == "230.0 V"


def test_three_wires_of_a_real_meter() -> None:
    rig = Rig(settings={"system_type": 2}).run(2.0, angle=60.0)
    assert rows(of(rig, "voltage-ll")) == ["L1-2 398.4 V", "L2-3 398.4 V", "L3-1 398.4 V"]
    assert rows(of(rig, "totals"))[0] == "\u03a3 1.725 kW"
    assert rows(of(rig, "summary"))[0] == "398.4 V"
    assert rows(of(rig, "displacement-power-factor")) == ["\u03a3 0.500 PF"]
    assert rows(of(rig, "thd-voltage")) == ["L1-2 0.000 %", "L2-3 0.000 %", "L3-1 0.000 %"]
    harmonics = of(rig, "harmonics-voltage")
    assert [r.labels for r in harmonics.rows[:3]] == [(Label.L12,), (Label.L23,), (Label.L31,)]
    assert harmonics.spoken[1] == "L1-2 voltage harmonic 0.000 %"
    assert [r.labels for r in of(rig, "harmonics-current").rows[:3]] == [
        (Label.L1,), (Label.L2,), (Label.L3,),
    ]  # fmt: skip


def test_kwh_go_by_the_measurement_mode() -> None:
    values = {"active_energy_import": 10.0, "active_energy_total": 30.0, "active_energy_net": 10.0,
              "active_energy_export_t2": 7.0, "active_energy_import_t2": 5.0}  # fmt: skip
    found = {}
    for mode in (1, 2, 3):
        view = view_of(values, {"measurement_mode": mode})
        screen = shown("energy", view)
        found[mode] = (screen.rows[0].text, screen.line.text)
        assert shown("voltage-ln", view).line == screen.line
    assert found == {1: ("In", "10.0"), 2: ("tot", "30.0"), 3: ("nEt", "10.0")}
    assert shown("tariff-2-import", view).line.text == "5.0"
    assert shown("tariff-2-export", view).line.text == "7.0"


def test_registers_show_mega_as_set_and_where_they_would_roll_over() -> None:
    values = {"active_energy_total": 12_345_678.9, "charge": 10.0, "apparent_energy": 5e6}
    kilo, mega = shown("energy", view_of(values)), view_of(values, {"energy_prefix": 1})
    assert (kilo.line.text, kilo.line.prefix) == ("2345678.9", Prefix.KILO)
    large = view_of(values, {"ct_primary": 5000, "ct_secondary": 5})
    for view in (mega, large):
        screen = shown("energy", view)
        assert (screen.line.text, screen.line.prefix) == ("12345.6", Prefix.MEGA)
        assert screen.line.unit is LineUnit.WATT_HOUR
        assert shown("apparent-energy", view).line.text == "5000.0"
        assert shown("charge", view).line.text == "10.0"
        assert screen.spoken[-1] == "total active energy 12345.6 MWh"


def test_above_range_flashes() -> None:
    values = {
        "voltage_l1": 276.1, "voltage_l2": 275.9, "voltage_l1_l2": 480.1, "voltage_l2_l3": 479.0,
        "current_l1": 6.01, "current_l2": 5.99, "current_n": 9.0, "active_power_l1": -1657.0,
        "active_power_l2": 1655.0, "active_power": 4969.0, "apparent_power": 4967.0,
    }  # fmt: skip

    def flashing(name: str, **settings) -> list[bool]:
        screen = shown(name, view_of(values, settings))
        for row in screen.rows:
            assert row.flashing in (frozenset(), EVERY_DIGIT)
            assert not row.flashing or row.text == "----"
        return [bool(row.flashing) for row in screen.rows]

    assert flashing("voltage-ln") == [True, False, False]
    assert flashing("voltage-ll") == [True, False, False]
    assert flashing("current") == [True, False, False, False]
    assert flashing("active-power") == [True, False, False, True]
    assert flashing("totals") == [True, False, False]
    spoken = shown("voltage-ln", view_of(values)).spoken[0]
    assert spoken == "L1 line-to-neutral voltage above range"
    # Ratios carry the range to the primary side.
    assert flashing("voltage-ln", vt_ratio=2) == [False, False, False]
    assert flashing("current", ct_primary=10) == [False, False, False, False]
    assert flashing("totals", ct_primary=10) == [False, False, False]


def test_a_reversed_sequence_flashes() -> None:
    rig = Rig().run(2.0, reverse=True)
    screen = of(rig, "sequence")
    assert [row.text for row in screen.rows] == ["321", "321"]
    assert all(row.flashing == EVERY_DIGIT for row in screen.rows)
    assert screen.spoken == ("voltage phase sequence reversed", "current phase sequence reversed")
    assert Symbol.SEQUENCE_REVERSE in screen.flashing
    none = shown("sequence", view_of({"voltage_sequence": 0.0}))
    assert [row.text for row in none.rows] == ["----", "----"]


def test_maxima_that_were_cleared_leave_the_energy(loaded) -> None:
    rig = Rig(settings={"demand_period": 5}).run(302.0)
    assert line(of(rig, "demand-active")) == "26-03-02"
    rig.meter.apply(Reset(Resettable.MAXIMA), OWNER)
    rig.run(1.0)
    screen = of(rig, "demand-active")
    assert rows(screen) == ["dmd 3.450 kW", "max dmd ---- W"]
    assert line(screen) == "0.2 kWh"


def test_maxima_and_clock_are_in_the_zone() -> None:
    standing = replace(NOTHING, maxima={"active_power_demand_max": T0}, tariff=3)
    view = view_of({"active_power_demand_max": 5.0}, {"time_zone": "America/New_York"},
                   clock=T0, standing=standing)  # fmt: skip
    screen = shown("demand-active", view)
    assert (screen.rows[3].text, line(screen)) == ("19.00", "26-03-01")
    assert screen.spoken[-1] == "reached 2026-03-01 19:00"
    clock = shown("clock", view)
    assert (rows(clock), line(clock)) == (["2026", "03.01"], "19:00:00")
    assert rows(shown("tariff", view)) == ["t3"]


def test_a_clock_that_nobody_set_flashes() -> None:
    screen = shown("clock", view_of(status=int(Status.CLOCK_INVALID), clock=0))
    assert screen.line.flashing == screen.rows[0].flashing == EVERY_DIGIT
    assert screen.spoken == ("the clock is not set",)
    assert shown("clock", view_of(clock=10**30)).line.text == "--------"


def test_units_have_prefixes_only_where_the_glass_has_them() -> None:
    for values in (VALUES, dict.fromkeys(VALUES, 3e7), dict.fromkeys(VALUES, math.inf)):
        for page in pages.available(configured()):
            for row in shown(page.name, view_of(values, {"vt_ratio": 9999})).rows:
                if row.unit in (Unit.HERTZ, Unit.PERCENT, Unit.DEGREE, Unit.FACTOR, None):
                    assert row.prefix is Prefix.NONE
