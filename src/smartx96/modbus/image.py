"""Register images: all registers of one space as ready bytes.

An image never changes; a new reading makes a new image. A read is a slice of it, so that all
registers of one answer belong to one reading.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from smartx96 import quantities
from smartx96.modbus.encoding import INTEGER_CODES, encode, float_words, integer
from smartx96.modbus.exceptions import IllegalAddressError
from smartx96.modbus.readings import Reading, register_values
from smartx96.modbus.registers import BLOCKS, BY_ID, INPUT, Format, Register, Space
from smartx96.models import ROLL_OVER
from smartx96.settings import Settings


class Snapshot(Protocol):
    """What an image needs of the meter's snapshot."""

    @property
    def values(self) -> NDArray[np.float64]:
        """Values by `quantities.INDEX`, shape (quantity,); NaN is not available."""

    @property
    def harmonics(self) -> NDArray[np.float64]:
        """Harmonics [%], shape (6, 63), rows as `quantities.HARMONICS`; NaN is not available."""

    @property
    def exact(self) -> Mapping[str, int]:
        """Integers by quantity id: exact energies, counts, status."""


class Layout:
    """Where the addresses of a space stand in its image.

    Parameters
    ----------
    blocks : iterable of range
        Addresses in ascending order; blocks that touch are read across.
    """

    __slots__ = ("_areas", "size")

    def __init__(self, blocks: Iterable[range]) -> None:
        areas: list[tuple[int, int, int]] = []
        self.size = 0
        for block in blocks:
            if areas and areas[-1][1] == block.start:
                first, _, offset = areas.pop()
            else:
                first, offset = block.start, self.size
            areas.append((first, block.stop, offset))
            self.size += 2 * len(block)
        self._areas = tuple(areas)

    def offset(self, address: int, count: int) -> int:
        """Place of the first byte of `count` registers.

        Raises
        ------
        IllegalAddressError
            A register of them lies outside every block.
        """
        for first, stop, offset in self._areas:
            if first <= address and address + count <= stop:
                return offset + 2 * (address - first)
        raise IllegalAddressError(f"registers {address}..{address + count - 1} do not all exist")


class Image:
    """Bytes of all registers of one space."""

    __slots__ = ("_data", "_layout")

    def __init__(self, layout: Layout, data: bytes) -> None:
        self._layout = layout
        self._data = data

    def read(self, address: int, count: int) -> bytes:
        """Bytes of `count` registers from `address`; `IllegalAddressError` outside the blocks."""
        offset = self._layout.offset(address, count)
        return self._data[offset : offset + 2 * count]


_INPUT_LAYOUT = Layout(BLOCKS[Space.INPUT])
_HOLDING_LAYOUT = Layout(BLOCKS[Space.HOLDING])
_NOTHING = len(quantities.TABLE) + len(quantities.HARMONICS) * quantities.HARMONIC_ORDERS
_ZERO = np.zeros(1)
_END = round(ROLL_OVER + 0.1)
"""Where energies begin anew, in the unit shown: after 9 999 999.9."""


def _source(id: str) -> int:
    """Place of a float register's value behind the other: values, harmonics, a zero for gaps."""
    base, _, order = id.partition("[")
    if not order:
        return quantities.INDEX[id]
    row = quantities.HARMONIC_INDEX[base] * quantities.HARMONIC_ORDERS
    return len(quantities.TABLE) + row + int(order[:-1]) - 1


