"""Link: one meter that is asked, what it is, and which registers are to be had of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from smartx96.configuration.family import Member, is_ours, is_own, member_of
from smartx96.configuration.target import Lines, Target
from smartx96.errors import OptionError
from smartx96.modbus.client.client import Client
from smartx96.modbus.client.errors import ExceptionAnswerError, UnreadableValueError
from smartx96.modbus.client.meter import Meter
from smartx96.modbus.client.nameplate import Identification, Nameplate
from smartx96.modbus.client.read_plan import register
from smartx96.modbus.exceptions import ExceptionCode
from smartx96.modbus.readings import Reading
from smartx96.settings import KEPT, Setting, Settings

_DOUBT = (
    "it gave no answer to who it is (function 43/14): what only this program documents is left out "
    "until it does"
)


class Link:
    """A meter that is asked.

    Registers that only this project documents are hidden where the meter is another one, unless
    they are asked for. Registers that the meter turns out not to have are left out from then on.

    Parameters
    ----------
    lines : Lines
    target : Target
    meter : smartx96.modbus.client.meter.Meter
    nameplate : Nameplate
        What the meter says of itself.
    member : Member
    unverified : bool
        Whether registers are used that only this project documents, of whatever meter.

    Attributes
    ----------
    missing : set of str
        Ids that the meter was asked for and does not have, or that hold no value of theirs.
    """

    def __init__(self, lines: Lines, target: Target, meter: Meter, nameplate: Nameplate,
                 member: Member, *, unverified: bool = False) -> None:  # fmt: skip
        self.lines, self.target, self.meter = lines, target, meter
        self.nameplate, self.member, self.unverified = nameplate, member, unverified
        self.missing: set[str] = set()
        if not (self.ours or unverified):
            meter.limits = meter.limits._replace(own=False)

    def __repr__(self) -> str:
        return f"Link({self.target}, {self.member})"

    @classmethod
    async def open(cls, lines: Lines, target: Target, *, member: Member | None = None,
                   unverified: bool = False) -> Link:  # fmt: skip
        """Ask a meter who it is.

        Parameters
        ----------
        lines : Lines
        target : Target
        member : Member, optional
            What it is taken for, whatever it says.
        unverified : bool

        Raises
        ------
        ExchangeError
            It does not answer.
        """
        async with lines.at(target) as client:
            meter = Meter(client, target.unit)
            nameplate = await meter.nameplate()
        found = member or member_of(nameplate)
        return cls(lines, target, meter, nameplate, found, unverified=unverified)

    @property
    def client(self) -> Client:
        """The client of its place."""
        return self.meter.client

    @property
    def ours(self) -> bool:
        """Whether the meter is this program."""
        return is_ours(self.nameplate)

    @property
    def settings(self) -> tuple[Setting, ...]:
        """Settings that it has, as far as is known."""
        return tuple(setting for setting in KEPT if self.has(setting.id))

    @property
    def doubt(self) -> str:
        """That nobody knows whether it is ours, and what comes of it; empty where that is known."""
        silent = self.nameplate.identification is Identification.NO_ANSWER
        return _DOUBT if silent and not (self.ours or self.unverified) else ""

    def hides(self, id: str) -> bool:
        """Whether a register is nobody's business: undocumented for this meter."""
        return is_own(id) and not (self.ours or self.unverified)

    def has(self, id: str) -> bool:
        """Whether the meter has a register that is not hidden, as far as is known."""
        return not (self.hides(id) or id in self.missing or id in self.member.lacks)

    def check(self, id: str) -> None:
        """Make sure that a register may be asked for.

        Raises
        ------
        OptionError
            It is hidden, or the meter does not have it.
        """
        if register(id).id in self.member.lacks:
            raise OptionError(f"{id}: {self.member} does not have it")
        if self.hides(id):
            address = f"0x{register(id).address:04X}"
            why = f"nothing says that this {self.member} has it at address {address}"
            raise OptionError(f"{id}: {self.doubt or why}; --unverified tries")
        if id in self.missing:
            raise OptionError(f"{id}: {self.target} does not have it")

    async def read(self, ids: Iterable[str]) -> dict[str, Reading]:
        """Values by id of those registers that it has, in the order of the ids.

        What is hidden is left out; what it turns out not to have is known as missing then.

        Raises
        ------
        OptionError
            No register has an id.
        ExchangeError
            There is no answer of use.
        """
        wanted = [id for id in ids if self.has(id)]
        async with self.lines.at(self.target):
            # What follows each other in the map is mostly there, or not there, together.
            found = await self._found(sorted(set(wanted), key=_place))
        return {id: found[id] for id in wanted if id in found}

    async def write(self, values: Mapping[str, Reading]) -> None:
        """Write registers, as `Meter.write`: never twice, whole requests or nothing of them.

        Raises
        ------
        OptionError
            A register is hidden, takes no such value, or none at all; nothing was written.
        ExchangeError
            As `Meter.write`.
        """
        for id in values:
            self.check(id)
        async with self.lines.at(self.target):
            await self.meter.write(values)

    def move(self, target: Target) -> None:
        """Ask the meter elsewhere from now on: another address, or other line parameters."""
        self.target, self.meter.unit = target, target.unit

    async def read_settings(self) -> dict[str, Reading]:
        """Values of all settings that it has, as its registers have them."""
        return await self.read(setting.id for setting in self.settings)

    def settings_of(self, readings: dict[str, Reading]) -> tuple[Settings, dict[str, str]]:
        """Settings that registers stand for, and what is wrong with those that stand for none.

        Parameters
        ----------
        readings : dict
            As `read_settings` gives them.

        Returns
        -------
        settings : Settings
            The default where the meter does not tell, or tells what cannot be.
        wrong : dict of str to str
            A line for each id whose register holds what cannot be.
        """
        values, wrong = dict[str, object](), dict[str, str]()
        for setting in KEPT:
            if setting.id in readings:
                try:
                    values[setting.id] = setting.check(readings[setting.id])
                except OptionError as error:
                    wrong[setting.id] = str(error)
        return Settings(values), wrong

    async def _found(self, wanted: list[str]) -> dict[str, Reading]:
        """Readings of those that it has, halved again and again where it refuses all at once."""
        try:
            return await self.meter.read(wanted)
        except ExceptionAnswerError as error:
            if error.code != ExceptionCode.ILLEGAL_ADDRESS:
                raise
        except UnreadableValueError:
            # Something else stands there, at one of them.
            pass
        if len(wanted) == 1:
            self.missing.add(wanted[0])
            # What it does not have it does not let be read across either.
            self.meter.limits = self.meter.limits._replace(gaps=False)
            return {}
        half = len(wanted) // 2
        return {**await self._found(wanted[:half]), **await self._found(wanted[half:])}


def _place(id: str) -> tuple[str, int]:
    """Where a register stands in the map."""
    return register(id).space, register(id).address
