"""State: everything of a meter that survives power-off, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from smartx96.errors import OptionError, StoreError
from smartx96.meter.calendar import Calendars
from smartx96.meter.events import EventKind
from smartx96.meter.lock import Secret
from smartx96.meter.meter import Meter
from smartx96.meter.profile import RowFlag
from smartx96.settings import BY_ID, Settings

FORMAT = 1


def state(meter: Meter) -> dict[str, Any]:
    """All of a meter, fit for JSON; `restore` makes a meter of it."""
    secret = meter.lock.secret
    return {
        "format": FORMAT,
        "on": meter.powered_up,
        "settings": dict(meter.configuration.settings),
        "password": None if secret is None else asdict(secret),
        "calendars": meter.calendars.data(),
        "clock_offset": meter.clock.offset,
        "powered": meter.supply.powered,
        "serial_number": meter.serial_number,
        "event_count": meter.logbook.count,
        "profile": None if meter.profile is None else meter.profile.state(),
        "accounts": meter.accounts.state(),
    }


def settings_of(data: Mapping[str, Any]) -> Settings:
    """The settings in a state; an older one may lack some, and has its default for them.

    Raises
    ------
    StoreError
        They are none.
    """
    try:
        return Settings({id: value for id, value in data["settings"].items() if id in BY_ID})
    except (OptionError, LookupError, TypeError, AttributeError) as error:
        raise StoreError(f"the stored settings cannot be taken: {error}") from error


def restore(meter: Meter, data: Mapping[str, Any], emitted: Mapping[int, int]) -> None:
    """Let a new meter go on from a state.

    Parameters
    ----------
    meter : Meter
        Configured by the state's settings.
    data : mapping
        As `state` gives it.
    emitted : mapping of int to int
        Pulses that were emitted in truth, by output.

    Raises
    ------
    StoreError
        It is no state.
    """
    found = data.get("format") if isinstance(data, Mapping) else None
    if found != FORMAT:
        raise StoreError(
            f"the stored state has format {found!r}, this program knows {FORMAT}: "
            "use the program that wrote it, or a newer one"
        )
    try:
        _check(data, _shape(meter, data["profile"] is not None), "state")
        _restore(meter, data, emitted)
    except (LookupError, ValueError, TypeError, AttributeError, OverflowError) as error:
        raise StoreError(f"the stored state cannot be taken: {type(error).__name__} {error}"
                         ) from error  # fmt: skip


def _shape(meter: Meter, profile: bool) -> dict[str, Any]:
    """What a state looks like, by that of a new meter; what may differ is left out."""
    own = state(meter)
    del own["settings"], own["password"]
    own["profile"] = {**own["profile"], "sums": {}} if profile and own["profile"] else None
    return own


def _check(found: Any, own: Any, where: str) -> None:
    """Refuse what lacks something, or is of another type, than with a new meter."""
    if own is not None and type(found) is not type(own):
        raise TypeError(f"{where} is of type {type(found).__name__}")
    if isinstance(own, dict):
        for key, value in own.items():
            _check(found[key], value, f"{where}.{key}")


def _restore(meter: Meter, data: Mapping[str, Any], emitted: Mapping[int, int]) -> None:
    meter.accounts.restore(data["accounts"], emitted)
    if data["password"] is not None:
        meter.lock.secret = Secret(**data["password"])
    meter.clock.offset = int(data["clock_offset"])
    meter.supply.powered = int(data["powered"])
    meter.serial_number = int(data["serial_number"])
    meter.logbook.count = int(data["event_count"])
    meter.set_calendars(Calendars.restored(data["calendars"]))
    if meter.profile is not None and data["profile"] is not None:
        meter.profile.restore(data["profile"])
    if data["on"]:
        # It was not stopped: its power, or its process, went.
        meter.mark(RowFlag.POWER_OFF)
        meter.log(EventKind.POWER_DOWN, {"found": "at start"}, meter.accounts.now)
