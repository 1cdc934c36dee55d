"""Selection: which values are logged, by id or in groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from smartx96.errors import OptionError
from smartx96.modbus.client.read_plan import register
from smartx96.modbus.encoding import INTEGER_CODES
from smartx96.modbus.registers import BY_ID, Format, Space
from smartx96.quantities import BY_ID as QUANTITIES
from smartx96.quantities import PHASES, Kind
from smartx96.settings.setting import nearest
from smartx96.tables.log.row import Layout

MAIN = "main"
"""The group that is logged where nothing is asked for."""

ALL = "all"

_OF_PHASES = tuple(
    f"{id}_{phase}" for id in ("voltage", "current", "active_power") for phase in PHASES
)
_OF_THE_WHOLE = (
    "active_power", "reactive_power", "apparent_power", "power_factor", "frequency",
    "active_energy_import", "active_energy_export", "reactive_energy_import",
    "reactive_energy_export",
)  # fmt: skip


def _kind(id: str) -> Kind:
    return QUANTITIES[_quantity(id)].kind


def _quantity(id: str) -> str:
    """The quantity behind an id, which may name an order of it."""
    return id.partition("[")[0]


_MEASURED = tuple(id for id, each in BY_ID.items() if each.space is Space.INPUT)

GROUPS: Mapping[str, tuple[str, ...]] = {
    MAIN: (*_OF_PHASES, *_OF_THE_WHOLE),
    "thd": tuple(id for id in _MEASURED if "_thd_" in id),
    **{kind.value: tuple(id for id in _MEASURED if _kind(id) is kind) for kind in Kind},
    ALL: _MEASURED,
}
"""Groups by name: those in everybody's use, and one for each kind of quantity."""

_NUMBERS = (Format.FLOAT32, *INTEGER_CODES)


def selected(ids: Iterable[str] = (), groups: Iterable[str] = ()) -> Layout:
    """What is logged: ids, and all of groups; the main ones where neither is given.

    Parameters
    ----------
    ids : iterable of str
        Of registers with a number; a harmonic quantity stands for all of its orders.
    groups : iterable of str

    Raises
    ------
    OptionError
        There is no such register or group, or a register holds no number.
    """
    found = [each for id in ids for each in _registers(id)]
    found += [each for group in groups for each in _group(group)]
    chosen = tuple(dict.fromkeys(found or GROUPS[MAIN]))
    return Layout(chosen, frozenset(id for id in chosen if register(id).format in INTEGER_CODES))


def _registers(id: str) -> list[str]:
    if id not in BY_ID and id in QUANTITIES:
        orders = [each for each in _MEASURED if _quantity(each) == id]
        if not orders:
            raise OptionError(f"{id}: has no register, so that it cannot be asked for")
        return orders
    if register(id).format not in _NUMBERS:
        raise OptionError(f"{id}: is no number; logs have numbers only")
    return [id]


def _group(name: str) -> tuple[str, ...]:
    if name not in GROUPS:
        raise OptionError(f"{name!r} is no group of values: {nearest(name, GROUPS)}")
    return GROUPS[name]
