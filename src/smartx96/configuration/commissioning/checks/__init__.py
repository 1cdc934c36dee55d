"""Checks of a meter in place: supply, load and wiring, what it counts, how it is set."""

from __future__ import annotations

from collections.abc import Callable

from smartx96.configuration.commissioning.checks.check import Check, Verdict
from smartx96.configuration.commissioning.checks.counting import energy_direction, sums
from smartx96.configuration.commissioning.checks.load import load, steadiness
from smartx96.configuration.commissioning.checks.meter import clock, condition, exchange, password
from smartx96.configuration.commissioning.checks.setting import (
    current_transformers,
    settings,
    voltage_transformers,
    wiring_setting,
)
from smartx96.configuration.commissioning.checks.supply import (
    distortion,
    frequency,
    sequence,
    unbalance,
    voltages,
)
from smartx96.configuration.commissioning.checks.wiring import wiring
from smartx96.configuration.commissioning.subject import Subject

_CHECKS: tuple[Callable[[Subject], Check | None], ...] = (
    exchange, voltages, frequency, sequence, unbalance, distortion,
    load, steadiness, wiring, sums, energy_direction,
    wiring_setting, current_transformers, voltage_transformers, settings, clock, condition,
    password,
)  # fmt: skip


def checked(subject: Subject) -> tuple[Check, ...]:
    """Everything that is looked at of a meter in place, in the order in which it is told."""
    return tuple(check for check in (each(subject) for each in _CHECKS) if check is not None)


__all__ = ["Check", "Verdict", "checked"]
