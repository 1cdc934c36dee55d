"""What the meter does rather than how well: starting, no load, constant, start-up, losses."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from smartx96.models import NOMINAL_VOLTAGE, OVERLOAD, PULSE2_CONSTANT, Wiring
from smartx96.typetest.check import Check, Kind, alone
from smartx96.typetest.factor import UNITY, Factor
from smartx96.typetest.plan.intrinsic import own_limits
from smartx96.typetest.plan.scope import Scope
from smartx96.typetest.point import SECONDS, Load, Point, Trial

NO_LOAD_VOLTAGE = 1.15
"""Over Un (IEC 62053-22, 8.3.2)."""

START_UP_SECONDS = 5.0
"""After the voltage comes the meter works within so long [s] (IEC 62053-22, 8.3.1)."""

_PULSE2 = 1000.0 / PULSE2_CONSTANT
"""Energy of a pulse of output 2 [Wh]."""
_PULSE1 = 10.0
"""Energy of a pulse of output 1 as it is set for the test [Wh, varh]."""
_PULSE1_RATE = 1
_CONSTANT_SECONDS = 602.0
_STARTING_PULSES = 1.5
"""Length of the starting test in pulses of output 2, of which one must come."""


@dataclass(frozen=True, slots=True)
class _Output:
    """A pulse output, and the registers whose growth its pulses tell.

    Parameters
    ----------
    number : {1, 2}
    pulse1_energy : int
        Setting of output 1 during the trial.
    factor : Factor
        Of the load.
    registers : tuple of str
    step : float
        Energy of a pulse [Wh, varh].
    """

    number: int
    pulse1_energy: int
    factor: Factor
    registers: tuple[str, ...]
    step: float


_OUTPUTS = (
    _Output(1, 1, UNITY, ("active_energy_import",), _PULSE1),
    _Output(1, 5, Factor("sin", 1.0, "ind"), ("reactive_energy_import",), _PULSE1),
    _Output(2, 1, UNITY, ("active_energy_import", "active_energy_export"), _PULSE2),
)


def starting(scope: Scope) -> Iterator[Check]:
    """The meter registers at its starting current: a pulse comes."""
    for row, wiring, rated in product(
        scope.rows_of("starting"), scope.wirings, scope.rated_currents
    ):
        power = wiring_power(wiring, row.lowest * rated)
        seconds = _whole(_STARTING_PULSES * 3600 * _PULSE2 / power)
        point = Point(wiring, rated, row.lowest, Factor.of(row.factor), seconds=seconds)
        yield Check("starting", Kind.PULSES, alone(Trial((point,))), 1.0, "pulses", row=row,
                    at_least=True)  # fmt: skip


def no_load(scope: Scope) -> Iterator[Check]:
    """Voltage without current: not more than a pulse comes, and the registers stand still."""
    for wiring, rated in product(scope.wirings, scope.rated_currents):
        # 600e6 / (k m Un Imax) min, k in pulses per kWh.
        systems = 1 if wiring is Wiring.ONE_PHASE else 3
        rated_power = PULSE2_CONSTANT * systems * NOMINAL_VOLTAGE * OVERLOAD * rated
        point = Point(wiring, rated, 0.0, load=Load.NONE, voltage=NO_LOAD_VOLTAGE,
                      seconds=_whole(60 * 600e6 / rated_power))  # fmt: skip
        parts = alone(Trial((point,)))
        yield Check("no-load", Kind.PULSES, parts, 1.0, "pulses", basis="IEC 62053-22, 8.3.2")
        yield Check("no-load", Kind.ENERGY, parts, 0.0, "mWh", basis="own: registers stand still")


def meter_constant(scope: Scope) -> Iterator[Check]:
    """Pulses of both outputs against the growth of the registers: none is missing, none doubled."""
    for wiring, rated, output in product(scope.wirings, scope.rated_currents, _OUTPUTS):
        point = Point(wiring, rated, OVERLOAD, output.factor, seconds=_CONSTANT_SECONDS)
        settings = (("pulse1_energy", output.pulse1_energy), ("pulse1_rate", _PULSE1_RATE))
        yield Check(
            "meter-constant", Kind.CONSTANT, alone(Trial((point,), settings, primary=1)), 0.0,
            "pulses", basis="IEC 62053-22, 8.4", ids=output.registers, scale=output.step,
            output=output.number,
        )  # fmt: skip


def start_up(scope: Scope) -> Iterator[Check]:
    """A meter that lives on what it measures registers soon after the voltage has come."""
    for wiring, rated in product(scope.wirings, scope.rated_currents):
        live = Point(wiring, rated, 1.0, seconds=10.0)
        dead = live.but(voltage=0.0, multiple=0.0, seconds=SECONDS)
        trial = Trial((dead, live), supplied=False)
        yield Check("start-up", Kind.START_UP, alone(trial), START_UP_SECONDS, "s",
                    basis="IEC 62053-22, 8.3.1")  # fmt: skip


def phase_loss(scope: Scope) -> Iterator[Check]:
    """Losing one phase, then another, and both coming back: nothing of the rest is lost."""
    row = next(iter(scope.rows_of("variation: voltage unbalance")), None)
    if row is None or Wiring.FOUR_WIRE not in scope.wirings:
        return
    for rated, (first, second) in product(scope.rated_currents, ((1, 2), (2, 3), (3, 1))):
        whole = Point(Wiring.FOUR_WIRE, rated, 1.0, seconds=4.0)
        lost = (whole.but(interrupted=(first,)), whole.but(interrupted=(first, second)))
        trial = Trial((whole, *lost, whole), supplied=False)
        yield Check("phase-loss", Kind.ERROR, alone(trial), row.limit, row=row)


def netting(scope: Scope) -> Iterator[Check]:
    """Import on two phases, export on the third: both nettings count at once."""
    if Wiring.FOUR_WIRE not in scope.wirings:
        return
    for rated, multiple in product(scope.rated_currents, scope.varied):
        point = Point(Wiring.FOUR_WIRE, rated, multiple, load=Load.OPPOSED)
        parts = alone(Trial((point,)))
        for row, limit in own_limits(scope.rows, point.but(load=Load.BALANCED)):
            yield Check("netting", Kind.NETTING, parts, limit, row=row,
                        basis="intrinsic limit under influence")  # fmt: skip


def wiring_power(wiring: Wiring, current: float) -> float:
    """Power of equal phases at Un and cos 1 [W]."""
    systems = 1 if wiring is Wiring.ONE_PHASE else 3
    return systems * NOMINAL_VOLTAGE * current


def _whole(seconds: float) -> float:
    """Rounded up to what a point may last."""
    return SECONDS * math.ceil(seconds / SECONDS)
