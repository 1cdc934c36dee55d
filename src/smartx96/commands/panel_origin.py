"""Where a panel's screens come from: a meter that runs, or a source that is measured for once."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from smartx96.commands.live_line import notify
from smartx96.errors import OptionError, X96Error

if TYPE_CHECKING:
    from smartx96.assembly.plan import MeterPlan
    from smartx96.meter.configuration import Configuration
    from smartx96.models import Model
    from smartx96.panel.seen import Seen
    from smartx96.panel.view import View
    from smartx96.web.address import PageAddress


@dataclass(frozen=True, slots=True)
class Named:
    """A screen that a panel can show.

    Parameters
    ----------
    name : str
    title : str
    chapter : str
        Where it belongs.
    """

    name: str
    title: str
    chapter: str


def named(configuration: Configuration) -> list[Named]:
    """What the panel of a meter can show that is set to something."""
    from smartx96.panel.stills import stills

    return [Named(each.name, each.title, each.chapter.value) for each in stills(configuration)]


class Origin(Protocol):
    """Something that has a panel."""

    @property
    def model(self) -> Model:
        """Of the meter."""

    def names(self) -> list[Named]:
        """What its panel can show."""

    def seen(self, name: str | None) -> Seen:
        """A screen by name; None is the page after the start.

        Raises
        ------
        X96Error
            There is none of that name.
        """

    def close(self) -> None:
        """It is needed no longer."""


class RunningMeter:
    """A meter that runs, over its page.

    Parameters
    ----------
    address : PageAddress
    meter : str or None
        Its id; None is the only one.

    Raises
    ------
    PageError
        Its page cannot be reached.
    OptionError
        There is no such meter, or there are several.
    """

    def __init__(self, address: PageAddress, meter: str | None) -> None:
        from smartx96.web.client import PageClient

        self._client = PageClient(address)
        try:
            self.id = _chosen(self._client.get("api", "meters"), meter or address.meter)
        except X96Error:
            self.close()
            raise

    @cached_property
    def _entry(self) -> dict[str, Any]:
        return self._client.get("api", "meters", self.id)

    @property
    def model(self) -> Model:
        """As its page says."""
        from smartx96.terminal.viewer import model_of

        return model_of(self._entry)

    def names(self) -> list[Named]:
        """As its page says."""
        listed = self._entry.get("screens")
        if not isinstance(listed, list):
            return []
        return [Named(*(str(one.get(f)) for f in ("name", "title", "chapter"))) for one in listed]

    def seen(self, name: str | None) -> Seen:
        """As its page says."""
        from smartx96.panel.seen import Seen

        query = {} if name is None else {"page": name}
        document = self._client.get("api", "meters", self.id, "panel", **query)
        try:
            return Seen.read(document)
        except ValueError:
            raise X96Error("the meter is of another version: use its own x96") from None

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()


def _chosen(document: dict[str, Any], meter: str | None) -> str:
    """Id of the meter that is meant."""
    listed = document.get("meters")
    ids = [str(one.get("id")) for one in listed] if isinstance(listed, list) else []
    if meter in ids:
        return str(meter)
    known = ", ".join(ids[:8]) + (" ..." if len(ids) > 8 else "")
    if meter is not None:
        raise OptionError(f"--meter {meter}: there is none of that id; there are {known}")
    if len(ids) != 1:
        raise OptionError(f"{len(ids)} meters run there: choose one with --meter ID, of {known}")
    return ids[0]


class MeasuredMeter:
    """A meter that measures a source for a while, and is looked at then.

    Parameters
    ----------
    plan : MeterPlan
    seconds : float
        Of signal.
    """

    def __init__(self, plan: MeterPlan, seconds: float) -> None:
        self._view = measured(plan, seconds, datetime.now(UTC))
        if not self._view.snapshot.powered:
            notify("note: the voltages are too low for the meter's own supply, so that it is off; "
                   "--supply auxiliary keeps it on")  # fmt: skip

    @property
    def model(self) -> Model:
        """As planned."""
        return self._view.configuration.model

    def names(self) -> list[Named]:
        """By what the meter is set to."""
        return named(self._view.configuration)

    def seen(self, name: str | None) -> Seen:
        """As the meter stood in the end."""
        from smartx96.panel.pages import HOME
        from smartx96.panel.seen import seen
        from smartx96.panel.stills import still

        found = still(name or HOME.name, self._view.configuration)
        return seen(found.screen(self._view))

    def close(self) -> None:
        """Nothing is held."""


def measured(plan: MeterPlan, seconds: float, now: datetime) -> View:
    """What a panel sees of a meter that has measured its source for a while.

    Parameters
    ----------
    plan : MeterPlan
    seconds : float
        Of signal; a source that ends begins again.
    now : datetime
        Time of day of sources that have none.

    Raises
    ------
    X96Error
        The source cannot be measured.
    """
    from smartx96.assembly.assembly import assemble
    from smartx96.assembly.plan import InstallationPlan
    from smartx96.installation.viewing import view_of
    from smartx96.samples.sources import SAMPLED_VALUES, is_live_pcm

    text = plan.source.text
    speed = 1.0 if is_live_pcm(text) or text.startswith(SAMPLED_VALUES) else math.inf
    whole = InstallationPlan(meters=(plan,), speed=speed, seconds=seconds)
    installation = assemble(whole, None, now, notify, phasors=None if math.isinf(speed) else False)
    (live,) = installation.meters
    found: list[View] = []

    async def look() -> None:
        # As it stands, whether that has been committed or not.
        live.shown = None
        found.append(view_of(live, 0.0))

    installation.lead()
    installation.begin()
    asyncio.run(installation.run(look))
    return found[0]
