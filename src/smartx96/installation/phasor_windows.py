"""Readings of a whole source without its samples.

A day takes seconds, and one process serves a thousand meters.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

from smartx96.errors import OptionError
from smartx96.installation.phasor_stream import BATCH, PhasorStream, PhasorWindows
from smartx96.meter.configuration import Configuration
from smartx96.samples.source import PhasorSource, Source

__all__ = ["BATCH", "PhasorStream", "PhasorWindows", "has_phasors", "phasor_windows", "why_not"]


def phasor_windows(source: Source, configuration: Configuration, most: int = BATCH, *,
                   begin: float = 0.0, seconds: float | None = None, ahead: int = 1
                   ) -> Iterator[PhasorWindows]:  # fmt: skip
    """Every window of a source to its end, at most so many at a time.

    A scenario without a duration, and the mains, have no end.

    Parameters
    ----------
    source : Source
    configuration : Configuration
    most : int
        Windows handed out at once.
    begin, seconds, ahead
        As for `PhasorStream`.

    Raises
    ------
    OptionError
        The source has no phasors; the length of the windows is not allowed.
    """
    if not has_phasors(source):
        raise OptionError(why_not(source)[0])
    stream = PhasorStream(source, configuration, begin=begin, seconds=seconds, ahead=ahead)
    return iter(lambda: stream.take(most), None)


def has_phasors(source: Source) -> TypeGuard[PhasorSource]:
    """Whether readings can be made of a source without its samples."""
    return hasattr(source, "phasors")


def why_not(source: Source) -> list[str]:
    """What speaks against readings from phasors, a line for each; none where nothing does.

    They lack what stands on no harmonic: interharmonics, noise, direct voltage and current.
    """
    if not has_phasors(source):
        return ["the source is samples: it has no phasors"]
    return [f"phasors are without its {part}" for part in source.beyond_phasors]
