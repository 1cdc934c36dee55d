"""Traffic: who reads the meters over Modbus, for their pages."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from smartx96.errors import printable
from smartx96.modbus.traffic import Exchange, Message
from smartx96.modbus.watch.subject import heading, outcome, subject
from smartx96.modbus.watch.traffic_log import TrafficLog

LAST, MOST = 20, 20
"""Exchanges of a unit that are shown, and kinds of requests and clients."""

UNITS = 4096
"""Units of ports of which something is remembered."""

_ANY = (0, 255)
"""Addresses that reach whoever is alone at a port."""


class Traffic:
    """Watches all ports; every unit of every port has exchanges of its own.

    Attributes
    ----------
    exchanges : int
        That were seen.
    """

    def __init__(self) -> None:
        self.exchanges = 0
        self._log = TrafficLog(time.time())
        self._last: dict[tuple[str, int], deque[Exchange]] = {}
        self._asked: dict[tuple[str, int], float] = {}

    def message(self, message: Message) -> None:
        """Bytes are not looked at."""

    def exchange(self, exchange: Exchange) -> None:
        """Count a request, and keep it for a while."""
        self.exchanges += 1
        self._log.exchange(exchange)
        key = (exchange.port, exchange.unit)
        if key not in self._last and len(self._last) < UNITS:
            self._last[key] = deque(maxlen=LAST)
        if key in self._last:
            self._last[key].append(exchange)
            self._asked[key] = time.monotonic()

    def asked(self, ports: Collection[str], unit: int) -> float | None:
        """When a unit was asked last, by a steady clock [s]; None where it never was."""
        keys = ((port, address) for port in ports for address in (unit, *_ANY))
        return max((self._asked[key] for key in keys if key in self._asked), default=None)

    def document(self, ports: dict[str, str], unit: int) -> dict[str, Any]:
        """What concerns a unit.

        Parameters
        ----------
        ports : dict of str to str
            Ports at which it is read, and what is spoken there.
        unit : int
        """
        log = self._log.document()
        mine = [row for row in log["requests"] if row["port"] in ports
                and row["unit"] in (unit, *_ANY)]  # fmt: skip
        clients = [row for row in log["clients"] if row["port"] in ports]
        return {
            "since": log["since"],
            "ports": [{"name": name, "spoken": spoken} for name, spoken in ports.items()],
            "clients": clients[:MOST],
            "requests": mine[:MOST],
            "last": [_shown(each) for each in reversed(self._newest(ports, unit))],
        }

    def _newest(self, ports: Collection[str], unit: int) -> list[Exchange]:
        """The last exchanges of a unit, the newest last."""
        found = [
            exchange
            for port in ports
            for address in (unit, *_ANY)
            for exchange in self._last.get((port, address), ())
        ]
        return sorted(found, key=attrgetter("time"))[-LAST:]


def _shown(exchange: Exchange) -> dict[str, Any]:
    """An exchange in words; what is written stays untold, a password may be among it."""
    about = subject(heading(exchange.request))
    moment = datetime.fromtimestamp(exchange.time, UTC).isoformat(timespec="milliseconds")
    return {
        "time": moment.replace("+00:00", "Z"),
        "client": printable(exchange.client),
        "unit": exchange.unit,
        "asked": str(about),
        "values": about.values,
        "outcome": outcome(exchange.answer),
    }
