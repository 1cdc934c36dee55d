"""SMART X96: a three-phase energy meter in software.

`smartx96.measure(samples, rate)` measures arrays, `smartx96.open(path)` opens a recording,
`smartx96.simulate()` starts a live meter for a test; the command `x96` does the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from smartx96.api import Result, measure, open
    from smartx96.simulation import SimulatedMeter, simulate

__all__ = ["Result", "SimulatedMeter", "measure", "open", "simulate"]

_SIMULATION = ("SimulatedMeter", "simulate")


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    # Late: the command line starts without NumPy.
    if name not in __all__:
        raise AttributeError(f"module 'smartx96' has no attribute {name!r}")
    if name in _SIMULATION:
        from smartx96 import simulation

        return getattr(simulation, name)
    from smartx96 import api

    return getattr(api, name)
