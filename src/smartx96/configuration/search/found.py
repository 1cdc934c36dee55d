"""Found: what answers at an address, and what is known of it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from smartx96.configuration.target import Target
from smartx96.modbus.client.nameplate import Nameplate
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import Kind

_OPTIONS = {Kind.TCP: "--tcp", Kind.RTU: "--port", Kind.RTU_TCP: "--rtu-tcp"}
_ANY_UNIT = (0, 255)
"""Unit ids that stand for whoever has the port."""


class State(StrEnum):
    """What answers."""

    METER = "meter"
    """A meter of the family."""
    OTHER = "other"
    """Something that has another map."""
    DAMAGED = "damaged"
    """Answers come that are no whole ones: two have the address, or the line is disturbed."""


@dataclass(frozen=True, slots=True)
class Found:
    """What answers at an address.

    Parameters
    ----------
    target : Target
    state : State
    nameplate : Nameplate
    member : str
        Of the family; empty where it is none.
    ours : bool
        Whether it is this program.
    facts : dict
        `unit_address`, `software_version`, `hardware_version`, `wiring`, `ct_primary` [A],
        `ct_secondary` [A], `vt_ratio`, as far as it tells.
    remarks : tuple of str
        What looks wrong, a line each.
    also : tuple of int
        Other unit ids under which it answers.
    """

    target: Target
    state: State
    nameplate: Nameplate = field(default_factory=Nameplate)
    member: str = ""
    ours: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    also: tuple[int, ...] = ()

    def document(self) -> dict[str, Any]:
        """For programs."""
        place, plate = self.target.place, self.nameplate
        return {
            "where": str(place),
            "kind": place.kind.value,
            "unit": self.target.unit,
            "also_units": list(self.also),
            "line": line_document(self.target) if place.kind is Kind.RTU else None,
            "state": self.state.value,
            "member": self.member or None,
            "ours": self.ours,
            "vendor": plate.vendor or None,
            "product": plate.product or None,
            "model": plate.model or None,
            "name": plate.name or None,
            "version": plate.version or None,
            "serial_number": plate.serial_number,
            "meter_code": plate.meter_code,
            "identification": plate.identification.value,
            **dict.fromkeys(_FACTS),
            **self.facts,
            "remarks": list(self.remarks),
            "options": options_of(self.target),
        }


_FACTS = ("unit_address", "software_version", "hardware_version", "wiring", "ct_primary",
          "ct_secondary", "vt_ratio")  # fmt: skip


def line_document(target: Target) -> dict[str, Any]:
    """Speed, parity and stop bits."""
    line = target.parameters
    return {"baud_rate": line.baud_rate, "parity": line.parity, "stop_bits": line.stop_bits}


def options_of(target: Target) -> str:
    """Options by which other commands ask there; what they take by themselves is left out."""
    place, line, usual = target.place, target.parameters, LineParameters()
    parts = [_OPTIONS[place.kind], str(place)]
    if place.kind is Kind.RTU and line.baud_rate != usual.baud_rate:
        parts += ["--baud", str(line.baud_rate)]
    if place.kind is Kind.RTU and (line.parity, line.stop_bits) != (usual.parity, usual.stop_bits):
        parts += ["--parity", f"{line.parity}{line.stop_bits}"]
    return shlex.join([*parts, "--unit", str(target.unit)])


def joined(found: Iterable[Found]) -> list[Found]:
    """Each meter once: of several unit ids of one host the one that is its own, of several speeds
    of one line the first; by place and unit.

    A serial number that answers at two places, or at two addresses of a line, is told as such.
    """
    same = dict[tuple[object, ...], list[Found]]()
    for each in found:
        same.setdefault((each.target.place, *_identity(each)), []).append(each)
    once = [_once(group) for group in same.values()]
    told = [replace(each, remarks=(*each.remarks, *_twins(each, once))) for each in once]
    return sorted(told, key=lambda each: (each.target.place, each.target.unit))


def _identity(found: Found) -> tuple[object, ...]:
    """What is the same of one meter under several unit ids of a host, or at several speeds."""
    plate, own = found.nameplate, found.facts.get("unit_address")
    known = plate.serial_number is not None or own is not None
    if found.target.place.kind is Kind.TCP and found.state is State.METER and known:
        return plate, own
    return plate, found.target.unit


def _once(same: list[Found]) -> Found:
    kept = min(same, key=lambda each: (*_is_strange(each), each.target.unit))
    units = {each.target.unit for each in same} - {kept.target.unit}
    return replace(kept, also=tuple(sorted(units)))


def _is_strange(found: Found) -> tuple[bool, bool]:
    """Whether a unit id is another than the meter's own, or stands for any."""
    unit = found.target.unit
    return unit != found.facts.get("unit_address"), unit in _ANY_UNIT


def _twins(found: Found, every: Iterable[Found]) -> list[str]:
    serial = found.nameplate.serial_number
    if not serial or found.state is not State.METER:
        return []
    others = [
        f"{other.target.place} unit {other.target.unit}"
        for other in every
        if other is not found and other.nameplate.serial_number == serial
    ]
    return [f"serial number {serial} answers at {', '.join(others)} as well"] if others else []
