"""Settings over the page's interface: looked at, planned, written, and told what became of them."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

import pytest

from smartx96.modbus.client.client import Client
from smartx96.modbus.client.errors import NoAnswerError
from support.configure_page import Configured
from support.cut_wire import CutWire

PASSWORD = "1000"


def test_the_table_has_everything_but_the_password(page: Configured) -> None:
    table = page.client.get("/api/table").json()
    declared = {s["id"]: s for group in table["groups"] for s in group["settings"]}
    assert "password" not in declared
    assert (declared["ct_primary"]["least"], declared["ct_primary"]["most"]) == (1, 9999)
    assert declared["pulse1_width"]["numbers"] == [60, 100, 200]
    assert declared["system_type"]["names"] == [[1, "1P2W"], [2, "3P3W"], [3, "3P4W"]]
    assert declared["time_zone"]["text"]
    meter = page.open()
    assert set(page.values(meter)) == set(declared)


def test_what_is_planned_is_not_written(page: Configured) -> None:
    meter = page.open()
    before = page.values(meter)
    plan = page.plan(meter, ct_primary=400, pulse1_energy=3, demand_period=60)
    assert plan["changes"] == [
        {"id": "ct_primary", "old": before["ct_primary"], "new": 400},
        {"id": "pulse1_energy", "old": before["pulse1_energy"], "new": 3},
    ]
    assert plan["same"] == ["demand_period"]
    assert plan["protected"] == ["ct_primary"]
    assert any("pure consumer" in note for note in plan["notes"])
    assert page.values(meter) == before


def test_every_mistake_is_told_at_its_field(page: Configured) -> None:
    wrong = {"ct_primary": 10_000, "pulse1_width": 61, "time_zone": "Nowhere", "backlight_time": 5}
    answer = page.client.post(f"{page.open()}/plan", json={"settings": wrong})
    assert answer.status_code == 422
    fields = answer.json()["fields"]
    assert set(fields) == {"ct_primary", "pulse1_width", "time_zone"}
    assert "1..9999 A" in fields["ct_primary"]


def test_what_the_model_rules_out_is_told_at_its_field(page: Configured) -> None:
    meter = page.open(member="X96-5E")
    answer = page.client.post(f"{meter}/plan", json={"settings": {"system_type": 2}})
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == ["system_type"]


def test_written_and_read_back(page: Configured) -> None:
    meter = page.open()
    job = page.write(meter, PASSWORD, ct_primary=400, backlight_time=5, time_zone="Europe/Berlin")
    assert job["state"] == "done"
    result = job["result"]
    assert result["done"]
    assert {s["state"] for s in result["settings"]} == {"written"}
    values = page.values(meter)
    assert (values["ct_primary"], values["backlight_time"]) == (400, 5)
    assert values["time_zone"] == page.meter.settings["time_zone"] == "Europe/Berlin"
    assert any("3 written" in note for note in page.notes)


def test_a_wrong_password_writes_nothing_and_is_repeated_nowhere(page: Configured) -> None:
    meter = page.open()
    job = page.write(meter, "7319", ct_primary=400, backlight_time=5)
    assert (job["state"], job["result"]) == ("failed", None)
    assert "password is wrong" in job["error"]
    assert job["error"].endswith("nothing was written")
    assert page.values(meter)["backlight_time"] == 60
    assert "7319" not in json.dumps(page.client.get("/api/jobs").json()) + "".join(page.notes)


@pytest.mark.parametrize("password", ["abc", "12345", "\u0661", -1, 1000])
def test_what_is_no_password_is_refused_without_its_text(page: Configured, password: Any) -> None:
    meter = page.open()
    changes = page.plan(meter, ct_primary=400)["changes"]
    body = {"settings": {"ct_primary": 400}, "changes": changes, "password": password}
    answer = page.client.post(f"{meter}/write", json=body)
    assert answer.status_code == 400
    assert str(password) not in answer.text


def test_without_a_password_what_is_protected_is_refused(page: Configured) -> None:
    job = page.write(page.open(), None, ct_primary=400)
    assert job["state"] == "failed"
    assert "protected" in job["error"]


def test_what_has_changed_since_it_was_shown_is_not_written(page: Configured) -> None:
    meter = page.open()
    shown = page.plan(meter, backlight_time=5)["changes"]
    assert page.write(meter, None, backlight_time=9)["result"]["done"]
    body = {"settings": {"backlight_time": 5}, "changes": shown}
    job = page.over(page.client.post(f"{meter}/write", json=body))
    assert "other settings than when the changes were shown" in job["error"]
    assert page.values(meter)["backlight_time"] == 9


def test_a_new_address_is_followed(page: Configured) -> None:
    meter = page.open()
    job = page.write(meter, None, unit_address=7)
    assert job["result"]["done"]
    assert job["result"]["meter"]["address"]["unit"] == 7
    assert page.values(meter)["unit_address"] == 7


@pytest.mark.parametrize(("writes", "states"), [(0, {"not written"}), (1, {"in doubt"})])
def test_a_meter_that_goes_is_told_as_what_it_is(
    page: Configured, writes: int, states: set[str]
) -> None:
    """Without a password the first request that writes is that of the settings."""
    with CutWire(page.meter.tcp[1]) as wire:
        meter = page.open(wire.port)
        settings = {"backlight_time": 5, "scroll_time": 7}
        changes = page.plan(meter, **settings)["changes"]
        if writes:
            wire.writes = writes
        else:
            wire.cut = True
        body = {"settings": settings, "changes": changes}
        job = page.over(page.client.post(f"{meter}/write", json=body))
    if not writes:
        assert job["state"] == "failed"
        assert job["error"].endswith("nothing was written")
        return
    result = job["result"]
    assert not result["done"]
    assert result["failure"]
    assert {s["state"] for s in result["settings"]} & states


def test_two_browsers_at_one_meter_do_not_mix(page: Configured) -> None:
    """Each is planned, written and read back by itself; or told that something has changed."""
    meters = page.open(), page.open()
    assert meters[0] == meters[1]
    jobs: list[dict[str, Any]] = []

    def browser(password: str, **settings: int) -> None:
        jobs.append(page.write(meters[0], password, **settings))

    both = [threading.Thread(target=browser, args=each[:1], kwargs=each[1]) for each in (
        (PASSWORD, {"ct_primary": 300, "scroll_time": 3}), ("7319", {"vt_ratio": 10}))]  # fmt: skip
    for each in both:
        each.start()
    for each in both:
        each.join()
    states = sorted(job["state"] for job in jobs)
    assert states == ["done", "failed"], jobs
    values = page.values(meters[0])
    assert (values["ct_primary"], values["scroll_time"], values["vt_ratio"]) == (300, 3, 1)


def test_settings_that_nobody_documents_are_hidden_and_refused(page: Configured,
                                                               monkeypatch) -> None:  # fmt: skip
    """Of a meter that does not say that it is this program."""
    monkeypatch.setattr("smartx96.configuration.link.is_ours", lambda nameplate: False)
    meter = page.open()
    found = page.client.get(f"{meter}/settings").json()
    assert "apparent_power_method" in found["hidden"]
    assert "apparent_power_method" not in found["values"]
    answer = page.client.post(f"{meter}/plan", json={"settings": {"apparent_power_method": 1}})
    assert "nothing says" in answer.json()["fields"]["apparent_power_method"]
    tried = page.open(unverified=True)
    assert tried != meter
    assert "apparent_power_method" in page.values(tried)


def test_a_meter_that_gave_no_answer_to_who_it_is_is_told_so(page: Configured, monkeypatch) -> None:
    assert page.client.get(page.open()).json()["doubt"] == ""

    async def silent(client: Client, unit: int) -> dict[int, str]:
        raise NoAnswerError("no answer")

    monkeypatch.setattr(Client, "identification", silent)
    assert "it gave no answer to who it is" in page.client.get(page.open()).json()["doubt"]


def test_another_meter_at_the_same_address_is_not_written_to(page: Configured) -> None:
    """Somebody has exchanged it since it was opened."""
    meter = page.open()
    attended = page.server._meters[meter.rpartition("/")[2]]
    attended.link.nameplate = replace(attended.link.nameplate, serial_number=4711)
    job = page.write(meter, None, backlight_time=5)
    assert "in place of 4711: open it again; nothing was written" in job["error"]
    assert page.values(meter)["backlight_time"] == 60
    assert page.open() == meter
    assert page.write(meter, None, backlight_time=5)["result"]["done"]


def test_a_name_of_the_page_steers_no_console(page: Configured) -> None:
    meter = page.open(name="\x1b[2Jhall\n")
    assert page.write(meter, scroll_time=5)["result"]["done"]
    assert "hall" in page.notes[-1]
    assert "".join(page.notes).isprintable()
