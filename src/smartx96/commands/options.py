"""Options that several commands share, and what they open and configure."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from smartx96.errors import OptionError

if TYPE_CHECKING:
    from smartx96.installation.measurement import Configuration
    from smartx96.samples.source import Source

F = TypeVar("F", bound=Callable[..., Any])


def _options(*options: Callable[[Any], Any]) -> Callable[[F], F]:
    def decorate(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


class Positive(click.FloatRange):
    """A number above 0 that is one."""

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Also refuse infinity and NaN, which FloatRange lets through."""
        number = float(super().convert(value, param, ctx))
        if not number < math.inf:
            self.fail(f"{value} is no number of seconds", param, ctx)
        return number


SECONDS = Positive(min=0, min_open=True)

source_options = _options(
    click.option("--channels", metavar="v1=NAME,...",
                 help="Which channel is which: names, or numbers from 1."),
    click.option("--rate", type=float, metavar="HZ", help="Sampling rate, instead of the file's."),
    click.option("--scale", metavar="v=500,i=20",
                 help="Full scale of integer samples or factor, per kind or channel."),
    click.option("--side", type=click.Choice(["primary", "secondary"]),
                 help="Side of the transformers on which the samples stand."),
    click.option("--from", "start", type=float, metavar="S", help="Begin S seconds into it."),
    click.option("--to", "stop", type=float, metavar="S", help="End S seconds into it."),
)  # fmt: skip

configuration_options = _options(
    click.option("--wiring", type=click.Choice(["3p4w"]), default="3p4w", show_default=True),
    click.option("--ct", default="5/5", show_default=True, metavar="P/S",
                 help="Current transformers, primary/secondary in ampere."),
    click.option("--vt", type=int, default=1, show_default=True, metavar="RATIO",
                 help="Voltage transformer ratio."),
    click.option("--nominal", type=click.Choice(["50", "60"]),
                 help="Nominal frequency; otherwise by the signal."),
    click.option("--apparent", type=click.Choice(["arithmetic", "vector", "effective"]),
                 default="arithmetic", show_default=True, help="Total apparent power."),
)  # fmt: skip


def opened(text: str, options: dict[str, Any], now: datetime | None = None) -> Source:
    """The source that an argument and the source options name."""
    from smartx96.samples.sources import open_source

    return open_source(
        text,
        now=now,
        channels=options["channels"],
        rate=options["rate"],
        scale=options["scale"],
        side=options["side"],
        start=options["start"],
        stop=options["stop"],
    )


def configured(options: dict[str, Any], **more: Any) -> Configuration:
    """The configuration that the options name."""
    from smartx96.installation.measurement import WIRINGS, Configuration
    from smartx96.metrology.readings import ApparentPower
    from smartx96.settings import Settings

    primary, secondary = _ratio(options["ct"])
    changes = {
        "system_type": {text: number for number, text in WIRINGS.items()}[options["wiring"]],
        "ct_primary": primary,
        "ct_secondary": secondary,
        "vt_ratio": options["vt"],
        "nominal_frequency": int(options["nominal"] or 0),
        "apparent_power_method": ApparentPower[options["apparent"].upper()].value,
    }
    return Configuration(settings=Settings(changes), **more)


def _ratio(text: str) -> tuple[float, float]:
    primary, _, secondary = text.partition("/")
    try:
        return float(primary), float(secondary)
    except ValueError:
        raise OptionError(f"--ct {text}: give primary/secondary, such as 200/5") from None
