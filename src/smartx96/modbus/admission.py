"""Admission: which clients a port takes, and what it says of those that it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from smartx96.errors import OptionError

Network = IPv4Network | IPv6Network

_REMEMBERED = 256
"""Addresses that have been told of, so that one who tries again and again is told of once."""


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks of texts such as `192.168.1.20` or `10.0.0.0/8`.

    Raises
    ------
    OptionError
        A text is neither.
    """
    found = []
    for text in texts:
        try:
            found.append(ip_network(text.strip(), strict=False))
        except ValueError:
            raise OptionError(
                f"allow {text!r}: give addresses or networks, such as 192.168.1.20 or 10.0.0.0/8"
            ) from None
    return tuple(found)


class Admission:
    """Who may connect.

    Parameters
    ----------
    connections : int
        Most clients at once.
    allowed : iterable of Network
        None given is everybody.
    report : callable, optional
        Called with one line for each address that is turned away.
    """

    def __init__(self, connections: int, allowed: Iterable[Network] = (),
                 report: Callable[[str], None] | None = None) -> None:  # fmt: skip
        self._connections, self._allowed, self._report = connections, tuple(allowed), report
        self._told: dict[str, None] = {}
        self.refused = 0

    def admits(self, host: str, connected: int) -> bool:
        """Whether a client may stay beside those who are connected."""
        if not self._is_allowed(host):
            return self.refuse(host, "is not among the allowed addresses")
        if connected >= self._connections:
            return self.refuse(host, f"{connected} clients are connected already")
        return True

    def _is_allowed(self, host: str) -> bool:
        if not self._allowed:
            return True
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            # It has gone already, and with it its address.
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._allowed)

    def refuse(self, host: str, reason: str) -> bool:
        """Turn a client away, which is told once for a host and reason; always False."""
        self.refused += 1
        if self._report is not None and f"{host} {reason}" not in self._told:
            self._told[f"{host} {reason}"] = None
            if len(self._told) > _REMEMBERED:
                self._told.pop(next(iter(self._told)))
            self._report(f"refused {host}: {reason}")
        return False
