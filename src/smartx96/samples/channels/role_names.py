"""What a channel's name, phase and unit say: voltage or current, and of which phase.

Names that agree in everything but the phase make a family (`Ua_bay7`, `Ub_bay7`, `Uc_bay7`); roles
are given to families, so that a second bay or a synchronising voltage is not mixed into the first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from smartx96.samples.channels.unit_suffixes import without_units
from smartx96.samples.recording import Channel
from smartx96.samples.source import LINE_ROLES, ROLES

PHASES: dict[str, tuple[str, int]] = {
    **{letter: ("abc", n) for n, letter in enumerate("abc", 1)},
    **{digit: ("123", n) for n, digit in enumerate("123", 1)},
    **{f"l{digit}": ("123", n) for n, digit in enumerate("123", 1)},
    **{letter: ("rst", n) for n, letter in enumerate("rst", 1)},
    **{letter: ("uvw", n) for n, letter in enumerate("uvw", 1)},
}
"""Spelling of a phase: its alphabet and number."""

WHOLE_ONLY = ("rst", "uvw", "number")
"""Alphabets whose signs mean other things as well (VT, UV; a 1 in every phase field): only all
three together count."""

KINDS = {
    **dict.fromkeys(("u", "v", "volt", "volts", "voltage", "voltages"), "v"),
    **dict.fromkeys(("spannung", "tension", "tensión", "tensione"), "v"),
    **dict.fromkeys(("i", "amp", "amps", "current", "currents"), "i"),
    **dict.fromkeys(("strom", "courant", "corriente", "corrente"), "i"),
}
"""Words for it, in English, German, French, Spanish and Italian."""

EXACT = ("role", "", "")
"""Family of the names v1 to i3 themselves."""

KIND_OF_UNIT = {"V": "v", "A": "i"}

SEPARATOR = r"[\s_.\-:/]*"
KIND = f"(?P<kind>{'|'.join(sorted(KINDS, key=len, reverse=True))})"
PHASE = r"(?:phase|ph)?" + SEPARATOR + r"(?P<phase>l[123]|[abcrstuvw123])"
NEUTRAL = rf"(?P<neutral>{SEPARATOR}n(?![^\W\d_]))?"
REST = r"(?P<rest>|[^a-z].*)$"
KIND_FIRST = re.compile("^" + KIND + SEPARATOR + PHASE + NEUTRAL + REST)
PHASE_FIRST = re.compile("^" + PHASE + NEUTRAL + SEPARATOR + KIND + "?" + REST)
AMPERES = re.compile(r"^a" + SEPARATOR + r"l?(?P<phase>[123])$")
"""Ammeters 1 to 3, where the unit is ampere."""

PHASE_FIELD = re.compile(r"^(?:phase|ph)?\s*(?P<phase>l[123]|[abcrstuvw123])\s*-?n?$")


LINES = {
    pair: role
    for alphabet in ("123", "abc", "rst", "uvw")
    for role, pair in zip(
        LINE_ROLES,
        (alphabet[:2], alphabet[1:], alphabet[2] + alphabet[0]),
        strict=True,
    )
}
"""Line voltage of each pair of phases, written without what stands between them."""

PAIR = re.compile(
    r"^(?P<word>voltage|volts?|u|v)?"
    + SEPARATOR
    + r"l?(?P<first>[abcrstuvw123])[\s_.\-:/]*l?(?P<second>[abcrstuvw123])"
    + REST
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """A channel as voltage (`v`) or current (`i`) of phase 1, 2 or 3 in its family."""

    kind: str
    phase: int
    family: tuple[str, ...]

    @property
    def role(self) -> str:
        """The role that the channel can take."""
        return f"{self.kind}{self.phase}"


def meaning(channel: Channel) -> Meaning | None:
    """What a channel is; None for a neutral, a residual, a line voltage or anything else.

    Parameters
    ----------
    channel : Channel
    """
    name = channel.name.strip().casefold()
    if name in ROLES:
        return Meaning(name[0], int(name[1]), EXACT)
    if channel.unit == "A" and (ammeter := AMPERES.match(name)):
        return Meaning("i", int(ammeter["phase"]), ("123", "a", ""))
    found = KIND_FIRST.match(name) or PHASE_FIRST.match(name)
    by_phase = _from_phase(channel)
    if found is None or (_doubtful(found) and by_phase and by_phase.family[0] not in WHOLE_ONLY):
        return by_phase
    return _from_name(found, channel.unit)


def _doubtful(found: re.Match[str]) -> bool:
    """Whether the name's letter may be none of a phase, so that the phase field goes before it."""
    return PHASES[found.group("phase")][0] in WHOLE_ONLY


