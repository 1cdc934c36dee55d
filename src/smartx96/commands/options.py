"""Options that several commands share, and what they open and configure."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from smartx96.meter.configuration import Configuration
    from smartx96.samples.sampled_values.control_block import ControlBlock
    from smartx96.samples.source import Source

F = TypeVar("F", bound=Callable[..., Any])


def options_together(*options: Callable[[Any], Any]) -> Callable[[F], F]:
    """Options as one decorator, in their order."""

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


class WholeRatio(click.ParamType[int]):
    """A ratio as a whole number, or as primary/secondary that make one."""

    name = "ratio"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """The whole number."""
        primary, _, secondary = str(value).partition("/")
        ratio = math.nan
        with contextlib.suppress(ValueError, ZeroDivisionError):
            ratio = float(primary) / float(secondary or 1)
        if not ratio.is_integer():
            advice = "give the ratio as a whole number, such as 1100 for 110 kV / 100 V"
            self.fail(f"{str(value)[:40]}: {advice}", param, ctx)
        return int(ratio)


SECONDS = Positive(min=0, min_open=True)

source_options = options_together(
    click.option("--channels", metavar="v1=NAME,...",
                 help="Which channel is which: names, or numbers from 1."),
    click.option("--rate", type=float, metavar="HZ", help="Sampling rate, instead of the file's."),
    click.option("--scale", metavar="v=500,i=20",
                 help="Full scale of integer samples or factor, per kind or channel."),
    click.option("--side", type=click.Choice(["primary", "secondary"]),
                 help="Side of the transformers on which the samples stand."),
    click.option("--from", "start", type=float, metavar="S", help="Begin S seconds into it."),
    click.option("--to", "stop", type=float, metavar="S", help="End S seconds into it."),
    click.option("--stream", metavar="SVID",
                 help="Which stream of sampled values: its svID, 0xAPPID or address."),
    click.option("--sv-dataset", "dataset", metavar="I3U3",
                 help="Currents and voltages of a stream, where their number does not tell."),
    click.option("--keep-skew", is_flag=True, default=None,
                 help="Leave channels as they were sampled one after the other; otherwise they are "
                 "brought to one moment (COMTRADE)."),
)  # fmt: skip

publication_options = options_together(
    click.option("--sv-profile", "profile", metavar="CODE",
                 help="Sampled values: F4000S1I4U4, F4800S2I4U4, F12800S8I4U4 ...; otherwise the "
                 "usual one of the rate."),
    click.option("--svid", metavar="NAME", help="Sampled values: name of the stream."),
    click.option("--appid", metavar="NUMBER", help="Sampled values: APPID, 0x4000 if not given."),
    click.option("--vlan", type=int, metavar="ID", help="Sampled values: send a VLAN tag."),
    click.option("--source-mac", metavar="ADDRESS", help="Sampled values: address of the sender."),
    click.option("--destination-mac", metavar="ADDRESS",
                 help="Sampled values: group address, 01:0c:cd:04:00:00 if not given."),
)  # fmt: skip

data_format_option = click.option(
    "--data-format", "--format", "data_format", metavar="FORMAT",
    help="How the file stores numbers: s16, s24, s32, f32 or f64 (.wav), s16 or s24 (.flac), f32 "
    "or f64 (.parquet, .h5), float32, binary32, binary or ascii (.cfg, .cff).",
)  # fmt: skip

configuration_options = options_together(
    click.option("--model", type=click.Choice(["X96-5A", "X96-5E"]), default="X96-5A",
                 show_default=True, help="The 5E has no THD, no harmonics and no 3p3w."),
    click.option("--wiring", type=click.Choice(["1p2w", "3p3w", "3p4w"]),
                 help="Otherwise 1p2w where only L1 is there, 3p3w where line voltages are."),
    click.option("--ct", default="5/5", show_default=True, metavar="P/S",
                 help="Current transformers, primary/secondary in ampere."),
    click.option("--vt", type=WholeRatio(), default=1, show_default=True, metavar="RATIO",
                 help="Voltage transformer ratio, a whole number; also as 110000/100."),
    click.option("--nominal", type=click.Choice(["50", "60"]),
                 help="Nominal frequency; otherwise by the signal."),
    click.option("--apparent", type=click.Choice(["arithmetic", "vector", "effective"]),
                 default="arithmetic", show_default=True, help="Total apparent power."),
    click.option("--subgroups", is_flag=True,
                 help="Harmonics and THD of subgroups (IEC 61000-4-7), not of single lines."),
)  # fmt: skip


format_option = click.option(
    "--format", metavar="FORMAT",
    help="Raw samples that arrive: s16le, s24le, s32le or f32le, little-endian.",
)  # fmt: skip


def opened(
    text: str,
    options: dict[str, Any],
    now: datetime | None = None,
    *,
    live: bool = False,
    again: bool = True,
) -> Source:
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
        format=options.get("format"),
        live=live,
        again=again,
        stream=options["stream"],
        dataset=options["dataset"],
        keep_skew=options["keep_skew"],
    )


def published(options: dict[str, Any]) -> ControlBlock | None:
    """What the publication options say; None where nothing is said."""
    names = ("profile", "svid", "appid", "vlan", "source_mac", "destination_mac")
    given = {name.removesuffix("_mac"): options[name] for name in names}
    if all(value is None for value in given.values()):
        return None
    from smartx96.samples.sampled_values.control_block import parse_control_block

    return parse_control_block(**given)


_STATED = {
    "ct": ("ct_primary", "ct_secondary"),
    "vt": ("vt_ratio",),
    "nominal": ("nominal_frequency",),
    "apparent": ("apparent_power_method",),
    "wiring": ("system_type",),
}
"""Settings that options stand for."""


front_end_option = click.option(
    "--frontend", metavar="PRESET|FILE.toml",
    help="Analogue inputs between the voltages and currents and the samples: `x96`, `ideal`, or a "
    "file of your own.",
)  # fmt: skip


settings_options = options_together(
    click.option("--settings", "settings_file", type=click.Path(path_type=Path),
                 metavar="FILE.toml", help="Settings to be set, as `x96 settings template` and "
                 "`export` write them."),
    click.option("--tariffs", type=click.Path(path_type=Path), metavar="FILE.toml",
                 help="Tariff calendar to be set."),
)  # fmt: skip


def given_options(context: click.Context) -> set[str]:
    """Names of the parameters that the user has given."""
    return {
        name
        for name in context.params
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT
    }


def typed_options(context: click.Context) -> set[str]:
    """Names of the parameters that the user has given for this call, and not for many."""
    sources = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT, ParameterSource.PROMPT)
    return {name for name in context.params if context.get_parameter_source(name) in sources}


def option_settings(options: dict[str, Any]) -> dict[str, Any]:
    """Settings by id that the options stand for; no wiring where none is given."""
    from smartx96.metrology.conditions import ApparentPower
    from smartx96.models import SYSTEM_TYPES, Wiring
    from smartx96.settings import ct_ratio

    primary, secondary = ct_ratio(options["ct"], "--ct")
    wiring = options["wiring"]
    return {
        **({"system_type": SYSTEM_TYPES[Wiring(wiring)]} if wiring else {}),
        "ct_primary": primary,
        "ct_secondary": secondary,
        "vt_ratio": options["vt"],
        "nominal_frequency": int(options["nominal"] or 0),
        "apparent_power_method": ApparentPower[options["apparent"].upper()].value,
    }


def stated_settings(options: dict[str, Any], given: set[str]) -> dict[str, Any]:
    """Settings that the user has stated: those of the file, and above them the given options."""
    from smartx96.settings import Settings

    ids = {id for name in given & _STATED.keys() for id in _STATED[name]}
    stated = {id: value for id, value in option_settings(options).items() if id in ids}
    settings = Settings(stated)
    return {**_of_file(options["settings_file"]), **{id: settings[id] for id in stated}}


def _of_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    from smartx96.configuration.settings_file import read_settings

    return dict(read_settings(path))


def configured(
    source: Source, options: dict[str, Any], given: set[str], **more: Any
) -> Configuration:
    """The configuration that was stated, in the wiring of the source where that was not."""
    from smartx96.installation.measurement import wiring_of
    from smartx96.meter.configuration import Configuration
    from smartx96.models import MODELS, SYSTEM_TYPES
    from smartx96.settings import Settings

    changes = {"system_type": SYSTEM_TYPES[wiring_of(source)], **stated_settings(options, given)}
    return Configuration(
        settings=Settings(changes),
        model=MODELS[options["model"]],
        subgroups=options["subgroups"],
        **more,
    )
