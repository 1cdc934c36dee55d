"""Overview: what a meter is, what it measures and how it is set, as one document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from smartx96.configuration.link import Link
from smartx96.configuration.reading import Valued, all_valued
from smartx96.modbus.readings import Reading
from smartx96.quantities import BY_ID as QUANTITIES
from smartx96.quantities import LINES, PHASES
from smartx96.settings import BY_ID as SETTINGS

NAMEPLATE = (
    "serial_number", "meter_code", "software_version", "hardware_version", "display_version",
    "running_time", "clock", "system_type", "ct_primary", "ct_secondary", "vt_ratio",
)  # fmt: skip
"""Registers that tell what a meter is and how it is connected."""


class Row(NamedTuple):
    """Values of one kind side by side.

    Parameters
    ----------
    heading : str
    phases : tuple of str
        Ids of L1, L2, L3, or of L1-L2, L2-L3, L3-L1.
    whole : str
        Id of the mean, or of the total.
    """

    heading: str
    phases: tuple[str, ...]
    whole: str

    @property
    def ids(self) -> tuple[str, ...]:
        """All of them."""
        return *self.phases, self.whole


def _row(heading: str, id: str, whole: str, places: Iterable[str] = PHASES) -> Row:
    return Row(heading, tuple(f"{id}_{place}" for place in places), whole)


ROWS = (
    _row("voltage", "voltage", "voltage_ln_average"),
    _row("between lines", "voltage", "voltage_ll_average", LINES),
    _row("current", "current", "current_average"),
    _row("active power", "active_power", "active_power"),
    _row("reactive power", "reactive_power", "reactive_power"),
    _row("apparent power", "apparent_power", "apparent_power"),
    _row("power factor", "power_factor", "power_factor"),
    _row("voltage THD", "voltage_thd", "voltage_thd_ln_average"),
    _row("current THD", "current_thd", "current_thd_average"),
)
"""Values that are shown side by side."""

LINE = (
    "frequency", "current_n", "active_energy_import", "active_energy_export",
    "reactive_energy_import", "reactive_energy_export", "active_power_demand",
    "active_power_demand_max", "status",
)  # fmt: skip
"""Values that are shown below each other."""

BRIEF = (*(id for row in ROWS for id in row.ids), *LINE)
"""Values of a page at a glance."""


async def overview(link: Link, ids: Iterable[str]) -> dict[str, Any]:
    """What a meter is, with values and settings.

    Parameters
    ----------
    link : Link
    ids : iterable of str
        What is shown besides the nameplate; what the meter does not have is left out.

    Returns
    -------
    dict
        `target`, `meter`; `values`, `settings` and `others` by id, as `Valued.document`.

    Raises
    ------
    ExchangeError
        There is no answer of use.
    """
    readings = await link.read(dict.fromkeys((*NAMEPLATE, *ids)))
    shown = [id for id in dict.fromkeys(ids) if id in readings]
    found = all_valued({id: readings[id] for id in shown})
    return {
        "target": str(link.target),
        "meter": meter_document(link, readings),
        "values": {v.id: v.document() for v in found.values() if _is_quantity(v.id)},
        "settings": {v.id: setting_document(v) for v in found.values() if v.id in SETTINGS},
        "others": {
            v.id: v.document()
            for v in found.values()
            if v.id not in SETTINGS and not _is_quantity(v.id)
        },
    }


def meter_document(link: Link, readings: Mapping[str, Reading]) -> dict[str, Any]:
    """What a meter is: what it says of itself, and what the registers of `NAMEPLATE` say."""
    said = link.nameplate
    found = {id: v.value for id, v in all_valued({id: readings[id] for id in NAMEPLATE
                                                  if id in readings}).items()}  # fmt: skip
    return {
        "member": link.member.name,
        "ours": link.ours,
        "vendor": said.vendor,
        "product": said.product,
        "model": said.model,
        "version": said.version,
        "name": said.name,
        "serial_number": said.serial_number,
        "identification": said.identification.value,
        "wiring": found.pop("system_type", None),
        "ct": [found.pop(id, None) for id in ("ct_primary", "ct_secondary")],
        **{id: found.get(id) for id in NAMEPLATE if id in found and id != "serial_number"},
    }


def meter_line(meter: Mapping[str, Any]) -> str:
    """A meter in a few words, from its document."""
    said = " ".join(filter(None, (meter["product"], meter["model"])))
    serial = meter["serial_number"]
    parts = [
        meter["name"] and f'"{meter["name"]}"',
        said or f"does not say what it is, taken for {meter['member']}",
        f"serial number {serial}" if serial is not None else "",
    ]
    return ", ".join(filter(None, parts))


def plate_line(link: Link) -> str:
    """Where a meter is asked and what it says it is, in a line."""
    return f"{link.target}: {meter_line(meter_document(link, {}))}"


def setting_document(found: Valued) -> dict[str, Any]:
    """A setting with its group and default."""
    setting = SETTINGS[found.id]
    return found.document() | {
        "group": setting.group.value,
        "default": setting.shown(setting.default),
        "protected": setting.protected,
    }


def _is_quantity(id: str) -> bool:
    return id.partition("[")[0] in QUANTITIES