def _from_name(found: re.Match[str], unit: str) -> Meaning | None:
    spelling = found.group("kind") or ""
    phase, rest = found.group("phase"), found.group("rest")
    spoken = KINDS.get(spelling) or ("v" if found.group("neutral") else None)
    kind = KIND_OF_UNIT.get(unit) if unit else spoken
    if kind is None or (spoken or kind) != kind:
        return None
    if phase[-1].isdigit() and rest[:1].isdigit():  # U12: a line voltage, or one of many
        return None
    alphabet, number = PHASES[phase]
    return Meaning(kind, number, (alphabet, spelling, rest.strip()))


def _from_phase(channel: Channel) -> Meaning | None:
    """By the phase that the file gives, for a name that says nothing of voltage or current."""
    kind = KIND_OF_UNIT.get(channel.unit)
    found = PHASE_FIELD.match(channel.phase.strip().casefold())
    if kind is None or found is None or _says_otherwise(channel.name):
        return None
    alphabet, number = PHASES[found.group("phase")]
    alphabet = "number" if found.group("phase").isdigit() else alphabet
    return Meaning(kind, number, (alphabet, "phase", _common(channel.name, found.group("phase"))))


def _says_otherwise(name: str) -> bool:
    """Residuals, neutrals and line voltages: 3I0, U0, In, Ie, Uab, U_ca."""
    return bool(
        re.match(
            rf"^\s*3?{SEPARATOR}(?:[uvi]|voltage|current){SEPARATOR}"
            r"(?:[0oneg]|l?[123]l?[123]|[abcrst]{2}|res|sum|neutral)(?![a-z])",
            name.casefold(),
        )
    )


def _common(name: str, phase: str) -> str:
    """The name without its phase letter, where that stands alone."""
    pattern = rf"(?<![a-z0-9]){re.escape(phase)}(?![a-z0-9])"
    return re.sub(pattern, "", name.strip().casefold())


def families(channels: Sequence[Channel], kind: str) -> dict[tuple[str, ...], dict[int, list[int]]]:
    """Channels (0-based) of each family of a kind by phase; doubtful alphabets only if whole."""
    found: dict[tuple[str, ...], dict[int, list[int]]] = {}
    for index, channel in enumerate(without_units(channels)):
        means = meaning(channel)
        if means is not None and means.kind == kind:
            found.setdefault(means.family, {}).setdefault(means.phase, []).append(index)
    return {
        family: phases
        for family, phases in found.items()
        if len(phases) == 3 or family[0] not in WHOLE_ONLY
    }


def line_families(channels: Sequence[Channel]) -> list[dict[str, list[int]]]:
    """Channels (0-based) by role of each set of two or three line voltages."""
    found: dict[tuple[str, ...], dict[str, list[int]]] = {}
    for index, channel in enumerate(without_units(channels)):
        match = PAIR.match(channel.name.strip().casefold())
        if match is None or channel.unit not in ("", "V") or not (match["word"] or channel.unit):
            continue
        role = LINES.get(match["first"] + match["second"])
        if role is not None:
            family = (match["word"] or "", match["rest"].strip())
            found.setdefault(family, {}).setdefault(role, []).append(index)
    return [roles for roles in found.values() if len(roles) > 1]


def bare_phases(channels: Sequence[Channel]) -> dict[str, int]:
    """Channels L1, L2 and L3 without a word or unit, which beside currents are the voltages."""
    names = [channel.name.strip().casefold() for channel in channels]
    whole = all(names.count(f"l{n}") == 1 for n in "123")
    found = {f"v{n}": names.index(f"l{n}") for n in "123"} if whole else {}
    return found if all(channels[index].unit == "" for index in found.values()) else {}


def phaseless(channels: Sequence[Channel], kind: str) -> list[int]:
    """Channels (0-based) whose name is nothing but a word for voltage or current."""
    return [
        index
        for index, channel in enumerate(without_units(channels))
        if KINDS.get(channel.name.strip().casefold()) == kind
        and KIND_OF_UNIT.get(channel.unit, kind) == kind
        and channel.unit in ("", *KIND_OF_UNIT)
    ]
