"""Acquisition: from a source's blocks to pieces of windows, as the meter is set."""

from __future__ import annotations

from smartx96.block import Block
from smartx96.installation.measurement import Intake
from smartx96.meter.configuration import Configuration
from smartx96.metrology.engine import Piece
from smartx96.samples.source import Source


class Acquisition:
    """Cuts the samples of one source, and goes on cutting where the meter is set otherwise.

    Parameters
    ----------
    source : Source
    configuration : Configuration

    Attributes
    ----------
    present : ndarray of bool, shape (6,)
        Which channels are connected.

    Raises
    ------
    ChannelError
        The source lacks a channel that the wiring needs.
    """

    def __init__(self, source: Source, configuration: Configuration) -> None:
        self._source, self._configuration = source, configuration
        self._intake = Intake(source, configuration)
        self._stream = self._intake.stream()
        self.present = self._intake.present

    def take(self, block: Block) -> list[Piece]:
        """What a block completes."""
        return self._stream.push(self._intake(block))

    def finish(self) -> list[Piece]:
        """What is left when no more blocks come."""
        rest = self._intake.rest()
        last = [] if rest is None else self._stream.push(rest)
        return last + self._stream.finish()

    def before(self, configuration: Configuration) -> list[Piece]:
        """What is to be counted before another configuration rules.

        Raises
        ------
        ChannelError
            The source lacks a channel that its wiring needs.
        OptionError
            Its corrections are more than there can be.
        """
        Intake(self._source, configuration, self._intake)
        return [] if _cut_alike(configuration, self._configuration) else self._stream.finish()

    def follow(self, configuration: Configuration) -> None:
        """Go on as another configuration has it."""
        before, self._configuration = self._configuration, configuration
        self._intake = Intake(self._source, configuration, self._intake)
        if not _cut_alike(configuration, before):
            self._stream = self._intake.stream()
        self.present = self._intake.present


def _cut_alike(one: Configuration, other: Configuration) -> bool:
    """Whether samples are cut into the same windows."""
    return (one.wiring, one.nominal, one.subgroups) == (
        other.wiring, other.nominal, other.subgroups
    )  # fmt: skip
