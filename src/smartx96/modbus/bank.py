"""The registers behind a port: the newest images of both spaces."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
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


_ANY_UNIT = (0, 255)
"""Unit ids that mean the first meter behind a TCP port."""


class Unit(ABC):
    """A meter behind a port: its address, whether it answers, and what it reads."""

    @property
    def powered(self) -> bool:
        """Whether the meter has a supply; without one it answers nobody."""
        return True

    @property
    @abstractmethod
    def unit_address(self) -> int:
        """Modbus address of the meter."""

    @abstractmethod
    def read(self, space: Space, address: int, count: int) -> bytes:
        """Bytes of registers; `IllegalAddressError` outside the blocks."""

    def answering(self, unit: int) -> Unit | None:
        """This unit, where it answers to a unit id: to its own, and to 0 and 255 as if alone."""
        own = unit in _ANY_UNIT or unit == self.unit_address
        return self if own and self.powered else None


class RegisterBank(Unit):
    """Registers as images that somebody assigns.

    A meter assigns `images` as often as it likes, from any thread: it is one reference, and each
    answer takes it once.

    Attributes
    ----------
    images : Images
    """

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


class UnitRow:
    """Several meters behind one port.

    Parameters
    ----------
    units : sequence of Unit
        The first of them answers to unit ids 0 and 255.
    """

    def __init__(self, units: Sequence[Unit]) -> None:
        self.units = tuple(units)

    def answering(self, unit: int) -> Unit | None:
        """The meter that answers to a unit id; None where nobody does."""
        if unit in _ANY_UNIT:
            return self.units[0].answering(unit)
        found = (each.answering(unit) for each in self.units if each.unit_address == unit)
        return next(found, None)
