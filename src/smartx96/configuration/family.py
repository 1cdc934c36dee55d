"""Family: the meters that have the register map, or a part of it."""

from __future__ import annotations

from dataclasses import dataclass

from smartx96.errors import OptionError
from smartx96.modbus.client.nameplate import Nameplate
from smartx96.modbus.client.read_plan import register
from smartx96.modbus.functions.identity import PRODUCT, VENDOR
from smartx96.modbus.readings import METER_CODE
from smartx96.modbus.registers import BY_ID, Origin
from smartx96.models import MODELS, Model
from smartx96.quantities import BY_ID as QUANTITIES
from smartx96.quantities import Kind
from smartx96.settings.setting import nearest


@dataclass(frozen=True, slots=True)
class Member:
    """A model of the family.

    Parameters
    ----------
    name : str
        As options and files have it.
    text : str
        What it is, for people.
    model : Model
        What may be set.
    meter_codes : tuple of int
        By which it is recognised where it does not say its name.
    lacks : frozenset of str
        Ids of registers that it does not have, or that read 0 there.
    """

    name: str
    text: str
    model: Model
    meter_codes: tuple[int, ...] = ()
    lacks: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return self.name


def _is_distortion(id: str) -> bool:
    quantity = QUANTITIES.get(id.partition("[")[0])
    return quantity is not None and (quantity.kind is Kind.HARMONIC or "_thd_" in id)


_DISTORTION = frozenset(id for id in BY_ID if _is_distortion(id))

FAMILY: tuple[Member, ...] = (
    Member("X96-5A", "SMART X96-5A", MODELS["X96-5A"], (METER_CODE,)),
    Member("X96-5E", "SMART X96-5E, without THD, harmonics and 3P3W", MODELS["X96-5E"],
           lacks=_DISTORTION),
    Member("SDM630", "SDM630, a register-compatible sibling", MODELS["X96-5A"], (0x0070,)),
)  # fmt: skip
"""Members, of which the first is taken where a meter does not tell."""

_BY_NAME = {member.name.casefold(): member for member in FAMILY}


def member_named(name: str) -> Member:
    """The member of a name, in whatever letters.

    Raises
    ------
    OptionError
        There is none.
    """
    found = _BY_NAME.get(name.casefold())
    if found is None:
        raise OptionError(f"{name!r} is no member of the family: {nearest(name, map(str, FAMILY))}")
    return found


def is_ours(nameplate: Nameplate) -> bool:
    """Whether a meter is this program, by its device identification."""
    said = nameplate.vendor, nameplate.product
    return said == (VENDOR, PRODUCT) and nameplate.model in MODELS


def member_of(nameplate: Nameplate) -> Member:
    """The member that a meter says it is, by name or code; the first of the family otherwise."""
    named = _BY_NAME.get(nameplate.model.strip(" \0").casefold())
    if named is not None:
        return named
    coded = (m for m in FAMILY if nameplate.meter_code in m.meter_codes)
    return next(coded, FAMILY[0])


def is_own(id: str) -> bool:
    """Whether a register is an addition or guess of this project, which nobody else documents.

    Raises
    ------
    OptionError
        No register has the id.
    """
    return register(id).origin is Origin.OWN
