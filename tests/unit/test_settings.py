import math
from dataclasses import replace
from zoneinfo import available_timezones

import pytest

from smartx96 import models, settings
from smartx96.errors import OptionError
from smartx96.meter import pulse
from smartx96.models import MODELS, WIRINGS, Wiring
from smartx96.settings import (
    BY_ID,
    GROUPS,
    KEPT,
    MENU,
    PULSE1_STEPS,
    TABLE,
    Settings,
    changes,
    check_together,
    coded,
    consequences,
    ct_ratio,
    full_load,
    roll_over_hours,
    shows_mega,
    with_transformers,
)

MODEL = MODELS["X96-5A"]


def test_defaults_are_complete():
    defaults = Settings()
    assert list(defaults) == [s.id for s in TABLE if s.id != "password"]
    assert defaults["ct_secondary"] == 5
    assert defaults["system_type"] == 3
    assert defaults.name("time_zone") == "UTC"
    assert defaults.number("demand_period") == 60


@pytest.mark.parametrize(("text", "ratio"), [
    ("200/5", (200, 5)), (" 1 / 1 ", (1, 1)), ("9999/5 A", (9999, 5)), ("100/5A", (100, 5)),
])  # fmt: skip
def test_the_ratio_of_current_transformers(text, ratio):
    assert ct_ratio(text) == ratio
    assert with_transformers({"ct": text, "x": 3}) == {
        "x": 3, "ct_primary": ratio[0], "ct_secondary": ratio[1],
    }  # fmt: skip


@pytest.mark.parametrize(("stated", "told"), [
    *((each, "give primary/secondary in whole ampere, such as 200/5")
      for each in ("200", "200/", "/5", "62.5/5", "-5/5", "2/5/5", "\u0662/5", "", 200, None)),
    ("0/5", "ct_primary: 0 A is not allowed; allowed: 1..9999 A"),
    ("10000/5", "ct_primary: 10000 A is not allowed; allowed: 1..9999 A"),
    ("200/2", "ct_secondary: 2 A is not allowed; allowed: 1|5 A"),
])  # fmt: skip
def test_what_is_no_ratio_of_current_transformers(stated, told):
    with pytest.raises(OptionError) as caught:
        ct_ratio(stated)
    assert str(caught.value) == told
    with pytest.raises(OptionError) as caught:
        ct_ratio(stated, "--ct")
    assert str(caught.value) == f"--ct {stated!r}: {told}"


def test_menu_follows_the_panel():
    assert " ".join(s.id for s in MENU) == (
        "unit_address baud_rate parity_stop ct_secondary ct_primary vt_secondary vt_ratio "
        "system_type current_direction_l1 current_direction_l2 current_direction_l3 "
        "measurement_mode pulse1_energy pulse1_rate pulse1_width demand_period demand_slide "
        "energy_balance tariff_control time_zone backlight_time scroll_time password"
    )


def test_replace_leaves_the_original():
    one = Settings()
    other = one.replace(ct_primary=200, ct_secondary=1)
    assert (one["ct_primary"], other["ct_primary"], other["ct_secondary"]) == (5, 200, 1)
    assert one != other
    assert other == Settings({"ct_primary": 200, "ct_secondary": 1})
    assert hash(other) == hash(Settings({"ct_primary": 200, "ct_secondary": 1}))


def test_settings_cannot_be_assigned():
    with pytest.raises(TypeError):
        Settings()["ct_primary"] = 7  # type: ignore[index]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ct_primary": 12000}, "ct_primary: 12000 A is not allowed; allowed: 1..9999 A"),
        ({"ct_primary": 0}, "ct_primary: 0 A is not allowed; allowed: 1..9999 A"),
        ({"pulse1_width": 80}, "pulse1_width: 80 ms is not allowed; allowed: 60|100|200 ms"),
        ({"ct_secondary": 2.5}, "ct_secondary: 2.5 A is not allowed; allowed: 1|5 A"),
        ({"ct_secondary": True}, "ct_secondary: True A is not allowed; allowed: 1|5 A"),
        ({"ct_secondary": "5"}, "ct_secondary: '5' A is not allowed; allowed: 1|5 A"),
        ({"unit_address": float("nan")}, "unit_address: nan is not allowed; allowed: 1..247"),
        ({"unit_address": float("inf")}, "unit_address: inf is not allowed; allowed: 1..247"),
    ],
)
def test_wrong_value_is_one_line_with_limits_and_unit(change, message):
    with pytest.raises(OptionError) as caught:
        Settings().replace(**change)
    assert str(caught.value) == message


def test_one_wrong_value_refuses_all():
    before = Settings()
    with pytest.raises(OptionError):
        before.replace(ct_primary=200, pulse1_width=1)
    assert before == Settings()


