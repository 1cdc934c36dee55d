"""What is asked of a meter over HTTP, against closed forms and the meter itself."""

from __future__ import annotations

import json
import math
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from threading import get_ident

import numpy as np
import pytest

import smartx96
from smartx96.meter.snapshot import InputState
from smartx96.models import Wiring
from smartx96.quantities import BY_ID, HARMONIC_ORDERS, INSTANTANEOUS
from smartx96.web import contents, history
from smartx96.web.files import static_files
from smartx96.web.watched import Part, Topic
from support.pages import events, pages, until
from support.running import Registers

ONCE = [topic for topic in Topic if topic not in (Topic.EVENTS, Topic.METER)]
TURN = 2 * math.pi / 3


def test_readings_are_those_of_the_meter(served, client, meter):
    values = client.get(f"{served.path}/readings").json()["values"]
    assert list(values) == list(INSTANTANEOUS)
    assert values["voltage_l2"] == 230
    assert values["active_power"] == pytest.approx(3 * 230 * 5 * math.cos(math.pi / 6), rel=1e-5)
    meter.set(voltage=[231, 232, 233])
    assert client.get(f"{served.path}/readings").json()["values"]["voltage_l3"] == 233


def test_phasors(served, client):
    found = client.get(f"{served.path}/phasors").json()
    for phase, angle in enumerate((0, -120, 120)):
        assert found["voltage"][phase]["rms"] == 230
        assert found["voltage"][phase]["angle"] == pytest.approx(angle, abs=1e-3)
        lagging = (angle - 30 + 180) % 360 - 180
        assert found["current"][phase]["angle"] == pytest.approx(lagging, abs=1e-3)
    assert found["sequence"] == 1


def test_phasors_without_a_neutral():
    """Between lines, as the readings are: 400 V and the currents 30 degrees and the lag behind."""
    with (
        smartx96.simulate(
            wiring="3p3w", voltage=400, current=5, phase_angle=20, tcp=False
        ) as meter,
        pages(meter) as served,
        served.client() as client,
    ):
        found = client.get(f"{served.path}/phasors").json()
        for phase, angle in enumerate((0, -120, 120)):
            assert found["voltage"][phase]["rms"] == pytest.approx(400, rel=1e-5)
            assert found["voltage"][phase]["angle"] == pytest.approx(angle, abs=1e-3)
            lagging = (angle - 50 + 180) % 360 - 180
            assert found["current"][phase]["angle"] == pytest.approx(lagging, abs=1e-3)


def test_spectrum(served, client, meter):
    meter.set(voltage_harmonics={5: 4.0, 63: 1.5}, current_harmonics={3: (20.0, 90.0)})
    found = client.get(f"{served.path}/spectrum").json()
    rows = found["harmonics"]
    assert set(rows) == {id for id in BY_ID if "_harmonic_" in id}
    assert all(len(row) == HARMONIC_ORDERS for row in rows.values())
    voltage = rows["voltage_harmonic_l1"]
    assert (voltage[0], voltage[4], voltage[62], voltage[1]) == (100, 4, 1.5, 0)
    assert rows["current_harmonic_l2"][2] == 20
    assert found["thd"]["voltage_thd_l1"] == pytest.approx(math.hypot(4, 1.5), rel=1e-3)


def test_waveforms(served, client, meter):
    meter.set(voltage_harmonics={5: (10.0, 40.0)})
    found = client.get(f"{served.path}/waveforms").json()
    assert found["cycle"] == 0.02
    assert found["synthesised"] is True
    angle = 2 * np.pi * np.arange(256) / 256
    fundamental = 230 / math.hypot(1, 0.1)  # the true rms is 230 V
    fifth = 0.1 * np.sin(5 * angle + math.radians(40))
    volts = math.sqrt(2) * fundamental * (np.sin(angle) + fifth)
    curve = found["channels"]["voltage_l1"]
    assert curve["unit"] == "V"
    assert np.abs(np.array(curve["points"]) * curve["step"] - volts).max() <= curve["step"]
    amperes = math.sqrt(2) * 5 * np.sin(angle - TURN - math.pi / 6)
    curve = found["channels"]["current_l2"]
    assert np.abs(np.array(curve["points"]) * curve["step"] - amperes).max() <= curve["step"]


