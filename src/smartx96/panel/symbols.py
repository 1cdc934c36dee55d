"""Symbols and the bar of the load, as a meter's condition makes them."""

from __future__ import annotations

from smartx96.metrology.derived import CAPACITIVE, INDUCTIVE, NORMAL, REVERSE
from smartx96.panel.screen import FULL_SCALE, Symbol
from smartx96.panel.view import View
from smartx96.status import Status

MOMENT = 0.25
"""A request and a pulse light their symbols for so long [s]."""

TARIFFS = (Symbol.TARIFF_1, Symbol.TARIFF_2, Symbol.TARIFF_3, Symbol.TARIFF_4)

WARNING = ~(Status.WARMING_UP | Status.UNLOCKED)
"""Bits of the status register that warn of something."""

URGENT = (
    Status.PHASE_MISSING | Status.SEQUENCE_REVERSED | Status.OVER_VOLTAGE | Status.OVER_CURRENT
    | Status.CLIPPING | Status.STORE_FAULT | Status.WIRING_SUSPECT
)  # fmt: skip
"""Bits for which the warning flashes: somebody has to come and change something."""


def symbols(view: View, now: float) -> tuple[frozenset[Symbol], frozenset[Symbol]]:
    """Symbols that are lit, and those of them that flash.

    Parameters
    ----------
    view : View
    now : float
        By the clock of the keys [s].
    """
    status = view.status
    lit = {
        *_of_readings(view),
        *TARIFFS[view.snapshot.standing.tariff - 1 :][:1],
        *_recent(view, now),
    }
    own = {
        Symbol.LOCK: not view.unlocked,
        Symbol.WARNING: bool(status & WARNING),
        Symbol.WARMING_UP: Status.WARMING_UP in status,
    }
    lit |= {symbol for symbol, holds in own.items() if holds}
    flashing = {Symbol.SEQUENCE_REVERSE} | ({Symbol.WARNING} if status & URGENT else set())
    return frozenset(lit), frozenset(lit & flashing)


def _of_readings(view: View) -> set[Symbol]:
    """Direction of the energy, sequence of the phases, nature of the load."""
    snapshot = view.snapshot
    power, sequence = snapshot["active_power"] or 0.0, snapshot["voltage_sequence"]
    nature = snapshot["load_nature"]
    holds = {
        Symbol.IMPORT: power > 0,
        Symbol.EXPORT: power < 0,
        Symbol.SEQUENCE: sequence == NORMAL,
        Symbol.SEQUENCE_REVERSE: sequence == REVERSE,
        Symbol.INDUCTIVE: nature == INDUCTIVE,
        Symbol.CAPACITIVE: nature == CAPACITIVE,
    }
    return {symbol for symbol, lit in holds.items() if lit}


def _recent(view: View, now: float) -> set[Symbol]:
    """What has happened this moment."""
    times = {
        Symbol.COMMUNICATION: view.communication,
        Symbol.PULSE_1: view.pulses[0],
        Symbol.PULSE_2: view.pulses[1],
    }
    return {s for s, time in times.items() if time is not None and now - time < MOMENT}


def load(view: View) -> float | None:
    """Apparent power over that of the nominal voltage and current, as far as the bar goes."""
    power = view.snapshot["apparent_power"]
    if power is None:
        return None
    settings, wiring = view.configuration.settings, view.configuration.wiring
    voltage = wiring.nominal_voltage * settings.number("vt_ratio")
    share = power / wiring.balanced_power(voltage, settings.number("ct_primary"))
    return min(max(share, 0.0), FULL_SCALE)
