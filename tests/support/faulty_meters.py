"""Meters with one fault each, around the real one: samples are bent before it, results after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from smartx96.block import Block
from smartx96.frontend.calibration import Calibration
from smartx96.typetest.meter_under_test import MeterUnderTest
from smartx96.typetest.point import Trial

QUARTER = 64
"""Samples in a quarter of a period at 50 Hz and 12.8 kS/s."""


class Faulty:
    """The real meter; a fault overrides what it spoils."""

    def __init__(self, trial: Trial, calibration: Calibration | None = None) -> None:
        self.trial, self.point = trial, trial.point
        self.meter = MeterUnderTest(trial, calibration)

    def take(self, block: Block) -> None:
        samples = self.bent(np.array(block.physical()), block.start / block.rate)
        self.meter.take(Block(samples, block.rate, block.start))

    def finish(self) -> None:
        self.meter.finish()

    def bent(self, x: np.ndarray, time: float) -> np.ndarray:
        return x

    def registers(self) -> Mapping[str, int]:
        return self.meter.registers()

    def values(self) -> Mapping[str, float]:
        return self.meter.values()

    def pulses(self) -> tuple[int, ...]:
        return self.meter.pulses()


class Delay:
    """Channels as they were some samples ago."""

    def __init__(self, samples: int, channels: int) -> None:
        self.tail = np.zeros((channels, samples))

    def __call__(self, x: np.ndarray) -> np.ndarray:
        whole = np.concatenate([self.tail, x], axis=1)
        self.tail = whole[:, x.shape[1] :]
        return whole[:, : x.shape[1]]


class WrongPhaseCompensation(Faulty):
    """Currents are taken a sample late: 84 minutes."""

    def __init__(self, trial: Trial, calibration: Calibration | None = None) -> None:
        super().__init__(trial, calibration)
        self.delay = Delay(1, 3)

    def bent(self, x: np.ndarray, time: float) -> np.ndarray:
        x[3:] = self.delay(x[3:])
        return x


def gain(of: Callable[[Faulty], float], *channels: int) -> type[Faulty]:
    """A meter some channels of which are scaled."""

    class Scaled(Faulty):
        def bent(self, x: np.ndarray, time: float) -> np.ndarray:
            x[list(channels)] *= of(self)
            return x

    return Scaled


VOLTAGES, CURRENTS = (0, 1, 2), (3, 4, 5)

UnequalPhases = gain(lambda _: 1.03, 3)
NoTemperatureCompensation = gain(lambda m: 1 + 0.001 * (m.point.temperature - 23), *VOLTAGES)
BentByVoltage = gain(lambda m: 1 + 0.1 * (m.point.voltage - 1), *VOLTAGES)
BentByFrequency = gain(lambda m: 1 + 0.5 * (m.point.frequency / 50 - 1), *VOLTAGES)


class SequenceBound(Faulty):
    """The next phase's voltage of a quarter period ago leaks in: by the sequence, up or down."""

    def __init__(self, trial: Trial, calibration: Calibration | None = None) -> None:
        super().__init__(trial, calibration)
        self.delay = Delay(QUARTER, 3)

    def bent(self, x: np.ndarray, time: float) -> np.ndarray:
        x[:3] += 0.02 * self.delay(x[[1, 2, 0]])
        return x


class SecondPhaseDerived(Faulty):
    """L2 is taken for what is left of a symmetric system."""

    def bent(self, x: np.ndarray, time: float) -> np.ndarray:
        x[1] = -x[0] - x[2]
        return x


class FundamentalOnly(Faulty):
    """Harmonic power is left out."""

    def bent(self, x: np.ndarray, time: float) -> np.ndarray:
        spectrum = np.fft.rfft(x, axis=1)
        place = round(self.point.frequency * x.shape[1] / 12_800)
        kept = spectrum[:, place].copy()
        spectrum[:] = 0
        spectrum[:, place] = kept
        return np.fft.irfft(spectrum, x.shape[1], axis=1)


