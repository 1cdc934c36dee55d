"""Opening: a source of given values by its name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from smartx96.errors import OptionError
from smartx96.samples.given.lines import STANDARD_INPUT, Lines
from smartx96.samples.given.source import GivenValues, Stale, Staleness, Transport
from smartx96.samples.sources import GIVEN

if TYPE_CHECKING:
    from smartx96.samples.given.broker import Certificates

_BY_NETWORK = ("mqtt://", "mqtts://")


def open_given(text: str, *, now: datetime | None = None, stale: str | None = None,
               stale_after: float | None = None,
               values_tls: Certificates | None = None) -> GivenValues:  # fmt: skip
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
    values_tls : Certificates, optional
        By which a broker is known; None is by whom the system trusts.

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
    transports = _transports(where, values_tls)
    return GivenValues(now or datetime.now(UTC), transports, staleness, text.rstrip(":"))


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


def _transports(where: str, certificates: Certificates | None) -> tuple[Transport, ...]:
    if where.startswith(_BY_NETWORK):
        from smartx96.samples.given.broker import Certificates
        from smartx96.samples.given.topic import Topic

        return (Topic(where, certificates or Certificates()),)
    if certificates is not None:
        raise OptionError(f"--values-tls is for {GIVEN}mqtts://, not for {GIVEN}{where}")
    return (Lines(where),) if where else ()
