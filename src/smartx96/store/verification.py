"""Verification: whether an event log is what was written, entry by entry."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from smartx96.errors import OptionError, StoreError
from smartx96.store.chain import Entry, Head, is_linked
from smartx96.store.folder import StateFolder, check_name
from smartx96.store.reading import reading
from smartx96.store.record import Record, newest, unsealed
from smartx96.store.sqlite_file import meters
from smartx96.store.twin import read_twin

MOST = 100
"""Findings that are told of one log."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a log.

    Parameters
    ----------
    number : int
        Of the entry, or of the first of several.
    text : str
    """

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class LogCheck:
    """What the verification of one meter's log found.

    Parameters
    ----------
    meter : str
    entries : int
        Entries that are there.
    head : Head
        Where the log stands by the meter's record.
    findings : tuple of Finding
        At most `MOST`.
    """

    meter: str
    entries: int
    head: Head
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Noted:
    """The number and hash of an entry that somebody noted."""

    number: int
    hash: str

    @classmethod
    def parse(cls, text: str) -> Noted:
        """From NUMBER:HASH; the first 16 digits of the hash will do.

        Raises
        ------
        OptionError
            It is something else.
        """
        number, _, hash = text.partition(":")
        digits = set(hash.lower()) <= set("0123456789abcdef") and 16 <= len(hash) <= 64
        if not (number.isascii() and number.isdecimal() and len(number) < 19 and digits):
            raise OptionError(
                f"--verify {text[:100]}: give NUMBER:HASH as an earlier --verify printed it"
            )
        return cls(int(number), hash.lower())


def verify(folder: Path, meter: str | None = None, noted: Noted | None = None) -> list[LogCheck]:
    """Verify the event logs of a state folder.

    Parameters
    ----------
    folder : Path
    meter : str, optional
        Only this one's.
    noted : Noted, optional
        An entry of it that somebody noted: with that, a log that was written anew shows too.

    Raises
    ------
    StoreError
        There is no such meter, or nothing can be read.
    """
    if meter is not None:
        check_name(meter)
    state = StateFolder(folder)
    # Before the database, which is never behind them.
    twins = {name: read_twin(state, name) for name in state.twin_names()}
    with reading(folder) as connection:
        connection.execute("BEGIN")
        names = sorted({*twins, *meters(connection, "records"), *meters(connection, "events")})
        if meter is not None and meter not in names:
            there = ", ".join(names) or "none at all"
            raise StoreError(f"{folder}: no meter {meter} there; there is {there}")
        return [
            _checked(connection, name, twins.get(name, ()), noted)
            for name in names
            if meter in (None, name)
        ]


def _checked(connection: sqlite3.Connection, meter: str, twin: Iterable[Record | None],
             noted: Noted | None) -> LogCheck:  # fmt: skip
    sealed = connection.execute("SELECT sealed FROM records WHERE meter = ?", (meter,))
    records = [*twin, *(unsealed(text, meter) for (text,) in sealed)]
    record, _ = newest(record for record in records if record is not None)
    walk = _Walk(meter, None if record is None else record.events, noted)
    rows = connection.execute(
        "SELECT number, time, kind, details, hash FROM events WHERE meter = ? ORDER BY number",
        (meter,),
    )
    findings = []
    for finding in walk.findings(map(Entry._make, rows)):
        findings.append(finding)
        if len(findings) == MOST:
            break
    return LogCheck(meter, walk.entries, walk.head, tuple(findings))


class _Walk:
    """Goes through a log from its oldest entry.

    Parameters
    ----------
    meter : str
    head : Head or None
        Where the log stands by the meter's record; None where no record can be read.
    noted : Noted or None
    """

    def __init__(self, meter: str, head: Head | None, noted: Noted | None) -> None:
        self._meter = meter
        self.head = head or Head()
        self.entries = 0
        self._known = head is not None
        self._noted = noted
        self._number, self._hash = self.head.pruned, self.head.anchor

    def findings(self, entries: Iterable[Entry]) -> Iterator[Finding]:
        """What is wrong, in the order of the numbers."""
        if not self._known:
            yield Finding(0, "no record of the meter can be read: the end of the log is not known")
        yield from self._noted_before()
        for entry in entries:
            self.entries += 1
            yield from self._next(entry)
        yield from self._end()

    def _next(self, entry: Entry) -> Iterator[Finding]:
        if not isinstance(entry.number, int):
            yield Finding(self._number, f"after entry {self._number} stands one without a number")
            return
        if entry.number <= self._number:
            text = f"entry {entry.number} was inserted: none up to {self._number} are kept"
            yield Finding(entry.number, text)
            return
        whole = self._is_linked(entry)
        if entry.number > self._number + 1:
            yield _missing(self._number + 1, entry.number - 1)
        elif not whole:
            yield Finding(entry.number, self._altered(entry.number))
        if self._known and entry.number > self.head.count:
            yield Finding(
                entry.number, f"entry {entry.number} was inserted: the meter does not count it"
            )
        self._number, self._hash = entry.number, str(entry.hash)
        yield from self._compared(entry.number, self._hash)

    def _is_linked(self, entry: Entry) -> bool:
        named = entry.number > self.head.unnamed
        if named and is_linked(self._meter, self._hash, entry):
            return True
        return not (named and self._known) and is_linked(None, self._hash, entry)

    def _altered(self, number: int) -> str:
        if self.entries == 1 and number > 1:
            return f"entry {number} is altered, or does not follow the entry before it"
        return f"entry {number} is altered" + (
            f", or entry {number - 1} was put in place of another" if number > 1 else ""
        )

    def _end(self) -> Iterator[Finding]:
        head = self.head
        if self._known and self._number < head.count:
            yield _missing(self._number + 1, head.count)
        elif self._known and self._number == head.count and self._hash != head.hash:
            yield Finding(
                head.count, f"entry {head.count} is not the one that the meter wrote last"
            )
        if self._noted is not None and self._noted.number > max(self._number, head.count):
            yield Finding(
                self._noted.number,
                f"the log ends before entry {self._noted.number}, which was noted",
            )

    def _noted_before(self) -> Iterator[Finding]:
        noted, head = self._noted, self.head
        if noted is None or noted.number > head.pruned:
            return
        if noted.number == head.pruned:
            yield from self._compared(head.pruned, head.anchor)
        else:
            yield Finding(
                noted.number,
                f"entry {noted.number}, which was noted, is not kept any more; note a newer one",
            )

    def _compared(self, number: int, hash: str) -> Iterator[Finding]:
        if self._noted is None or number != self._noted.number:
            return
        if not hash.startswith(self._noted.hash):
            yield Finding(
                number, f"entry {number} is not the one that was noted: the log was written anew"
            )


def _missing(first: int, last: int) -> Finding:
    which = f"entry {first} is" if first == last else f"entries {first} to {last} are"
    return Finding(first, f"{which} missing")
