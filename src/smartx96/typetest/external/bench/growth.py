"""Growth: pulses and energies that a meter counts over a time that the plan fixes."""

from __future__ import annotations

import asyncio
from typing import Any

from smartx96.typetest.external.bench.metered import Metered
from smartx96.typetest.external.bench.pulse_input import PulseInput
from smartx96.typetest.external.set_points import ENERGIES

_PAUSE = 1.0
"""Between two looks at an input of pulses, so that none is lost [s]."""


class Growth:
    """Counts pulses at an input, or by the meter's own count where there is none.

    Parameters
    ----------
    metered : Metered or None
    pulses : PulseInput or None
    """

    def __init__(self, metered: Metered | None, pulses: PulseInput | None) -> None:
        self._metered, self._pulses = metered, pulses

    async def over(self, seconds: float) -> dict[str, Any]:
        """Cells of the file: pulses, the time, and the growth of all energies [Wh, varh]."""
        loop = asyncio.get_running_loop()
        energies = await self._energies()
        begun, counted, pulses = loop.time(), await self._count(), 0
        while loop.time() < begun + seconds:
            await asyncio.sleep(min(_PAUSE, max(0.0, begun + seconds - loop.time())))
            pulses += len(self._pulses.drain()) if self._pulses else 0
        now = await self._count()
        if counted is not None and now is not None:
            pulses = round(now - counted)
        grown = await self._energies()
        there = self._pulses is not None or counted is not None
        return {
            "pulses": (float(pulses),) if there else (),
            "true_seconds": (loop.time() - begun,),
            "readings": {id: 1000.0 * (grown[id] - kwh) for id, kwh in energies.items()},
        }

    async def _count(self) -> float | None:
        """The meter's own count; None where an input counts, or the meter does not."""
        if self._pulses is not None:
            self._pulses.drain()
            return None
        assert self._metered is not None
        return (await self._metered.values(["pulse2_count"])).get("pulse2_count")

    async def _energies(self) -> dict[str, float]:
        """Energy registers [kWh]."""
        if self._metered is None:
            return {}
        return {id: (await self._metered.look(id)).kwh for id in ENERGIES}
