"""What pulses go into, and the journal that knows which of them have gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, runtime_checkable

from smartx96.meter.pulse import Pulse


class PulseSink(Protocol):
    """Something that pulses go into: a file, lines of a chip.

    A sink is used by one thread. It holds bounded memory whatever it is given, and keeps up with
    some tens of thousands of pulses a second where it is a file. What an emission raises is told to
    the user; the next pulse is another attempt.
    """

    @property
    def name(self) -> str:
        """What the user called it."""
        ...

    def emit(self, pulse: Pulse) -> None:
        """Take a pulse; what was taken survives an end of this process of any kind.

        Raises
        ------
        OSError, X96Error
            It cannot be taken now.
        """
        ...

    def close(self) -> None:
        """Take what could not be taken before, and leave everything in order.

        Raises
        ------
        OSError, X96Error
            Something cannot be taken, and is lost.
        """
        ...


@runtime_checkable
class Contacts(PulseSink, Protocol):
    """A sink with contacts: `emit` closes one, and it stays so until it is opened."""

    def open(self, output: int) -> None:
        """Open the contact of an output.

        Raises
        ------
        OSError, X96Error
            It cannot be opened now.
        """
        ...


class PulseJournal(Protocol):
    """How many pulses each output has emitted, kept over power-off."""

    @property
    def counts(self) -> Mapping[int, int]:
        """Pulses emitted since manufacture, by output."""
        ...

    def advance(self, output: int, count: int) -> None:
        """Note that the pulse of this number is about to be emitted.

        Called just before, with contacts from their emitter's own thread. From now on the count
        survives an end of this process of any kind.

        Raises
        ------
        StoreError
            It cannot be kept; the pulse must wait.
        """
        ...


class Emitter(Protocol):
    """Where a meter's pulses go once they are committed."""

    def emit(self, pulses: Iterable[Pulse], until: int) -> None:
        """Emit the pulses of a commit.

        Parameters
        ----------
        pulses : iterable of Pulse
        until : int
            Time up to which the meter has given its pulses, by its clock [us since
            1970-01-01T00:00Z]; to be told at every commit, also without pulses.
        """
        ...

    def power_off(self, time: int) -> None:
        """The meter lost its supply at `time`: of the pulses so far none keeps a contact closed
        beyond [us].
        """
        ...

    def close(self) -> None:
        """Emit what waits, open every contact, close every file."""
        ...
