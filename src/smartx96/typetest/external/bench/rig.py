"""Rig: what stands on a bench, and how a point is measured with it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from statistics import fmean
from typing import Any

from smartx96.errors import OptionError, X96Error
from smartx96.modbus.client.together import together
from smartx96.models import PULSE2_CONSTANT
from smartx96.typetest.external.bench.gauge import (
    Gauge,
    Interval,
    PowerGauge,
    PulseGauge,
    RegisterGauge,
)
from smartx96.typetest.external.bench.growth import Growth
from smartx96.typetest.external.bench.metered import UPDATE, Metered
from smartx96.typetest.external.bench.pulse_input import PulseInput
from smartx96.typetest.external.duration import proposed_seconds
from smartx96.typetest.external.filled import Filled
from smartx96.typetest.external.records import secondary
from smartx96.typetest.external.set_points import Asked, SetPoint

_CHANGE = 1.1 * UPDATE
"""How well the change of a register is known in time, for a start [s]."""
_LEAST_SECONDS = 2.0
_POWER_SECONDS = 2.0
_FAR = 0.2
"""A reference that is farther from the point than this share sees another point."""


class Method(StrEnum):
    """What the energy of the meter is told by."""

    REGISTERS = "registers"
    POWER = "power"
    PULSES = "pulses"


@dataclass(frozen=True)
class Rig:
    """What stands on the bench.

    Parameters
    ----------
    metered : Metered or None
        The meter under test, where it is read over Modbus.
    pulses : PulseInput or None
        Its pulses.
    reference : Metered or None
    reference_pulses : PulseInput or None
    method : Method
    constant, reference_constant : float
        Pulses for 1 kWh at the terminals.
    repeat : int
        How often each error is measured.
    seconds : float or None
        How long each time; None is as long as its resolution needs.
    settle : float
        After a point was set [s].
    device : str
        What the user calls the meter, where it cannot say.
    """

    metered: Metered | None = None
    pulses: PulseInput | None = None
    reference: Metered | None = None
    reference_pulses: PulseInput | None = None
    method: Method = Method.REGISTERS
    constant: float = PULSE2_CONSTANT
    reference_constant: float = PULSE2_CONSTANT
    repeat: int = 5
    seconds: float | None = None
    settle: float = 5.0
    device: str = ""

    def __post_init__(self) -> None:
        if self.method is Method.PULSES and self.pulses is None:
            raise OptionError("--by pulses: give --pulses, where they come in")
        if self.method is not Method.PULSES and self.metered is None:
            raise OptionError(f"--by {self.method}: give --meter, where it is read")

    @property
    def name(self) -> str:
        """Who is tested."""
        return self.device or (self.metered.name if self.metered else "")

    @property
    def truth(self) -> str:
        """What the meter is compared with."""
        if self.reference is not None:
            return self.reference.name
        return self.reference_pulses.name if self.reference_pulses else "what the source was set to"

    async def acquaint(self) -> None:
        """Ask all meters who they are."""
        for each in (self.metered, self.reference):
            if each is not None:
                await each.acquaint()

    def unable(self, point: SetPoint, asked: Asked) -> str | None:
        """Why a row cannot be measured as the bench is; None where it can."""
        metered, set_to = self.metered, point.trial.point
        if metered is None:
            return None if asked is not Asked.READINGS else "needs --meter"
        if metered.wiring not in (None, set_to.wiring):
            return f"the meter is connected as {metered.wiring}"
        if metered.rated_current not in (None, set_to.rated_current):
            return f"the meter is set to transformers of {metered.rated_current:g} A"
        return None

    async def measured(self, point: SetPoint, asked: Asked) -> Filled:
        """Measure a row while its point is set.

        Raises
        ------
        X96Error
            A meter does not answer, or something cannot be.
        """
        if asked is Asked.PULSES:
            found = await Growth(self.metered, self.pulses).over(point.trial.seconds)
        elif asked is Asked.READINGS:
            found = await self._read(point)
        else:
            found = await self._compared(point, asked)
        ratios = self.metered.transformers if self.metered else None
        return Filled(
            **found, meter=self.name, reference=self.truth,
            taken=datetime.now(UTC).isoformat(timespec="seconds"),
            current_ratio=ratios.current if ratios else None,
            voltage_ratio=ratios.voltage if ratios else None,
        )  # fmt: skip

    async def _compared(self, point: SetPoint, asked: Asked) -> dict[str, Any]:
        id, power = point.energy(asked)
        gauges = [gauge for gauge in (self._gauge(id, power), self._truth(id, power)) if gauge]
        await together(*(gauge.start() for gauge in gauges))
        seconds = self.seconds or self._seconds(point, asked, power)
        found: list[list[Interval]] = []
        for _ in range(self.repeat):
            found.append(await together(*(gauge.next(seconds) for gauge in gauges)))
            self._plausible(found[-1], power)
        own = [intervals[0] for intervals in found]
        cells = {column: tuple(each.cells[column] for each in own) for column in own[0].cells}
        true = [intervals[1].power if len(gauges) > 1 else power for intervals in found]
        return {
            **cells,
            "true_power_w": tuple(true),
            "true_seconds": tuple(each.seconds for each in own),
            # One follows the other without a gap: of the widths only the first and last remain.
            "resolution_wh": self._mean(each.width_wh for times in found for each in times),
            "timing_s": self._mean(each.width_s for times in found for each in times),
        }

    def _mean(self, widths: Iterable[float]) -> float:
        """Width of a single one that makes that of the mean, were they independent."""
        found = list(widths)
        both = len(found) / self.repeat
        return max(found) * math.sqrt(both / self.repeat)

    def _gauge(self, id: str, power: float) -> Gauge:
        if self.method is Method.PULSES:
            assert self.pulses is not None
            return PulseGauge(self.pulses, self.constant, power)
        assert self.metered is not None
        if self.method is Method.POWER:
            return PowerGauge(self.metered, id)
        return RegisterGauge(self.metered, id, power)

    def _truth(self, id: str, power: float) -> Gauge | None:
        if self.reference_pulses is not None:
            return PulseGauge(self.reference_pulses, self.reference_constant, power)
        if self.reference is None:
            return None
        if self.method is Method.REGISTERS:
            return RegisterGauge(self.reference, id, power)
        return PowerGauge(self.reference, id)

    def _seconds(self, point: SetPoint, asked: Asked, power: float) -> float:
        if self.method is Method.POWER and self.reference_pulses is None:
            return _POWER_SECONDS
        by_registers = self.method is Method.REGISTERS
        inputs = (None if by_registers else self.pulses, self.reference_pulses)
        widths = [each.width for each in inputs if each is not None]
        timing = max([*widths, _CHANGE] if by_registers else widths)
        steps = [each.step(power) for each in (self.metered, self.reference)
                 if each is not None and by_registers]  # fmt: skip
        whole = proposed_seconds(point, asked, math.hypot(*steps), timing)
        return max(_LEAST_SECONDS, whole / self.repeat)

    def _plausible(self, intervals: list[Interval], power: float) -> None:
        """A reference that sees something else says that the point was not set."""
        if len(intervals) > 1 and abs(intervals[1].power - power) > _FAR * power:
            raise X96Error(
                f"the reference has {intervals[1].power:.6g} where the point makes {power:.6g} W "
                "(var): was it set?"
            )

    async def _read(self, point: SetPoint) -> dict[str, Any]:
        assert self.metered is not None
        ids = point.ids()
        found: list[list[dict[str, float]]] = []
        both = [each for each in (self.metered, self.reference) if each is not None]
        for _ in range(self.repeat):
            found.append(await together(*(each.values(ids) for each in both)))
            await asyncio.sleep(UPDATE)
        own, *truths = (_means([times[n] for times in found]) for n in range(len(both)))
        true = secondary(truths[0], both[1].transformers) if truths else {}
        return {"readings": own, "true_readings": true}


def _means(found: list[dict[str, float]]) -> dict[str, float]:
    """Mean of each reading that was there every time."""
    return {
        id: mean
        for id in found[0]
        if math.isfinite(mean := fmean(each.get(id, math.nan) for each in found))
    }