def test_without_a_neutral_waveforms_are_those_between_lines():
    with (
        smartx96.simulate(wiring="3p3w", voltage=400, current=5, tcp=False) as meter,
        pages(meter) as served,
        served.client() as client,
    ):
        channels = client.get(f"{served.path}/waveforms").json()["channels"]
        assert list(channels) == ["voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1",
                                  "current_l1", "current_l2", "current_l3"]  # fmt: skip
        curve = channels["voltage_l1_l2"]
        angle = 2 * np.pi * np.arange(256) / 256
        volts = math.sqrt(2) * 400 * np.sin(angle + math.pi / 6)
        assert np.abs(np.array(curve["points"]) * curve["step"] - volts).max() <= curve["step"]


def test_one_phase_has_the_channels_of_one():
    with (
        smartx96.simulate(wiring="1p2w", voltage=230, current=5, tcp=False) as meter,
        pages(meter) as served,
        served.client() as client,
    ):
        found = {topic: client.get(f"{served.path}/{topic}").json() for topic in ONCE}
        assert list(found["waveforms"]["channels"]) == ["voltage_l1", "current_l1"]
        assert found["phasors"]["voltage"][1] is None
        assert found["spectrum"]["harmonics"]["voltage_harmonic_l2"] is None


def test_a_model_without_harmonics_has_none():
    with (
        smartx96.simulate(model="X96-5E", voltage=230, current=5, tcp=False) as meter,
        pages(meter) as served,
        served.client() as client,
    ):
        found = client.get(f"{served.path}/spectrum").json()
        assert found["thd"]["voltage_thd_l1"] is None
        assert found["harmonics"]["voltage_harmonic_l1"][1:] == [None] * 62


def test_energies_and_demand(served, client, meter):
    meter.advance(hours=3)
    found = client.get(f"{served.path}/energies").json()
    for id in ("active_energy_import", "active_energy_import_t1", "charge"):
        assert found["values"][id] == pytest.approx(meter[id], rel=1e-11)
    demand = client.get(f"{served.path}/demand").json()
    power = 3 * 230 * 5 * math.cos(math.pi / 6)
    assert demand["values"]["active_power_demand_max"] == pytest.approx(power, rel=1e-5)
    assert demand["period"] == 60
    assert datetime.fromisoformat(demand["maxima"]["active_power_demand_max"]) <= meter.time


@pytest.mark.parametrize(
    ("wiring", "absent"), [("3p4w", set()), ("1p2w", {"l2", "l3", "n"})]
)  # fmt: skip
def test_demand_before_a_period_is_whole(wiring, absent):
    """Zero, as whoever reads its registers finds it, on the page and on the panel; what the wiring
    has not is not there.
    """
    with (
        smartx96.simulate(voltage=230, current=5, wiring=wiring) as meter,
        pages(meter) as served,
        served.client() as client,
        Registers(meter.tcp[1]) as registers,
    ):
        demand = client.get(f"{served.path}/demand").json()
        missing = {id for id, value in demand["values"].items() if value is None}
        assert missing == {f"current_demand{m}_{p}" for p in absent for m in ("", "_max")}
        assert set(demand["values"].values()) <= {0.0, None}
        assert (demand["whole"], demand["maxima"]) == (False, {})
        assert [registers.value(address) for address in (0x54, 0x56)] == [0.0, 0.0]
        panel = client.get(f"{served.path}/panel?page=demand-active").json()
        assert panel["spoken"][:2] == [
            f"{word}total active power demand 0.000 W" for word in ("", "maximum ")
        ]
        meter.advance(hours=2)
        demand = client.get(f"{served.path}/demand").json()
        assert demand["whole"]
        assert demand["values"]["active_power_demand"] == pytest.approx(registers.value(0x54))
        assert registers.value(0x54) > 0


