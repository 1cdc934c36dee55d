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
    unique: dict[str, None] = {}
    following: dict[str, int] = {}
    for name in names:
        own = free = name or "channel"
        number = following.get(own, 2)
        while free in unique:
            free, number = f"{own}_{number}", number + 1
        following[own] = number
        unique[free] = None
    return list(unique)
