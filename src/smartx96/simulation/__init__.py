"""Simulation: a live meter in a test, on voltages and currents that the test sets."""

from __future__ import annotations

from smartx96.simulation.options import simulate
from smartx96.simulation.simulated_meter import SimulatedMeter

__all__ = ["SimulatedMeter", "simulate"]
