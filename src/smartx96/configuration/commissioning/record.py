"""Record: the document of a commissioning, of which page, PDF and text are made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from smartx96.configuration.commissioning.checks import Verdict, checked
from smartx96.configuration.commissioning.live import VALUES
from smartx96.configuration.commissioning.subject import Subject
from smartx96.configuration.overview import setting_document
from smartx96.configuration.reading import valued
from smartx96.errors import OptionError
from smartx96.modbus.program import version
from smartx96.quantities import BY_ID as QUANTITIES
from smartx96.settings import GROUPS

LONGEST = 2000
"""Of a text that is typed [characters]."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What its user writes into a record.

    Parameters
    ----------
    place, by : str
        Where the meter is, and who looked at it.
    remarks : tuple of str

    Raises
    ------
    OptionError
        A text is too long, or cannot be printed.
    """

    place: str = ""
    by: str = ""
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for text in (self.place, self.by, *self.remarks):
            if len(text) > LONGEST or not text.isprintable():
                raise OptionError(
                    f"{text[:40]!r}...: give one printable line of {LONGEST} characters at most"
                )


def record(subject: Subject, entry: Entry | None = None) -> dict[str, Any]:
    """The document.

    Parameters
    ----------
    subject : Subject
    entry : Entry, optional

    Returns
    -------
    dict
        Of what JSON knows: `software`, `begun`, `place`, `by`, `remarks`, `meter`, `observation`,
        `checks`, `passed`, `values`, `phasors`, `settings`.
    """
    entry = entry or Entry()
    checks = checked(subject)
    observation = subject.observation
    return {
        "document": "commissioning",
        "software": version(),
        "begun": subject.begun.astimezone(UTC).isoformat(timespec="seconds"),
        "place": entry.place,
        "by": entry.by,
        "remarks": list(entry.remarks),
        "meter": _meter(subject),
        "observation": {
            "readings": len(observation.readings),
            "lost": observation.lost,
            "seconds": round(observation.duration, 1),
        },
        "passed": all(check.verdict is not Verdict.FAILED for check in checks),
        "checks": [check.document() for check in checks],
        "values": _values(subject),
        "phasors": subject.phasors.document(),
        "settings": list(_settings(subject)),
        "settings_hidden": subject.hidden,
    }


def _meter(subject: Subject) -> dict[str, Any]:
    nameplate, registers = subject.nameplate, subject.registers
    return {
        "target": subject.target,
        "member": subject.member.name,
        "text": subject.member.text,
        "ours": subject.ours,
        "vendor": nameplate.vendor,
        "product": nameplate.product,
        "model": nameplate.model,
        "name": nameplate.name,
        "version": nameplate.version,
        "serial_number": nameplate.serial_number,
        "meter_code": nameplate.meter_code,
        "identification": nameplate.identification.value,
        **{id: _read(subject, id) for id in _ALSO},
        "wiring": str(subject.wiring),
        "wiring_told": "system_type" in registers,
        "nominal_voltage": subject.nominal_voltage,
        "nominal_current": subject.nominal_current,
    }


_ALSO = (
    "software_version", "hardware_version", "display_version", "program_checksum", "running_time",
    "event_count", "tariff_active",
)  # fmt: skip


def _read(subject: Subject, id: str) -> float | int | str | list[int] | None:
    """A register as people read it; None where it is not told."""
    return valued(id, subject.registers[id]).value if id in subject.registers else None


def _values(subject: Subject) -> dict[str, dict[str, Any]]:
    return {id: _value(subject, id) for id in VALUES if id in subject.values}


def _value(subject: Subject, id: str) -> dict[str, Any]:
    series = subject.observation.series(id)
    found = {"mean": subject.values[id], "least": min(series), "most": max(series)}
    # As many digits as a float register has.
    rounded = {name: float(f"{value:.7g}") for name, value in found.items()}
    return {"unit": QUANTITIES[id].unit, **rounded}


def _settings(subject: Subject) -> Iterator[dict[str, Any]]:
    """Those that were read, in the order of the menu."""
    for setting in (setting for group in GROUPS.values() for setting in group):
        if setting.id in subject.registers and not setting.secret:
            found = valued(setting.id, subject.registers[setting.id])
            yield {
                "id": setting.id,
                **setting_document(found),
                "text": found.text,
                "default_text": valued(setting.id, setting.default).text,
                "as_delivered": found.code == setting.default,
            }
