"""What registers must hold, window by window in exact fractions.

Written from the definitions alone, without arrays and without a line of the project.
"""

from __future__ import annotations

from fractions import Fraction
from math import isnan

MICRO_HOURS = Fraction(10**6, 3600)
"""Watt-seconds to microwatt-hours."""


def energies(
    portions, *, power: float = 0.0, total: float = 0.0, current: float = 0.0, phases: bool = True
) -> dict[str, Fraction]:
    """Energies [uWh, uvarh, uVAh, uAh] of portions by id, with their starting thresholds."""
    found: dict[str, Fraction] = {}

    def add(id: str, amount: Fraction) -> None:
        found[id] = found.get(id, Fraction(0)) + amount * MICRO_HOURS

    for windows in portions:
        for n, length in enumerate(windows.seconds.tolist()):
            second = Fraction(length)
            p = [_known(x) for x in windows.active[:, n].tolist()]
            q = [_known(x) for x in windows.reactive[:, n].tolist()]
            places = [
                (f"l{k + 1}", "per_phase", _from(p[k], power), _from(q[k], power))
                for k in range(3 if phases else 0)
            ]
            places.append(("", "sum", _from(sum(p), total), _from(sum(q), total)))
            for place, netting, active, reactive in places:
                for name in (netting, place) if place else (netting,):
                    way = "export" if active < 0 else "import"
                    add(f"active_energy_{way}_{name}", abs(active) * second)
                    way = "export" if reactive < 0 else "import"
                    add(f"reactive_energy_{way}_{name}", abs(reactive) * second)
                    quadrant = (1 if active >= 0 else 2) if reactive >= 0 else (
                        4 if active >= 0 else 3
                    )  # fmt: skip
                    add(f"reactive_energy_q{quadrant}_{name}", abs(reactive) * second)
            flowing = [
                _known(x) for x in windows.current[:3, n].tolist() if not isnan(x) and x >= current
            ]
            if flowing:
                add("charge", sum(flowing, Fraction(0)) * second)
                add("apparent_energy", _known(float(windows.apparent[n])) * second)
    return found


def _known(x: float) -> Fraction:
    return Fraction(0) if isnan(x) else Fraction(x)


def _from(x: Fraction, threshold: float) -> Fraction:
    return x if abs(x) >= threshold else Fraction(0)


ROWS = {"": 1, "per_phase": 3}
"""Registers that are sums of quanta are short of the truth by less than one of each."""


def deviation(registers: dict[str, int], truth: dict[str, Fraction]) -> Fraction:
    """Largest difference, in quanta for each row that a register adds up; every register that the
    truth has must be there.
    """
    worst = Fraction(0)
    for id, value in truth.items():
        short = value - registers[id] if id in registers else None
        if short is None:
            if id.startswith("reactive_energy_q") and id[-2] == "l":
                continue  # quadrants are shown of the nettings only
            raise AssertionError(f"{id} is missing")
        rows = 3 if id.endswith("per_phase") else 1
        if id.startswith("reactive_energy") and "_q" not in id:
            rows *= 2
        # From a hair above the truth, which rounding makes, to one quantum for each row below.
        assert -rows * Fraction(1, 1000) <= short < rows * Fraction(1001, 1000), (id, float(short))
        worst = max(worst, abs(short) / rows)
    return worst
