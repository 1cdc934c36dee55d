"""Gauge: what tells the mean power over a time, by registers, readings of power, or pulses."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from statistics import fmean
from typing import Protocol

import numpy as np

from smartx96.errors import X96Error
from smartx96.typetest.external.bench.metered import UPDATE, Look, Metered
from smartx96.typetest.external.bench.pulse_input import Edge, PulseInput

_PAUSE = 0.005
"""Between two looks at a register, while its change is waited for [s]."""
_PATIENCE = 2.0
"""Changes and pulses are waited for so many times as long as they should take."""
_LEAST_PATIENCE = 2.0
"""And at least so long [s]."""


@dataclass(frozen=True, slots=True)
class Interval:
    """What was found over a time.

    Parameters
    ----------
    power : float
        Mean, at the terminals [W, var].
    seconds : float
    width_wh, width_s : float
        Widths within which the energies and times of both ends are known.
    cells : mapping
        What the meter showed, by column of the file.
    """

    power: float
    seconds: float
    width_wh: float
    width_s: float
    cells: dict[str, float] = field(default_factory=dict)


class Gauge(Protocol):
    """Tells the mean power of one time after the other."""

    async def start(self) -> None:
        """Begin the first time."""

    async def next(self, seconds: float) -> Interval:
        """What there was from the last end until so much later."""


@dataclass(frozen=True, slots=True)
class _Mark:
    time: float
    kwh: float
    width_wh: float
    width_s: float


class RegisterGauge:
    """By an energy register, from one change of its value to another.

    Parameters
    ----------
    metered : Metered
    id : str
        Of the register.
    power : float
        About what is to be expected at the terminals [W, var].
    """

    def __init__(self, metered: Metered, id: str, power: float) -> None:
        self._metered, self._id, self._power = metered, id, power
        self._last: _Mark

    async def start(self) -> None:
        """Wait for a change."""
        self._last = await self._change()

    async def next(self, seconds: float) -> Interval:
        """From the last change to the first one after so many seconds."""
        begun = self._last
        await _until(begun.time + seconds)
        self._last = end = await self._change()
        long = end.time - begun.time
        gained = 1000.0 * (end.kwh - begun.kwh) / self._metered.transformers.power
        return Interval(
            3600.0 * gained / long, long, max(begun.width_wh, end.width_wh),
            max(begun.width_s, end.width_s),
            {"register_before_kwh": begun.kwh, "register_after_kwh": end.kwh},
        )  # fmt: skip

    async def _change(self) -> _Mark:
        """The register just after it has changed; as it stands where it does not change."""
        metered, loop = self._metered, asyncio.get_running_loop()
        before = await metered.look(self._id)
        digit = metered.digit(before.kwh)
        patience = _PATIENCE * (UPDATE + 3600.0 * digit / self._power)
        deadline = loop.time() + max(_LEAST_PATIENCE, patience)
        while loop.time() < deadline:
            await asyncio.sleep(_PAUSE)
            after = await metered.look(self._id)
            if after.kwh != before.kwh:
                step = metered.step(self._power)
                return _between(before, after, step)
            before = after
        return _Mark(before.time, before.kwh, digit, UPDATE)


def _between(before: Look, after: Look, step: float) -> _Mark:
    # A meter shows its last whole window when it comes to it, not when the window ends.
    width = after.time - before.time + UPDATE
    return _Mark((before.time + after.time) / 2, after.kwh, step, width)


class PowerGauge:
    """By readings of power, whose mean is taken.

    Parameters
    ----------
    metered : Metered
    id : str
        Of the energy register into which it goes: a power that flows out has the other sign.
    """

    def __init__(self, metered: Metered, id: str) -> None:
        self._metered = metered
        kind, _, way = id.partition("_energy_")
        self._id, self._sign = f"{kind}_power", -1.0 if way == "export" else 1.0

    async def start(self) -> None:
        """Nothing is to be waited for."""

    async def next(self, seconds: float) -> Interval:
        """From now on."""
        loop = asyncio.get_running_loop()
        begun, found = loop.time(), list[float]()
        while not found or loop.time() < begun + seconds:
            found.append(await self._metered.value(self._id))
            await asyncio.sleep(UPDATE)
        long, ratio = loop.time() - begun, self._metered.transformers.power
        mean = fmean(found)
        digit = float(np.spacing(np.float32(max(map(abs, found)))))
        return Interval(
            self._sign * mean / ratio, long, digit / ratio * long / 3600.0, 0.0, {"power_w": mean}
        )


class PulseGauge:
    """By pulses, from the last one of a time to the last one of the next.

    Parameters
    ----------
    input : PulseInput
    constant : float
        Pulses for 1 kWh at the terminals.
    power : float
        About what is to be expected [W, var].
    """

    def __init__(self, input: PulseInput, constant: float, power: float) -> None:
        self._input, self._pulse_wh = input, 1000.0 / constant
        self._due = 3600.0 * self._pulse_wh / power
        self._last: Edge

    async def start(self) -> None:
        """Wait for a pulse."""
        self._input.drain()
        self._last = (await self._collected(0.0))[-1]

    async def next(self, seconds: float) -> Interval:
        """From the last pulse to the last one there is after so many seconds."""
        begun = self._last
        edges = await self._collected(seconds)
        self._last = end = edges[-1]
        long = max(end.time - begun.time, 1e-9)
        return Interval(
            3600.0 * self._pulse_wh * len(edges) / long, long, 0.0, end.width,
            {"pulses": float(len(edges))},
        )  # fmt: skip

    async def _collected(self, seconds: float) -> list[Edge]:
        loop = asyncio.get_running_loop()
        begun, found = loop.time(), list[Edge]()
        deadline = begun + seconds + max(_LEAST_PATIENCE, _PATIENCE * self._due)
        while loop.time() < begun + seconds or not found:
            if loop.time() > deadline:
                raise X96Error(
                    f"{self._input.name}: no pulse for {deadline - begun:.0f} s, where one is due "
                    f"every {self._due:.3g} s"
                )
            await asyncio.sleep(self._input.pause)
            found += self._input.drain()
        return found


async def _until(time: float) -> None:
    await asyncio.sleep(max(0.0, time - asyncio.get_running_loop().time()))