def test_a_ratio_is_no_setting_and_says_what_is():
    with pytest.raises(OptionError, match=r"'ct' is no setting; say ct_primary and ct_secondary$"):
        Settings({"ct": 5})


def test_unknown_setting():
    with pytest.raises(OptionError, match="'colour' is no setting; known are demand_period"):
        Settings({"colour": 1})


def test_whole_float_is_a_number():
    value = Settings({"ct_primary": 200.0})["ct_primary"]
    assert value == 200
    assert isinstance(value, int)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_time_zone(zone):
    if zone not in available_timezones() | {"UTC"}:
        pytest.skip("this system has no time zone data")
    assert Settings({"time_zone": zone}).name("time_zone") == zone


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../../etc/passwd", "x" * 33, 5, "Europe", "\0"])
def test_no_time_zone(zone):
    with pytest.raises(OptionError, match=r"time_zone: .* is no IANA time zone known here"):
        Settings({"time_zone": zone})


@pytest.mark.parametrize("value", [4711, 98765, "4711"])
def test_password_is_kept_and_shown_nowhere(value):
    attempts = (
        lambda: Settings({"password": value}),
        lambda: Settings().replace(password=value),
        lambda: coded("password", value),
    )
    for attempt in attempts:
        with pytest.raises(OptionError, match="password: is secret") as caught:
            attempt()
        assert str(value) not in str(caught.value)
    assert "password" not in Settings()
    assert "password" not in repr(Settings())


def test_a_password_that_is_not_allowed_is_not_repeated():
    assert BY_ID["password"].check(4711) == 4711
    for refuse in (BY_ID["password"].check, BY_ID["password"].coded):
        with pytest.raises(OptionError, match=r"allowed: 0\.\.9999") as caught:
            refuse(98765)
        assert "98765" not in str(caught.value)


def test_repr_names_what_differs():
    assert repr(Settings({"ct_primary": 200})) == "Settings(ct_primary=200)"


def test_number_and_name_keep_their_types():
    with pytest.raises(TypeError):
        Settings().number("time_zone")
    with pytest.raises(TypeError):
        Settings().name("ct_primary")


@pytest.mark.parametrize(
    ("period", "slide", "rules"), [(60, 1, 1), (60, 7, 60), (15, 5, 5), (5, 10, 5), (8, 8, 8)]
)
def test_slide_that_does_not_divide_the_period(period, slide, rules):
    one = Settings().replace(demand_slide=slide).replace(demand_period=period)
    assert one["demand_slide"] == slide
    assert one.effective_demand_slide == rules


def test_present_value_has_no_slide():
    assert Settings({"demand_period": 0}).effective_demand_slide == 0


def test_only_the_password_is_secret():
    assert [s.id for s in TABLE if s.secret] == ["password"]
    assert settings.BY_ID["ct_primary"].protected
    assert not settings.BY_ID["unit_address"].protected


def test_nearest_setting_is_named():
    with pytest.raises(OptionError, match=r"'ct_primry' is no setting; did you mean ct_primary\?"):
        Settings({"ct_primry": 5})


def test_changes_are_those_that_differ():
    old = Settings({"ct_primary": 200})
    new = Settings({"ct_primary": 300, "time_zone": "UTC", "demand_period": 15})
    assert changes(old, new) == (("demand_period", 60, 15), ("ct_primary", 200, 300))
    assert changes(new, old)[1] == ("ct_primary", 300, 200)
    assert changes(old, old) == ()


@pytest.mark.parametrize(
    ("id", "written", "code"),
    [
        ("system_type", "3P3W", 2),
        ("system_type", "3p4w", 3),
        ("system_type", 1, 1),
        ("baud_rate", 9600, 2),
        ("baud_rate", "19200", 3),
        ("baud_rate", 4, 4),
        ("pulse1_rate", 1, 1),
        ("pulse1_rate", "1 kWh (kvarh)", 3),
        ("pulse1_energy", "Import  kWh", 1),
        ("pulse1_energy", "net kvarh", 7),
        ("measurement_mode", "net (export - import)", 3),
        ("tariff_control", "by calendar", 0),
        ("tariff_control", 2, 2),
        ("backlight_time", "always off", 121),
        ("backlight_time", 7, 7),
        ("demand_period", "instantaneous", 0),
        ("nominal_frequency", "automatic", 0),
        ("ct_primary", 200.0, 200),
        ("time_zone", "UTC", "UTC"),
        ("ct_primary", "200 A", 200),
        ("ct_primary", "200A", 200),
        ("demand_period", " 15 MIN ", 15),
        ("nominal_frequency", "50 Hz", 50),
        ("baud_rate", "19200 bit/s", 3),
    ],
)
def test_codes_and_names(id, written, code):
    found = coded(id, written)
    assert found == code
    assert type(found) is type(code)


