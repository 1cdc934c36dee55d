"""Metered: a meter behind Modbus as a bench reads it, at its terminals."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from smartx96.errors import X96Error
from smartx96.modbus.client.errors import ExceptionAnswerError
from smartx96.modbus.client.meter import Meter
from smartx96.modbus.client.nameplate import Nameplate
from smartx96.modbus.readings import Reading
from smartx96.models import WIRINGS, Wiring
from smartx96.typetest.external.trial_errors import Transformers

UPDATE = 0.2
"""Length of the windows that a meter measures in [s]: 10 cycles of 50 Hz (IEC 61000-4-30)."""

_REFRESH = 1.0
"""Assumed longest time between two values of a register [s]."""

_EXACT_WH = 1e-6
"""Step of the registers `..._exact` on the primary side [Wh, varh]."""
_PREFIX = 1000.0
"""kWh of a float register that shows MWh."""
_SETTINGS = ("system_type", "ct_primary", "ct_secondary", "vt_ratio", "energy_prefix")


@dataclass(frozen=True, slots=True)
class Look:
    """A register at a moment.

    Parameters
    ----------
    time : float
        Of the loop's clock [s].
    kwh : float
        As it stands, on the primary side.
    """

    time: float
    kwh: float


class Metered:
    """A meter of the register map and its ratios.

    Parameters
    ----------
    meter : Meter
    stated : Transformers or None
        What the user says of its ratios.
    role : str
        As messages call it.
    """

    def __init__(self, meter: Meter, stated: Transformers | None, role: str) -> None:
        self._meter, self._stated, self._role = meter, stated, role
        self.transformers = stated or Transformers()
        self.wiring: Wiring | None = None
        self.rated_current: float | None = None
        self.exact = False
        self.name = ""
        self._unit = 1.0

    async def acquaint(self) -> None:
        """Ask who it is, how it is connected, and which registers it has.

        Raises
        ------
        ExchangeError
            It does not answer.
        X96Error
            Its transformer ratios are not those that the user stated.
        """
        self.name = _told(await self._meter.nameplate())
        found = {id: x for id in _SETTINGS if (x := await self._there(id)) is not None}
        self.wiring = WIRINGS.get(int(found.get("system_type", 0)))
        self._unit = _PREFIX if found.get("energy_prefix") else 1.0
        self.exact = await self._there("active_energy_import_exact") is not None
        secondary = found.get("ct_secondary")
        self.rated_current = secondary
        if not (secondary and found.get("ct_primary") and found.get("vt_ratio")):
            return
        own = Transformers(found["ct_primary"] / secondary, found["vt_ratio"])
        if self._stated is not None and self._stated != own:
            raise X96Error(
                f"{self._role}: its ratios are {own.current:g} of current and {own.voltage:g} of "
                f"voltage, stated were {self._stated.current:g} and {self._stated.voltage:g}"
            )
        self.transformers = own

    async def look(self, id: str) -> Look:
        """An energy register, with the middle of the time that the reading took."""
        loop = asyncio.get_running_loop()
        asked = loop.time()
        if self.exact:
            exact = f"{id}_exact"
            kwh = _number((await self._meter.read([exact]))[exact]) * _EXACT_WH / 1000.0
        else:
            kwh = _number((await self._meter.read([id]))[id]) * self._unit
        return Look((asked + loop.time()) / 2, kwh)

    def step(self, power: float) -> float:
        """Width within which the energy at a change of the register lies, at the terminals [Wh].

        A float register may have steps of its own, of which nothing is known: what it crosses, it
        has crossed since its value before.
        """
        if self.exact:
            return _EXACT_WH / self.transformers.power
        return power * _REFRESH / 3600.0

    def digit(self, kwh: float) -> float:
        """Step of a register that stands still, at the terminals [Wh]."""
        if self.exact:
            return _EXACT_WH / self.transformers.power
        return 1000.0 * float(np.spacing(np.float32(kwh))) / self.transformers.power

    async def values(self, ids: Iterable[str]) -> dict[str, float]:
        """Readings as the meter shows them; those that it does not have are left out."""
        wanted = list(ids)
        try:
            found = await self._meter.read(wanted)
        except ExceptionAnswerError:
            parts = {id: await self._there(id) for id in wanted}
            return {id: x for id, x in parts.items() if x is not None}
        return {id: _number(x) for id, x in found.items()}

    async def value(self, id: str) -> float:
        """A reading as the meter shows it.

        Raises
        ------
        X96Error
            It has none now.
        """
        found = (await self.values([id])).get(id, math.nan)
        if math.isnan(found):
            raise X96Error(f"{self._role}: has no reading of {id}")
        return found

    async def _there(self, id: str) -> float | None:
        """A value; None where the meter does not have it."""
        try:
            return _number((await self._meter.read([id]))[id])
        except ExceptionAnswerError:
            return None


def _number(value: Reading) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _told(plate: Nameplate) -> str:
    """Who it is, in one line."""
    parts = [
        " ".join(filter(None, (plate.product or plate.vendor, plate.model))),
        f"type code {plate.meter_code:04X}" if plate.meter_code is not None else "",
        f"serial number {plate.serial_number}" if plate.serial_number is not None else "",
        f"version {plate.version}" if plate.version else "",
    ]
    return ", ".join(part for part in parts if part) or "a meter that does not say what it is"
