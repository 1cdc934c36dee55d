"""The registers behind a port: the newest images of both spaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from smartx96 import quantities
from smartx96.modbus.image import HoldingImage, Image, InputImage, Snapshot
from smartx96.modbus.readings import Reading
from smartx96.modbus.registers import Space
from smartx96.settings import Settings


@dataclass(frozen=True, slots=True)
class Images:
    """Both spaces at one moment, and the address under which they are read."""

    input: Image
    holding: Image
    unit_address: int

    @classmethod
    def of(
        cls,
        snapshot: Snapshot,
        settings: Settings,
        readings: Mapping[str, Reading] | None = None,
    ) -> Images:
        """Images of a snapshot, settings and the readings among the holding registers."""
        return cls(
            InputImage(snapshot, settings.number("energy_prefix")),
            HoldingImage(settings, readings),
            settings.number("unit_address"),
        )


class _Nothing:
    """A snapshot before the first window."""

    values = np.full(len(quantities.TABLE), np.nan)
    harmonics = np.full((len(quantities.HARMONICS), quantities.HARMONIC_ORDERS), np.nan)
    exact: Mapping[str, int] = {}


class RegisterBank:
    """What a server reads from.

    A meter assigns `images` as often as it likes, from any thread: it is one reference, and each
    answer takes it once.
    """

    __slots__ = ("images",)

    def __init__(self, images: Images | None = None) -> None:
        self.images = images or Images.of(_Nothing(), Settings())

    @property
    def unit_address(self) -> int:
        """Modbus address of the meter."""
        return self.images.unit_address

    def read(self, space: Space, address: int, count: int) -> bytes:
        """Bytes of registers; `IllegalAddressError` outside the blocks."""
        images = self.images
        image = images.input if space is Space.INPUT else images.holding
        return image.read(address, count)
