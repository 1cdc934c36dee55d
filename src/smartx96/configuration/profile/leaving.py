"""Leaving alone: what a push does not write, because it belongs to one meter and its line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from smartx96.configuration.changing.plan import OF_THE_LINE, Plan, is_held, planned
from smartx96.configuration.link import Link
from smartx96.configuration.profile.file import Origin, Profile
from smartx96.errors import OptionError
from smartx96.modbus.readings import Reading
from smartx96.settings import GROUPS, Group, Value

OF_ONE_METER = (*OF_THE_LINE, *(setting.id for setting in GROUPS[Group.CALIBRATION]))
"""Settings that belong to one meter and its line: no other is to have them too."""

BELONGS = "belongs to one meter and its line, and the file is of another; --all writes it too"
UNKNOWN = "nothing says that the meter has it"


class Terms(NamedTuple):
    """What a push writes.

    Parameters
    ----------
    everything : bool
        Also what belongs to one meter, whichever the profile is of.
    leave_unknown : bool
        Settings that the meter is not known to have are left alone, rather than refused.
    """

    everything: bool = False
    leave_unknown: bool = False

    def whole(self, origin: Origin | None, serial_number: int | None) -> bool:
        """Whether a profile is written to the last, as it is to the meter it was read from."""
        return self.everything or (
            origin is not None
            and serial_number is not None
            and origin.serial_number == serial_number
        )


def parted(profile: Profile, link: Link, readings: Mapping[str, Reading],
           terms: Terms) -> tuple[dict[str, Value], dict[str, str]]:  # fmt: skip
    """What of a profile is to be written to a meter, and why the rest is left alone.

    Returns
    -------
    wanted : dict
        Values by id.
    left : dict of str to str
        Reasons by id; only of what the meter has otherwise, or may not have.

    Raises
    ------
    OptionError
        It states what the meter is not known to have.
    """
    whole = terms.whole(profile.origin, link.nameplate.serial_number)
    wanted, left = dict[str, Value](), dict[str, str]()
    for id, value in profile.values.items():
        if not whole and id in OF_ONE_METER:
            if link.has(id) and not is_held(readings.get(id), value):
                left[id] = BELONGS
        elif terms.leave_unknown and not link.has(id):
            left[id] = UNKNOWN
        else:
            wanted[id] = value
    _check_known(profile, link, wanted)
    return wanted, left


def planned_push(link: Link, readings: Mapping[str, Reading], profile: Profile,
                 terms: Terms | None = None) -> Plan:  # fmt: skip
    """The plan to a meter that is set as a profile says.

    Parameters
    ----------
    link : Link
    readings : mapping
        Values of its settings, as `Link.read_settings` gives them.
    profile : Profile
    terms : Terms, optional

    Raises
    ------
    OptionError
        The meter cannot be set so; nothing is planned.
    """
    wanted, left = parted(profile, link, readings, terms or Terms())
    return planned(link, readings, wanted, left)


def _check_known(profile: Profile, link: Link, wanted: Mapping[str, Value]) -> None:
    """Refuse what the meter may not have, all of it in one line."""
    unknown = [id for id in wanted if not link.has(id)]
    if not unknown:
        return
    if len(unknown) == 1:
        link.check(unknown[0])
    source = f"{profile.name}: " if profile.name else ""
    why = link.doubt or f"nothing says that this {link.member} has them"
    raise OptionError(
        f"{source}{', '.join(unknown)}: {why}; "
        "--leave-unknown leaves them alone, --unverified tries those that it may have"
    )
