"""Which channel of a recording has which role: by the user's word, or by the names it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smartx96.errors import ChannelError, OptionError
from smartx96.samples.channels.role_names import EXACT, families, line_families
from smartx96.samples.recording import Channel, Recording
from smartx96.samples.source import EVERY_ROLE, LINE_ROLES, ROLES

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
    return {role: _find(recording, role, name) for role, name in wanted.items()}


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
    chosen = {**voltages, **_roles_of("i", recording)}
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


def _nameless(channels: Sequence[Channel]) -> bool:
    return all(channel.name == str(n) for n, channel in enumerate(channels, 1))


def _nameless_advice(count: int) -> str:
    example = "v1=1,v2=2,v3=3,i1=4,i2=5,i3=6" if count >= len(ROLES) else "v1=1,i1=2"
    example = example if count > 1 else "v1=1"
    channels = "the channel has no name" if count == 1 else f"the {count} channels have no names"
    return f"{channels}; say which is which, such as --channels {example}"


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
    shown = ", ".join(others[:NOTED]) + (" ..." if len(others) > NOTED else "")
    return [f"not used: {shown}"] if others else []
