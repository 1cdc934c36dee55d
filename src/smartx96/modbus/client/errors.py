"""What may become of a request that has no answer of use, in words."""

from __future__ import annotations

from smartx96.errors import X96Error

_WORDS = {
    1: "illegal function: the meter does not have it",
    2: "illegal address: the meter does not have all of these registers",
    3: "illegal value: the meter does not let so many registers be read at once",
    4: "device failure: the meter refuses; it may be locked or read only",
    5: "acknowledged: the meter is at it, ask again later",
    6: "device busy: ask again",
    7: "refused by the program of the device",
    8: "memory error of the device",
    10: "the gateway has no path to it",
    11: "the gateway gets no answer from the meter; are address, speed and parity right there?",
}
"""Codes of exception answers (Modbus application protocol 1.1b3, clause 7)."""

_WORDS_OF_WRITES = {
    2: "illegal address: the meter does not have all of these registers, or one is read only",
    3: "illegal value: the meter does not take it",
}

_UNCERTAIN = "; it may have been written all the same: read it back"


class ExchangeError(X96Error):
    """A request without an answer of use.

    Parameters
    ----------
    reason : str
        What happened, and what to look at.
    where : str, optional
        Who was asked for what.
    uncertain : bool
        Whether it was a write that the meter may have done all the same: read it back.

    Attributes
    ----------
    sent : bool
        Whether the request may have gone out.
    done : tuple of str
        Ids of parameters that were written before, where one call needs several requests.
    failed : tuple of str
        Ids of those in the request that failed, of a write by ids.
    standing : str
        How the meter stands after it, where whoever asked knows; empty where nobody does.
    """

    sent = True
    done: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    standing = ""

    def __init__(self, reason: str, where: str = "", *, uncertain: bool = False) -> None:
        self.reason, self.uncertain = reason, uncertain
        heading = f"{where}: " if where else ""
        super().__init__(f"{heading}{reason}{_UNCERTAIN if uncertain else ''}")

    def unsent(self) -> ExchangeError:
        """The same of a request that was not sent."""
        self.sent = False
        return self

    def told(self, where: str, write: bool) -> ExchangeError:
        """The same with who was asked, and for what."""
        told = type(self)(self.reason, where, uncertain=write and self.sent)
        told.sent = self.sent
        return told


class NotConnectedError(ExchangeError, ConnectionError):
    """A port that does not open, or that was not opened: nothing was sent."""

    sent = False


class ConnectionLostError(ExchangeError, ConnectionError):
    """A connection, or a port, that was lost before the answer."""


class BusyLineError(ExchangeError):
    """A line on which others do not stop to speak: nothing was sent."""

    sent = False


class NoAnswerError(ExchangeError, TimeoutError):
    """No answer in time."""


class OtherAnswerError(NoAnswerError):
    """No answer in time, but one to something else: a late one, or somebody else's."""


class DamagedAnswerError(ExchangeError, ValueError):
    """An answer with a wrong check sum or length, or to something else."""


class ExceptionAnswerError(ExchangeError):
    """An exception answer.

    Attributes
    ----------
    code : int
        Of the exception (Modbus application protocol 1.1b3, clause 7).
    """

    def __init__(self, reason: str, where: str = "", *, uncertain: bool = False,
                 code: int = 0) -> None:  # fmt: skip
        super().__init__(reason, where, uncertain=uncertain)
        self.code = code

    @property
    def refused(self) -> bool:
        """Whether the meter itself said no; one that is busy, or a gateway, may have another word
        the next time.
        """
        return self.code not in (5, 6, 10, 11)

    @property
    def unheard(self) -> bool:
        """Whether a gateway got no answer from the meter."""
        return self.code == 11

    @classmethod
    def of(cls, code: int, write: bool = False) -> ExceptionAnswerError:
        """Of an exception code to a read or a write."""
        known = {**_WORDS, **_WORDS_OF_WRITES} if write else _WORDS
        words = known.get(code, "none of the standard's; see the manual of the meter")
        return cls(f"exception {code:02d}, {words}", code=code)

    def told(self, where: str, write: bool) -> ExchangeError:
        """The same with who was asked, and for what; a refused write is not done."""
        # A gateway that got no answer does not know, nor does a meter that is still at it.
        return ExceptionAnswerError(
            self.reason, where, uncertain=write and self.code in (5, 11), code=self.code
        )


class UnreadableValueError(ExchangeError, ValueError):
    """Registers whose bytes stand for no value of theirs."""
