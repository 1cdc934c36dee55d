"""Pulling: the settings of a meter become a profile."""

from __future__ import annotations

from datetime import datetime

from smartx96.configuration.link import Link
from smartx96.configuration.profile.file import Origin, Profile


async def pulled(link: Link, time: datetime | None = None) -> Profile:
    """All settings that a meter has, its address, speed and calibration among them.

    Parameters
    ----------
    link : Link
    time : datetime, optional
        Of now, for the origin.

    Raises
    ------
    ExchangeError
        It does not tell.
    """
    readings = await link.read_settings()
    settings, wrong = link.settings_of(readings)
    values = {id: settings[id] for id in settings if id in readings and id not in wrong}
    return Profile(values, origin_of(link, time), wrong, str(link.target))


def origin_of(link: Link, time: datetime | None = None) -> Origin:
    """Which meter that is."""
    plate = link.nameplate
    return Origin(
        str(link.member), plate.serial_number, plate.version or None, str(link.target), time
    )
