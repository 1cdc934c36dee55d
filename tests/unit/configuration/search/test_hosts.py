"""Hosts and networks of a search."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from smartx96.configuration.search.hosts import MOST_HOSTS, tcp_places
from smartx96.errors import OptionError


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("meter.local", ["meter.local:502", "meter.local:5020"]),
        ("10.0.0.5:1502", ["10.0.0.5:1502"]),
        ("[::1]", ["[::1]:502", "[::1]:5020"]),
        ("[fe80::7]:502", ["[fe80::7]:502"]),
        ("10.0.0.4/30:502", ["10.0.0.5:502", "10.0.0.6:502"]),
        ("10.0.0.6/30:502", ["10.0.0.5:502", "10.0.0.6:502"]),
        ("10.0.0.7/32:502", ["10.0.0.7:502"]),
        ("[fe80::4]/127:502", ["[fe80::4]:502", "[fe80::5]:502"]),
        ("fe80::4/127:502", ["[fe80::4]:502", "[fe80::5]:502"]),
    ],
)
def test_places(text, found):
    assert [str(place) for place in tcp_places(text)] == found


def test_a_network_has_all_its_hosts_at_one_port_before_the_next():
    found = tcp_places("192.168.4.0/22")
    assert len(found) == 2 * (MOST_HOSTS - 2)
    ports = [place.port for place in found]
    assert ports == [502] * 1022 + [5020] * 1022
    hosts = [ip_address(place.where) for place in found[:1022]]
    assert (hosts[0], hosts[-1]) == (ip_address("192.168.4.1"), ip_address("192.168.7.254"))


@pytest.mark.parametrize("text", ["10.0.0.0/21", "10.0.0.0/8:502", "::/0", "fe80::/64"])
def test_a_network_that_is_too_large(text):
    with pytest.raises(OptionError, match="1024 at most are searched"):
        tcp_places(text)


@pytest.mark.parametrize(
    "text",
    ["", ":502", "10.0.0.5:", "10.0.0.5:x", "10.0.0.5:70000", "10.0.0.0/33", "10.0.0.0/24:70000",
     "10.0.0.999/24", "a b", "a/24", "::1", "10.0.0.5:502:502", "/24", "[::1", "10.0.0.0/"],
)  # fmt: skip
def test_what_is_no_place(text):
    with pytest.raises(OptionError) as caught:
        tcp_places(text)
    assert len(str(caught.value).splitlines()) == 1
    assert repr(text) in str(caught.value)