class SlewLimited(Faulty):
    """An input that follows no steeper than the sine of its largest current."""

    def bent(self, x: np.ndarray, time: float) -> np.ndarray:
        step = 2 * np.pi * 50 / 12_800 * np.sqrt(2) * self.point.multiple * self.point.rated_current
        level = np.zeros(3)
        for n in range(x.shape[1]):
            level = level + np.clip(x[3:, n] - level, -step, step)
            x[3:, n] = level
        return x


class HalfTheTime(Faulty):
    """Measures two cycles of four, and takes the others for the same."""

    def bent(self, x: np.ndarray, time: float) -> np.ndarray:
        second = time + np.arange(x.shape[1]) / 12_800
        x[3:] *= np.where((second / 0.04).astype(int) % 2 == 0, 2.0, 0.0)
        return x


class QuarterPeriodShift(Faulty):
    """Reactive energy by voltages of a quarter of 20 ms ago, of the whole waveform."""

    def __init__(self, trial: Trial, calibration: Calibration | None = None) -> None:
        super().__init__(trial, calibration)
        self.delay, self.energy = Delay(QUARTER, 3), 0.0

    def bent(self, x: np.ndarray, time: float) -> np.ndarray:
        self.energy += float((self.delay(x[:3]) * x[3:]).sum()) / 12_800
        return x

    def registers(self) -> Mapping[str, int]:
        quanta = round(self.energy / 3600e-6 * self.trial.primary)
        found = dict(self.meter.registers())
        found["reactive_energy_import_exact"] = max(quanta, 0)
        found["reactive_energy_export_exact"] = max(-quanta, 0)
        return found


def scaled_registers(prefix: str, of: Callable[[Faulty], float]) -> type[Faulty]:
    """A meter some energies of which are scaled."""

    class Scaled(Faulty):
        def registers(self) -> Mapping[str, int]:
            found = self.meter.registers()
            return {id: round(x * of(self)) if id.startswith(prefix) else x
                    for id, x in found.items()}  # fmt: skip

    return Scaled


IntegratorVar = scaled_registers("reactive_energy", lambda m: 50 / m.point.frequency)
"""Reactive energy by an integrator, whose gain falls with the frequency."""


class DeadZone(Faulty):
    """No current below three times the starting current is seen."""

    def bent(self, x: np.ndarray, time: float) -> np.ndarray:
        if self.point.multiple < 0.003:
            x[3:] = 0
        return x


class Creeping(Faulty):
    """Voltages leak into the currents."""

    def bent(self, x: np.ndarray, time: float) -> np.ndarray:
        x[3:] += x[:3] / 230 * 0.001 * self.point.rated_current
        return x


class LosesPulses(Faulty):
    """One pulse in a hundred of each output is lost, at least one."""

    def pulses(self) -> tuple[int, ...]:
        return tuple(n - max(1, n // 100) for n in self.meter.pulses())


class DoublesAPulse(Faulty):
    """One pulse of each output comes twice."""

    def pulses(self) -> tuple[int, ...]:
        return tuple(n + 1 for n in self.meter.pulses())


class SlowStart(Faulty):
    """Takes six seconds to get going."""

    on: float | None = None

    def bent(self, x: np.ndarray, time: float) -> np.ndarray:
        if self.on is None and x[:3].any():
            self.on = time
        second = time + np.arange(x.shape[1]) / 12_800
        x[3:, second < (np.inf if self.on is None else self.on + 6)] = 0
        return x


class LivesOnFirstPhase(Faulty):
    """Without L1 there is nothing."""

    def bent(self, x: np.ndarray, time: float) -> np.ndarray:
        return x if np.abs(x[0]).max() > 100 else 0 * x


class OneNetting(Faulty):
    """Nets over the phases where it should count each by itself."""

    def registers(self) -> Mapping[str, int]:
        found = dict(self.meter.registers())
        for way in ("import", "export"):
            found[f"active_energy_{way}_per_phase_exact"] = found[f"active_energy_{way}_sum_exact"]
        return found


def reading_off(prefix: str, factor: float = 1.0, more: float = 0.0) -> type[Faulty]:
    """A meter some readings of which are scaled and shifted."""

    class Off(Faulty):
        def values(self) -> Mapping[str, float]:
            found = self.meter.values()
            return {id: x * factor + more if id.startswith(prefix) else x
                    for id, x in found.items()}  # fmt: skip

    return Off
