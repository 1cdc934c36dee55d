"""Meter: joins readings to registers and gives snapshots."""

from __future__ import annotations

import numpy as np

from smartx96.meter.energy import Energy
from smartx96.meter.snapshot import Snapshot
from smartx96.meter.wiring_watch import WiringWatch
from smartx96.metrology import sums as rows
from smartx96.metrology.conditions import Conditions
from smartx96.metrology.derived import REVERSE, quantities, rotation
from smartx96.metrology.engine import Piece
from smartx96.metrology.kernels import Values
from smartx96.metrology.powers import counted, levels, rest_power
from smartx96.metrology.readings import Readings, read
from smartx96.metrology.synchronisation import LIVE_SHARE
from smartx96.metrology.windows import Flag, Rest, Windows
from smartx96.quantities import BY_ID, INDEX, TABLE, Kind

_KILO = 1e-9
"""Quanta (micro) to the unit shown (kilo)."""
_WHOLE = 1e-6
"""Quanta (micro) to ampere-hours."""


class Meter:
    """Takes the pieces of a stream in their order and keeps the registers.

    Samples outside the windows count with their own active power, less the mean of the channels in
    the window beside them; their reactive and apparent power and current are that window's.

    Parameters
    ----------
    conditions : Conditions
        What readings depend on.
    strict : bool
        Whether a window of more energy than any meter counts is an error, as a wrong scale makes
        it; else it is not counted, and flagged questionable: a spike must not end a running meter.
    """

    def __init__(self, conditions: Conditions, *, strict: bool = True) -> None:
        self.conditions = conditions
        voltages, currents = conditions.present[:3].any(), conditions.present[3:].any()
        self.energy = Energy(
            conditions.wiring,
            conditions.netted_by_sum,
            strict,
            power=bool(voltages and currents),
            current=bool(currents),
        )
        self._phases = conditions.wiring.phases
        self.wiring = WiringWatch(conditions.wiring)
        self.measured_time = 0.0
        self.windows = 0
        self.flags = Flag(0)
        self.readings: Readings | None = None
        self._last: Windows | None = None
        self._waiting: list[Rest] = []

    @property
    def nominal_frequency(self) -> int | None:
        """Nominal frequency by which the last windows were cut [Hz]."""
        return None if self._last is None else self._last.nominal

    def take(self, piece: Piece) -> Readings | None:
        """Count a piece; the readings of its windows, or None for samples outside windows."""
        self.flags |= self._flags_of(piece)
        if isinstance(piece, Rest):
            if piece.leads or self._last is None:
                self._waiting.append(piece)
            else:
                self._count_rest(piece, beside=-1)
            return None
        readings = read(piece, self.conditions)
        refused = self.energy.refused
        self._count(piece, readings)
        if self.energy.refused > refused:
            piece.flags[:] |= Flag.QUESTIONABLE
            self.flags |= Flag.QUESTIONABLE
        self.wiring.take(readings, piece.time)
        self._last, self.readings = piece, readings
        self.windows += len(piece)
        for rest in self._waiting:
            self._count_rest(rest, beside=0)
        self._waiting.clear()
        return readings

    def close(self) -> None:
        """The stream has ended: count what waited in vain for a window beside it."""
        for rest in self._waiting:
            if rest.measured > 0:
                rms = np.sqrt(rest.sums[rows.SQUARE] / rest.measured)
                apparent = float((rms[:3] * rms[3:]).sum())
                current = float(rms[3:][self._phases].sum())
                self._add_rest(rest, np.zeros(6), np.zeros(3), apparent, current)
        self._waiting.clear()

    def snapshot(self) -> Snapshot | None:
        """Everything as it stands after the last window; None before the first."""
        if self._last is None or self.readings is None:
            return None
        r = self.readings
        values = np.full(len(TABLE), np.nan)
        for id, value in quantities(r).items():
            values[INDEX[id]] = value[-1]
        exact = self.energy.exact()
        shown = energies(exact)
        for id, energy in shown.items():
            values[INDEX[id]] = energy
        flags = Flag(int(self._last.flags[-1]))
        harmonics = np.concatenate([r.voltage_harmonics[-1], r.current_harmonics[-1]])
        return Snapshot(
            time=float(self._last.time[-1]),
            values=values,
            harmonics=harmonics,
            exact={**integers(exact), "status": status(r, flags, self.wiring.suspect)},
            flags=flags,
        )

    def _flags_of(self, piece: Piece) -> Flag:
        if isinstance(piece, Rest):
            return piece.flags
        return Flag(int(np.bitwise_or.reduce(piece.flags)))

    def _count(self, windows: Windows, r: Readings) -> None:
        seconds = np.maximum(windows.measured_time, 0.0)
        if np.bitwise_or.reduce(windows.flags) & Flag.MISSING:
            active, reactive, apparent, current = counted(windows, self.conditions)
        else:
            active, reactive = r.active_power, r.fundamental_power.imag
            apparent = r.total_apparent_power
            current = r.current[:, self._phases].sum(axis=-1)
        self.energy.add(active, reactive, apparent, current, seconds)
        self.measured_time += float(seconds.sum())

    def _count_rest(self, rest: Rest, beside: int) -> None:
        """Count samples beside a window of the last piece: its first or its last."""
        last, r = self._last, self.readings
        if last is None or r is None or rest.measured <= 0:
            return
        with np.errstate(divide="ignore", invalid="ignore"):
            level = levels(last, self.conditions)[:, beside]
        self._add_rest(
            rest,
            level,
            r.fundamental_power.imag[beside],
            float(r.total_apparent_power[beside]),
            float(r.current[beside, self._phases].sum()),
        )

    def _add_rest(self, rest: Rest, level: Values, reactive: Values, apparent: float,
                  current: float) -> None:  # fmt: skip
        self.energy.add(
            rest_power(rest, level)[np.newaxis],
            reactive[np.newaxis],
            np.array([apparent]),
            np.array([current]),
            np.array([rest.measured_time]),
        )
        self.measured_time += rest.measured_time


def status(r: Readings, flags: Flag, wiring_suspect: bool = False) -> int:
    """Bits of the status register that follow from the last window and the wiring check."""
    bits = {
        1: not r.voltage_least[-1] > LIVE_SHARE,
        2: rotation(r.voltage_sequence, r.voltage_least)[-1] == REVERSE,
        5: Flag.MISSING in flags,
        6: Flag.CLIPPED in flags,
        7: Flag.FREQUENCY_OUT_OF_RANGE in flags,
        11: wiring_suspect,
    }
    return sum(1 << bit for bit, on in bits.items() if on)


def energies(exact: dict[str, int]) -> dict[str, float]:
    """Energy registers in the units shown (kWh, kvarh, kVAh, Ah), of those that the table has."""
    return {
        id: quanta * (_WHOLE if BY_ID[id].unit == "Ah" else _KILO)
        for id, quanta in exact.items()
        if id in BY_ID and BY_ID[id].kind is Kind.ENERGY
    }


def integers(exact: dict[str, int]) -> dict[str, int]:
    """Exact registers by their ids."""
    found = {f"{id}_exact": quanta for id, quanta in exact.items()}
    return {id: quanta for id, quanta in found.items() if id in INDEX}
