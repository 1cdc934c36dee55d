"""Opening: a source of given values by its name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from smartx96.errors import OptionError
from smartx96.samples.given.lines import STANDARD_INPUT, Lines
from smartx96.samples.given.source import GivenValues, Stale, Staleness, Transport
from smartx96.samples.sources import GIVEN

_BY_NETWORK = ("mqtt://", "mqtts://")


def open_given(text: str, *, now: datetime | None = None, stale: str | None = None,
               stale_after: float | None = None) -> GivenValues:  # fmt: skip
    """A source whose values somebody states.

    Parameters
    ----------
    text : str
        `values:` takes what is posted to the page; `values:-` lines of standard input besides,
        `values:PATH` those of a named pipe, `values:mqtt://HOST/TOPIC` messages of a topic.
    now : datetime, optional
        Time of day at which it begins.
    stale : str, optional
        A `Stale`: what becomes of values that nobody renews.
    stale_after : float, optional
        Without a new one for so long [s].

    Raises
    ------
    OptionError
        It cannot be opened, or a value is not allowed.
    MissingExtraError
        MQTT needs a library that is not installed.
    """
    if stale is not None and stale not in tuple(Stale):
        raise OptionError(f"--stale {stale}: give {', '.join(Stale)}")
    usual = Staleness()
    staleness = Staleness(
        usual.after if stale_after is None else stale_after,
        usual.then if stale is None else Stale(stale),
    )
    where = text.removeprefix(GIVEN)
    return GivenValues(now or datetime.now(UTC), _transports(where), staleness, text.rstrip(":"))


def with_folder(text: str, folder: Path) -> str:
    """The name of a source with its path, if it has one, from a folder."""
    where = text.removeprefix(GIVEN)
    if where in ("", STANDARD_INPUT) or where.startswith(_BY_NETWORK):
        return text
    return f"{GIVEN}{folder / where}"


def is_read_once(text: str) -> bool:
    """Whether a name is of given values whose messages reach only one reader."""
    where = text.removeprefix(GIVEN)
    return text.startswith(GIVEN) and where != "" and not where.startswith(_BY_NETWORK)


def _transports(where: str) -> tuple[Transport, ...]:
    if not where:
        return ()
    if where.startswith(_BY_NETWORK):
        from smartx96.samples.given.topic import Topic

        return (Topic(where),)
    return (Lines(where),)
