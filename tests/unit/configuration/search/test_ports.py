"""Serial ports of this computer."""

from __future__ import annotations

import pytest
import serialx

from smartx96.configuration.search.ports import SerialPort, serial_ports
from smartx96.modbus.place import Kind, Place


def port(device: str, resolved: str, manufacturer: str | None = None, product: str | None = None):
    return serialx.SerialPortInfo(
        device, resolved, None, None, None, manufacturer, product, None, None, None
    )


def test_adapters_come_first_with_what_they_say(monkeypatch):
    lasting = "/dev/serial/by-id/usb-FTDI_USB-RS485-if00-port0"
    listed = [
        port("/dev/ttyS0", "/dev/ttyS0"),
        port(lasting, "/dev/ttyUSB1", "FTDI", "USB-RS485"),
        port("/dev/ttyACM0", "/dev/ttyACM0", None, "CDC"),
    ]
    monkeypatch.setattr(serialx, "list_serial_ports", lambda: listed)
    assert serial_ports() == (
        SerialPort("/dev/ttyACM0", "CDC"),
        SerialPort("/dev/ttyUSB1", "FTDI USB-RS485", lasting),
        SerialPort("/dev/ttyS0"),
    )
    assert serial_ports()[1].place == Place(Kind.RTU, "/dev/ttyUSB1")


@pytest.mark.parametrize("error", [OSError("no"), serialx.SerialException("no")])
def test_a_system_that_does_not_tell(monkeypatch, error):
    def refuse():
        raise error

    monkeypatch.setattr(serialx, "list_serial_ports", refuse)
    assert serial_ports() == ()


def test_ports_of_this_computer_are_devices():
    assert all(each.device.startswith(("/dev/", "COM")) for each in serial_ports())
