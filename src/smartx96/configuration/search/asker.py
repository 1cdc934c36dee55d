"""Asker: asks the units of one place whether they are there, and tells what came of it."""

from __future__ import annotations

import asyncio
from enum import Enum, auto

from smartx96.configuration.search.pace import PROBE, Pace
from smartx96.configuration.target import Lines, Target
from smartx96.modbus.client.errors import (
    BusyLineError,
    ConnectionLostError,
    DamagedAnswerError,
    ExceptionAnswerError,
    NoAnswerError,
    OtherAnswerError,
)
from smartx96.modbus.place import Kind

_NO_PATH, _NO_ANSWER_BEHIND = 10, 11
"""Exceptions of gateways (Modbus application protocol 1.1b3, clause 7)."""


class Heard(Enum):
    """What came of asking a unit."""

    ANSWER = auto()
    SILENCE = auto()
    LATE = auto()
    """A whole frame that is not its answer: of one who was asked before, or of others."""
    DAMAGED = auto()
    BUSY = auto()
    """Others speak without a pause: it could not be asked."""
    REFUSED = auto()
    """A gateway says that it does not answer, or cannot be reached."""


class Asker:
    """Asks units of one place, one after the other; it reads and never writes.

    Parameters
    ----------
    pace : Pace
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._limit = 0.0
        self._lines: Lines | None = None

    def close(self) -> None:
        """Let go of the port."""
        if self._lines is not None:
            self._lines.close()
        self._lines = None

    def anew(self, limit: float, retries: int = 0) -> Lines:
        """Lines on which nobody owes an answer: otherwise those who do are asked for an echo
        first.
        """
        self.close()
        self._lines, self._limit = Lines(self._pace.policy(limit, retries)), limit
        return self._lines

    async def look(self, target: Target, limit: float) -> Heard:
        """Ask a unit for a value.

        Raises
        ------
        NotConnectedError
            The port does not open.
        """
        lines = self._lines if self._lines is not None and limit == self._limit else None
        client = await (lines or self.anew(limit)).client(target)
        if target.place.kind is not Kind.TCP:
            await asyncio.sleep(self._pace.pause)
        late = client.tally.late
        try:
            await client.ask(target.unit, PROBE)
        except ExceptionAnswerError as error:
            behind = error.code in (_NO_PATH, _NO_ANSWER_BEHIND)
            return Heard.REFUSED if behind else Heard.ANSWER
        except OtherAnswerError:
            return Heard.LATE
        except NoAnswerError:
            return Heard.LATE if client.tally.late > late else Heard.SILENCE
        except DamagedAnswerError:
            # Over TCP it is whole, but another unit's.
            return Heard.DAMAGED if target.is_line else Heard.SILENCE
        except BusyLineError:
            return Heard.BUSY
        except ConnectionLostError:
            # Some hang up on a unit id that they do not have; the next request connects again.
            return Heard.SILENCE
        return Heard.ANSWER
