"""Sources by name: `mains`, a scenario TOML, a recording with its channels chosen, live PCM."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartx96.errors import OptionError
from smartx96.samples.live_pcm import SCHEMES, STANDARD_INPUT
from smartx96.samples.source import Source

if TYPE_CHECKING:
    from smartx96.samples.given.broker import Certificates

MAINS = "mains"
SAMPLED_VALUES = "sv:"
GIVEN = "values:"


def open_source(
    text: str,
    *,
    now: datetime | None = None,
    channels: str | None = None,
    rate: float | None = None,
    scale: str | None = None,
    side: str | None = None,
    start: float | None = None,
    stop: float | None = None,
    format: str | None = None,
    live: bool = False,
    again: bool = True,
    stream: str | None = None,
    dataset: str | None = None,
    keep_skew: bool | None = None,
    stale: str | None = None,
    stale_after: float | None = None,
    values_tls: Certificates | None = None,
) -> Source:
    """The source that a command line names.

    Parameters
    ----------
    text : str
        `mains`, the path of a scenario `.toml` or of a recording, or what
        `smartx96.samples.live_pcm.opening` takes: `-` and others, or
        `sv:INTERFACE[/STREAM]` for sampled values from a network.
    now : datetime, optional
        Time of day at which `mains` begins; None is a clear summer day's midnight.
    channels, scale : str, optional
        As `--channels` and `--scale` take them; for recordings only.
    rate : float, optional
        Sampling rate [1/s], over what the file says.
    side : {'primary', 'secondary'}, optional
    start, stop : float, optional
        The stretch that is taken [s].
    format : str, optional
        Of raw samples.
    live : bool
        Whether raw samples are measured as they come, and not as a recording.
    again : bool
        Whether a live source waits for the next sender when one has gone.
    stream, dataset : str, optional
        As `--stream` and `--sv-dataset` take them; for sampled values only.
    keep_skew : bool, optional
        As `--keep-skew`; for recordings only.
    stale : str, optional
    stale_after : float, optional
        As `--stale` and `--stale-after` take them; for given values only.
    values_tls : Certificates, optional
        By which the broker of given values is known.

    Raises
    ------
    OptionError
        An option that this source does not take, or that cannot be met.
    RecordingError, ScenarioError
        The file is missing or damaged.
    """
    if keep_skew and not _is_recorded(text):
        raise OptionError(f"--keep-skew is for recordings, not for {text}")
    if text.startswith(GIVEN):
        others = {"--channels": channels, "--scale": scale, "--side": side, "--from": start,
                  "--to": stop, "--format": format, "--rate": rate, "--stream": stream,
                  "--sv-dataset": dataset}  # fmt: skip
        return _given(text, live, now, others, stale=stale, stale_after=stale_after,
                      values_tls=values_tls)  # fmt: skip
    if stale is not None or stale_after is not None or values_tls is not None:
        raise OptionError(
            f"--stale, --stale-after and --values-tls are for given values, not for {text}"
        )
    if text == MAINS or Path(text).suffix.lower() == ".toml":
        given = {"--channels": channels, "--scale": scale, "--side": side, "--from": start,
                 "--to": stop}  # fmt: skip
        given |= {"--format": format, "--stream": stream, "--sv-dataset": dataset}
        for option, value in given.items():
            if value is not None:
                raise OptionError(f"{option} is for recordings, not for {text}")
        return _made(text, rate, now)
    if is_live_pcm(text):
        return _arriving(text, live, again, format=format, channels=channels, rate=rate,
                         scale=scale, side=side, start=start, stop=stop)  # fmt: skip
    if format is not None:
        raise OptionError(f"--format is for raw samples: {text} tells its own")
    if text.startswith(SAMPLED_VALUES):
        return _published(text, live, stream, dataset, channels=channels, rate=rate,
                          scale=scale, side=side, start=start, stop=stop)  # fmt: skip
    from smartx96.samples import open_recording
    from smartx96.samples.channels.selection import parse_channels, parse_scale, select

    return select(
        open_recording(Path(text), rate=rate, stream=stream, dataset=dataset),
        channels=None if channels is None else parse_channels(channels),
        scale=None if scale is None else parse_scale(scale),
        side=side,
        start=start,
        stop=stop,
        keep_skew=bool(keep_skew),
    )


def _is_recorded(text: str) -> bool:
    """Whether a source's text names the file of a recording."""
    made = text == MAINS or Path(text).suffix.lower() == ".toml"
    return not (made or text.startswith((GIVEN, SAMPLED_VALUES)) or is_live_pcm(text))


