from zoneinfo import available_timezones

import pytest

from smartx96 import settings
from smartx96.errors import OptionError
from smartx96.settings import MENU, TABLE, Settings


def test_defaults_are_complete():
    defaults = Settings()
    assert len(defaults) == len(TABLE)
    assert defaults["ct_secondary"] == 5
    assert defaults["system_type"] == 3
    assert defaults.name("time_zone") == "UTC"
    assert defaults.number("demand_period") == 60


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


def test_unknown_setting():
    with pytest.raises(OptionError, match="'colour' is no setting; settings: demand_period"):
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


def test_password_is_never_shown():
    changed = Settings({"password": 4711})
    assert "4711" not in repr(changed)
    assert "password=***" in repr(changed)
    with pytest.raises(OptionError) as caught:
        changed.replace(password=98765)
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
