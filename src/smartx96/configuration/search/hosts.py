"""Hosts and networks in which meters are looked for over TCP."""

from __future__ import annotations

import re
from ipaddress import ip_network

from smartx96.errors import OptionError
from smartx96.modbus.place import STANDARD_PORT, Kind, Place

PORTS = (STANDARD_PORT, 5020)
"""Where meters listen: as the standard has it, and those of this program."""

MOST_HOSTS = 1024
"""Of one network: a /22. To ask more is no search but a nuisance."""

_NETWORK = re.compile(r"([0-9A-Fa-f.:]+|\[[0-9A-Fa-f:]+\])/([0-9]{1,3})(?::([0-9]{1,5}))?")
_WITHOUT_PORT = re.compile(r"[^:\[\]/]+|\[[^\]/]+\]")


def tcp_places(text: str) -> tuple[Place, ...]:
    """Places of a host or network, with or without a port: `10.0.0.5`, `10.0.0.0/24:502`.

    Raises
    ------
    OptionError
        It is neither, or the network is too large.
    """
    found = _NETWORK.fullmatch(text)
    if found is None:
        hosts, port = ([text], "") if _WITHOUT_PORT.fullmatch(text) else _parted(text)
    else:
        hosts, port = _hosts(text, f"{found[1].strip('[]')}/{found[2]}"), found[3] or ""
    ports = (port,) if port else PORTS
    try:
        return tuple(Place.parse(Kind.TCP, f"{host}:{each}") for each in ports for host in hosts)
    except OptionError:
        raise OptionError(
            f"{text!r}: give a host or a network, with a port or without, such as 192.168.1.20, "
            "192.168.1.20:502 or 192.168.1.0/24"
        ) from None


def _parted(text: str) -> tuple[list[str], str]:
    host, _, port = text.rpartition(":")
    return [host], port or "-"


def _hosts(text: str, network: str) -> list[str]:
    try:
        found = ip_network(network, strict=False)
    except ValueError:
        raise OptionError(f"{text!r}: is no network; give one such as 192.168.1.0/24") from None
    if found.num_addresses > MOST_HOSTS:
        raise OptionError(
            f"{text!r}: has {found.num_addresses} addresses; {MOST_HOSTS} at most are searched, "
            "as those of 192.168.0.0/22: give smaller networks"
        )
    return [f"[{host}]" if host.version == 6 else str(host) for host in found.hosts()]
