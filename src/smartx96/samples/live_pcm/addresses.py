"""Hosts and ports: resolved, shown, bound."""

from __future__ import annotations

import socket
from typing import Any

from smartx96.errors import ListenError, OptionError
from smartx96.samples.files import reason

DISPLACED_SECONDS = 1.0
"""A sender that was silent for so long gives way to another [s]."""


def shown(address: tuple[Any, ...]) -> str:
    """Host and port as they are typed; an IPv6 address in brackets."""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


Address = tuple[socket.AddressFamily, Any]


def resolved(host: str, port: int, kind: socket.SocketKind) -> list[Address]:
    """Addresses of a host, most preferred first.

    Raises
    ------
    OptionError
        The host has none.
    """
    try:
        found = socket.getaddrinfo(host, port, type=kind)
    except (OSError, UnicodeError) as error:
        why = reason(error) if isinstance(error, OSError) else "not a host name"
        raise OptionError(f"--source: {host}: {why}; give HOST:PORT") from error
    return [(family, address) for family, _, _, _, address in found]


def bound(host: str, port: int, kind: socket.SocketKind, scheme: str) -> socket.socket:
    """A socket on an address of ours.

    Raises
    ------
    ListenError
        The port is in use or the host is not ours.
    """
    family, address = resolved(host, port, kind)[0]
    found = socket.socket(family, kind)
    try:
        if kind is socket.SOCK_STREAM:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
    except OSError as error:
        found.close()
        raise ListenError(
            f"{scheme} cannot listen on {shown(address)}: {reason(error)}; choose another host "
            "or port"
        ) from error
    found.setblocking(False)
    return found