@pytest.mark.parametrize(
    ("id", "value", "message"),
    [
        ("system_type", "4P", '\'4P\' is not allowed; allowed: "1P2W" (1), "3P3W" (2), '),
        ("system_type", 4, '4 is not allowed; allowed: "1P2W" (1)'),
        ("system_type", "3", "'3' is not allowed"),
        ("baud_rate", 9601, "9601 bit/s is not allowed; allowed: 2400 (0), 4800 (1)"),
        ("baud_rate", 9600.5, "9600.5 bit/s is not allowed; allowed: 2400 (0), 4800 (1)"),
        ("baud_rate", True, "True bit/s is not allowed"),
        ("ct_primary", "200", "'200' A is not allowed; allowed: 1..9999 A"),
        ("scroll_time", 61, '61 s is not allowed; allowed: 0..60 s; "off" (0)'),
        ("ct_primary", [5], "[5] A is not allowed"),
        ("ct_primary", "200 V", "'200 V' A is not allowed"),
        ("ct_primary", "2 kA", "'2 kA' A is not allowed"),
        ("system_type", "3 A", "'3 A' is not allowed"),
        pytest.param("ct_primary", 10**5000, "a number too long to show A is not", id="long"),
        pytest.param("baud_rate", 10**5000, "a number too long to show bit/s is not", id="name"),
        ("pulse1_width", None, "None ms is not allowed"),
        ("time_zone", 5, "5 is no IANA time zone known here; allowed: a name such as"),
    ],
)
def test_neither_code_nor_name(id, value, message):
    with pytest.raises(OptionError) as caught:
        coded(id, value)
    assert str(caught.value).startswith(f"{id}: {message}")


@pytest.mark.parametrize("setting", KEPT, ids=lambda s: s.id)
def test_what_is_shown_is_read_as_the_same(setting):
    for value in setting.allowed or ("UTC",):
        assert setting.coded(setting.shown(value)) == value
        assert setting.coded(value) == value
    shown = [setting.shown(value) for value in setting.allowed or ()]
    assert len(set(shown)) == len(shown)


def test_groups_follow_the_menu_and_miss_nothing():
    together = [s for group in GROUPS.values() for s in group]
    assert sorted(s.id for s in together) == sorted(BY_ID)
    assert [group for group in GROUPS if not any(s.menu for s in GROUPS[group])] == ["Calibration"]
    firsts = [min((s.menu for s in group if s.menu), default=99) for group in GROUPS.values()]
    assert firsts == sorted(firsts)
    for group in GROUPS.values():
        places = [s.menu or math.inf for s in group]
        assert places == sorted(places)


def test_constants_are_those_of_other_rooms():
    assert pulse.PAUSE == 30_000
    assert PULSE1_STEPS == {1: 36_000, 2: 360_000, 3: 3_600_000, 4: 36_000_000, 5: 360_000_000}


@pytest.mark.parametrize(
    ("given", "watts"),
    [
        ({}, 3 * 230 * 6),
        ({"system_type": 1}, 230 * 6),
        ({"system_type": 2}, math.sqrt(3) * 400 * 6),
        ({"ct_primary": 200, "vt_ratio": 10}, 3 * 2300 * 240),
        ({"ct_primary": 1, "ct_secondary": 1}, 3 * 230 * 1.2),
    ],
)
def test_full_load(given, watts):
    assert full_load(Settings(given)) == pytest.approx(watts, rel=1e-12)


def said(**given: object) -> list[str]:
    return consequences(Settings(given), MODEL)


def test_defaults_have_no_consequences():
    assert said() == []


