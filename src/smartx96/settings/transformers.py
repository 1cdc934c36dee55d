"""Transformers: the ratio of current transformers as their nameplate has it, `200/5`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeVar

from smartx96.errors import OptionError
from smartx96.settings.setting import brief
from smartx96.settings.table import BY_ID

T = TypeVar("T")

RATIO_ID, OF_RATIO = "ct", ("ct_primary", "ct_secondary")
"""What the ratio is called where settings are stated, and the settings that it stands for."""

_RATIO = re.compile(r"\s*([0-9]{1,6})\s*/\s*([0-9]{1,6})\s*A?\s*", re.ASCII)


def ct_ratio(stated: object, name: str = "") -> tuple[int, int]:
    """Primary and secondary current of current transformers [A].

    Parameters
    ----------
    stated : object
        Such as `"200/5"`.
    name : str
        Where it was stated, which errors begin with; empty where whoever asks tells it.

    Raises
    ------
    OptionError
        It is no ratio, or none of the settings that it stands for.
    """
    found = _RATIO.fullmatch(stated) if isinstance(stated, str) else None
    try:
        if found is None:
            raise OptionError("give primary/secondary in whole ampere, such as 200/5")
        ratio = int(found[1]), int(found[2])
        for id, current in zip(OF_RATIO, ratio, strict=True):
            BY_ID[id].check(current)
    except OptionError as error:
        raise OptionError(f"{name} {brief(stated)}: {error}" if name else str(error)) from None
    return ratio


def with_transformers(stated: Mapping[str, T]) -> dict[str, T | int]:
    """Settings as they are stated, with the two that `ct = "200/5"` stands for in its place.

    Raises
    ------
    OptionError
        It is no ratio, or what it stands for is stated beside.
    """
    found = dict[str, T | int](stated)
    if RATIO_ID not in found:
        return found
    ratio = ct_ratio(found.pop(RATIO_ID), RATIO_ID)
    for id, current in zip(OF_RATIO, ratio, strict=True):
        if id in found:
            raise OptionError(f"{RATIO_ID} and {id}: give one of them")
        found[id] = current
    return found
