"""Pulse: one closing of an output's contact."""

from __future__ import annotations

from typing import NamedTuple

from smartx96.models import PULSE_PAUSE

OUTPUTS = (1, 2)
"""Numbers of the pulse outputs."""

PAUSE = PULSE_PAUSE * 1000
"""Shortest time between two pulses of an output [us]."""


class Pulse(NamedTuple):
    """One pulse.

    Parameters
    ----------
    output : int
        Of `OUTPUTS`.
    number : int
        Pulses of this output since manufacture, this one included.
    time : int
        Of the rising edge by the meter's clock [us since 1970-01-01T00:00Z].
    width : int
        To the falling edge [us].
    """

    output: int
    number: int
    time: int
    width: int
