"""What goes on from message to message: powers that stand, signs of currents, the age of loads."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from smartx96.models import Wiring
from smartx96.samples.given.source import GivenValues, Stale, Staleness

FOUR, ONE = Wiring.FOUR_WIRE, Wiring.ONE_PHASE


def after(*messages: dict, wiring: Wiring = FOUR) -> GivenValues:
    source = GivenValues(datetime(2026, 1, 1, tzinfo=UTC))
    for message in messages:
        source.set(json.dumps(message), wiring)
    return source


def powers(source: GivenValues) -> list[complex]:
    phasors = source.point.phasors((1,))[:, 0]
    return list(np.round(phasors[:3] * phasors[3:].conj(), 6))


def test_powers_in_messages_of_their_own_do_not_bend_each_other():
    source = after({"active_power": 3000}, {"reactive_power": 600}, {"active_power": -1500},
                   {"voltage": 240.0})  # fmt: skip
    assert powers(source) == [-500 + 200j] * 3
    source.set('{"voltage": [250, 251, 252]}', FOUR)
    source.set('{"reactive_power_l2": -90}', FOUR)
    assert powers(source) == [-500 + 200j, -500 - 90j, -500 + 200j]


def test_a_failed_voltage_and_its_return():
    source = after({"active_power": 3000, "reactive_power": 300}, {"voltage": [0, None, None]})
    assert powers(source)[0] == 0
    source.set('{"voltage": 231}', FOUR)
    assert powers(source) == [1000 + 100j] * 3


def test_a_power_factor_said_later_ends_what_stood():
    source = after({"active_power": 3000, "reactive_power": 300}, {"power_factor": 0.5},
                   {"active_power": 1500})  # fmt: skip
    assert powers(source) == pytest.approx([500 + 866.0254j] * 3)
    source = after({"active_power": 3000}, {"current": 2.0}, {"voltage": 200.0})
    assert powers(source) == pytest.approx([400] * 3)


@pytest.mark.parametrize(
    ("messages", "wanted"),
    [
        ([{"voltage": 200, "current": [-2, 3, 4]}], [-400, 600, 800]),
        ([{"voltage": 200, "current": -2}, {"current": 3}], [600] * 3),
        ([{"voltage": 200, "current": -2, "power_factor": 0.5, "leading": False}],
         [-200 + 346.410162j] * 3),
        ([{"voltage": 200, "current": -2, "active_power": -1200}], [-400] * 3),
        # Without a sign ever, the direction is what was said before.
        ([{"voltage": 200, "active_power": -1200}, {"current": 3}], [-600] * 3),
        ([{"voltage": 200, "active_power": 600, "reactive_power": 600}, {"current": -2 ** 0.5}],
         [-200 + 200j] * 3),
    ],
)  # fmt: skip
def test_the_sign_of_a_current_is_its_direction(messages, wanted):
    assert powers(after(*messages)) == pytest.approx(wanted)


def test_a_voltage_does_not_keep_old_powers_alive(monkeypatch: pytest.MonkeyPatch):
    """Whoever regulates by a power must not be shown one that nobody renews."""
    clock = 100.0
    monkeypatch.setattr("smartx96.samples.given.source.time.monotonic", lambda: clock)
    source = GivenValues(datetime(2026, 1, 1, tzinfo=UTC), (), Staleness(10.0, Stale.ZERO))

    def come(message: str) -> None:
        source.post(message.encode())
        assert source.take(FOUR)
        source.grow_old()

    come('{"voltage": 230}')
    for _ in range(4):
        clock += 5.0
        come('{"voltage": 231}')
        assert not source.stale
    come('{"active_power_l1": 500}')
    clock += 6.0
    come('{"voltage": 230, "frequency": 50.01}')
    assert (source.age, source.stale) == (6.0, False)
    come('{"active_power_l2": 500}')
    clock += 6.0
    come('{"active_power_l2": 510, "voltage": 230}')
    assert (source.age, source.stale) == (12.0, True)
    come('{"active_power_l1": 500}')
    assert (source.age, source.stale) == (0.0, False)
