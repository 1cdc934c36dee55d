"""Live sources: samples that come when they come, on a sample clock of their own."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol, TypeGuard

from smartx96.samples.channels.selection import RecordedSource
from smartx96.samples.recording import Recording
from smartx96.samples.source import Source


class LiveSource(Source, Protocol):
    """A source of its own pace.

    Its `blocks` wait for samples and are taken by one thread. A block comes as soon as `seconds` of
    samples are there, with all that is there up to twice as much; where fewer came, what there is
    comes after a short wait; none while nothing arrives. They end with the stream, or within 0.2 s
    after another thread called `close`. Where samples were lost the next block starts later, so
    that the sample clock stays on time.
    """

    live: bool

    def close(self) -> None:
        """Ask `blocks` to end; from any thread, any number of times."""

    def counters(self) -> dict[str, int]:
        """What has happened so far, by name: samples `received`, `lost` ..."""

    def silence(self) -> str:
        """Why no samples come, as far as that is known, and what to do; else nothing."""


def is_live(source: Source) -> TypeGuard[LiveSource]:
    """Whether a source has its own pace."""
    return bool(getattr(source, "live", False))


class LiveRecording(Recording):
    """A live stream before its channels have roles: a recording that is still being made."""

    @abstractmethod
    def close(self) -> None:
        """As `LiveSource.close`."""

    @abstractmethod
    def counters(self) -> dict[str, int]:
        """As `LiveSource.counters`."""

    def silence(self) -> str:
        """As `LiveSource.silence`."""
        return f"{self.path}: the sender is silent"


class LiveSelection(RecordedSource):
    """The chosen channels of a live stream.

    Parameters
    ----------
    chosen : RecordedSource
        What `smartx96.samples.channels.selection.select` made of the stream.
    stream : LiveRecording
    """

    live = True

    def __init__(self, chosen: RecordedSource, stream: LiveRecording) -> None:
        # The same choice, however it was made; only what is live comes in addition.
        self.__dict__.update(vars(chosen))
        self._stream = stream

    def close(self) -> None:
        """As `LiveSource.close`."""
        self._stream.close()

    def counters(self) -> dict[str, int]:
        """As `LiveSource.counters`."""
        return self._stream.counters()

    def silence(self) -> str:
        """As `LiveSource.silence`."""
        return self._stream.silence()
