"""What else the page asks of a meter: values, clock, resets, profiles, tariffs, record, search."""

from __future__ import annotations

import json
import tomllib

import pytest

from smartx96.settings import KEPT
from support.configure_page import Configured

PASSWORD = "1000"
CALENDAR = """
name = "shop"
[seasons]
all = { start = "01-01", week = "week" }
[weeks]
week = { mon-fri = "work", sat-sun = "low" }
[days.work]
"00:00" = 2
"07:00" = 1
[days.low]
"00:00" = 2
"""


def test_values_phasors_and_wiring(page: Configured) -> None:
    """230 V and 5 A with 30 degrees between them, by hand."""
    page.meter.advance(seconds=3)
    found = page.client.get(f"{page.open()}/live").json()
    values = found["readings"]["values"]
    assert values["voltage_l1"] == pytest.approx(230, rel=1e-4)
    assert values["active_power"] == pytest.approx(3 * 230 * 5 * 0.8660254, rel=1e-3)
    assert values["voltage_unbalance_negative"] == pytest.approx(0, abs=0.01)
    angles = [each["angle"] for each in found["phasors"]["current"]]
    assert angles == pytest.approx([-30, -150, 90], abs=0.1)
    assert found["wiring"] == {"suspect": False, "checked": True, "lacks": None, "findings": []}
    assert found["facts"]["ct_primary"]["value"] == 5


def test_the_clock_is_compared_and_set(page: Configured) -> None:
    meter = page.open()
    clock = page.client.get(f"{meter}/tasks").json()["clock"]
    assert clock["has"]
    assert clock["zone"] == "UTC"
    job = page.over(page.client.post(f"{meter}/clock", json={}))
    assert job["state"] == "done", job
    assert "The clock is set" in job["result"]["statement"]


def test_a_reset_wants_a_yes_and_a_password(page: Configured) -> None:
    meter = page.open()
    asked = page.client.post(f"{meter}/reset", json={"what": "energy", "password": PASSWORD})
    assert (asked.status_code, "meant" in asked.json()["error"]) == (400, True)
    sure = {"what": "energy", "confirmed": True}
    assert page.client.post(f"{meter}/reset", json=sure).status_code == 400
    other = {**sure, "what": "everything", "password": PASSWORD}
    assert "maxima" in page.client.post(f"{meter}/reset", json=other).json()["error"]
    job = page.over(page.client.post(f"{meter}/reset", json={**sure, "password": PASSWORD}))
    assert job["result"]["done"], job


def test_a_profile_is_taken_along_and_pushed_to_its_meter(page: Configured) -> None:
    meter = page.open()
    answer = page.client.get(f"{meter}/profile.toml")
    assert "attachment" in answer.headers["content-disposition"]
    stated = tomllib.loads(answer.text)
    assert set(stated) == {s.id for s in KEPT} | {"meter"}
    text = answer.text.replace("ct_primary = 5", "ct_primary = 250").replace(
        "unit_address = 1", "unit_address = 9")  # fmt: skip
    found = page.client.post(f"{meter}/compare", json={"name": "a.toml", "text": text}).json()
    assert [row["id"] for row in found["differences"]] == ["unit_address", "ct_primary"]
    assert found["settings"]["ct_primary"] == 250
    assert found["left"] == []


def test_of_another_meter_its_address_is_left_alone(page: Configured) -> None:
    text = "ct_primary = 250\nunit_address = 9\n"
    found = page.client.post(f"{page.open()}/compare", json={"name": "a.toml", "text": text}).json()
    assert [row["id"] for row in found["differences"]] == ["ct_primary"]
    assert [row["id"] for row in found["left"]] == ["unit_address"]
    assert found["settings"] == {"ct_primary": 250}


@pytest.mark.parametrize(("text", "words"), [
    ("ct_primary = 0", "a.toml: line 1"), ("ct_primary", "not TOML"),
    ("ct_primry = 5", "ct_primary"),
    ("\ud800", "no text"),
])  # fmt: skip
def test_a_file_that_is_wrong_is_told_with_its_line(
    page: Configured, text: str, words: str
) -> None:
    body = {"name": "/home/someone/a.toml", "text": text}
    said = json.dumps(body).encode()
    kind = {"content-type": "application/json"}
    answer = page.client.post(f"{page.open()}/compare", content=said, headers=kind)
    assert answer.status_code == 400
    assert words in answer.json()["error"]
    assert "/home" not in answer.text


