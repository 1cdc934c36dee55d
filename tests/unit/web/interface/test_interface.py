"""What programs ask for: short addresses, several meters, registers, and the description."""

from __future__ import annotations

import re
import struct
from importlib.metadata import version as installed
from itertools import islice

import httpx
import pytest
from starlette.routing import Route

import smartx96
from smartx96.modbus.program import version
from smartx96.modbus.registers import BY_ID, Format, Space
from smartx96.web.interface.operations import METER, OPERATIONS
from support.pages import events, pages
from support.running import Registers

PAIRS = [(o.short, o.path) for o in OPERATIONS if o.short and "face" not in o.short]


@pytest.mark.parametrize(("short", "long"), PAIRS)
def test_a_short_address_gives_the_same(client, served, short, long):
    answers = [client.get(path) for path in (short, long.format(id=served.name),
                                             f"{short}?meter={served.name}")]  # fmt: skip
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].json() == answers[1].json() == answers[2].json()


def test_answers_of_a_meter_say_whose_they_are_and_what_made_them(client, served):
    for name in ("readings", "harmonics", "registers", "profile", "energies", "condition", "log"):
        found = client.get(f"/api/{name}").json()
        assert (found["meter"], found["version"]) == (served.name, version())
    assert client.get("/healthz").json()["version"] == version() == installed("smartx96")


def test_of_several_meters_one_is_named(client, served):
    """Without a name nobody guesses."""
    watched = served.server._watched
    served.call(lambda: watched.update(other=watched[served.name]))
    answer = client.get("/api/readings")
    assert answer.status_code == 400
    assert "several" in answer.json()["error"]
    assert client.get(f"/api/readings?meter={served.name}").status_code == 200


def test_nobody_is_404(client):
    for path in ("/api/readings?meter=nobody", "/api/meters/nobody/readings", "/events?meter=no"):
        assert client.get(path).status_code == 404


def test_what_only_reads_takes_no_post(client):
    for operation in OPERATIONS:
        if operation.method == "GET" and operation.short:
            assert client.post(operation.short, json={}).status_code == 405, operation.short


def test_news_are_readings_unless_told(served, client):
    with client.stream("GET", "/events") as answer:
        names = {name for name, _ in islice(events(answer), 4)}
    assert names == {"meter", "readings", "energies", "events"}


def test_readings_have_the_time_of_day(served, client, meter):
    found = client.get("/api/readings").json()
    assert found["clock"].startswith(meter.time.strftime("%Y-%m-%dT%H:%M"))


def test_registers_are_those_of_modbus():
    """Word for word what another client reads."""
    with (
        smartx96.simulate(voltage=230, current=5, phase_angle=30) as meter,
        pages(meter) as served,
        served.client() as client,
        Registers(meter.tcp[1]) as registers,
    ):
        meter.advance(hours=2)
        found = {r["id"]: r for r in client.get("/api/registers").json()["registers"]}
        assert set(found) == set(BY_ID)
        for id in ("voltage_l1", "active_power", "active_energy_import", "voltage_harmonic_l1[2]",
                   "status", "active_energy_import_exact"):  # fmt: skip
            register = BY_ID[id]
            assert found[id]["words"] == registers.words(register.address, register.words), id
        assert found["active_energy_import_exact"]["value"] == registers.exact()
        assert found["voltage_l2"]["value"] == 230
        assert found["serial_number"]["value"] == 10000001
        assert found["password"]["value"] == 0
        assert found["time_zone"]["value"] == "UTC"
        assert found["clock"]["value"][4:6] == [meter.time.day, meter.time.month]


@pytest.mark.parametrize("order", [0, 1])
def test_values_of_registers_follow_the_order_of_words(order):
    with (
        smartx96.simulate(voltage=231.5, tcp=False, settings={"word_order": order}) as meter,
        pages(meter) as served,
        served.client() as client,
    ):
        (found,) = client.get("/api/registers?ids=voltage_l1").json()["registers"]
        assert found["value"] == 231.5
        words = found["words"][::-1] if order else found["words"]
        assert struct.unpack(">f", struct.pack(">HH", *words)) == (231.5,)


def test_some_registers_only(client):
    holding = client.get("/api/registers?space=holding").json()["registers"]
    assert {r["space"] for r in holding} == {Space.HOLDING}
    some = client.get("/api/registers?ids=frequency,unit_address").json()["registers"]
    assert [r["id"] for r in some] == ["frequency", "unit_address"]
    assert client.get("/api/registers?space=coils").status_code == 400


def test_an_id_of_no_register_is_told(client):
    """Nothing at all would look as if there were nothing."""
    answer = client.get("/api/registers?ids=voltage_l1,frequncy")
    assert answer.status_code == 400
    assert answer.json() == {"error": "'frequncy': no register; did you mean frequency?"}


def test_a_meter_without_a_supply_answers_for_no_register(client, meter):
    meter.power_off()
    answer = client.get("/api/registers")
    assert answer.status_code == 503
    assert "supply" in answer.json()["error"]


@pytest.fixture
def described(client):
    return client.get("/openapi.json").json()


def test_every_resource_is_described(served, described):
    """One declaration: what answers is described, what is described answers."""
    routes = {
        (route.path, method)
        for route in served.server._resources.routes()
        if isinstance(route, Route)
        for method in route.methods - {"HEAD"}
    }
    said = {(path, m.upper()) for path, item in described["paths"].items() for m in item}
    assert routes == said


def test_the_description_holds_together(described):
    assert described["openapi"] == "3.1.0"
    assert described["info"]["version"] == version()
    ids = [o["operationId"] for item in described["paths"].values() for o in item.values()]
    assert len(set(ids)) == len(ids)
    assert {"list_meters", "get_readings", "stream_events", "give_values"} <= set(ids)
    tags = {tag for item in described["paths"].values() for o in item.values() for tag in o["tags"]}
    assert tags == {tag["name"] for tag in described["tags"]}
    schemas = described["components"]["schemas"]
    references = set(re.findall(r"#/components/schemas/(\w+)", str(described)))
    assert references == set(schemas)
    for path, item in described["paths"].items():
        for operation in item.values():
            named = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))


def test_formats_and_spaces_are_those_of_the_map(described):
    members = described["components"]["schemas"]["Registers"]["properties"]["registers"]["items"]
    assert members["properties"]["format"]["enum"] == list(Format)
    assert members["properties"]["space"]["enum"] == list(Space)


def test_a_kept_connection_waits_for_no_receipt(served):
    """Head and body go in two pieces; without TCP_NODELAY each answer took 40 ms."""
    with httpx.Client(base_url=f"http://127.0.0.1:{served.port}", trust_env=False) as client:
        client.get("/healthz")
        took = sorted(client.get("/healthz").elapsed.total_seconds() for _ in range(20))
    assert took[5] < 0.02


def test_paths_of_meters_begin_alike():
    assert all(o.path.startswith(METER) for o in OPERATIONS if o.short)
