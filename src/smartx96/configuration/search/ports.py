"""Serial ports of this computer."""

from __future__ import annotations

from typing import NamedTuple

from smartx96.modbus.place import Kind, Place


class SerialPort(NamedTuple):
    """A serial port.

    Parameters
    ----------
    device : str
        What is opened.
    text : str
        What its adapter says of itself; empty where it says nothing.
    lasting : str
        A name that it keeps when it is plugged in elsewhere; empty where it has none.
    """

    device: str
    text: str = ""
    lasting: str = ""

    @property
    def place(self) -> Place:
        """Where its meters are asked."""
        return Place(Kind.RTU, self.device)


def serial_ports() -> tuple[SerialPort, ...]:
    """Ports that there are; a pseudo-terminal is none of them, and is found where it is named."""
    import serialx

    try:
        found = serialx.list_serial_ports()
    except (OSError, serialx.SerialException):
        # Where the system does not tell, its user has to.
        return ()
    ports = (
        SerialPort(
            port.resolved_device,
            " ".join(part for part in (port.manufacturer, port.product) if part),
            "" if port.device == port.resolved_device else port.device,
        )
        for port in found
    )
    return tuple(sorted(ports, key=lambda port: (not port.text, port.device)))
