"""What the commands that look into a state folder share."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from smartx96.errors import OptionError, StoreError

state_option = click.option(
    "--state", type=click.Path(path_type=Path), metavar="FOLDER",
    help="State folder of the meter; otherwise X96_STATE, else the one in the user's data.",
)  # fmt: skip
meter_option = click.option("--meter", metavar="NAME", help="One meter of several in the folder.")


def folder_of(state: Path | None) -> Path:
    """The state folder that is meant."""
    from smartx96.store.folder import default_folder

    return default_folder() if state is None else state


def meters_of(folder: Path, meter: str | None) -> list[str]:
    """Names of the meters that are meant: all of the folder, or the one named.

    Raises
    ------
    StoreError
        It has none, or not this one.
    """
    from smartx96.store.reading import meter_names

    known = meter_names(folder)
    if not known:
        raise StoreError(f"{folder}: no meter has stored anything there yet")
    if meter is None:
        return known
    if meter not in known:
        raise StoreError(f"{folder}: no meter {meter} there; there is {', '.join(known)}")
    return [meter]


def microseconds(text: str, option: str) -> int:
    """A date or time that people wrote, UTC unless it says otherwise [us since 1970-01-01].

    Raises
    ------
    OptionError
        It is none.
    """
    from smartx96.meter import clock

    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise OptionError(
            f"{option} {text}: give a date or time such as 2026-09-21 or 2026-09-21T14:00"
        ) from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return clock.microseconds(found)