def test_demand_follows_the_supply_before_the_next_commit(served, client):
    """What is shown of registers is renewed once a second; that there is power is known at once."""
    watched = served.server._watched[served.name]

    def after() -> Part:
        watched.part(Topic.DEMAND)
        watched._snapshot = replace(watched.snapshot, powered=False)
        return watched.part(Topic.DEMAND)

    assert set(json.loads(served.call(after).body)["values"].values()) == {None}


def test_the_clock_is_that_of_the_zone_of_the_meter():
    settings = {"time_zone": "Asia/Kolkata"}
    with (
        smartx96.simulate(voltage=230, tcp=False, settings=settings) as meter,
        pages(meter) as served,
        served.client() as client,
        client.stream("GET", f"{served.path}/events?topics=meter") as answer,
    ):
        _, found = next(events(answer))
    assert found["time_zone"] == "Asia/Kolkata"
    assert found["local"].endswith("+05:30")
    clock, local = (datetime.fromisoformat(found[name]) for name in ("clock", "local"))
    assert timedelta(0) <= clock - local < timedelta(seconds=1)


def test_pulses_as_they_fall(served, client, meter):
    meter.advance(hours=1)
    found = client.get(f"{served.path}/pulses").json()["outputs"]
    for each in found:
        true = meter.pulses(each["output"])
        assert each["count"] == true[-1].number > 0
        shown = true[::-1][:20]
        assert [pulse["number"] for pulse in each["last"]] == [pulse.number for pulse in shown]
        assert [pulse["width"] * 1e6 for pulse in each["last"]] == [pulse.width for pulse in shown]


def test_events_are_numbered_as_since_manufacture(served, client, meter):
    for volts in (300, 230, 300):
        meter.set(voltage=[volts, 230, 230])
        meter.advance(seconds=5)
    found = client.get(f"{served.path}/log").json()
    assert found["events"][0]["kind"] == "over_voltage"
    assert "L1" in found["events"][0]["text"]
    numbers = [event["number"] for event in found["events"]]
    assert numbers == list(range(found["count"], found["count"] - len(numbers), -1))


def paged(client, path, limit):
    found, before = [], ""
    while before is not None:
        answer = client.get(f"{path}/log?limit={limit}{before and f'&before={before}'}").json()
        found.append([event["number"] for event in answer["events"]])
        before = answer["before"]
    return found


def test_the_log_of_a_folder_is_paged(tmp_path):
    with (
        smartx96.simulate(voltage=230, current=5, tcp=False, state=tmp_path) as meter,
        pages(meter, tmp_path) as served,
        served.client() as client,
    ):
        for volts in (300, 230) * 4:
            meter.set(voltage=[volts, 230, 230])
            meter.advance(seconds=5)
        count = client.get(f"{served.path}/log").json()["count"]
        assert count >= 9
        found = paged(client, served.path, 4)
        assert [number for page in found for number in page] == list(range(count, 0, -1))
        assert max(map(len, found)) == 4


@pytest.mark.parametrize("kept", [True, False])
def test_the_load_profile_with_and_without_a_folder(tmp_path, kept):
    state = tmp_path if kept else None
    with (
        smartx96.simulate(voltage=230, current=5, phase_angle=30, tcp=False, state=state) as meter,
        pages(meter, state) as served,
        served.client() as client,
    ):
        meter.advance(hours=6)
        found = client.get(f"{served.path}/profile?hours=2").json()
        assert found["period"] == 15
        assert len(found["rows"]) == 8
        power = found["columns"].index("active_power")
        true = 3 * 230 * 5 * math.cos(math.pi / 6)
        assert all(row[power] == pytest.approx(true, rel=1e-9) for row in found["rows"])
        times = [datetime.fromisoformat(time) for time in found["times"]]
        assert {b - a for a, b in pairwise(times)} == {timedelta(minutes=15)}
        assert found["flags"] == [[]] * 8


def test_a_long_profile_holds_nobody_up(served, client, monkeypatch):
    """A month of minutes takes a second: readings and Modbus go on beside it."""
    threads = set()
    encoded = history.encoded
    monkeypatch.setattr(
        history, "encoded", lambda part: threads.add(get_ident()) or encoded(part)
    )  # fmt: skip
    assert client.get(f"{served.path}/profile?hours=744").status_code == 200
    assert threads
    assert served.call(get_ident) not in threads


