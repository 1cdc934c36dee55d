"""Charts of errors over a logarithmic current, and charts at one size for paper."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from smartx96.report.charts.decades import Decades
from smartx96.report.charts.errors import Limit, error_chart
from smartx96.report.charts.flat import COLOURS, flat_chart, flat_sample
from smartx96.report.charts.frame import HEIGHT, TOP, WIDTH, Axis
from smartx96.report.charts.lines import Line
from smartx96.report.charts.scale import Scale

SVG = "{http://www.w3.org/2000/svg}"
ERRORS = Line("balanced", "single", np.array([0.01, 0.1, 1.0]), np.array([-0.5, np.nan, 0.25]))
STEPS = Limit("limit", "limit", ((0.01, 0.05, 1.0), (0.05, 0.1, 0.5), (0.5, 1.0, 0.5)))


def chart(one_sided: bool = False) -> str:
    return error_chart(
        [ERRORS], [STEPS], title="t", description="d", x=Axis(Decades(0.01, 1.0, 1.0), "In"),
        y=Axis(Scale(0.0 if one_sided else -1.0, 1.0, 0.5), "%"), height=100, one_sided=one_sided,
    )  # fmt: skip


def of_class(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [e for e in root.iter() if e.get("class") == name]


def test_a_decade_is_as_wide_as_any_other() -> None:
    scale = Decades(0.01, 100.0, 1.0)
    assert scale.share(np.array([0.01, 0.1, 1.0, 10.0, 100.0])) == pytest.approx(
        [0.0, 0.25, 0.5, 0.75, 1.0]
    )
    assert float(scale.share(2.0) - scale.share(1.0)) == pytest.approx(math.log10(2) / 4)


def test_ticks_are_what_people_count_in() -> None:
    scale = Decades(0.009, 1.3, 1.0)
    assert list(map(scale.text, scale.ticks)) == ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1"]
    assert Decades(0.01, 0.1, 1.0, marked=(0.03,)).ticks == [0.03]
    assert Decades(0.05, 0.05 * 1.01, 1.0).ticks == pytest.approx([0.05])


def test_dots_and_stairs_stand_where_the_data_are() -> None:
    root = ElementTree.fromstring(chart())
    (dots,) = of_class(root, "dot single")
    assert dots.get("d") == f"M0 {HEIGHT * 3 // 4}h0M{WIDTH} {HEIGHT * 3 // 8}h0"
    upper, lower = of_class(root, "limit")
    share = round(math.log10(5) / 2 * WIDTH)
    half = HEIGHT // 4
    # Down to 0.5 % at 0.05 In, and nothing between 0.1 and 0.5 In.
    assert upper.get("d").startswith(f"M0 0l{share} 0 0 {half} {WIDTH // 2 - share} 0M")
    assert lower.get("d").startswith(f"M0 {HEIGHT}l{share} 0 0 {-half} ")


def test_sizes_have_an_upper_limit_only() -> None:
    root = ElementTree.fromstring(chart(one_sided=True))
    assert len(of_class(root, "limit")) == 1
    (allowed,) = of_class(root, "allowed")
    assert set(re.findall(r"V(\d+)", allowed.get("d"))) == {str(HEIGHT)}


def test_a_flat_chart_has_its_data_at_the_same_places() -> None:
    root = ElementTree.fromstring(flat_chart(chart(), 300.0, "Serif"))
    assert not list(root.iter(f"{SVG}svg"))[1:]
    circles = list(root.iter(f"{SVG}circle"))
    assert [(float(c.get("cx")), float(c.get("cy"))) for c in circles] == [(0, 75), (300, 37.5)]
    (group,) = [g for g in root.iter(f"{SVG}g") if g.get("transform")]
    assert group.get("transform") == f"translate(0 {TOP})"
    upper, _ = of_class(root, "limit")
    numbers = [float(x) for x in re.findall(r"-?[\d.]+", upper.get("d"))]
    share = math.log10(5) / 2 * 300
    assert numbers[:8] == pytest.approx([0, 0, share, 0, 0, 25, 150 - share, 0], abs=0.02)
    texts = {t.text: float(t.get("x")) for t in root.iter(f"{SVG}text") if "." in t.get("x", "")}
    assert texts["0.05"] == pytest.approx(share, abs=0.01)


def test_a_flat_chart_needs_no_variables_nor_percentages() -> None:
    for text in (flat_chart(chart(), 300.0, "Serif"), flat_sample("limit other")):
        assert "var(" not in text
        assert "%" not in re.sub(r">[^<]*<", "><", text.partition("</style>")[2])
        assert COLOURS["--limit"] in text


def test_there_is_room_for_the_unit_beside_a_flat_chart() -> None:
    root = ElementTree.fromstring(flat_chart(chart(), 300.0, "Serif"))
    left, _, width, _ = map(float, root.get("viewBox").split())
    (unit,) = [t for t in root.iter(f"{SVG}text") if t.text == "In"]
    begin = float(unit.get("x")) + float(unit.get("dx"))
    # In wide fonts an I and an n are together 1.1 times as wide as the font is high.
    assert begin + 1.1 * 11.5 <= left + width


def test_escaped_text_stays_escaped() -> None:
    drawn = error_chart([], [], title="<", description="&", x=Axis(Decades(0.01, 1.0, 1.0), "<b>"),
                        y=Axis(Scale(0.0, 1.0, 0.5), "%"), height=100)  # fmt: skip
    root = ElementTree.fromstring(flat_chart(drawn, 300.0, "Serif"))
    assert "<b>" in [t.text for t in root.iter(f"{SVG}text")]
