"""Nameplate: what a meter says of itself, and what came of the question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from smartx96.errors import printable

_VENDOR, _PRODUCT_CODE, _VERSION, _PRODUCT, _MODEL, _NAME = 0, 1, 2, 4, 5, 6
"""Objects of the device identification (application protocol 1.1b3, clause 6.21)."""


class Identification(StrEnum):
    """What came of the question for the device identification."""

    TOLD = "told"
    """Texts, be they empty."""
    REFUSED = "refused"
    """The meter does not have it."""
    NO_ANSWER = "no answer"
    """No answer of use, in spite of all retries: who it is is not known."""


@dataclass(frozen=True, slots=True)
class Nameplate:
    """What a meter says of itself; empty or None where it does not.

    Parameters
    ----------
    vendor, product, model, version, name : str
    serial_number : int or None
    meter_code : int or None
        Type code by which its family is recognised.
    identification : Identification
        Where the texts are from.
    """

    vendor: str = ""
    product: str = ""
    model: str = ""
    version: str = ""
    name: str = ""
    serial_number: int | None = None
    meter_code: int | None = None
    identification: Identification = Identification.NO_ANSWER

    @classmethod
    def of(cls, texts: Mapping[int, str], identification: Identification,
           serial_number: int | None, meter_code: int | None) -> Nameplate:  # fmt: skip
        """From the objects of the device identification, and from registers."""
        # Some fill their texts up; what would steer a terminal is nothing to show.
        said = {id: printable(text.strip(" \0")) for id, text in texts.items()}
        return cls(
            said.get(_VENDOR, ""),
            said.get(_PRODUCT) or said.get(_PRODUCT_CODE, ""),
            said.get(_MODEL, ""),
            said.get(_VERSION, ""),
            said.get(_NAME, ""),
            serial_number,
            meter_code,
            identification,
        )
