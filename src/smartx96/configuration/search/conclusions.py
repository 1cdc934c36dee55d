"""Conclusions: what damaged answers, and what others say, mean of a place in all."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from smartx96.configuration.search.asker import Heard
from smartx96.configuration.search.candidates import LOW, TCP_UNITS
from smartx96.configuration.search.found import Found, State
from smartx96.configuration.target import Target
from smartx96.modbus.line.parameters import LineParameters

_DISTURBED = 4
"""From so many addresses with damaged answers on, it is the line and not two meters with one."""

_DAMAGED = (
    "answers come damaged: have two meters this address, is the line terminated, is the parity "
    "right?"
)
_NOTHING_WHOLE = (
    "whoever is asked, bytes come that are no whole answers: does somebody speak at another speed "
    "or parity, is the line disturbed?"
)
_BUSY = (
    "others speak without a pause: does another program ask here, at another speed perhaps? "
    "stop it while you search"
)
_OTHERS = (
    "answers come that nobody here asked for: another program asks here; stop it while you search"
)

_BESIDES = " and ".join(str(unit) for unit in sorted(TCP_UNITS) if unit not in LOW)
NOT_ALL = (
    f"units {LOW[0]} to {LOW[-1]}, {_BESIDES} were asked; --units 1-247 or --all asks the others"
)
"""Of a host with several meters behind it."""

Speeds = Collection[LineParameters]


def conclusions(heard: Mapping[Heard, Speeds], damaged: Sequence[Target],
                answering: Speeds) -> tuple[list[Found], list[str]]:  # fmt: skip
    """What was found beside those who answer, and what is to be said of the place.

    Parameters
    ----------
    heard : mapping of Heard to speeds
        At which speeds what was heard.
    damaged : sequence of Target
        From whom damaged answers came again and again.
    answering : collection of LineParameters
        At which somebody answered.
    """
    notes = list[str]()
    if len(damaged) >= _DISTURBED:
        notes.append(f"{_told(heard[Heard.DAMAGED])}: {_NOTHING_WHOLE}")
        damaged = ()
    others = [each for each in heard.get(Heard.LATE, ()) if each not in answering]
    if busy := heard.get(Heard.BUSY):
        notes.append(f"{_told(busy)}: {_BUSY}")
    elif others:
        notes.append(f"{_told(others)}: {_OTHERS}")
    return [Found(each, State.DAMAGED, remarks=(_DAMAGED,)) for each in damaged], notes


def _told(speeds: Speeds) -> str:
    """Speeds as people read them, the usual first."""
    return ", ".join(sorted(map(str, speeds), key=lambda each: each != str(LineParameters())))
