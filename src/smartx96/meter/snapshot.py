"""Snapshot: everything a meter shows, frozen at the end of one window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from smartx96.meter.standing import NOTHING, Standing
from smartx96.meter.taken import Taken
from smartx96.metrology.drift import DriftEstimate
from smartx96.metrology.synchronisation import Phasors
from smartx96.metrology.waveform import Waveform
from smartx96.metrology.windows import Flag
from smartx96.quantities import HARMONIC_INDEX, HARMONIC_ORDERS, INDEX, INSTANTANEOUS
from smartx96.settings.setting import nearest

READINGS = np.array([INDEX[id] for id in INSTANTANEOUS])
"""Places of what a window gives among the values."""

NO_PHASORS: Phasors = np.full((2, 3), np.nan, np.complex128)
NO_PHASORS.setflags(write=False)
"""Where none are available."""

_PLACES = {
    f"{name}[{order}]": (row, order - 1)
    for name, row in HARMONIC_INDEX.items()
    for order in range(1, HARMONIC_ORDERS + 1)
}


@dataclass(frozen=True, slots=True)
class Messages:
    """What has become of messages by which somebody states values.

    Parameters
    ----------
    taken, refused, left_out : int
        How many; what was left out was superseded before it could be taken.
    last_refusal : str
        Why the last of the refused ones was; empty where none was.
    """

    taken: int
    refused: int
    left_out: int
    last_refusal: str


@dataclass(frozen=True, slots=True)
class InputState:
    """What has become of a live input.

    Parameters
    ----------
    dry : bool
        Whether no samples come.
    outages : int
        How often they stopped.
    gaps, lost_samples : int
        Jumps of the sample clock, and the samples per channel that they skipped.
    dropped_blocks : int
        Blocks that came while the meter could not follow; their samples are among the lost.
    drift : DriftEstimate or None
        Sample clock against this computer's; None while it is not known.
    age : float or None
        Of values that somebody states in place of samples [s]; None where samples are measured.
    messages : Messages or None
        By which they are stated; None where samples are measured.
    """

    dry: bool = False
    outages: int = 0
    gaps: int = 0
    lost_samples: int = 0
    dropped_blocks: int = 0
    drift: DriftEstimate | None = None
    age: float | None = None
    messages: Messages | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Values by quantity, for everything that shows them: Modbus, panel, files, web.

    Parameters
    ----------
    time : float
        End of the window on the stream's sample clock [s].
    values : ndarray, shape (quantities,)
        In the order of `smartx96.quantities.TABLE`; NaN where not available.
    harmonics : ndarray, shape (6, 63)
        Rows in the order of `smartx96.quantities.HARMONICS`, orders 1..63 in % of the fundamental.
    exact : mapping of str to int
        Quantities that are integers.
    flags : Flag
        Of the window.
    input : InputState or None
        Of a live input; None where samples are made or read from a file.
    clock : int
        The meter's clock at the end of the window [us since 1970-01-01T00:00Z].
    standing : Standing
        Registers, demands and counts among the values, as they were committed.
    powered : bool
        Whether the meter has a supply; without one it shows nothing and answers nobody.
    phasors : ndarray of complex, shape (2, 3)
        Complex rms of the fundamental of voltages and currents [V, A], L1 at the angle 0.
    waveform : Waveform or None
        Of the window.
    """

    time: float
    values: NDArray[np.float64]
    harmonics: NDArray[np.float64]
    exact: Mapping[str, int]
    flags: Flag
    input: InputState | None = None
    clock: int = 0
    standing: Standing = NOTHING
    powered: bool = True
    phasors: Phasors = field(default_factory=lambda: NO_PHASORS)
    waveform: Waveform | None = None

    @classmethod
    def of(
        cls, taken: Taken, standing: Standing, status: int, *, clock: int, powered: bool
    ) -> Snapshot:
        """Everything at the end of the last of some windows, beside what stands in registers."""
        values, readings = standing.values.copy(), taken.readings
        found = taken.values.all()
        values[READINGS] = [found[id][-1] for id in INSTANTANEOUS]
        return cls(
            float(taken.time[-1]),
            values,
            np.concatenate([readings.voltage_harmonics[-1], readings.current_harmonics[-1]]),
            {**standing.exact, "status": status},
            Flag(int(taken.flags[-1])),
            clock=clock,
            standing=standing,
            powered=powered,
            phasors=np.stack([readings.voltage_phasor[-1], readings.current_phasor[-1]]),
            waveform=taken.waveform,
        )

    def shown(self, id: str) -> float | int | None:
        """Value as registers and displays have it: a demand is 0 until its first period is whole.

        Raises
        ------
        KeyError
            There is no such quantity.
        """
        value = self[id]
        return 0.0 if value is None and id in self.standing.awaited else value

    def __getitem__(self, id: str) -> float | int | None:
        """Value of a quantity or, as `id[n]`, of one harmonic; None where not available.

        Raises
        ------
        KeyError
            There is no such quantity.
        """
        if id in self.exact:
            return self.exact[id]
        try:
            if id.endswith("]"):
                value = float(self.harmonics[_PLACES[id]])
            else:
                value = float(self.values[INDEX[id]])
        except KeyError:
            raise KeyError(f"{id}: no quantity; {nearest(id, [*INDEX, *_PLACES])}") from None
        return None if np.isnan(value) else value
