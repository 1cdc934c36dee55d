"""Registers as images that somebody assigns."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np

from smartx96 import quantities
from smartx96.modbus.exceptions import RefusedError
from smartx96.modbus.functions.identity import Identity
from smartx96.modbus.image import HoldingImage, Image, InputImage, Snapshot
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.readings import METER_CODE, Reading
from smartx96.modbus.registers import Space
from smartx96.settings import Settings


@dataclass(frozen=True, slots=True)
class Images:
    """Both spaces at one moment, and the settings by which they are read."""

    input: Image
    holding: Image
    settings: Settings

    @classmethod
    def of(
        cls,
        snapshot: Snapshot,
        settings: Settings,
        readings: Mapping[str, Reading] | None = None,
    ) -> Images:
        """Images of a snapshot, settings and the readings among the holding registers."""
        return cls(InputImage(snapshot, settings), HoldingImage(settings, readings), settings)


class _Nothing:
    """A snapshot before the first window."""

    values = np.full(len(quantities.TABLE), np.nan)
    harmonics = np.full((len(quantities.HARMONICS), quantities.HARMONIC_ORDERS), np.nan)
    exact: Mapping[str, int] = {}


class RegisterBank:
    """A unit that is read only.

    Whoever has it assigns `images` as often as he likes, from any thread: it is one reference, and
    each answer takes it once.

    Attributes
    ----------
    images : Images
    """

    powered, power_cycles = True, 0
    identity = Identity(meter_code=METER_CODE)

    def __init__(self, images: Images | None = None) -> None:
        self.images = images or Images.of(_Nothing(), Settings())

    @property
    def unit_address(self) -> int:
        """Modbus address."""
        return self.images.settings.number("unit_address")

    @property
    def line_parameters(self) -> LineParameters:
        """Speed, parity and stop bits."""
        return LineParameters.of(self.images.settings)

    def read(self, space: Space, address: int, count: int, session: Hashable = None) -> bytes:
        """Bytes of registers; `IllegalAddressError` outside the blocks."""
        images = self.images
        image = images.input if space is Space.INPUT else images.holding
        return image.read(address, count)

    def write(self, address: int, data: bytes, session: Hashable = None, *,
              read_only: bool = False) -> None:  # fmt: skip
        """Refuse: nobody stands behind these registers."""
        raise RefusedError("these registers are read only")
