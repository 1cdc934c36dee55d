"""Place: where meters are read: a TCP port, a serial line, a line behind a TCP port."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from smartx96.errors import OptionError


class Kind(StrEnum):
    """What is spoken at a place; the values are those of options and files."""

    TCP = "tcp"
    RTU = "rtu"
    RTU_TCP = "rtu_tcp"


def shown_address(host: str, port: int) -> str:
    """Host and port as they are typed; an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


STANDARD_PORT = 502
"""Where meters listen for Modbus TCP (Modbus messaging on TCP/IP 1.0b, clause 4.3.1.2)."""

_HOST = re.compile(r"[^\s:/\[\]]+|\[[^\s/\[\]]+\]")
"""A name or an IPv4 address, or an IPv6 address in brackets: colons would hide the port."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where meters are read.

    Parameters
    ----------
    kind : Kind
    where : str
        Host, or the device.
    port : int
        Of a host.
    """

    kind: Kind
    where: str
    port: int = 0

    @classmethod
    def parse(cls, kind: Kind, text: str) -> Place:
        """From `HOST:PORT`, or the path of a device, or `pty:LINK`.

        Raises
        ------
        OptionError
            It is none.
        """
        if kind is Kind.RTU:
            if not text or not text.isprintable():
                raise OptionError("must be a device, such as /dev/ttyUSB0, or pty:LINK")
            return cls(kind, text)
        host, _, port = text.rpartition(":")
        if not _HOST.fullmatch(host) or not re.fullmatch("[0-9]{1,5}", port) or int(port) > 0xFFFF:
            raise OptionError("must be HOST:PORT, such as 127.0.0.1:5020 or [::1]:5020")
        return cls(kind, host.strip("[]"), int(port))

    @classmethod
    def typed(cls, kind: Kind, text: str) -> Place:
        """From `HOST`, `HOST:PORT` or the path of a device, as `parse`; a meter's port is 502.

        Raises
        ------
        OptionError
            It is none.
        """
        if kind is Kind.TCP and re.fullmatch(r"[^:\[\]]+|\[.+\]", text):
            text += f":{STANDARD_PORT}"
        return cls.parse(kind, text)

    @classmethod
    def named(cls, text: str) -> Place:
        """From `tcp:HOST`, `tcp:HOST:PORT`, `rtu:DEVICE` or `rtu_tcp:HOST:PORT`.

        Raises
        ------
        OptionError
            It is none of them.
        """
        name, _, rest = text.partition(":")
        if name not in tuple(Kind):
            raise OptionError(
                f"{text!r}: give tcp:HOST:PORT, rtu:DEVICE or rtu_tcp:HOST:PORT, "
                "such as tcp:192.168.1.20:502 or rtu:/dev/ttyUSB0"
            )
        try:
            return cls.typed(Kind(name), rest)
        except OptionError as error:
            raise OptionError(f"{text!r}: what follows {name}: {error}") from None

    def __str__(self) -> str:
        return self.where if self.kind is Kind.RTU else shown_address(self.where, self.port)