def test_the_trend_holds_readings(served, client):
    until(lambda: client.get(f"{served.path}/trend").json()["rows"])
    found = client.get(f"{served.path}/trend").json()
    row = dict(zip(found["columns"], found["rows"][0], strict=True))
    assert row["voltage_l1"] == 230
    assert row["voltage_l1_l2"] == pytest.approx(230 * math.sqrt(3), rel=1e-4)
    assert len(found["times"]) == len(found["rows"])


def test_the_wiring_check_says_what_to_change(served, client, meter):
    meter.set(reverse=True)
    meter.advance(seconds=10)
    found = client.get(f"{served.path}/wiring").json()["findings"]
    assert "voltage_sequence" in [finding["kind"] for finding in found]
    assert all(finding["text"] for finding in found)


def test_wiring_that_cannot_be_judged_is_not_called_good(served, client, meter):
    def wiring() -> tuple[bool, str | None]:
        found = client.get(f"{served.path}/wiring").json()
        return found["checked"], found["lacks"]

    assert wiring() == (True, None)
    meter.set(current=0)
    assert wiring() == (False, "currents")
    meter.set(current=[0, 0, 1])
    assert wiring() == (True, None)
    meter.set(voltage=0)
    assert wiring() == (False, "voltages")
    meter.power_off()
    assert wiring() == (False, "power")


def test_wiring_without_samples_is_not_judged(served, monkeypatch):
    watched = served.server._resources.meters[served.name]
    dry = replace(served.call(lambda: watched.snapshot), input=InputState(dry=True))
    assert contents.wiring(watched.live, dry)["lacks"] == "samples"


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_channel_without_values_is_left_out(served, bad):
    """The others of the window are shown."""
    watched = served.server._resources.meters[served.name]
    snapshot = served.call(lambda: watched.snapshot)

    class Broken:
        duration, synthesised = 0.02, False

        def points(self):
            points = snapshot.waveform.points().copy()
            points[4, 7] = bad
            return points

    found = contents.waveforms(replace(snapshot, waveform=Broken()), Wiring.FOUR_WIRE)
    assert set(found["channels"]) == {
        *(f"voltage_l{n}" for n in (1, 2, 3)),
        "current_l1",
        "current_l3",
    }
    assert found["channels"]["current_l1"]["step"] > 0


def test_a_method_that_a_resource_has_not(client, served):
    answer = client.post(f"{served.path}/readings", json={})
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_a_meter_and_what_is_said_of_it(served, client, meter):
    (entry,) = client.get("/api/meters").json()["meters"]
    assert entry["id"] == served.name
    assert (entry["model"], entry["wiring"], entry["powered"]) == ("X96-5A", "3p4w", True)
    found = client.get(served.path).json()
    assert found["serial_number"] == entry["serial_number"]
    for id, quantity in found["quantities"].items():
        assert quantity == {"text": BY_ID[id].text, "unit": BY_ID[id].unit}
    assert {"name": "energy", "title": "active energy by measurement mode"} in found["pages"]


def test_without_power_nothing_is_shown():
    with (
        smartx96.simulate(voltage=230, current=5, supply="self", tcp=False) as meter,
        pages(meter) as served,
        served.client() as client,
    ):
        meter.power_off()
        assert client.get("/api/meters").json()["meters"][0]["powered"] is False
        readings = client.get(f"{served.path}/readings").json()["values"]
        assert set(readings.values()) == {None}
        assert set(client.get(f"{served.path}/energies").json()["values"].values()) == {None}
        assert client.get(f"{served.path}/waveforms").json()["channels"] == {}
        assert client.get(f"{served.path}/phasors").json()["voltage"] == [None] * 3
        watched = served.server._watched[served.name]
        served.call(lambda: watched.memory.trend.take(watched.snapshot))
        assert set(client.get(f"{served.path}/trend").json()["rows"][-1]) == {None}
        meter.power_on()
        assert client.get(f"{served.path}/readings").json()["values"]["voltage_l1"] == 230


