"""Live PCM by the text that names it: `-`, `pipe:PATH`, `tcp:HOST:PORT` ..."""

from __future__ import annotations

import math
from pathlib import Path

from smartx96.errors import OptionError, RateError, RecordingError
from smartx96.models import ROLES
from smartx96.samples.channels.option_texts import parse_channels, parse_scale
from smartx96.samples.channels.selection import RecordedSource, select
from smartx96.samples.live import LiveSelection
from smartx96.samples.live_pcm import PIPE, STANDARD_INPUT, TCP, TCP_LISTEN, UDP
from smartx96.samples.live_pcm.frames import sample_format
from smartx96.samples.live_pcm.stream import PcmStream
from smartx96.samples.live_pcm.transport import NamedPipe, StandardInput, Transport
from smartx96.samples.live_pcm.wave_header import WaveHeader, wave_header

LOOPBACK = "127.0.0.1"
"""Where samples are listened for unless told otherwise."""

RATES = (400.0, 4e6)
"""Sampling rates that are measured [1/s]."""

MOST_CHANNELS = 64

_BY_COUNT = {2: ("v1", "i1"), 6: ROLES}
"""Roles in the order of a frame, where nobody names them."""


def open_live_pcm(
    text: str,
    *,
    format: str | None = None,
    rate: float | None = None,
    channels: str | None = None,
    scale: str | None = None,
    side: str | None = None,
    again: bool = True,
) -> LiveSelection:
    """Live samples for a meter in place.

    Parameters
    ----------
    text : str
        `-`, `pipe:PATH`, a named pipe's path, `tcp:HOST:PORT`, `tcp-listen:[HOST:]PORT` or
        `udp:[HOST:]PORT`.
    format : str, optional
        Of `smartx96.samples.live_pcm.frames.FORMATS`; None is what a WAV header says, else `s16le`.
    rate : float, optional
        Sampling rate [1/s]; None is what a WAV header on standard input says.
    channels : str, optional
        `[COUNT,]v1=1,i1=2,...`: samples of a frame, and the number of each role's, from 1. The
        count is that of the roles unless given. None is six, v1 to i3.
    scale, side : str, optional
        As for recordings.
    again : bool
        Whether the next sender is waited for when one has gone.

    Raises
    ------
    OptionError
        An option that is missing or cannot be met.
    ListenError
        A port that cannot be listened on.
    """
    stream, wanted = _stream(text, format, rate, channels, again=again, paced=True)
    return LiveSelection(_selected(stream, wanted, scale, side), stream)


def open_piped(
    text: str,
    *,
    format: str | None = None,
    rate: float | None = None,
    channels: str | None = None,
    scale: str | None = None,
    side: str | None = None,
    start: float | None = None,
    stop: float | None = None,
) -> RecordedSource:
    """Standard input or a named pipe as a recording that ends with its sender.

    Parameters are those of `open_live_pcm`; `start` and `stop` are the stretch that is taken [s].

    Raises
    ------
    OptionError
        An option that is missing or cannot be met; a source that has no end.
    """
    if text.startswith((TCP, TCP_LISTEN, UDP)):
        raise OptionError(f"{text} has no end: use `x96 run --source {text}`")
    stream, wanted = _stream(text, format, rate, channels, again=False, paced=False)
    return _selected(stream, wanted, scale, side, start, stop)


def _selected(stream: PcmStream, wanted: dict[str, str], scale: str | None, side: str | None,
              start: float | None = None, stop: float | None = None) -> RecordedSource:  # fmt: skip
    try:
        return select(
            stream,
            channels=wanted,
            scale=None if scale is None else parse_scale(scale),
            side=side,
            start=start,
            stop=stop,
        )
    except OptionError:
        stream.close()
        raise


