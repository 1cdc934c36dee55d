"""Names that end in a unit, `u_V` and `A_A`: told apart from names that end in a phase, `U_A`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from smartx96.samples.recording import Channel

ENDING = re.compile(r"^(?P<stem>.*\S)[_.\-](?P<letter>[a-z])$")
"""A name whose last letter stands apart."""

OTHER_PHASES = {"v": "uw", "a": "bc"}
"""A letter beside which one of these ends a name too is a phase."""

OTHER_KIND = {"v": re.compile("i|cu|am|st|co"), "a": re.compile("u|v|sp|te")}
"""Beginning of a stem that the unit would contradict, so that the letter is a phase."""


def without_units(channels: Sequence[Channel]) -> list[Channel]:
    """The channels, those that end in a unit without it in their name.

    Parameters
    ----------
    channels : sequence of Channel
        All of a recording, which decide together.
    """
    endings = [ENDING.match(channel.name.strip().casefold()) for channel in channels]
    units = {letter for letter in OTHER_KIND if _is_unit(letter, endings)}
    return [
        replace(channel, name=channel.name.strip()[:-2], unit=ending["letter"].upper())
        if ending and ending["letter"] in units and channel.unit in ("", ending["letter"].upper())
        else channel
        for channel, ending in zip(channels, endings, strict=True)
    ]


def _is_unit(letter: str, endings: Sequence[re.Match[str] | None]) -> bool:
    """Whether a last letter is a unit in all names."""
    found = [ending for ending in endings if ending is not None]
    if any(ending["letter"] in OTHER_PHASES[letter] for ending in found):
        return False
    stems = [ending["stem"] for ending in found if ending["letter"] == letter]
    return not any(OTHER_KIND[letter].match(stem) for stem in stems)
