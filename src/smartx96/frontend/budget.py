"""Error budget: which part of a front end brings which share of an error."""

from __future__ import annotations

import cmath
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from smartx96.frontend.accuracy import MINUTE
from smartx96.frontend.current_transformer import RATED_FREQUENCY
from smartx96.frontend.front_end import FrontEnd


@dataclass(frozen=True, slots=True)
class Share:
    """What one element does to a channel.

    Parameters
    ----------
    ratio : float
        Of 1, by the natural logarithm: shares add up exactly.
    phase : float
        Positive leads [rad].
    """

    ratio: float
    phase: float

    @property
    def percent(self) -> float:
        """Ratio error [%]."""
        return 100.0 * math.expm1(self.ratio)

    @property
    def minutes(self) -> float:
        """Phase error [min]."""
        return self.phase / MINUTE

    def __add__(self, other: Share) -> Share:
        return Share(self.ratio + other.ratio, self.phase + other.phase)


NOTHING = Share(0.0, 0.0)


def shares(
    front_end: FrontEnd, role: str, rms: float, frequency: float = RATED_FREQUENCY
) -> Mapping[str, Share]:
    """Share of each element in the errors of a channel: those of the front end with it alone.

    Parameters
    ----------
    front_end : FrontEnd
    role : str
    rms : float
        [V or A].
    frequency : float
        [Hz].

    Returns
    -------
    mapping of str to Share
        By name, in the order of the signal. Their sum is that of the whole.
    """
    return {name: _share(front_end.only(name), role, rms, frequency) for name in front_end.elements}


def whole(front_end: FrontEnd, role: str, rms: float, frequency: float = RATED_FREQUENCY) -> Share:
    """Errors of a channel with everything."""
    return _share(front_end, role, rms, frequency)


def _share(front_end: FrontEnd, role: str, rms: float, frequency: float) -> Share:
    found = complex(np.asarray(front_end.corrected(role, frequency, rms)))
    return Share(math.log(abs(found)), cmath.phase(found))


def energy_error(front_end: FrontEnd, phase: int, voltage: float, current: float, angle: float,
                 frequency: float = RATED_FREQUENCY) -> float:  # fmt: skip
    """Error of the active energy of one phase, sine waves.

    Parameters
    ----------
    front_end : FrontEnd
    phase : {1, 2, 3}
    voltage, current : float
        Rms [V, A].
    angle : float
        Lag of the current [rad].
    frequency : float
        [Hz].

    Returns
    -------
    float
        Of 1. One minute of lead at 60 degrees of lag is 0.000504.
    """
    volts = front_end.corrected(f"v{phase}", frequency, voltage)
    amps = front_end.corrected(f"i{phase}", frequency, current)
    power = complex(np.asarray(volts * np.conj(amps))) * cmath.exp(1j * angle)
    # The meter counts as much longer as its clock is too quick.
    return power.real / math.cos(angle) * (1.0 + front_end.clock_error) - 1.0
