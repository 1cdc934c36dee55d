from smartx96.modbus.stations import Stations
from support.modbus_unit import ScriptedUnit


def test_found_under_the_address_that_it_has_now():
    one, two = ScriptedUnit(1), ScriptedUnit(2)
    stations = Stations([one, two])
    assert stations.at(1).unit is one
    assert stations.at(2).unit is two
    assert stations.at(3) is None
    one.unit_address = 3
    assert stations.at(3).unit is one
    assert stations.at(1) is None


def test_of_two_with_one_address_the_first_answers():
    one, two = ScriptedUnit(1), ScriptedUnit(1)
    assert Stations([one, two]).at(1).unit is one


def test_without_supply_nobody_is_there():
    unit = ScriptedUnit(1, powered=False)
    stations = Stations([unit])
    assert stations.at(1) is None
    assert stations.first is None
    unit.powered = True
    assert stations.at(1).unit is unit
    assert stations.first.unit is unit


def test_counters_begin_anew_with_the_power():
    unit = ScriptedUnit(1)
    stations = Stations([unit, ScriptedUnit(2)])
    for station in stations:
        station.counters.messages += 5
    stations.bus.messages += 5
    unit.power_cycles += 1
    counted = [[s.counters.read(n) for n in (0x0B, 0x0E)] for s in stations]
    assert counted == [[0, 0], [5, 5]]


def test_the_bus_is_one_for_all():
    stations = Stations([ScriptedUnit(1), ScriptedUnit(2)])
    stations.bus.messages += 3
    assert [station.counters.read(0x0B) for station in stations] == [3, 3]
