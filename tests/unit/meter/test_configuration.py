"""Configuration: what readings and counting depend on."""

from __future__ import annotations

import numpy as np
import pytest

from smartx96.errors import OptionError
from smartx96.meter.configuration import Configuration
from smartx96.metrology.conditions import ApparentPower, Netting
from smartx96.models import MODELS, Wiring
from smartx96.settings import Settings
from support.meters import configured


def test_settings_become_conditions() -> None:
    own = configured({"apparent_power_method": 1, "energy_balance": 1, "ct_primary": 200})
    conditions = own.conditions()
    assert conditions.apparent_power is ApparentPower.VECTOR
    assert conditions.netting is Netting.SUM
    assert conditions.starting_current == 0.0
    assert conditions.present.all()
    assert configured({"ct_primary": 200}, starting=True).conditions().starting_current == 0.1


def test_one_phase_has_no_other_channels_whatever_is_connected() -> None:
    own = configured({"system_type": 1})
    connected = np.ones(6, bool)
    assert own.conditions(connected).present.tolist() == [True, False, False, True, False, False]
    assert connected.all(), "what was given stays as it was"
    without_current = np.array([True, True, True, False, False, False])
    assert own.conditions(without_current).present.tolist() == [True, *[False] * 5]


def test_the_nominal_frequency() -> None:
    assert configured().nominal is None
    assert configured({"nominal_frequency": 60}).nominal == 60


def test_a_model_without_this_wiring() -> None:
    with pytest.raises(OptionError, match="X96-5E has no wiring 3p3w"):
        Configuration(Settings({"system_type": 2}), model=MODELS["X96-5E"])
    assert Configuration(Settings({"system_type": 1}), model=MODELS["X96-5E"]).wiring is (
        Wiring.ONE_PHASE
    )


def test_thresholds_are_off_unless_asked_for() -> None:
    assert configured().rules().starting.power == 0.0
    assert configured(starting=True).rules().starting.power > 0.5
