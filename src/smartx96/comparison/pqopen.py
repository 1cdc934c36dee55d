"""Pqopen: the library pqopen-lib, as its documentation uses it.

Its windows follow the zero crossings of a filtered L1, at whole samples. It counts active energy
itself, netted over the phases; reactive energy is its fundamental reactive power by time.
"""

from __future__ import annotations

import logging
import os
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from smartx96.block import Samples
from smartx96.comparison.engine import PIECE_SECONDS, Engine, Values, Windows
from smartx96.comparison.netting import energy, energy_ids, netted
from smartx96.errors import StreamError
from smartx96.models import CYCLES, Wiring
from smartx96.quantities import HARMONIC_ORDERS, PHASES

_BALANCES = ("sum",)
_QUICKEST = 1.1
"""Frequency over the nominal one up to which it must not fail; it resamples to a power of two."""

_NOBODY = logging.NullHandler()

_BUFFER_SECONDS = 4 * PIECE_SECONDS

_MODULE = "pqopen.powersystem"


class Pqopen(Engine):
    """A PowerSystem of pqopen-lib with harmonics and energy."""

    name = "pqopen"
    text = (
        "the library pqopen-lib: windows of 10 or 12 cycles by the zero crossings of a filtered "
        "L1, harmonic subgroups after linear interpolation, THD to order 40; it nets active energy "
        "over the phases, and reactive energy is its fundamental reactive power by time"
    )

    package, module = "pqopen-lib", _MODULE
    highest_of_thd = 40

    def __init__(self, rate: float, wiring: Wiring, nominal: int = 50) -> None:
        super().__init__(rate, wiring, nominal)
        # It tells of each doubtful crossing; where nobody listens that would go to the terminal.
        logging.getLogger("pqopen").addHandler(_NOBODY)
        self._channels, self._system = _made(rate, wiring, nominal)
        # It would keep its energies in a file; here every stream begins at nothing.
        self._system.enable_energy_channels(Path(os.devnull), ignore_value=True)
        self._told, self._counted = 0, {"import": 0.0, "export": 0.0}

    @classmethod
    def offered(cls, wiring: Wiring) -> frozenset[str]:
        """Ids of the readings, harmonics and energies that it has in a wiring."""
        readings = {"frequency", "reactive_power", *_readings(wiring), *_harmonics(wiring)}
        return frozenset(readings | set(energy_ids(wiring, _BALANCES)))

    @classmethod
    def measure(cls, samples: Samples, rate: float) -> object:
        """Its channels after a recording: levels, powers and harmonics without energies, in pieces
        of a second, at which it is quickest; nothing is read out of it.
        """
        logging.getLogger("pqopen").addHandler(_NOBODY)
        channels, system = _made(rate, Wiring.FOUR_WIRE, 50)
        piece = round(PIECE_SECONDS * rate)
        for start in range(0, samples.shape[1], piece):
            _processed(system, channels, samples[:, start : start + piece])
        return system.output_channels

    def _measured(self, samples: Samples) -> Windows:
        try:
            _processed(self._system, self._channels, samples)
        except ValueError as error:
            raise StreamError(
                f"engine {self.name} failed on these samples at {self._rate:g} S/s: {error}"
            ) from None
        begun, ends = self._told, self._since(self._told, "W_pos")[1]
        if not ends.size:
            return Windows(np.zeros(0))
        self._told = int(ends[-1])
        seconds = np.diff(ends, prepend=begun) / self._rate
        reactive = self._reactive(begun)
        named = {id: self._since(begun, name)[0] for id, name in _readings(self._wiring).items()}
        flows = self._active(begun) | netted("reactive", reactive, seconds, _BALANCES[0])
        return Windows(
            seconds,
            {**named, "reactive_power": reactive.sum(axis=1), "frequency": self._mean(begun, ends)},
            {id: _percent(self._since(begun, name)[0])
             for id, name in _harmonics(self._wiring).items()},
            {id: flows[same] for id, same in energy_ids(self._wiring, _BALANCES).items()},
        )  # fmt: skip

    def _active(self, begun: int) -> dict[str, Values]:
        """Active energy of each window, by which its counters grew [Wh]."""
        found = {}
        for way, name in (("import", "W_pos"), ("export", "W_neg")):
            counted = self._since(begun, name)[0]
            growth = np.diff(counted, prepend=self._counted[way])
            found[energy("active", way, _BALANCES[0])] = growth
            self._counted[way] = float(counted[-1])
        return found

    def _reactive(self, begun: int) -> Values:
        """Fundamental reactive power, shape (window, phase) [var]."""
        numbers = range(1, 1 + len(PHASES[self._wiring.phases]))
        return np.stack([self._since(begun, f"Q{n}_H1")[0] for n in numbers], axis=1)

    def _since(self, begun: int, name: str) -> tuple[Any, Any]:
        """What a channel tells after a sample, in float64, and at which samples."""
        channel = self._system.output_channels[name]
        values, ends = channel.read_data_by_acq_sidx(begun + 1, self._channels[0].sample_count + 1)
        return np.asarray(values, np.float64), np.array(ends)

    def _mean(self, begun: int, ends: Values) -> Values:
        """Mean of the frequencies of the cycles of each window."""
        cycles, at = self._since(begun, "Freq")
        window = np.searchsorted(ends, at)
        whole = window < ends.size
        count = np.bincount(window[whole], minlength=ends.size)
        found: Values = np.bincount(window[whole], cycles[whole], ends.size) / count
        return found