def _stream(text: str, format: str | None, rate: float | None, channels: str | None, *,
            again: bool, paced: bool) -> tuple[PcmStream, dict[str, str]]:  # fmt: skip
    count, wanted = frame_layout(channels)
    kind = sample_format(format or "s16le")
    transport: Transport
    if rate is None:
        if text != STANDARD_INPUT:
            raise RateError(f"{text}: raw samples do not tell their rate; give --rate HZ")
        transport, header = _headed_input()
        kind, rate = kind if format else header.format, header.rate
        if channels is None:
            count, wanted = frame_layout(str(header.channels))
        _check_rate(rate)
    else:
        _check_rate(rate)
        transport = _transport(text, kind.width * count, again)
    names = [str(n) for n in range(1, count + 1)]
    headed = not text.startswith(UDP)
    return PcmStream(transport, kind, names, rate, paced=paced, headed=headed), wanted


def _check_rate(rate: float) -> None:
    if not RATES[0] <= rate <= RATES[1]:
        raise RateError(f"--rate {rate:g}: rates from {RATES[0]:g} to {RATES[1]:g} are measured")


def _headed_input() -> tuple[Transport, WaveHeader]:
    """Standard input whose WAV header is there, and still to be read."""
    transport, begun = StandardInput(), b""
    try:
        while (header := wave_header(begun)) is None:
            begun += transport.receive(math.inf)
    except (EOFError, RecordingError) as error:
        why = "it is empty" if not begun else str(error) or "it ends within its WAV header"
        raise RateError(
            f"standard input: {why}; raw samples do not tell their rate: give --rate HZ, --format "
            "and --channels"
        ) from error
    transport.unread(begun)
    return transport, header


def _transport(text: str, frame_size: int, again: bool) -> Transport:
    if text == STANDARD_INPUT:
        return StandardInput()
    if not text.startswith((TCP, TCP_LISTEN, UDP)):
        return NamedPipe(Path(text.removeprefix(PIPE)), again=again)
    scheme, _, where = text.partition(":")
    host, port = host_and_port(where, text, None if scheme == "tcp" else LOOPBACK)
    if scheme == "udp":
        from smartx96.samples.live_pcm.udp import UdpReceiver

        if not again:
            raise OptionError(f"--once: datagrams have no end; stop {text} with --for SECONDS")
        return UdpReceiver(host, port, frame_size)
    from smartx96.samples.live_pcm.tcp import TcpClient, TcpListener

    return (TcpClient if scheme == "tcp" else TcpListener)(host, port, again=again)


def host_and_port(where: str, text: str, host: str | None) -> tuple[str, int]:
    """Host and port of `HOST:PORT`, or of `PORT` alone where there is a host to assume.

    Raises
    ------
    OptionError
        It is neither.
    """
    given, _, port = where.rpartition(":")
    given = given.strip("[]") or host or ""
    if not given or not port.isdecimal() or int(port) > 65535:
        form = "HOST:PORT" if host is None else "[HOST:]PORT"
        raise OptionError(f"--source {text}: give {text.partition(':')[0]}:{form}")
    return given, int(port)


def frame_layout(text: str | None) -> tuple[int, dict[str, str]]:
    """Samples of a frame, and the number of each role's.

    Parameters
    ----------
    text : str or None
        `[COUNT,]v1=1,i1=2,...`, a count alone, or None for six.

    Raises
    ------
    OptionError
        The text is no such thing, or a number is above the count.
    """
    text = str(len(ROLES)) if text is None else text
    first, _, rest = text.partition(",")
    count = int(first) if first.strip().isdecimal() else 0
    wanted = parse_channels(rest if count else text) if rest or not count else {}
    for role, number in wanted.items():
        if not number.isdecimal() or not 1 <= int(number) <= (count or MOST_CHANNELS):
            raise OptionError(
                f"--channels {role}={number}: raw samples have no names; give a number from 1 to "
                f"{count or MOST_CHANNELS}"
            )
    count = count or max(int(number) for number in wanted.values())
    if not 1 <= count <= MOST_CHANNELS:
        raise OptionError(f"--channels {text}: frames have 1 to {MOST_CHANNELS} samples")
    if wanted:
        return count, wanted
    if count not in _BY_COUNT:
        raise OptionError(
            f"{count} channels: say which is which, such as --channels "
            f"{count},v1=1,i1=2 with numbers from 1"
        )
    return count, {role: str(n) for n, role in enumerate(_BY_COUNT[count], 1)}
