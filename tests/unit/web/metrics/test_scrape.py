"""Metrics of a meter against closed forms and the meter itself, read by Prometheus's parser."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

import smartx96
from smartx96.installation.lag import Lag
from smartx96.installation.live import LiveMeter
from smartx96.meter.snapshot import InputState
from smartx96.metrology.drift import DriftEstimate
from smartx96.modbus.program import version
from smartx96.quantities import HARMONIC_ORDERS
from smartx96.web.metrics import condition
from smartx96.web.metrics.names import FAMILIES, HARMONIC
from support.pages import pages

KWH = 3.6e6


def scraped(client, query="", accept="", parse=prometheus):
    """Value of every sample, by name and labels."""
    answer = client.get(f"/metrics{query}", headers={"accept": accept})
    assert answer.status_code == 200
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in parse(answer.text)
        for sample in family.samples
    }


def of(found, name, **labels):
    return found[(name, *sorted({"meter": "meter", **labels}.items()))]


def test_readings_in_base_units(client, meter):
    meter.advance(hours=3)
    found = scraped(client)
    power = 230 * 5 * math.cos(math.pi / 6)
    assert of(found, "x96_voltage_volts", phase="l2") == 230
    line = of(found, "x96_line_voltage_volts", lines="l1_l2")
    assert line == pytest.approx(230 * math.sqrt(3), rel=1e-6)
    assert of(found, "x96_active_power_watts", phase="l3") == pytest.approx(power, rel=1e-5)
    assert of(found, "x96_phase_angle_radians", phase="l1") == pytest.approx(math.pi / 6, rel=1e-6)
    energy = of(found, "x96_active_energy_joules_total", direction="import")
    assert energy == pytest.approx(meter["active_energy_import"] * KWH, rel=1e-12)
    assert energy == pytest.approx(3 * power * 3 * 3600, rel=1e-4)
    assert of(found, "x96_charge_coulombs_total") == pytest.approx(meter["charge"] * 3600)


def test_percentages_are_ratios(client, meter):
    meter.set(voltage_harmonics={5: 4.0})
    found = scraped(client, "?harmonics=true")
    assert of(found, "x96_voltage_thd_ratio", phase="l1") == pytest.approx(0.04, rel=1e-4)
    fifth = of(found, "x96_voltage_harmonic_ratio", phase="l1", order="5")
    assert fifth == pytest.approx(0.04, rel=1e-4)


def test_every_quantity_that_a_meter_has_is_there(client, meter):
    meter.advance(hours=3)
    found = scraped(client, "?harmonics=true")
    for family, every in FAMILIES.items():
        for series in every:
            labels = dict(series.labels)
            if family in HARMONIC:
                orders = range(1, HARMONIC_ORDERS + 1)
                assert all(
                    (family.sample, *sorted({"meter": "meter", "order": str(n), **labels}.items()))
                    in found for n in orders
                )  # fmt: skip
            else:
                key = (family.sample, *sorted({"meter": "meter", **labels}.items()))
                true = meter[series.id]
                assert (key in found) is (true is not None), series.id
                if true is not None:
                    assert found[key] == pytest.approx(true * series.factor, rel=1e-8), series.id


def test_harmonics_only_when_they_are_wanted(client):
    harmonics = [key for key in scraped(client) if "harmonic" in key[0]]
    assert harmonics == []
    assert len(scraped(client, "?harmonics=true")) == len(scraped(client)) + 6 * HARMONIC_ORDERS
    assert client.get("/metrics?harmonics=please").status_code == 400


def test_both_forms_say_the_same(client):
    accept = "application/openmetrics-text;version=1.0.0"
    found = scraped(client, "?harmonics=true", accept, openmetrics)
    plain = scraped(client, "?harmonics=true")
    for samples in (found, plain):
        del samples[("x96_window_age_seconds", ("meter", "meter"))]
    assert found == plain
    answer = client.get("/metrics", headers={"accept": accept})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert client.get("/metrics").headers["content-type"].startswith("text/plain; version=0.0.4")


def test_without_a_supply_there_is_only_the_condition(client, meter):
    meter.advance(hours=1)
    meter.power_off()
    names = {name for name, *_ in scraped(client)}
    assert names <= {family.sample for family in condition.FAMILIES}
    assert of(scraped(client), "x96_powered") == 0
    meter.power_on()
    meter.advance(seconds=5)
    assert of(scraped(client), "x96_voltage_volts", phase="l1") == 230


def test_conditions_and_who_it_is(client, meter):
    meter.set(voltage=[300, 230, 230])
    meter.advance(seconds=5)
    found = scraped(client)
    assert of(found, "x96_status", condition="over_voltage") == 1
    assert of(found, "x96_status", condition="clipping") == 0
    info = {
        "model": "X96-5A",
        "wiring": "3p4w",
        "version": version(),
        "serial": "10000001",
    }
    assert of(found, "x96_info", **info) == 1
    assert of(found, "x96_window_end_timestamp_seconds") == pytest.approx(
        meter.time.timestamp(), abs=1.0
    )


def test_the_age_of_a_window_grows_until_the_next(served, client, meter):
    watched = served.server._resources.meters[served.name]
    served.call(lambda: setattr(watched.live, "measured_at", time.monotonic() - 100))
    assert of(scraped(client), "x96_window_age_seconds") == pytest.approx(100, abs=5)
    meter.advance(seconds=1)
    assert of(scraped(client), "x96_window_age_seconds") < 5


def test_how_late_the_signal_is_measured(served, client, meter, monkeypatch):
    lag = Lag()
    lag.note(2.25)
    monkeypatch.setattr(LiveMeter, "lag", lag)
    assert of(scraped(client), "x96_late_seconds") == 2.25
    assert client.get("/api/condition").json()["late"] == 2
    monkeypatch.setattr(LiveMeter, "lag", None)
    meter.advance(seconds=1)
    assert not any(key[0] == "x96_late_seconds" for key in scraped(client))
    assert client.get("/api/condition").json()["late"] == 0


def test_what_has_become_of_a_live_input(served, client, monkeypatch):
    watched = served.server._resources.meters[served.name]
    state = InputState(dry=True, outages=2, gaps=3, lost_samples=480, dropped_blocks=1,
                       drift=DriftEstimate(-12.5, 0.3))  # fmt: skip
    snapshot = replace(served.call(lambda: watched.snapshot), input=state)
    found = {family: value for family, _, value in condition.samples(watched, snapshot)}
    assert (found[condition.DRY], found[condition.OUTAGES], found[condition.GAPS]) == (1, 2, 3)
    assert (found[condition.LOST], found[condition.DROPPED]) == (480, 1)
    assert found[condition.DRIFT] == pytest.approx(-12.5e-6)


def test_one_of_several_meters():
    with (
        smartx96.simulate(voltage=230, current=5, tcp=False) as one,
        pages(one) as served,
        served.client() as client,
    ):
        assert scraped(client, f"?meter={served.name}").keys() == scraped(client).keys()
        assert client.get("/metrics?meter=nobody").status_code == 404


def test_a_window_is_written_once_for_all_who_ask(served, client, monkeypatch):
    """Many who scrape within a window cost little: only the age is new."""
    made = []
    usual = condition.samples
    monkeypatch.setattr(
        "smartx96.web.metrics.exposed_meter.samples",
        lambda *of: made.append(1) or usual(*of),
    )
    for _ in range(5):
        scraped(client)
    assert len(made) == 1
    served.meter.set(voltage=231)
    assert of(scraped(client), "x96_voltage_volts", phase="l1") == 231
    assert len(made) == 2
