"""Symbols and the bar, as a meter's condition makes them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartx96.meter.standing import NOTHING
from smartx96.meter.supply import Supply
from smartx96.panel.screen import FULL_SCALE, Symbol
from smartx96.panel.symbols import MOMENT, load, symbols
from smartx96.status import Status
from support.front import Front, view_of

ALARMS = [bit for bit in Status if bit not in (Status.WARMING_UP, Status.UNLOCKED)]


def lit(view, now=0.0) -> set[Symbol]:
    return set(symbols(view, now)[0])


def test_a_plain_meter() -> None:
    front = Front()
    assert lit(front.view()) == {
        Symbol.IMPORT, Symbol.SEQUENCE, Symbol.TARIFF_1, Symbol.LOCK,
    }  # fmt: skip
    assert symbols(front.view(), 0.0)[1] == set()


@pytest.mark.parametrize(
    ("angle", "expected"),
    [
        (60.0, {Symbol.IMPORT, Symbol.INDUCTIVE}),
        (-60.0, {Symbol.IMPORT, Symbol.CAPACITIVE}),
        (180.0, {Symbol.EXPORT}),
        (120.0, {Symbol.EXPORT, Symbol.INDUCTIVE}),
    ],
)
def test_direction_and_nature(angle, expected) -> None:
    front = Front()
    front.rig.run(1.0, angle=angle)
    ways = {Symbol.IMPORT, Symbol.EXPORT, Symbol.INDUCTIVE, Symbol.CAPACITIVE}
    assert lit(front.view()) & ways == expected


def test_no_power_has_no_direction() -> None:
    assert not lit(view_of({"active_power": 0.0})) & {Symbol.IMPORT, Symbol.EXPORT}
    assert not lit(view_of()) & {Symbol.IMPORT, Symbol.EXPORT}


def test_a_reversed_sequence_flashes_and_warns() -> None:
    front = Front()
    front.rig.run(5.0, reverse=True)
    on, flashing = symbols(front.view(), 0.0)
    assert Symbol.SEQUENCE_REVERSE in on
    assert Symbol.SEQUENCE not in on
    assert flashing == {Symbol.SEQUENCE_REVERSE, Symbol.WARNING}


@pytest.mark.parametrize("bit", ALARMS, ids=str)
def test_every_alarm_warns(bit) -> None:
    assert Symbol.WARNING in lit(view_of(status=int(bit)))
    urgent = Symbol.WARNING in symbols(view_of(status=int(bit)), 0.0)[1]
    steady = {Status.SAMPLES_LOST, Status.FREQUENCY_OUT_OF_RANGE, Status.PULSE_OVERFLOW,
              Status.CLOCK_INVALID}  # fmt: skip
    assert urgent is (bit not in steady)


def test_what_is_no_alarm_does_not_warn() -> None:
    view = view_of(status=int(Status.WARMING_UP | Status.UNLOCKED))
    assert Symbol.WARNING not in lit(view)
    assert Symbol.WARMING_UP in lit(view)
    assert Symbol.WARMING_UP not in lit(view_of())


def test_over_voltage_of_a_real_meter() -> None:
    front = Front(supply=Supply())
    front.rig.run(1.0, voltage=280.0)
    assert Symbol.WARNING in symbols(front.view(), 0.0)[1]
    front.rig.run(1.0)
    assert Symbol.WARNING not in symbols(front.view(), 0.0)[0]


@pytest.mark.parametrize("tariff", [1, 2, 3, 4])
def test_the_tariff_that_rules(tariff) -> None:
    view = view_of(standing=replace(NOTHING, tariff=tariff))
    shown = {s for s in lit(view) if s.value.startswith("tariff")}
    assert {s.value for s in shown} == {f"tariff {tariff}"}


def test_the_lock_is_that_of_the_session() -> None:
    assert Symbol.LOCK in lit(view_of(status=int(Status.UNLOCKED)))
    assert Symbol.LOCK not in lit(view_of(unlocked=True))


def test_requests_and_pulses_light_for_a_moment() -> None:
    view = view_of(communication=10.0, pulses=(20.0, None))
    brief = {Symbol.COMMUNICATION, Symbol.PULSE_1, Symbol.PULSE_2}
    assert lit(view, 10.0) & brief == {Symbol.COMMUNICATION, Symbol.PULSE_1}
    assert lit(view, 10.0 + MOMENT) & brief == {Symbol.PULSE_1}
    assert lit(view, 20.0 + MOMENT) & brief == set()
    assert lit(view_of(pulses=(None, 5.0)), 5.1) & brief == {Symbol.PULSE_2}
    assert lit(view_of(), 0.0) & brief == set()


@pytest.mark.parametrize(
    ("power", "settings", "share"),
    [
        (3450.0, {}, 1.0),
        (1725.0, {}, 0.5),
        (1725.0, {"ct_primary": 10}, 0.25),
        (1725.0, {"vt_ratio": 2}, 0.25),
        (575.0, {"system_type": 1}, 0.5),
        (3**0.5 * 400 * 5, {"system_type": 2}, 1.0),
        (9000.0, {}, FULL_SCALE),
        (0.0, {}, 0.0),
    ],
)
def test_the_bar_is_the_share_of_full_load(power, settings, share) -> None:
    assert load(view_of({"apparent_power": power}, settings)) == pytest.approx(share)


def test_no_bar_without_a_value() -> None:
    assert load(view_of()) is None
    front = Front()
    assert front.screen().bar == pytest.approx(1.0)
