"""Checks of how the meter is set: wiring, transformers, and what settings bring about."""

from __future__ import annotations

from smartx96.configuration.commissioning.checks.check import Check, Matter
from smartx96.configuration.commissioning.subject import Subject
from smartx96.errors import OptionError
from smartx96.models import SYSTEM_TYPES
from smartx96.settings import BY_ID, consequences
from smartx96.wording import counted

_WIRING = Matter("wiring_setting", "Wiring that is set")
_CURRENT = Matter("current_transformers", "Current transformers")
_VOLTAGE = Matter("voltage_transformers", "Voltage transformers")
_SETTINGS = Matter("settings", "Settings")

_RATED = (10, 12.5, 15, 20, 25, 30, 40, 50, 60, 75)
"""Rated primary currents, with their decimal multiples [A] (IEC 61869-2, 5.201)."""


def wiring_setting(subject: Subject) -> Check:
    """Whether it measures as it is connected."""
    if "system_type" not in subject.registers:
        return _WIRING.open(f"the meter does not tell it; looked at as {subject.wiring.upper()}")
    told, wanted = f"set to {subject.wiring.upper()}", subject.expected.wiring
    if wanted is None:
        return _WIRING.open(f"{told}; not compared: nobody has said how it is connected (--wiring)")
    if wanted is subject.wiring:
        return _WIRING.passed(f"{told}, as it is connected")
    return _WIRING.failed(
        f"{told}, connected as {wanted.upper()}: `x96 set system_type={SYSTEM_TYPES[wanted]}`"
    )


def current_transformers(subject: Subject) -> Check:
    """Whether the ratio is that of the transformers, or can be one at least."""
    if "ct_primary" not in subject.registers:
        rated = subject.nominal_current
        said = "no ratio" if rated is None else f"{rated:g} A as its rated current"
        return _CURRENT.open(f"the meter tells {said}: compare its display with the nameplate")
    primary, secondary = (
        subject.settings.number(f"ct_{side}") for side in ("primary", "secondary")
    )
    told, wanted = f"set to {primary}/{secondary} A", subject.expected.ct
    if wanted is not None:
        if wanted == (primary, secondary):
            return _CURRENT.passed(f"{told}, as on their nameplates")
        return _CURRENT.failed(
            f"{told}, the transformers are {wanted[0]}/{wanted[1]} A: "
            f"`x96 set ct_primary={wanted[0]} ct_secondary={wanted[1]}`"
        )
    if primary < secondary:
        return _CURRENT.failed(f"{told}: the primary side is the smaller one; turned round?")
    if primary == secondary:
        return _CURRENT.open(
            f"{told}, right only where no transformer is (--ct says what is there)"
        )
    if not _is_rated(primary):
        return _CURRENT.open(f"{told}: no rated current of IEC 61869-2; compare the nameplates")
    return _CURRENT.open(f"{told}, which can be; not compared with the nameplates (--ct)")


def voltage_transformers(subject: Subject) -> Check | None:
    """Whether their ratio is right, where there are some."""
    ratio, wanted = subject.settings.number("vt_ratio"), subject.expected.vt
    if "vt_ratio" not in subject.registers:
        return None if wanted is None else _VOLTAGE.open("the meter does not tell their ratio")
    told = "set to direct connection" if ratio == 1 else f"set to a ratio of {ratio}"
    if wanted is not None:
        if wanted == ratio:
            return _VOLTAGE.passed(f"{told}, as it is connected")
        return _VOLTAGE.failed(f"{told}, the ratio is {wanted}: `x96 set vt_ratio={wanted}`")
    return None if ratio == 1 else _VOLTAGE.open(f"{told}; not compared with the nameplates (--vt)")


def _is_rated(current: int) -> bool:
    """Whether a transformer may have it as its primary current."""
    return any(current == rated * 10**power for rated in (*_RATED, 1, 5) for power in range(-1, 4))


def settings(subject: Subject) -> Check:
    """Whether settings can be, and what they bring about."""
    read = [id for id in subject.registers if id in BY_ID]
    if subject.wrong:
        told = "; ".join(subject.wrong.values())
        if subject.ours:
            return _SETTINGS.failed(told)
        return _SETTINGS.open(f"this meter may not have all of these, or other codes: {told}")
    if "ct_primary" not in subject.registers:
        return _SETTINGS.open(f"{counted(len(read), 'setting')} read, ratios are not among them")
    try:
        notes = consequences(subject.settings, subject.member.model)
    except OptionError as error:
        return _SETTINGS.failed(str(error))
    changed = sum(subject.settings[id] != BY_ID[id].default for id in read)
    told = f"{counted(len(read), 'setting')} read, {changed} not as delivered"
    if notes:
        return _SETTINGS.open(f"{told}; is this wanted? {'; '.join(notes)}")
    return _SETTINGS.passed(f"{told}; they go together")
