"""TrafficLog: who asks what, how often, and with what error."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

from smartx96.modbus.traffic import Exchange, Message
from smartx96.modbus.watch.subject import heading, subject
from smartx96.modbus.watch.tally import PacedTally, Tally, moment

ROWS, CLIENTS = 1000, 256
"""Rows and clients that are kept; of more, those that have asked least recently are summed up."""


class Party(NamedTuple):
    """Where was asked, and who asked: a host, whatever its connections, or a line."""

    port: str
    client: str


class Row(NamedTuple):
    """Requests that are alike."""

    party: Party
    unit: int
    head: bytes


class TrafficLog:
    """A table of requests that does not grow beyond its bounds, whatever clients do.

    Parameters
    ----------
    since : float
        When it was begun [s since 1970-01-01T00:00Z].
    rows, clients : int, optional
        Bounds.
    """

    def __init__(self, since: float, rows: int = ROWS, clients: int = CLIENTS) -> None:
        self._since, self._most_rows, self._most_clients = since, rows, clients
        self._rows: OrderedDict[Row, PacedTally] = OrderedDict()
        self._clients: OrderedDict[Party, Tally] = OrderedDict()
        self._other_rows: Tally | None = None
        self._other_clients: Tally | None = None

    def message(self, message: Message) -> None:
        """Bytes are not looked at."""

    def exchange(self, exchange: Exchange) -> None:
        """Count a request."""
        time, port, client, unit, request, answer = exchange
        party = Party(port, client if client == port else client.rpartition(":")[0])
        row = Row(party, unit, heading(request))
        (self._rows.get(row) or self._new_row(row, time)).add(time, answer)
        (self._clients.get(party) or self._new_client(party, time)).add(time, answer)
        self._rows.move_to_end(row)
        self._clients.move_to_end(party)

    def document(self) -> dict[str, Any]:
        """The table, for JSON: clients and requests, the most frequent first."""
        clients = sorted(self._clients.items(), key=lambda item: -item[1].requests)
        rows = sorted(self._rows.items(), key=lambda item: -item[1].requests)
        others = {"clients": self._other_clients, "requests": self._other_rows}
        return {
            "since": moment(self._since),
            "clients": [{**party._asdict(), **tally.document()} for party, tally in clients],
            "requests": [{**_described(row), **tally.document()} for row, tally in rows],
            "others": {name: None if tally is None else tally.document()
                       for name, tally in others.items()},
        }  # fmt: skip

    def _new_row(self, row: Row, time: float) -> PacedTally:
        if len(self._rows) >= self._most_rows:
            self._other_rows = _summed(self._other_rows, self._rows.popitem(last=False)[1])
        tally = self._rows[row] = PacedTally(time)
        return tally

    def _new_client(self, party: Party, time: float) -> Tally:
        if len(self._clients) >= self._most_clients:
            self._other_clients = _summed(self._other_clients, self._clients.popitem(last=False)[1])
        tally = self._clients[party] = Tally(time)
        return tally


def _summed(total: Tally | None, tally: Tally) -> Tally:
    found = total or Tally(tally.first)
    found.absorb(tally)
    return found


def _described(row: Row) -> dict[str, Any]:
    about = subject(row.head)
    return {**row.party._asdict(), "unit": row.unit, "asked": str(about), "values": about.values,
            **about._asdict()}  # fmt: skip