def test_tariffs_are_written_whole_and_read_back(page: Configured) -> None:
    meter = page.open()
    assert page.client.get(f"{meter}/tariffs").json()["text"] is None
    body = {"name": "shop.toml", "text": CALENDAR}
    plan = page.client.post(f"{meter}/tariffs/plan", json=body)
    assert plan.status_code == 200, plan.text
    assert not plan.json()["same"]
    wrong = page.over(page.client.post(f"{meter}/tariffs/write", json=body | {"password": "7319"}))
    assert "password is wrong" in (wrong["error"] or wrong["result"]["statement"])
    right = page.over(
        page.client.post(f"{meter}/tariffs/write", json=body | {"password": PASSWORD})
    )
    assert right["result"]["done"], right
    held = page.client.get(f"{meter}/tariffs.toml").text
    assert tomllib.loads(held)["days"] == tomllib.loads(CALENDAR)["days"]
    assert page.client.post(f"{meter}/tariffs/plan", json=body).json()["same"]


@pytest.mark.parametrize(("ending", "begins"), [("html", b"<!doctype html>"), ("pdf", b"%PDF-")])
def test_a_record_is_a_file(page: Configured, monkeypatch, ending: str, begins: bytes) -> None:
    if ending == "pdf":
        pytest.importorskip("typst")
    monkeypatch.setattr("smartx96.web.configure.records.SECONDS", 1.0)
    entry = {"place": "Hall <2>", "by": "A. Tester", "remarks": "one\ntwo", "format": ending}
    job = page.over(page.client.post(f"{page.open()}/record", json=entry))
    assert job["state"] == "done", job
    file = page.client.get(f"/api/jobs/{job['id']}/file")
    assert "attachment" in file.headers["content-disposition"]
    assert file.content[:16].lower().startswith(begins.lower())
    if ending == "html":
        assert "Hall &lt;2&gt;" in file.text
        assert "A. Tester" in file.text


def test_a_search_finds_the_meter_and_says_how_far_it_is(page: Configured) -> None:
    body = {"hosts": [f"127.0.0.1:{page.meter.tcp[1]}"]}
    answer = page.client.post("/api/search", json=body)
    again = page.client.post("/api/search", json=body)
    assert again.status_code == 409 or again.json()["state"] != "running"
    job = page.over(answer)
    (found,) = job["result"]["found"]
    assert found["ours"]
    assert found["serial_number"] == page.client.get(page.open()).json()["serial_number"]


@pytest.mark.parametrize("body", [
    {}, {"ports": ["pty:x"]}, {"ports": "x"}, {"hosts": ["10.0.0.0/8"]}, {"hosts": [1]},
    {"hosts": ["h"] * 65},
])  # fmt: skip
def test_a_search_of_what_cannot_be_is_refused(page: Configured, body: dict) -> None:
    assert page.client.post("/api/search", json=body).status_code == 400


def test_a_new_password_is_tried(page: Configured) -> None:
    meter = page.open()
    wrong = {"password": "7319", "new": "2468"}
    assert "wrong" in page.over(page.client.post(f"{meter}/password", json=wrong))["error"]
    locks = {"password": PASSWORD, "new": "0"}
    assert "1 to 9999" in page.over(page.client.post(f"{meter}/password", json=locks))["error"]
    right = {"password": PASSWORD, "new": "2468"}
    assert page.over(page.client.post(f"{meter}/password", json=right))["result"]["done"]
    assert page.write(meter, PASSWORD, ct_primary=77)["state"] == "failed"
    assert page.write(meter, "2468", ct_primary=77)["result"]["done"]
    assert "2468" not in "".join(page.notes) + page.client.get("/api/jobs").text


def test_a_record_compares_with_the_nameplates(page: Configured, monkeypatch) -> None:
    monkeypatch.setattr("smartx96.web.configure.records.SECONDS", 0.6)
    meter = page.open()
    said = {"format": "html", "ct": "400/5", "vt": 1, "wiring": "3p4w"}
    result = page.over(page.client.post(f"{meter}/record", json=said))["result"]
    assert not result["good"]
    assert any(line.startswith("Current transformers") for line in result["findings"])
    assert not any("(--" in line for line in (*result["findings"], *result["left"]))
    for wrong in (
        {"ct": "400"},
        {"ct": "0/5"},
        {"ct": "400/7"},
        {"vt": 0},
        {"wiring": "star"},
        {"format": "doc"},
    ):
        assert page.client.post(f"{meter}/record", json=said | wrong).status_code == 400
