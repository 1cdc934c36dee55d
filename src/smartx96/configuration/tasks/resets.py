"""Resets: what can be cleared in a meter, cleared and looked at again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from smartx96.configuration.changing.passing import standing
from smartx96.configuration.changing.undivided import undivided
from smartx96.configuration.changing.unlocking import Unlocking
from smartx96.configuration.link import Link
from smartx96.configuration.reading import all_valued
from smartx96.errors import OptionError
from smartx96.meter.commands import Resettable
from smartx96.modbus.client.errors import ExceptionAnswerError, ExchangeError
from smartx96.modbus.exceptions import ExceptionCode
from smartx96.modbus.readings import Reading
from smartx96.quantities import TABLE, Kind

MAIN_ENERGIES = "the main energy registers go on: nothing resets them"


class What(StrEnum):
    """What is reset; the values are those of the command line."""

    MAXIMA = "maxima"
    DEMAND = "demand"
    ENERGY = "energy"

    @property
    def text(self) -> str:
        """In words."""
        return _WORDS[self].value


_WORDS = {
    What.MAXIMA: Resettable.MAXIMA,
    What.DEMAND: Resettable.DEMAND,
    What.ENERGY: Resettable.ENERGY,
}

_ORDERS: dict[What, tuple[tuple[str, int], ...]] = {
    What.MAXIMA: (("reset_command", 0), ("reset", 2)),
    What.DEMAND: (("reset", 3),),
    What.ENERGY: (("reset_command", 3), ("reset", 1)),
}
"""Registers and what is written there; the second for meters that lack the first."""

_DEMANDS = tuple(q.id for q in TABLE if q.kind is Kind.DEMAND)
_MAXIMA = tuple(id for id in _DEMANDS if "_max" in id)
_ENERGIES = tuple(q.id for q in TABLE if q.id.endswith("_resettable"))
_AFFECTED = {
    What.MAXIMA: _MAXIMA,
    What.DEMAND: _DEMANDS,
    What.ENERGY: _ENERGIES,
}
"""Registers that a reset is about."""
_FALLING = frozenset((*_MAXIMA, *_ENERGIES))
"""Those of them that fall; a demand may be as it was, where it is the present power."""

_NOTHING = "nothing was cleared"

_PATIENCE, _PAUSE = 3.0, 0.2
"""How long it may take until a meter shows it, and between two looks [s]."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """What a reset did.

    Parameters
    ----------
    target : str
    what : What
    register : str
        By which it was told.
    before, after : dict of str to float, int, str or tuple
        Values that it is about, by id.
    stayed : tuple of str
        Ids of values that did not fall.
    """

    target: str
    what: What
    register: str
    before: dict[str, Reading]
    after: dict[str, Reading]
    stayed: tuple[str, ...]

    @property
    def done(self) -> bool:
        """Whether everything fell that was not at nothing."""
        return not self.stayed

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "target": self.target,
            "reset": self.what.value,
            "register": self.register,
            "done": self.done,
            "values": _document(self.before, self.after),
            "stayed": list(self.stayed),
        }


async def affected(link: Link, what: What) -> dict[str, Reading]:
    """Values that a reset is about, as they are.

    Raises
    ------
    ExchangeError
        The meter does not answer.
    """
    return await link.read(_AFFECTED[what])


async def reset(link: Link, what: What, password: int) -> Cleared:
    """Clear something, and look whether it is.

    Raises
    ------
    OptionError
        The meter has no register for it.
    PasswordError, ExchangeError
        It does not take it, or nobody knows.
    """
    with standing(_NOTHING):
        before = await affected(link, what)
    lock = Unlocking(link, password)
    try:
        with standing(_NOTHING):
            await lock.unlock()
        return await undivided(_cleared(link, lock, what, before))
    finally:
        await lock.lock()


async def _cleared(link: Link, lock: Unlocking, what: What, before: dict[str, Reading]) -> Cleared:
    """Clear it and look: whoever stops it half-way would not know whether it is."""
    register = await _told(link, what)
    await lock.lock()
    with standing("the meter took the reset; what it shows now is not known"):
        after, stayed = await _after(link, what, before)
    return Cleared(str(link.target), what, register, before, after, stayed)


async def _told(link: Link, what: What) -> str:
    """Write the first order that the meter has a register for; its id."""
    for register, value in _ORDERS[what]:
        try:
            await _repeated(link, register, value)
        except ExceptionAnswerError as error:
            if error.code != ExceptionCode.ILLEGAL_ADDRESS:
                raise
        else:
            return register
    named = " and ".join(register for register, _ in _ORDERS[what])
    raise OptionError(f"{link.target}: does not reset {what.text}: it has no register {named}")


async def _repeated(link: Link, register: str, value: int) -> None:
    """Write; again where nobody answered, for what was cleared twice is cleared."""
    uncertain = False
    for left in reversed(range(link.client.policy.retries + 1)):
        try:
            await link.write({register: value})
        except ExchangeError as error:
            # The last one may not have been sent at all, and one before may have been heard.
            error.uncertain = uncertain = uncertain or error.uncertain
            if isinstance(error, ExceptionAnswerError) or not left:
                error.standing = "" if uncertain else _NOTHING
                raise
        else:
            return


async def _after(link: Link, what: What, before: dict[str, Reading]
                 ) -> tuple[dict[str, Reading], tuple[str, ...]]:  # fmt: skip
    """Values after a reset, which a meter may show a little later, and which of them stayed."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _PATIENCE
    while True:
        after = await affected(link, what)
        stayed = await _stayed(link, before, after)
        if not stayed or loop.time() >= until:
            return after, stayed
        await asyncio.sleep(_PAUSE)


async def _stayed(link: Link, before: dict[str, Reading], after: dict[str, Reading]
                  ) -> tuple[str, ...]:  # fmt: skip
    """What should have fallen and is as it was; but a maximum that has begun anew may be the
    present demand.
    """
    same = [id for id, value in after.items()
            if id in _FALLING and value and value == before.get(id)]  # fmt: skip
    demands = {id: _present(id) for id in same if id in _MAXIMA}
    present = await link.read(dict.fromkeys(demands.values()))
    return tuple(id for id in same if id not in demands or present.get(demands[id]) != after[id])


def _present(maximum: str) -> str:
    """The demand of which one is the maximum."""
    kind, _, rest = maximum.partition("_max")
    return kind if rest.startswith("_t") else f"{kind}{rest}"


def _document(before: dict[str, Reading], after: dict[str, Reading]) -> dict[str, Any]:
    was = all_valued(before)
    return {
        id: {"name": v.name, "unit": v.unit, "before": was[id].value if id in was else None,
             "after": v.value}
        for id, v in all_valued(after).items()
    }  # fmt: skip
