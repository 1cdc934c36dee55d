"""Where meters are looked for, and in which order."""

from __future__ import annotations

from itertools import product

import pytest

from smartx96.configuration.search.candidates import (
    EVERY,
    LIKELY,
    Scope,
    first_sweeps,
    next_sweeps,
)
from smartx96.configuration.search.pace import Pace
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import Kind, Place

LINE = Place(Kind.RTU, "/dev/ttyUSB0")
SERVER = Place(Kind.RTU_TCP, "10.0.0.5", 4001)
HOST = Place(Kind.TCP, "10.0.0.5", 502)

USUAL, OTHER = LineParameters(), LineParameters(19200, "E")


def asked(sweeps):
    return [(sweep.parameters, unit) for sweep in sweeps for unit in sweep.units]


def all_of(place, scope, answering=()):
    return asked([*first_sweeps(place, scope), *next_sweeps(place, scope, answering)])


def test_every_speed_and_parity_of_the_family():
    speeds, frames = (2400, 4800, 9600, 19200, 38400), (("N", 1), ("E", 1), ("O", 1), ("N", 2))
    assert set(EVERY) == {LineParameters(s, *f) for s, f in product(speeds, frames)}
    assert len(EVERY) == 20


def test_a_line_begins_with_what_leaves_the_factory():
    first = asked(first_sweeps(LINE, Scope((LINE,))))
    assert first[0] == (LineParameters(9600, "N", 1), 1)
    assert first == [(each, 1) for each in LIKELY]
    assert set(LIKELY) < set(EVERY)


def test_the_other_addresses_are_asked_at_the_speed_of_who_answered():
    assert asked(next_sweeps(LINE, Scope((LINE,)), [OTHER])) == [(OTHER, n) for n in range(2, 248)]
    assert asked(next_sweeps(LINE, Scope((LINE,)), [])) == [(USUAL, n) for n in range(2, 248)]


@pytest.mark.parametrize("answering", [(), (OTHER,), (LineParameters(2400, "O"), USUAL)])
def test_everything_is_everything_and_nothing_twice(answering):
    found = all_of(LINE, Scope((LINE,), everything=True), answering)
    # What answered at a speed that was not among the first cannot have been asked before.
    known = {each for each in answering if each in LIKELY}
    if known == set(answering):
        assert sorted(map(str, found)) == sorted(map(str, product(EVERY, range(1, 248))))
    assert len(found) == len(set(found))


def test_everything_asks_low_addresses_at_all_speeds_before_high_ones():
    sweeps = next_sweeps(LINE, Scope((LINE,), everything=True), [])
    places = [n for n, (_, unit) in enumerate(asked(sweeps[1:])) if unit > 16]
    assert places[0] == len([1 for p in EVERY for u in range(1, 17)
                             if p != USUAL and (u > 1 or p not in LIKELY)])  # fmt: skip


def test_only_what_is_asked_for():
    scope = Scope((LINE,), units=(3, 7, 0, 250), parameters=(OTHER,))
    assert all_of(LINE, scope) == [(OTHER, 3), (OTHER, 7)]
    assert all_of(LINE, Scope((LINE,), units=(9,))) == [(each, 9) for each in LIKELY]
    two = Scope((LINE,), units=(3, 4), parameters=(USUAL, OTHER))
    assert set(all_of(LINE, two)) == set(product((USUAL, OTHER), (3, 4)))
    assert all_of(LINE, two, [OTHER])[2:] == [(OTHER, 4)]
    assert all_of(LINE, Scope((LINE,), units=(0,))) == []


def test_a_device_server_has_the_speed_of_its_own():
    for everything in (False, True):
        found = all_of(SERVER, Scope((SERVER,), everything=everything))
        assert [unit for _, unit in found] == list(range(1, 248))


def test_a_host_is_asked_for_itself_first():
    def units(scope, answering=()):
        return [unit for _, unit in all_of(HOST, scope, answering)]

    assert units(Scope((HOST,))) == [1, 255, 0]
    assert units(Scope((HOST,)), [USUAL]) == [1, 255, 0, *range(2, 17)]
    assert units(Scope((HOST,), everything=True)) == [1, 255, 0, *range(2, 248)]
    assert units(Scope((HOST,), units=(5, 6, 0))) == [5, 6, 0]


def test_times_are_those_of_the_line():
    """Counted by hand: 8 characters ask, 9 answer, 3.5 are the silence before."""
    scope, pace = Scope((LINE,), units=(2, 3), parameters=(LineParameters(2400),)), Pace()
    likely, other = *first_sweeps(LINE, scope), *next_sweeps(LINE, scope, [])
    line = (3.5 + 17) * 10 / 2400
    assert pace.seconds(other) == pytest.approx(line + 0.2 + 0.02)
    assert pace.total([likely, other]) == pytest.approx(2 * (line + 0.52) + (line + 0.22))
    whole = [*first_sweeps(LINE, Scope((LINE,))), *next_sweeps(LINE, Scope((LINE,)), [])]
    assert 60 < pace.total(whole) < 75
    assert Pace.of(2.0).limit(LINE, False) == Pace.of(2.0).limit(LINE, True) == 2.0
    assert pace.limit(HOST, False) > pace.limit(LINE, False)
