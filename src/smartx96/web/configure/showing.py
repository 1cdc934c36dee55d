"""Showing: what a meter measures now, with its phasors and what they say of the wiring."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smartx96.configuration.commissioning.live import COUNTERS, VALUES, available
from smartx96.configuration.commissioning.phasors import ReckonedPhasors
from smartx96.configuration.reading import valued
from smartx96.metrology.powers import between_lines
from smartx96.metrology.wiring_check import check_wiring
from smartx96.modbus.readings import Reading
from smartx96.models import WIRINGS, Wiring
from smartx96.quantities import BY_ID
from smartx96.settings import BY_ID as SETTINGS
from smartx96.status import Status
from smartx96.web.configure.meters import Meters
from smartx96.web.contents import three_phasors

_SHOWN = (*VALUES, *COUNTERS, "status", "clock", "system_type", "ct_primary", "ct_secondary",
          "vt_ratio", "running_time", "tariff_active")  # fmt: skip

_UNBALANCE = "voltage_unbalance_negative"
"""Has no register: it follows from the voltages."""

QUANTITIES = {id: {"text": BY_ID[id].text, "unit": BY_ID[id].unit} for id in (*VALUES, _UNBALANCE)}
"""What values are, by id."""


@dataclass(slots=True)
class Showing:
    """What meters that are open measure.

    Parameters
    ----------
    meters : Meters
    """

    meters: Meters

    def routes(self) -> list[Route]:
        """Where each is found."""
        return [Route("/api/meters/{id}/live", self.live)]

    async def live(self, request: Request) -> Response:
        """One reading; the meter is asked when somebody looks, and not besides."""
        async with self.meters[request.path_params["id"]].turn("values are read") as link:
            found = await link.read(id for id in _SHOWN if link.has(id))
        return JSONResponse({
            "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "facts": _facts(found), **_measured(found),
        })  # fmt: skip


def _facts(found: Mapping[str, Reading]) -> dict[str, Any]:
    """What is no measured value, as people read it."""
    facts: dict[str, Any] = {
        id: valued(id, found[id]).document()
        for id in (*COUNTERS, "ct_primary", "ct_secondary", "vt_ratio", "running_time", "clock",
                   "tariff_active")
        if id in found
    }  # fmt: skip
    status = found.get("status")
    if isinstance(status, int):
        facts["status"] = [bit.text for bit in Status(status)]
    return facts


def _measured(found: Mapping[str, Reading]) -> dict[str, Any]:
    """Values, phasors and wiring, as the cards of the page draw them."""
    wiring = _wiring(found)
    numbers = {id: float(found[id]) for id in VALUES if isinstance(found.get(id), int | float)}  # type: ignore[arg-type]
    values = available(numbers, wiring)
    phasors = ReckonedPhasors.of(values, wiring)
    voltage = phasors.voltage if wiring.has_neutral else between_lines(phasors.voltage)
    values |= {} if phasors.unbalance is None else {_UNBALANCE: phasors.unbalance}
    ratio = found.get("vt_ratio")
    nominal = wiring.nominal_voltage * ratio if isinstance(ratio, int | float) else 0.0
    findings = check_wiring(phasors.voltage, phasors.current, wiring, nominal=nominal)
    lacks = _lacks(values)
    return {
        "wiring_type": wiring,
        "readings": {"values": {id: values.get(id) for id in QUANTITIES
                                if math.isfinite(values.get(id, 0.0))}},
        "phasors": {
            "voltage": three_phasors(voltage), "current": three_phasors(phasors.current),
            "sequence": values.get("voltage_sequence"), "notes": phasors.notes,
        },
        "wiring": {
            "suspect": any(each.suspect for each in findings) and lacks is None,
            "checked": lacks is None, "lacks": lacks,
            "findings": [
                {"kind": f.kind, "phases": f.phases, "text": f.text, "suspect": f.suspect}
                for f in findings
            ],
        },
    }  # fmt: skip


def _wiring(found: Mapping[str, Reading]) -> Wiring:
    """As the meter is set; four wires where it does not tell."""
    said = found.get("system_type")
    if isinstance(said, int | float) and said in WIRINGS:
        return WIRINGS[int(said)]
    return WIRINGS[int(SETTINGS["system_type"].default)]


def _lacks(values: Mapping[str, float]) -> str | None:
    """What there has to be before voltages and currents can be judged."""
    for name in ("voltage", "current"):
        if not any(value for id, value in values.items()
                   if id.startswith(f"{name}_l") and "thd" not in id):  # fmt: skip
            return f"{name}s"
    return None