def _gather() -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.intp]]:
    """For each pair of words of the image: the place of its value, and its factor in mega; and
    which of them hold energies, which roll over.
    """
    places = np.full(_INPUT_LAYOUT.size // 4, _NOTHING, dtype=np.intp)
    mega = np.ones(places.size)
    rolling = []
    for register in INPUT:
        if register.format is not Format.FLOAT32:
            continue
        pair, odd = divmod(_INPUT_LAYOUT.offset(register.address, register.words), 4)
        if odd:
            raise RuntimeError(f"registers: {register.id} is a float at an odd address")
        places[pair] = _source(register.id)
        if register.description.unit in ("kWh", "kvarh", "kVAh"):
            mega[pair] = 1e-3
            rolling.append(pair)
    return places, mega, np.array(rolling)


class _IntegerRun(NamedTuple):
    """Integer registers that follow each other."""

    offset: int
    pack: struct.Struct
    ids: tuple[tuple[str, int], ...]


def _integer_runs() -> tuple[_IntegerRun, ...]:
    def is_integer(register: Register) -> bool:
        return register.format in INTEGER_CODES

    runs = []
    for found, group in groupby(INPUT, key=is_integer):
        if found:
            members = list(group)
            offset = _INPUT_LAYOUT.offset(members[0].address, members[-1].end - members[0].address)
            pack = struct.Struct(">" + "".join(INTEGER_CODES[r.format] for r in members))
            runs.append(_IntegerRun(offset, pack, tuple((r.id, r.words) for r in members)))
            if pack.size != 2 * (members[-1].end - members[0].address):
                raise RuntimeError(f"registers: a gap between integers after {members[0].id}")
    return tuple(runs)


_PLACES, _MEGA, _ROLLING = _gather()
_INTEGERS = _integer_runs()


_DEFAULTS = Settings()


def low_word_first(values: Settings) -> bool:
    """Whether a meter is set to give the low word of a float first."""
    return values.number("word_order") == 1


class InputImage(Image):
    """Input registers of one snapshot.

    Parameters
    ----------
    snapshot : Snapshot
        The meter's readings; what is not available reads 0.
    values : Settings, optional
        The meter's: `energy_prefix` shows energies in MWh, Mvarh, MVAh, `word_order` the low word
        of a float first.
    """

    __slots__ = ()

    def __init__(self, snapshot: Snapshot, values: Settings = _DEFAULTS) -> None:
        shown = np.concatenate((snapshot.values, snapshot.harmonics.ravel(), _ZERO))[_PLACES]
        if values.number("energy_prefix"):
            shown *= _MEGA
        energies = shown[_ROLLING]
        over = np.abs(energies) >= _END
        if over.any():
            over &= np.isfinite(energies)
            shown[_ROLLING[over]] = np.fmod(energies[over], _END)
        data = bytearray(float_words(shown, low_word_first(values)))
        exact = snapshot.exact
        for offset, pack, ids in _INTEGERS:
            pack.pack_into(data, offset, *(integer(exact.get(key), n) for key, n in ids))
        super().__init__(_INPUT_LAYOUT, bytes(data))


class HoldingImage(Image):
    """Holding registers of settings and readings.

    Parameters
    ----------
    values : Settings
        The meter's settings.
    readings : Mapping, optional
        Values by id of `readings.TABLE`; what is missing is derived or reads 0. Password and
        commands read 0 always.
    """

    __slots__ = ("_low_first",)

    def __init__(self, values: Settings, readings: Mapping[str, Reading] | None = None) -> None:
        self._low_first = low_word_first(values)
        data = bytearray(_HOLDING_LAYOUT.size)
        self._put(data, register_values(values, readings or {}))
        super().__init__(_HOLDING_LAYOUT, bytes(data))

    def renewed(self, readings: Mapping[str, Reading]) -> Image:
        """The image with other values of some readings, by id, that only their registers show."""
        data = bytearray(self._data)
        self._put(data, readings)
        return Image(_HOLDING_LAYOUT, bytes(data))

    def _put(self, data: bytearray, known: Mapping[str, Reading]) -> None:
        for id, reading in known.items():
            register = BY_ID.get(id)
            if register is not None and register.space is Space.HOLDING:
                offset = _HOLDING_LAYOUT.offset(register.address, register.words)
                value = encode(register, reading, self._low_first)
                data[offset : offset + 2 * register.words] = value
