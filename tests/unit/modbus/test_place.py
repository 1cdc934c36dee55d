"""Places as they are typed."""

import pytest

from smartx96.errors import OptionError
from smartx96.modbus.place import Kind, Place


@pytest.mark.parametrize(("text", "place"), [
    ("tcp:192.168.1.20:5020", Place(Kind.TCP, "192.168.1.20", 5020)),
    ("tcp:meter.example", Place(Kind.TCP, "meter.example", 502)),
    ("tcp:[::1]", Place(Kind.TCP, "::1", 502)),
    ("tcp:[::1]:1502", Place(Kind.TCP, "::1", 1502)),
    ("rtu:/dev/ttyUSB0", Place(Kind.RTU, "/dev/ttyUSB0")),
    ("rtu:pty:meter", Place(Kind.RTU, "pty:meter")),
    ("rtu:COM3", Place(Kind.RTU, "COM3")),
    ("rtu_tcp:10.0.0.7:4001", Place(Kind.RTU_TCP, "10.0.0.7", 4001)),
])  # fmt: skip
def test_named(text, place):
    assert Place.named(text) == place


@pytest.mark.parametrize("text", [
    "", "tcp", "tcp:", "192.168.1.20:502", "rtu:", "rtu_tcp:10.0.0.7", "tcp:host:99999", "udp:a:1",
    "tcp::502", "tcp:[]", "tcp:[]:502", "tcp:::1", "tcp:[::1", "tcp:fe80::1", "tcp:http://host:502",
    "tcp:1.2.3.4:502:9", "rtu_tcp:a b:1",
])  # fmt: skip
def test_what_is_no_place_is_one_line(text):
    with pytest.raises(OptionError, match=r"give tcp|must be") as caught:
        Place.named(text)
    assert "\n" not in str(caught.value)
