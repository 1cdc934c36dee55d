"""Identification: who it is that answers at an address, and what it measures for what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from smartx96.configuration.family import FAMILY
from smartx96.configuration.link import Link
from smartx96.configuration.reading import valued
from smartx96.configuration.search.found import Found, State
from smartx96.configuration.search.remarks import LIVE, STATE, remarks
from smartx96.configuration.target import Lines, Target
from smartx96.errors import printable
from smartx96.modbus.client.errors import ExceptionAnswerError, ExchangeError
from smartx96.modbus.readings import Reading
from smartx96.models import WIRINGS

_IDENTITY = ("software_version", "hardware_version")
_FACTS = ("unit_address", *_IDENTITY, "ct_primary", "ct_secondary", "vt_ratio")


async def identified(lines: Lines, target: Target, now: datetime | None = None) -> Found:
    """Who answers at an address, found by reading.

    Parameters
    ----------
    lines : Lines
    target : Target
    now : datetime, optional
        With its zone, against which a clock is held.
    """
    try:
        link = await Link.open(lines, target)
        settings = await _settings(link)
    except ExchangeError as error:
        remark = f"answers, but does not say who it is: {printable(error.reason)}"
        return Found(target, State.OTHER, remarks=(remark,))
    if not _is_of_family(link, settings):
        return Found(target, State.OTHER, link.nameplate, remarks=(_told(link),))
    values, doubts = dict(settings), [link.doubt] if link.doubt else []
    try:
        for ids in (_IDENTITY, STATE, LIVE):
            values |= await link.read(ids)
    except ExchangeError as error:
        doubts.append(f"answers in part only: {printable(error.reason)}")
    live = {id: values[id] for id in (*STATE, *LIVE) if id in values}
    told = remarks(link, settings, live, now or datetime.now().astimezone())
    return Found(
        target, State.METER, link.nameplate, str(link.member), link.ours, _facts(values),
        (*told, *doubts),
    )  # fmt: skip


async def _settings(link: Link) -> dict[str, Reading]:
    """Its settings; none where it has other functions."""
    try:
        return await link.read_settings()
    except ExceptionAnswerError as error:
        if not error.refused:
            raise
        return {}


def _is_of_family(link: Link, settings: dict[str, Reading]) -> bool:
    """Whether it is a meter of the register map: by its name or code, or since its own address
    stands where it should, beside a wiring that there is.
    """
    plate = link.nameplate
    codes = {code for member in FAMILY for code in member.meter_codes}
    named = plate.model.casefold() in {member.name.casefold() for member in FAMILY}
    if link.ours or named or plate.meter_code in codes:
        return True
    fits = settings.get("unit_address") == link.target.unit
    return fits and settings.get("system_type") in tuple(WIRINGS)


def _told(link: Link) -> str:
    """What something that is no meter of the family says of itself."""
    plate = link.nameplate
    words = (plate.vendor, plate.product, plate.model, plate.version)
    said = " ".join(printable(word) for word in words if word)
    is_what = f"says that it is {said}" if said else "does not say what it is"
    return f"something answers that is no meter of this register map; it {is_what}"


def _facts(readings: dict[str, Reading]) -> dict[str, Any]:
    found: dict[str, Any] = {id: valued(id, readings[id]).value for id in _FACTS if id in readings}
    if "system_type" in readings:
        found["wiring"] = valued("system_type", readings["system_type"]).value
    if "ct_primary" not in found and "system_current" in readings:
        found["ct_primary"] = valued("system_current", readings["system_current"]).value
    return found
