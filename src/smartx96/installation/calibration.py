"""Calibration of a meter at work: that of its front end, and what it is set to."""

from __future__ import annotations

from smartx96.frontend.calibration import Calibration
from smartx96.samples.source import Source
from smartx96.settings import Settings


def calibration_of(source: Source, settings: Settings) -> Calibration:
    """By what a meter corrects the samples, and the phasors, of a source: both together.

    A correction belongs to a terminal and its transformer, whatever the wiring: gain n corrects
    the voltage channel of terminal n before line voltages are made of three, and is that of the
    line voltage L1-L2, L2-L3, L3-L1 where such are connected. In 3P3W the wattmeters of u12 and i1,
    and of u32 and i3, are thus corrected by gain 1, current 1, phase 1 and by gain 2, current 3,
    phase 3; a current that is derived follows from the two that are corrected.

    Parameters
    ----------
    source : Source
        One of a front end has a `calibration`.
    settings : Settings
        Of the meter.

    Raises
    ------
    OptionError
        Together they are beyond what a calibration may be.
    """
    own = Calibration.of(settings)
    of_front_end: Calibration | None = getattr(source, "calibration", None)
    return own if of_front_end is None else of_front_end.joined(own)
