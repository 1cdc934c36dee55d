"""Pages and drawings of a log."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest

from smartx96.report.charts.moments import Moments
from smartx96.report.logged.course import courses
from smartx96.report.logged.panels import panels
from smartx96.report.logged.plot import log_drawing, log_page
from smartx96.tables.log.row import Row

SECOND = 1_000_000
T0 = 1_790_000_000 * SECOND
IDS = ("voltage_l1", "voltage_l2", "active_power", "active_energy_import", "active_energy_export",
       "voltage_l1_l2", "tariff_active")  # fmt: skip
NAME = "<b>hall & yard</b>"
_SVG = "{http://www.w3.org/2000/svg}"


def found(gap: bool = True):
    rows = [
        Row(T0 + n * 60 * SECOND, NAME, None, None, None, None,
            (230 + math.sin(n), 231.0, 1500.0 + n, 1000.0 + n / 100, 0.0, 400.0, 1))
        for n in range(200)
    ]  # fmt: skip
    if gap:
        for n in range(80, 120):
            nothing = (None,) * len(IDS)
            rows[n] = Row(rows[n].time, NAME, None, None, None, "no answer", nothing)
    return courses(lambda: iter(rows), len(IDS))


def svg_lines(page: str) -> list[str]:
    return re.findall(r'class="line (?:l1|l2|l3|single|active|reactive)" d="(M[^"]*)"', page)


def test_panels_put_together_what_belongs_together() -> None:
    told = {panel.title: [(name, style) for _, name, style in panel.lines] for panel in panels(IDS)}
    assert told == {
        "voltage by phase": [("L1", "l1"), ("L2", "l2")],
        "active power": [("active power", "single")],
        "active energy, since the first row": [("import", "active"), ("export", "reactive")],
        "voltage between lines": [("L1-L2", "l1")],
        "tariff active": [("tariff active", "single")],
    }
    (harmonics,) = panels(["voltage_harmonic_l2[5]", "voltage_harmonic_l1[5]"])
    assert [(name, style) for _, name, style in harmonics.lines] == [("L2", "l2"), ("L1", "l1")]


def test_a_page_shows_lines_and_gaps() -> None:
    page = log_page("log.db", IDS, found())
    assert page == log_page("log.db", IDS, found())
    assert "&lt;b&gt;hall &amp; yard&lt;/b&gt;" in page
    assert "<b>hall" not in page
    assert "default-src &#x27;none&#x27;" in page
    assert "200 rows, 1 gap, 0:40:00.0 in all, shaded" in page
    curves = [line for line in svg_lines(page) if line != "M1 5H23"]
    assert len(curves) == 7
    assert all(line.count("M") == 2 for line in curves), "broken once"
    assert page.count('class="span"') == 5
    assert "no answer: no values for 0:40:00.0" in page
    whole = svg_lines(log_page("log.db", IDS, found(gap=False)))
    assert all(line.count("M") == 1 for line in whole)


def test_energies_are_counted_from_the_first_row() -> None:
    (course,) = found(gap=False)
    page = log_page("log.db", IDS, [course])
    assert "import from 0 to 1.99 kWh" in page


def test_a_drawing_is_xml_and_has_the_same_lines() -> None:
    root = ElementTree.fromstring(log_drawing(IDS, found()))
    assert len(root.findall(f".//{_SVG}rect[@class='span']")) == 5
    curves = [
        path.get("d", "")
        for path in root.iter(f"{_SVG}path")
        if path.get("class", "").startswith("line") and path.get("d") != "M1 5H23"
    ]
    assert len(curves) == 7
    assert all(line.count("M") == 2 for line in curves)
    texts = [element.text for element in root.iter(f"{_SVG}text")]
    assert NAME in texts
    assert "voltage by phase" in texts
    assert float(root.get("height", "0")) > 5 * 120


def test_a_meter_that_never_answered_is_said_so() -> None:
    rows = [Row(T0, "hall", None, None, None, "no answer", (None,))]
    page = log_page("log.db", ["frequency"], courses(lambda: iter(rows), 1))
    assert "It never answered." in page
    ElementTree.fromstring(log_drawing(["frequency"], courses(lambda: iter(rows), 1)))


@pytest.mark.parametrize(
    ("seconds", "texts"),
    [
        (5.0, ["14:13:20", "14:13:21", "14:13:25"]),
        (600.0, ["14:14", "14:16", "14:22"]),
        (6 * 3600.0, ["15:00", "16:00", "20:00"]),
        (86_400.0, ["18:00", "22 Sep", "12:00"]),
        (30 * 86_400.0, ["24 Sep", "1 Oct", "15 Oct"]),
        (365 * 86_400.0, ["Nov 2026", "Jan 2027", "Sep 2027"]),
        (3 * 365 * 86_400.0, ["Jan 2027", "Jul 2027", "Jan 2029"]),
        (0.0, ["14:13:20.0"]),
    ],
)
def test_times_at_the_axis(seconds: float, texts: list[str]) -> None:
    axis = Moments.between(1_790_000_000.0, 1_790_000_000.0 + seconds)
    found = [axis.text(tick) for tick in axis.ticks]
    assert set(texts) <= set(found), found
    assert len(found) <= 9