def test_pulses_that_full_load_overruns():
    # 3 * 230 V * 1.2 * 334 A are 7.682 pulses of 36 kWs a second; there is room for 1000 / 130.
    assert said(ct_primary=334, pulse1_rate=1) == []
    assert len(said(ct_primary=335, pulse1_rate=1)) == 1
    assert said(ct_primary=335, pulse1_rate=2) == []
    assert said(ct_primary=335, pulse1_rate=1, system_type=1) == []


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (
            {"ct_primary": 400, "pulse1_rate": 1},
            "pulse1_rate 0.01 kWh (kvarh): full load (331.2 kW) makes 9.2 pulses/s, but 100 ms "
            "wide output 1 gives at most 7.69: the rest waits until it is caught up; from 0.1 kWh "
            "(kvarh) a pulse there is room",
        ),
        (
            {"ct_primary": 9999, "vt_ratio": 9999, "pulse1_rate": 5},
            "pulse1_rate 100 kWh (kvarh): full load (8.27834e+07 kW) makes 230 pulses/s, but 100 "
            "ms wide output 1 gives at most 7.69: the rest waits until it is caught up; no rate "
            "leaves room for it",
        ),
        (
            {"pulse1_energy": 3},
            "pulse1_energy net kWh: net is export - import, so that a pure consumer gets no pulse "
            "on output 1",
        ),
        (
            {"pulse1_energy": 7},
            "pulse1_energy net kvarh: net is export - import, so that a pure consumer gets no "
            "pulse on output 1",
        ),
        (
            {"demand_slide": 7},
            "demand_slide 7 min does not divide demand_period 60 min: it counts as 60 min",
        ),
        (
            {"demand_slide": 10, "demand_period": 5},
            "demand_slide 10 min does not divide demand_period 5 min: it counts as 5 min",
        ),
        (
            {"ct_primary": 1},
            "ct_primary 1 A is less than ct_secondary 5 A: is the ratio the wrong way round?",
        ),
        (
            {"ct_primary": 4000},
            "ct_primary 4000 A, vt_ratio 1: the energy registers roll over at 9999999.9 kWh, at "
            "full load (3312 kW) after 3019 h, less than 4000 h: the display shows MWh; the exact "
            "registers do not roll over",
        ),
    ],
)
def test_consequences_are_one_line_with_the_numbers(given, line):
    assert line in said(**given)
    assert len(said(**given)) == 1 + ("vt_ratio" in given)


def test_each_width_has_its_own_limit():
    # 7.59 pulses/s at 330 A: 1000 / 90 and 1000 / 130 have room, 1000 / 230 has not.
    found = [said(ct_primary=330, pulse1_rate=1, pulse1_width=w) for w in (60, 100, 200)]
    assert [len(lines) for lines in found] == [0, 0, 1]


@pytest.mark.parametrize("given", [{"demand_period": 0, "demand_slide": 7}, {"demand_slide": 15}])
def test_a_slide_that_needs_no_words(given):
    assert said(**given) == []


def test_display_changes_to_mega_above_3019_ampere():
    # 9 999 999.9 kWh / (3 * 230 V * 1.2 * 4000 h)
    assert not shows_mega(Settings({"ct_primary": 3019}))
    assert shows_mega(Settings({"ct_primary": 3020}))
    assert roll_over_hours(Settings({"ct_primary": 1000})) == pytest.approx(9_999_999.9 / 828)
    # One phase has a third of the power; a voltage transformer multiplies it.
    assert not shows_mega(Settings({"ct_primary": 9000, "system_type": 1}))
    assert shows_mega(Settings({"ct_primary": 302, "vt_ratio": 10}))


@pytest.mark.parametrize("wiring", WIRINGS.values())
@pytest.mark.parametrize("secondary", [1, 5])
def test_output_2_is_never_overrun(wiring, secondary):
    power = wiring.balanced_power(wiring.nominal_voltage, models.OVERLOAD * secondary)
    due = power / 3_600_000 * models.PULSE2_CONSTANT
    assert due < 3.7
    assert 1000 / (models.PULSE2_WIDTH + models.PULSE_PAUSE) > 11


def test_the_5e_has_no_three_wire_system():
    three_wire = Settings({"system_type": 2})
    check_together(three_wire, MODEL)
    for refuse in (check_together, consequences):
        with pytest.raises(OptionError) as caught:
            refuse(three_wire, MODELS["X96-5E"])
        assert str(caught.value) == (
            "system_type: model X96-5E has no wiring 3p3w: use 1p2w or 3p4w"
        )
    check_together(Settings({"system_type": 1}), MODELS["X96-5E"])


def test_any_model_is_asked_for_its_wirings():
    narrow = replace(MODEL, name="narrow", wirings=(Wiring.ONE_PHASE,))
    with pytest.raises(OptionError, match="model narrow has no wiring 3p4w: use 1p2w"):
        check_together(Settings(), narrow)


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ("mqtt://u:pw@host/x", "'mqtt://u:...@host/x'"),
        ("mqtt://u:p@w/1:2@host", "'mqtt://u:...@host'"),
        ("http://db?token=abc&db=x", "'http://db?token=...&db=x'"),
        (["mqtts://:pw@host"], "['mqtts://:...@host']"),
        ("http://[::1]:8086/x", "'http://[::1]:8086/x'"),
        ("a" * 50, "'" + "a" * 36 + "..."),
    ],
)
def test_a_message_repeats_no_secret(stated, told):
    assert settings.setting.brief(stated) == told
