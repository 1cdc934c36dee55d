"""A meter of others, served by pymodbus with the documented registers alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.configure_page import Configured
from support.documented_meter import documented_meter

VALUES = {
    "voltage_l1": 231.0, "voltage_l2": 230.0, "voltage_l3": 229.0,
    "current_l1": 10.0, "current_l2": 10.0, "current_l3": 10.0,
    "active_power_l1": 2310.0, "active_power_l2": 2300.0, "active_power_l3": 2290.0,
    "apparent_power_l1": 2310.0, "apparent_power_l2": 2300.0, "apparent_power_l3": 2290.0,
    "power_factor_l1": 1.0, "power_factor_l2": 1.0, "power_factor_l3": 1.0,
    "active_power": 6900.0, "apparent_power": 6900.0, "power_factor": 1.0, "frequency": 50.02,
    "active_energy_import": 1234.5, "voltage_sequence": 1.0,
    "voltage_l1_l2": 399.2, "voltage_l2_l3": 397.5, "voltage_l3_l1": 398.4,
    "system_voltage": 230.0, "system_current": 100.0, "system_type": 3.0, "unit_address": 1.0,
}  # fmt: skip


@pytest.fixture
def foreign(page: Configured) -> Iterator[str]:
    """The path of the meter, opened."""
    served = documented_meter(VALUES)
    place = page._thread.run(served.__aenter__(), 10)
    yield page.open(place.port)
    page._thread.run(served.__aexit__(None, None, None), 10)


def test_what_it_measures_is_shown(page: Configured, foreign: str) -> None:
    found = page.client.get(f"{foreign}/live").json()
    values = found["readings"]["values"]
    assert values["voltage_l1"] == 231
    assert values["active_power"] == 6900
    assert found["facts"]["active_energy_import"]["value"] == 1234.5
    assert [round(each["angle"]) for each in found["phasors"]["current"]] == [0, -120, 120]


def test_what_nobody_documents_for_it_is_hidden(page: Configured, foreign: str) -> None:
    assert page.client.get(foreign).json()["ours"] is False
    found = page.client.get(f"{foreign}/settings").json()
    assert {"system_type", "unit_address"} <= set(found["values"])
    assert "apparent_power_method" in found["hidden"]
    assert not set(found["hidden"]) & set(found["values"])
    tasks = page.client.get(f"{foreign}/tasks").json()
    assert tasks["clock"]["has"] is False
    tariffs = page.client.get(f"{foreign}/tariffs").json()
    assert (tariffs["has"], "nothing says" in tariffs["why"]) == (False, True)


def test_a_record_of_it(page: Configured, foreign: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartx96.web.configure.records.SECONDS", 0.6)
    job = page.over(page.client.post(f"{foreign}/record", json={"format": "html"}))
    assert job["state"] == "done", job
    assert "231" in page.client.get(f"/api/jobs/{job['id']}/file").text


def test_it_is_found(page: Configured, foreign: str) -> None:
    place = page.client.get(foreign).json()["address"]["place"].removeprefix("tcp:")
    search = page.client.post("/api/search", json={"hosts": [place]}).json()
    job = page.client.get(f"/api/jobs/{search['id']}?after={search['version']}").json()
    assert job["state"] in ("running", "done")
    page.client.post(f"/api/jobs/{search['id']}/stop", json={})
