"""A real Prometheus scrapes running meters; its own tool judges the metrics; the PromQL of the
dashboard and of the documentation gives what the meters say.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from smartx96.web.metrics.names import FAMILIES, LEFT_OUT
from support.monitoring import Started, program
from support.ports import free_port
from support.running import Running

pytestmark = pytest.mark.interop

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "docs/samples/grafana-dashboard.json"
METERS = """
supply = "auxiliary"
[meter.main]
settings.unit_address = 1
[meter.solar]
source = "solar.toml"
settings.unit_address = 2
"""
SOLAR = """
[voltage]
rms = 230
[current]
rms = 5
angle = 170
"""
SCRAPING = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: meters
    params: {{harmonics: ["true"]}}
    static_configs: [{{targets: ["{target}"]}}]
"""


class Prometheus:
    """What a server knows."""

    def __init__(self, url: str) -> None:
        self.url = url

    def query(self, expression: str) -> list[dict]:
        answer = httpx.get(f"{self.url}/api/v1/query", params={"query": expression},
                           trust_env=False).json()  # fmt: skip
        assert answer["status"] == "success", (expression, answer)
        return answer["data"]["result"]

    def value(self, expression: str) -> float:
        (found,) = self.query(expression)
        return float(found["value"][1])


@pytest.fixture(scope="module")
def meters(tmp_path_factory):
    folder = tmp_path_factory.mktemp("meters")
    (folder / "meters.toml").write_text(METERS)
    (folder / "solar.toml").write_text(SOLAR)
    running = Running("--web", "127.0.0.1:0", str(folder / "meters.toml"))
    yield running.page
    running.stop()


@pytest.fixture(scope="module")
def prometheus(meters, tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("prometheus"), free_port()
    (folder / "prometheus.yml").write_text(SCRAPING.format(target=meters.partition("//")[2]))
    command = [
        program("prometheus"), f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}",
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    with Started(command, f"{url}/-/ready", folder / "log"):
        found, until = Prometheus(url), time.monotonic() + 30
        while not found.query("count_over_time(x96_info[1m]) >= 8"):
            assert time.monotonic() < until, (folder / "log").read_text()[-3000:]
            time.sleep(0.2)
        yield found


@pytest.mark.parametrize("query", ["", "?harmonics=true", "?meter=main"])
def test_the_tool_of_prometheus_finds_nothing_to_say(meters, query):
    text = httpx.get(f"{meters}/metrics{query}", trust_env=False).text
    found = subprocess.run([program("promtool"), "check", "metrics"], input=text, text=True,
                           capture_output=True, check=False)  # fmt: skip
    assert (found.returncode, found.stdout + found.stderr) == (0, "")


def test_the_tool_would_say_something(meters):
    text = "# HELP x96_power power\n# TYPE x96_power counter\nx96_power_milliwatts 1\n"
    found = subprocess.run([program("promtool"), "check", "metrics"], input=text, text=True,
                           capture_output=True, check=False)  # fmt: skip
    assert found.returncode != 0


def test_both_meters_are_scraped_without_an_error(prometheus):
    assert prometheus.value("up") == 1
    assert {r["metric"]["meter"] for r in prometheus.query("x96_info")} == {"main", "solar"}
    assert prometheus.value("scrape_samples_scraped") > 1000


def test_values_are_those_of_the_meter(prometheus, meters):
    """A steady load: 5 A that come back at 170 degrees."""
    energies = httpx.get(f"{meters}/api/energies?meter=solar", trust_env=False).json()["values"]
    power = prometheus.value('x96_total_active_power_watts{meter="solar"}')
    assert power == pytest.approx(-3 * 230 * 5 * 0.984807753, rel=1e-4)
    angle = prometheus.value('deg(x96_phase_angle_radians{meter="solar", phase="l1"})')
    assert abs(angle) == pytest.approx(170, rel=1e-4)
    exported = 'x96_active_energy_joules_total{meter="solar", direction="export"}'
    assert prometheus.value(f"{exported} / 3.6e6") == pytest.approx(
        energies["active_energy_export"], rel=0.7
    )
    # Registers are renewed once a second, as scrapes are.
    rate = prometheus.value(f"rate({exported}[6s])")
    assert rate == pytest.approx(-power, rel=0.25)


def test_every_query_of_the_dashboard_is_answered(prometheus):
    """By a metric that a meter has: a query that finds nothing shows an empty panel."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    queries = [(p["title"], t["expr"]) for p in panels for t in p.get("targets", ())]
    assert len(queries) > len(FAMILIES)
    for title, expression in queries:
        chosen = expression.replace("$meter", "main|solar").replace("[1h]", "[30s]")
        if "input_" in expression or "== 1" in expression or "tariff_active_power" in expression:
            # These meters are live in no way, and need not have a condition or other tariffs.
            prometheus.query(chosen)
        else:
            assert prometheus.query(chosen), title


@pytest.mark.parametrize("id", sorted(LEFT_OUT))
def test_what_is_left_out_is_said_by_others(prometheus, meters, id):
    expression = LEFT_OUT[id]
    if not re.search(r"x96_.*[({]|^-x96", expression):
        return
    kind = "energies" if "energy" in id else "readings"
    found = [r for r in prometheus.query(expression) if r["metric"]["meter"] == "solar"]
    true = httpx.get(f"{meters}/api/{kind}?meter=solar", trust_env=False).json()["values"][id]
    assert found, expression
    unit = 3.6e6 if kind == "energies" else 0.01 if "thd" in id else 1.0
    values = [float(r["value"][1]) / unit for r in found if _matches(id, r["metric"])]
    assert min(abs(value - true) for value in values) <= 1e-4 * abs(true) + _grown(id)


def _matches(id: str, labels: dict[str, str]) -> bool:
    words = id.split("_")
    return all(labels[name] in words for name in ("phase", "tariff") if name in labels) and (
        labels.get("direction", "total") in (*words, "total") or "tariffs" not in id
    )


def _grown(id: str) -> float:
    """What 3.5 kW may add between two answers [kWh]."""
    return 0.02 if "energy" in id else 1e-6


def test_the_dashboard_holds_together():
    found = json.loads(DASHBOARD.read_text())
    panels = found["panels"]
    assert len({p["id"] for p in panels}) == len(panels)
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        assert 0 < place["w"] <= 24 - place["x"]
        cells = {(place["x"] + x, place["y"] + y)
                 for x in range(place["w"]) for y in range(place["h"])}  # fmt: skip
        assert not cells & taken, panel["title"]
        taken |= cells
    said = json.dumps(found)
    for family in FAMILIES:
        assert f"{family.sample}{{" in said, family.sample
