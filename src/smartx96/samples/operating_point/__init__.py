"""Operating point: voltages and currents that stand until somebody sets others."""

from __future__ import annotations

from smartx96.samples.operating_point.adjustable import AdjustableSource
from smartx96.samples.operating_point.phase import Phase
from smartx96.samples.operating_point.point import Changes, OperatingPoint

__all__ = ["AdjustableSource", "Changes", "OperatingPoint", "Phase"]
