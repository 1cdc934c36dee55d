"""Which channel of a recording has which role: by the user's word, or by the names it has."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from smartx96.errors import ChannelError, OptionError
from smartx96.samples.channels.option_texts import numbers_as_roles
from smartx96.samples.channels.role_names import (
    EXACT,
    bare_phases,
    families,
    line_families,
    phaseless,
)
from smartx96.samples.recording import Channel, Recording
from smartx96.samples.source import EVERY_ROLE, LINE_ROLES

LISTED = 120
"""Channels that a message lists; more tell nobody anything."""

NOTED = 12
"""Channels that a note names."""


def choose_channels(
    recording: Recording, wanted: Mapping[str, str] | None = None
) -> dict[str, int]:
    """Channel (0-based) of each role that the recording has.

    Parameters
    ----------
    recording : Recording
    wanted : mapping of str to str, optional
        Role to name or number (from 1); without it, names, phases and units decide.

    Raises
    ------
    ChannelError
        A name is unknown, or the channels cannot be told apart.
    """
    return _by_user(recording, wanted) if wanted else _by_name(recording)


def _by_user(recording: Recording, wanted: Mapping[str, str]) -> dict[str, int]:
    unknown = [role for role in wanted if role not in EVERY_ROLE]
    if unknown:
        raise OptionError(
            f"--channels: {unknown[0]!r} is no role; they are {', '.join(EVERY_ROLE)}"
        )
    chosen = {role: _find(recording, role, name) for role, name in wanted.items()}
    for role, index in chosen.items():
        channel = recording.channels[index]
        given = f"--channels {role}={wanted[role]}"
        if next(other for other, n in chosen.items() if n == index) != role:
            raise ChannelError(f"{given}: channel {channel.name!r} has another role already")
        if role[0] == "v" and channel.unit == "A":
            raise ChannelError(
                f"{given}: channel {channel.name!r} is in A, no voltage; {found(recording)}"
            )
    return chosen


def _find(recording: Recording, role: str, name: str) -> int:
    """Channel by its exact name, else by the name in any letter case, else by its number."""
    names = [channel.name for channel in recording.channels]
    folded = [own.strip().casefold() for own in names]
    matches = [n for n, own in enumerate(names) if own == name]
    matches = matches or [n for n, own in enumerate(folded) if own == name.strip().casefold()]
    if not matches and name.strip().isdecimal() and 1 <= int(name) <= len(names):
        matches = [int(name) - 1]
    if len(matches) == 1:
        return matches[0]
    problem = "several channels are called" if matches else "no channel is called"
    advice = "; give its number" if matches else ""
    raise ChannelError(f"--channels {role}={name}: {problem} {name!r}{advice}; {found(recording)}")


def _by_name(recording: Recording) -> dict[str, int]:
    if _nameless(recording.channels):
        raise ChannelError(f"{recording.path}: {_nameless_advice(len(recording.channels))}")
    voltages = _roles_of("v", recording) or _line_roles_of(recording)
    currents = _roles_of("i", recording)
    if not voltages and len(currents) == 3:
        voltages = bare_phases(recording.channels)
    if set(currents) <= {"i1"}:
        voltages = voltages or _only("v", recording)
    if set(voltages) <= {"v1"}:
        currents = currents or _only("i", recording)
    chosen = {**voltages, **currents}
    if not chosen:
        raise ChannelError(
            f"{recording.path}: no channel is recognised as a phase voltage or current; give "
            f"--channels v1=NAME,v2=NAME,...; {found(recording)}"
        )
    return chosen


def _line_roles_of(recording: Recording) -> dict[str, int]:
    """The line voltages, where one set of two or three is there."""
    candidates = line_families(recording.channels)
    if len(candidates) > 1 or any(len(n) > 1 for set_ in candidates for n in set_.values()):
        raise ChannelError(
            f"{recording.path}: several sets of line voltages; give --channels "
            f"{','.join(f'{role}=NAME' for role in LINE_ROLES)},...; {found(recording)}"
        )
    return {role: n[0] for set_ in candidates for role, n in set_.items()}


def _roles_of(kind: str, recording: Recording) -> dict[str, int]:
    """The exact role names or the only complete family, else all if no phase has two."""
    candidates = families(recording.channels, kind)
    exact = candidates.get(EXACT, {})
    whole = [family for family in candidates.values() if len(family) == 3]
    taken = whole if len(whole) == 1 else list(candidates.values())
    taken = [exact] if len(exact) == 3 else taken
    merged: dict[int, list[int]] = {}
    for family in taken:
        for phase, indices in family.items():
            merged.setdefault(phase, []).extend(indices)
    if any(len(indices) > 1 for indices in merged.values()):
        name = {"v": "voltages", "i": "currents"}[kind]
        raise ChannelError(
            f"{recording.path}: several sets of {name}; give --channels "
            f"v1=NAME,v2=NAME,v3=NAME,i1=NAME,i2=NAME,i3=NAME; {found(recording)}"
        )
    return {f"{kind}{phase}": indices[0] for phase, indices in merged.items()}


def _only(kind: str, recording: Recording) -> dict[str, int]:
    """The only voltage or current, where its name is just that."""
    found = phaseless(recording.channels, kind)
    return {f"{kind}1": found[0]} if len(found) == 1 else {}


def _nameless(channels: Sequence[Channel]) -> bool:
    return all(channel.name == str(n) for n, channel in enumerate(channels, 1))


def _nameless_advice(count: int) -> str:
    channels = "the channel has no name" if count == 1 else f"the {count} channels have no names"
    return f"{channels}; say which is which, such as {numbers_as_roles(count)}"


def found(recording: Recording) -> str:
    """The channels of a recording for a message: number, name, phase and unit, on one line."""
    listed = [
        " ".join(f"{n} {channel.name!r} {channel.phase} {channel.unit}".split())
        for n, channel in enumerate(recording.channels[:LISTED], 1)
    ]
    more = len(recording.channels) - LISTED
    listed += [f"and {more} more"] if more > 0 else []
    return "channels found: " + (", ".join(listed) or "none")


def left_over(recording: Recording, chosen: Mapping[str, int]) -> list[str]:
    """A note where further channels could have had a role.

    Parameters
    ----------
    recording : Recording
    chosen : mapping of str to int
        Role to channel (0-based).
    """
    others = [
        recording.channels[index].name
        for kind in "vi"
        for family in families(recording.channels, kind).values()
        for indices in family.values()
        for index in indices
        if index not in chosen.values()
    ]
    others += [
        recording.channels[index].name
        for kind in "vi"
        for index in phaseless(recording.channels, kind)
        if index not in chosen.values()
    ]
    if not any(role[0] == "v" for role in chosen):  # a voltage may be among any of them
        others = [
            channel.name
            for index, channel in enumerate(recording.channels)
            if channel.unit in ("", "V") and index not in chosen.values()
        ]
    shown = ", ".join(others[:NOTED]) + (" ..." if len(others) > NOTED else "")
    return [f"not used: {shown}"] if others else []


def counts(recording: Recording, chosen: Mapping[str, int], scale: Mapping[str, float]) -> str:
    """That samples are counts whose full scale nobody tells, and how that is told; else nothing.

    Parameters are those of `unscaled`.
    """
    found = _counted(recording, _bare(chosen, scale))
    if not found:
        return ""
    sizes = {size for n in found.values() if (size := recording.full_scale_of(n))}
    bits = {1 + math.log2(size) for size in sizes}
    known = len(bits) == 1 and min(bits).is_integer()
    what = f"{min(bits):.0f} bit counts" if known else "counts of a converter"
    example = [each for each in ("v=500", "i=20") if any(role[0] == each[0] for role in found)]
    return f"samples are {what}; give their full scale: --scale {','.join(example)}"


def _bare(chosen: Mapping[str, int], scale: Mapping[str, float]) -> dict[str, int]:
    """Those of the chosen channels of which no scale is told."""
    return {r: n for r, n in chosen.items() if r not in scale and r[0] not in scale}


def _counted(recording: Recording, chosen: Mapping[str, int]) -> dict[str, int]:
    """Those of the chosen channels that hold counts."""
    return {
        role: index
        for role, index in chosen.items()
        if recording.full_scale_of(index) and recording.channels[index].unit == ""
    }


def unscaled(
    recording: Recording, chosen: Mapping[str, int], scale: Mapping[str, float]
) -> list[str]:
    """Notes where numbers are taken for volt and ampere that are something else.

    Parameters
    ----------
    recording : Recording
    chosen : mapping of str to int
        Role to channel (0-based).
    scale : mapping of str to float
        The user's, by `v`, `i` or role.
    """
    bare = _bare(chosen, scale)
    units = {role: recording.channels[index].unit for role, index in bare.items()}
    notes = []
    if told := counts(recording, chosen, scale):
        kinds = dict.fromkeys(role[0] for role in _counted(recording, bare))
        units_of = " / ".join({"v": "1 V", "i": "1 A"}[kind] for kind in kinds)
        notes.append(f"one count is taken as {units_of}: {told}")
    volts = [role for role, unit in units.items() if role[0] == "i" and unit == "V"]
    if volts:
        notes.append(f"{', '.join(volts)} are in V; 1 V is taken as 1 A: give --scale i=...")
    return notes