def _made(rate: float, wiring: Wiring, nominal: int) -> tuple[list[Any], Any]:
    """Its buffers of the six channels, and its system of those that the wiring has."""
    buffer, cycles = import_module("daqopen.channelbuffer").AcqBuffer, CYCLES[nominal]
    channels = [buffer(size=round(_BUFFER_SECONDS * rate)) for _ in range(6)]
    system = import_module(_MODULE).PowerSystem(
        zcd_channel=channels[0], input_samplerate=rate, nominal_frequency=nominal, nper=cycles
    )
    for n in range(len(PHASES[wiring.phases])):
        system.add_phase(channels[n], channels[3 + n])
    system.enable_harmonic_calculation(_orders(rate, nominal, cycles))
    return channels, system


def _processed(system: Any, channels: list[Any], samples: Samples) -> None:
    for channel, row in zip(channels, samples, strict=True):
        channel.put_data(row)
    system.process()


def _readings(wiring: Wiring) -> dict[str, str]:
    """Its channel of each reading."""
    found = {"active_power": "P"}
    for n, phase in enumerate(PHASES[wiring.phases], 1):
        found |= {f"current_{phase}": f"I{n}_rms", f"current_thd_{phase}": f"I{n}_THD"}
        if wiring.has_neutral:
            found |= {
                f"voltage_{phase}": f"U{n}_rms", f"voltage_thd_{phase}": f"U{n}_THD",
                f"active_power_{phase}": f"P{n}", f"reactive_power_{phase}": f"Q{n}_H1",
            }  # fmt: skip
    return found


def _harmonics(wiring: Wiring) -> dict[str, str]:
    """Its channel of each quantity of harmonics."""
    kinds = {"voltage": "U", "current": "I"} if wiring.has_neutral else {"current": "I"}
    return {f"{kind}_harmonic_{phase}": f"{letter}{n}_H_rms" for kind, letter in kinds.items()
            for n, phase in enumerate(PHASES[wiring.phases], 1)}  # fmt: skip


def _percent(rms: Values) -> Values:
    """Orders 1..63 from those from 0 on that it has."""
    found: Values = np.full((len(rms), HARMONIC_ORDERS), np.nan)
    found[:, : rms.shape[1] - 1] = 100 * rms[:, 1:] / rms[:, 1:2]
    return found


def _orders(rate: float, nominal: int, cycles: int) -> int:
    """Orders that it can be asked for: it fails where its transform does not reach so far."""
    points = 1 << int(np.log2(rate * cycles / (_QUICKEST * nominal)))
    return min(HARMONIC_ORDERS, points // 2 // cycles - 1)