def test_files_are_packed_for_those_who_unpack_them(client):
    """The same bytes either way, by half at most on the way."""
    packed = client.get("/static/meter.js")
    plain = client.get("/static/meter.js", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.headers["vary"] == "accept-encoding"


def test_faces(served, client):
    live = client.get(f"{served.path}/face.svg")
    assert live.headers["content-type"] == "image/svg+xml"
    root = ElementTree.fromstring(live.text)
    ids = {element.get("id") for element in root.iter()}
    count = client.get(served.path).json()["face"]["segments"]
    assert {f"s{n}" for n in range(count)} <= ids
    again = client.get(f"{served.path}/face.svg", headers={"If-None-Match": live.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for page in client.get(served.path).json()["pages"]:
        still = client.get(f"{served.path}/face.svg?page={page['name']}")
        assert page["title"] in still.text
        ElementTree.fromstring(still.text)
    unknown = client.get(f"{served.path}/face.svg?page=nothing")
    assert unknown.status_code == 400
    assert "nothing" in unknown.json()["error"]


def test_pictures(served, client):
    pytest.importorskip("resvg_py")
    name = client.get(served.path).json()["pages"][0]["name"]
    found = client.get(f"{served.path}/face.png?page={name}&width=200")
    assert found.content[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(found.content[16:20]) == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/meters/nobody", 404),
        ("/api/meters/nobody/events", 404),
        ("/api/nothing", 404),
        ("/static/nothing.js", 404),
        ("/static/meter.html", 404),
        ("/static/..%2f..%2fserver.py", 404),
        ("/static/%2e%2e/server.py", 404),
        ("/meters/nobody/", 404),
        ("/api/login", 405),
        ("{}/panels", 405),
        ("{}/log?limit=0", 400),
        ("{}/log?limit=501", 400),
        ("{}/log?limit=1e2", 400),
        ("{}/log?limit=" + "9" * 5000, 400),
        ("{}/log?before=-1", 400),
        ("{}/profile?hours=745", 400),
        ("{}/profile?hours=\u0663", 400),
        ("{}/face.png?width=47", 400),
        ("{}/face.png?width=1921", 400),
        ("{}/events?topics=panel,secrets", 400),
        ("{}/events?topics=", 400),
        ("{}/events?panel=nobody", 404),
    ],
)
def test_what_there_is_not(served, client, path, status):
    answer = client.get(path.format(served.path))
    assert answer.status_code == status
    assert answer.json()["error"].isprintable()
    assert "Traceback" not in answer.text


def test_an_address_that_lacks_its_end(served, client):
    """The way on names no scheme: behind a proxy with TLS it is another one than here."""
    answer = client.get(f"/meters/{served.name}?wall")
    assert answer.headers["location"] == f"{served.name}/?wall"
    assert client.get(f"/meters/{served.name}?wall", follow_redirects=True).status_code == 200
    assert client.get("/api/meters/").status_code == 404


def test_pages_name_nothing_outside(served, client):
    """Whatever a page loads it loads from here, and nothing stands in the page itself."""
    assert client.get("/").text == client.get(f"/meters/{served.name}/").text
    for path in ("/", "/login"):
        page = client.get(path).raise_for_status().text
        assert not re.search(r"<script>|<style|\son\w+=|\sstyle=", page)
        for link in re.findall(r'(?:src|href)="([^"]+)"', page):
            assert re.match(r"/(?!/)|#|data:,", link), link
            if link.startswith("/"):
                client.get(link).raise_for_status()


def test_all_that_pages_are_made_of_is_light(served, client):
    files = sum(len(file.body) for file in static_files().values())
    face = client.get(f"{served.path}/face.svg").content
    assert files + len(face) + len(client.get("/static/face.css").content) < 300_000


def test_nothing_is_reported_of_all_this(served, client):
    for topic in ONCE:
        client.get(f"{served.path}/{topic}").raise_for_status()
    assert served.notes == []
