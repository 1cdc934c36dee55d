import pytest

from smartx96.errors import OptionError
from smartx96.modbus.admission import Admission, networks


def admission(*allowed, connections=3):
    told = []
    return Admission(connections, networks(allowed), told.append), told


@pytest.mark.parametrize(("allowed", "host", "admitted"), [
    ((), "203.0.113.7", True),
    (("192.168.1.20",), "192.168.1.20", True),
    (("192.168.1.20",), "192.168.1.21", False),
    (("10.0.0.0/8", "127.0.0.1"), "10.255.0.1", True),
    (("10.0.0.0/8", "127.0.0.1"), "11.0.0.1", False),
    ((" 10.1.2.3/8 ",), "10.9.9.9", True),
    (("127.0.0.1",), "::ffff:127.0.0.1", True),
    (("127.0.0.1",), "::1", False),
    (("fe80::/10",), "fe80::1%eth0", True),
    (("127.0.0.1",), "", False),
])  # fmt: skip
def test_who_is_allowed(allowed, host, admitted):
    door, _ = admission(*allowed)
    assert door.admits(host, 0) is admitted
    assert door.refused == (not admitted)


@pytest.mark.parametrize("text", ["", "localhost", "10.0.0.0/33", "1.2.3", "::/200"])
def test_what_is_no_network(text):
    with pytest.raises(OptionError, match=r"^allow '.*': give addresses or networks, [^\n]+$"):
        networks([text])


def test_no_more_than_agreed():
    door, told = admission(connections=2)
    assert [door.admits("127.0.0.1", connected) for connected in range(4)] == [
        True, True, False, False,
    ]  # fmt: skip
    assert told == ["refused 127.0.0.1: 2 clients are connected already",
                    "refused 127.0.0.1: 3 clients are connected already"]  # fmt: skip


def test_who_knocks_often_is_told_of_once_and_counted_each_time():
    door, told = admission("10.0.0.0/8")
    for _ in range(50):
        door.admits("192.0.2.1", 0)
    assert told == ["refused 192.0.2.1: is not among the allowed addresses"]
    assert door.refused == 50


def test_what_is_remembered_is_bounded():
    door, told = admission("10.0.0.0/8")
    for n in range(1000):
        door.admits(f"192.0.{n // 256}.{n % 256}", 0)
    assert len(told) == 1000
    assert len(door._told) <= 256
