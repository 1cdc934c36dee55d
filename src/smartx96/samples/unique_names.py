"""Names for formats in which two columns cannot have the same."""

from __future__ import annotations

from collections.abc import Iterable


def unique_names(names: Iterable[str]) -> list[str]:
    """The names; one that was there before gets a number behind it.

    Examples
    --------
    >>> unique_names(["Ua", "Ua", "Ub"])
    ['Ua', 'Ua_2', 'Ub']
    """
    taken: list[str] = []
    for name in names:
        number, free = 2, name or "channel"
        while free in taken:
            free, number = f"{name or 'channel'}_{number}", number + 1
        taken.append(free)
    return taken
