"""Conversation: a TCP connection as packets that add up, whatever of it was seen."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from smartx96.modbus.watch.packets import ACK, PUSH, SYN, Endpoint, tcp
from smartx96.modbus.watch.passwords import StreamMask

PORT = 502
"""Our end's port in captures, whatever it is in truth: what Wireshark takes for Modbus."""

_SEGMENT = 16384
"""Bytes of data in a packet at most."""

_WRAP = 1 << 32


class Conversation:
    """What a client and we say to each other.

    Parameters
    ----------
    port, client : str
        Where we listen, and who is at the other end, as `host:port`.
    """

    def __init__(self, port: str, client: str) -> None:
        self._client = Endpoint.parse(client)
        self._server = Endpoint(_our_address(Endpoint.parse(port), self._client), PORT)
        self._theirs = self._ours = 0
        self._mask = StreamMask()

    def opening(self) -> Iterator[tuple[bytes, bool]]:
        """Packets of a connection that is made, each with whether it is ours."""
        yield tcp(self._client, self._server, 0, 0, SYN), False
        yield tcp(self._server, self._client, 0, 1, SYN | ACK), True
        yield tcp(self._client, self._server, 1, 1, ACK), False
        self._theirs = self._ours = 1

    def said(self, data: bytes, sent: bool) -> Iterator[bytes]:
        """Packets of what one side has said; passwords are hidden."""
        if not sent:
            data = self._mask.hide(data)
        for start in range(0, len(data), _SEGMENT):
            part = data[start : start + _SEGMENT]
            if sent:
                yield tcp(self._server, self._client, self._ours, self._theirs, PUSH | ACK, part)
                self._ours = (self._ours + len(part)) % _WRAP
            else:
                yield tcp(self._client, self._server, self._theirs, self._ours, PUSH | ACK, part)
                self._theirs = (self._theirs + len(part)) % _WRAP


def _our_address(listening: Endpoint, client: Endpoint) -> IPv4Address | IPv6Address:
    """Our end's address; where we listen on all, only a client on this machine tells it."""
    ours, theirs = listening.address, client.address
    if ours.version == theirs.version and not ours.is_unspecified:
        return ours
    return theirs if theirs.is_loopback else type(theirs)(0)