def begin_at(source: Source, text: str, start: datetime) -> None:
    """Let a recording begin at a time of day, whatever it says itself.

    Parameters
    ----------
    source : Source
    text : str
        What named the source.
    start : datetime
        Of the recording's first sample, timezone-aware.

    Raises
    ------
    OptionError
        The source is no recording.
    """
    recording = getattr(source, "recording", None)
    if recording is None:
        raise OptionError(f"--start is for recordings: set `start` in {text}")
    recording.start = start.astimezone(UTC)


def never_ends(source: Source) -> bool:
    """Whether a source is endless, and not only of a length that its reader cannot tell."""
    return source.length is None and not hasattr(source, "recording")


def is_live_pcm(text: str) -> bool:
    """Whether a source's text names raw samples that arrive: `-`, `tcp:...`, a named pipe."""
    return text == STANDARD_INPUT or text.startswith(SCHEMES) or Path(text).is_fifo()


def _arriving(text: str, live: bool, again: bool, **options: Any) -> Source:
    from smartx96.samples.live_pcm.opening import open_live_pcm, open_piped

    if not live:
        return open_piped(text, **options)
    start, stop = options.pop("start"), options.pop("stop")
    if start is not None or stop is not None:
        raise OptionError("--from and --to are for recordings; stop a live source with --for")
    return open_live_pcm(text, again=again, **options)


def _published(
    text: str, live: bool, stream: str | None, dataset: str | None, **options: Any
) -> Source:
    """Sampled values from a network: `sv:eth0`, `sv:eth0/SVID`."""
    from smartx96.samples.sampled_values.live import open_live

    if not live:
        raise OptionError(f"{text} has no end: use `x96 run --source {text}`")
    start, stop = options.pop("start"), options.pop("stop")
    if start is not None or stop is not None:
        raise OptionError("--from and --to are for recordings; stop a live source with --for")
    interface, _, named = text.removeprefix(SAMPLED_VALUES).partition("/")
    return open_live(interface, stream=stream or named or None, dataset=dataset, **options)


def _given(text: str, live: bool, now: datetime | None, others: dict[str, Any],
           **options: Any) -> Source:  # fmt: skip
    """Values that somebody states in place of samples."""
    from smartx96.samples.given.opening import open_given

    for option, value in others.items():
        if value is not None:
            raise OptionError(f"{option} is for samples, not for {text}")
    if not live:
        raise OptionError(f"{text} has no end: use `x96 run --source {text}`")
    return open_given(text, now=now, **options)


def _made(text: str, rate: float | None, now: datetime | None) -> Source:
    if text == MAINS:
        from smartx96.samples.mains import START, mains

        begun = START if now is None else now
        return mains(begun) if rate is None else mains(begun, rate=rate)
    from smartx96.samples.scenario_file import load_scenario

    if rate is not None:
        raise OptionError(f"--rate is for recordings: set `rate` in {text}")
    return load_scenario(Path(text))


def describe(text: str, source: Source) -> dict[str, Any]:
    """What `measure` tells of its source: path, format, start, duration, rate, channels."""
    recording = getattr(source, "recording", None)
    length = source.length
    return {
        "path": text,
        "format": "scenario" if recording is None else recording.format,
        "start": None if source.start is None else source.start.isoformat().replace("+00:00", "Z"),
        "duration": None if length is None else length / source.rate,
        "sample_rate": source.rate,
        "channels": getattr(source, "channel_names", {role: role for role in source.roles}),
    }
