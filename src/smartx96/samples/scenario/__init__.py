"""A signal by formula: stated by its parts, evaluated at any sample.

`Scenario` is what the rest of the product sees; the parts are frozen dataclasses.
"""

from __future__ import annotations

from smartx96.samples.scenario.carrier import Wander
from smartx96.samples.scenario.events import (
    Change,
    Distortion,
    Event,
    Export,
    FrequencyChange,
    Reversal,
    Scale,
    Shift,
)
from smartx96.samples.scenario.model import (
    Harmonic,
    Interharmonic,
    Phases,
    Wave,
    lag,
    three,
    unbalanced,
)
from smartx96.samples.scenario.scenario import Scenario

__all__ = [
    "Change",
    "Distortion",
    "Event",
    "Export",
    "FrequencyChange",
    "Harmonic",
    "Interharmonic",
    "Phases",
    "Reversal",
    "Scale",
    "Scenario",
    "Shift",
    "Wander",
    "Wave",
    "lag",
    "three",
    "unbalanced",
]
