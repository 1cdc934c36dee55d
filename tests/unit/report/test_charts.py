"""Charts read back from their SVG: what stands where, compared with the data."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from smartx96.report.charts.bars import spectrum_chart
from smartx96.report.charts.frame import HEIGHT, WIDTH, Axis
from smartx96.report.charts.lines import Line, Span, legend, line_chart
from smartx96.report.charts.phasors import RADIUS, Phasor, phasor_diagram
from smartx96.report.charts.scale import Scale, exact_scale, nice_step, prefix, rounded_scale

SVG = "{http://www.w3.org/2000/svg}"


def drawn(text: str) -> ElementTree.Element:
    root = ElementTree.fromstring(text)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert title.text == root.get("aria-label")
    assert description.text
    return root


def of_class(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [e for e in root.iter() if name in (e.get("class") or "").split()]


def points(path: str) -> list[list[tuple[int, int]]]:
    """Runs of absolute points of a path of M, l and h."""
    runs = []
    for run in path.split("M")[1:]:
        start, _, steps = re.sub("h0", "l0 0", run).partition("l")
        moves = np.array(steps.split(), int).reshape(-1, 2)
        first = np.array(start.split(), int)
        runs.append([tuple(p) for p in np.cumsum(np.vstack([first, moves]), axis=0).tolist()])
    return runs


def axes(low=0.0, high=10.0) -> dict[str, Axis]:
    return {"x": Axis(Scale(0.0, 4.0, 1.0), "s"), "y": Axis(Scale(low, high, 5.0), "V")}


def test_a_line_goes_through_its_data() -> None:
    y = np.array([0.0, 10.0, 5.0, 2.5, 7.5])
    root = drawn(line_chart([Line("L1", "l1", np.arange(5.0), y)], title="t", description="d",
                            height=100, **axes()))  # fmt: skip
    (line,) = of_class(root, "line")
    (run,) = points(line.get("d", ""))
    assert run == [(round(n * WIDTH / 4), round((1 - v / 10) * HEIGHT)) for n, v in enumerate(y)]


def test_what_is_missing_breaks_the_line_and_a_lone_point_is_seen() -> None:
    y = np.array([1.0, np.nan, 3.0, np.nan, 5.0])
    y2 = np.array([1.0, 2.0, np.nan, 3.0, 4.0])
    lines = [Line("a", "l1", np.arange(5.0), y), Line("b", "l2", np.arange(5.0), y2)]
    root = drawn(line_chart(lines, title="t", description="d", height=100, **axes()))
    lone, broken = of_class(root, "line")
    assert [len(run) for run in points(lone.get("d", ""))] == [2, 2, 2]
    assert [len(run) for run in points(broken.get("d", ""))] == [2, 2]


def test_a_band_encloses_lowest_and_highest() -> None:
    x, y = np.arange(5.0), np.full(5, 5.0)
    banded = Line("L1", "l1", x, y, y - 1, y + 2)
    flat = Line("L2", "l2", x, y, y, y)
    root = drawn(line_chart([banded, flat], title="t", description="d", height=100, **axes()))
    (band,) = of_class(root, "band")
    (outline,) = points(band.get("d", "").removesuffix("z"))
    heights = [place[1] for place in outline]
    assert heights == [round(0.3 * HEIGHT)] * 5 + [round(0.6 * HEIGHT)] * 5


def test_a_span_is_marked_and_says_what_it_is() -> None:
    line = Line("L1", "l1", np.arange(5.0), np.ones(5))
    root = drawn(line_chart([line], title="t", description="d", height=100,
                            spans=[Span(1.0, 2.0, "no samples: 1 s")], **axes()))  # fmt: skip
    (span,) = of_class(root, "span")
    assert float(span.get("x", "")) == WIDTH / 4
    assert float(span.get("width", "")) == WIDTH / 4
    assert "".join(span.itertext()) == "no samples: 1 s"


def test_only_several_lines_have_a_legend() -> None:
    one = Line("L1", "l1", np.zeros(1), np.zeros(1))
    assert legend([one]) is None
    text = legend([one, Line("L2", "l2", np.zeros(1), np.zeros(1))])
    assert text is not None
    assert "".join(ElementTree.fromstring(text).itertext()) == "L1L2"


def test_bars_are_as_high_as_their_orders() -> None:
    orders = np.full(63, 0.5)
    orders[:7] = [100.0, 1.0, 4.0, 0.0, 2.0, 0.25, 8.0]
    orders[57:] = np.nan
    y = Axis(Scale(0.0, 8.0, 4.0), "%")
    root = drawn(spectrum_chart(orders, style="l2", title="t", description="d", y=y, height=90,
                                marked=(1, 5)))  # fmt: skip
    bars = of_class(root, "bar")
    assert len(bars) == 57
    heights = [float(bar.get("height", "")) / HEIGHT * 8 for bar in bars]
    np.testing.assert_allclose(heights, np.minimum(orders[:57], 8.0), atol=1e-5)
    assert ["cut" in bar.get("class", "") for bar in bars] == [True] + [False] * 56
    assert "".join(bars[6].itertext()) == "order 7: 8.000 %"
    (absent,) = of_class(root, "absent")
    assert float(absent.get("x", "")) == pytest.approx(WIDTH * 57 / 63, abs=0.01)
    assert [t.text for t in of_class(root, "below")] == ["1", "5"]


def test_phasors_point_counter_clockwise_and_voltages_reach_the_circle() -> None:
    turn = np.exp(-2j * np.pi / 3)
    voltages = [Phasor("U1", "l1", 230), Phasor("U2", "l2", 230 * turn), Phasor("U0", "l3", 0)]
    currents = [Phasor("I1", "l1", 1j), Phasor("I2", "l2", 2)]
    root = drawn(phasor_diagram(voltages, currents, title="t", description="d"))
    tips = [
        complex(float(x), -float(y))
        for head in of_class(root, "head")
        for x, y in [head.get("points", "").split()[0].split(",")]
    ]
    assert len(tips) == 4
    np.testing.assert_allclose(tips[:2], [RADIUS, RADIUS * turn], atol=1e-2)
    assert tips[2].real == pytest.approx(0.0, abs=1e-3)
    assert abs(tips[3]) == pytest.approx(2 * abs(tips[2]), rel=1e-4)
    assert 0 < abs(tips[3]) < RADIUS
    names = {t.text: complex(float(t.get("x", "")), -float(t.get("y", "")))
             for t in of_class(root, "name")}  # fmt: skip
    for name, tip in zip(("U1", "U2", "I1", "I2"), tips, strict=True):
        assert abs(names[name] - tip) < 22, name
    assert len(of_class(root, "voltage")) == len(of_class(root, "current")) == 2


def test_names_of_phasors_stand_apart() -> None:
    same = [Phasor(f"U{n}", "l1", 230) for n in range(3)]
    root = drawn(phasor_diagram(same, [], title="t", description="d"))
    places = [(float(t.get("x", "")), float(t.get("y", ""))) for t in of_class(root, "name")]
    for n in range(3):
        for m in range(n):
            assert math.dist(places[n], places[m]) > 14


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-325, 325), (49.98, 50.02), (1e-6, 3e-6),
                                           (-7e6, 2e6), (230, 230)])  # fmt: skip
def test_rounded_scales_hold_the_data_between_their_ticks(low: float, high: float) -> None:
    scale = rounded_scale(low, high, 0.01 * max(abs(low), abs(high)))
    assert scale.low <= low <= high <= scale.high
    assert scale.ticks[0] == pytest.approx(scale.low)
    assert scale.ticks[-1] == pytest.approx(scale.high)
    assert 3 <= len(scale.ticks) <= 12
    texts = [scale.text(tick).replace("\u2212", "-") for tick in scale.ticks]
    np.testing.assert_allclose([float(t) for t in texts], scale.ticks, rtol=1e-9, atol=1e-12)
    assert len(set(texts)) == len(texts)


def test_a_constant_is_not_magnified() -> None:
    scale = rounded_scale(230.0, 230.0 + 1e-9, 4.6)
    assert scale.high - scale.low >= 4.6


def test_zero_is_on_the_scale_where_it_is_asked_for() -> None:
    assert rounded_scale(3.0, 5.0, 0.1, zero=True).low == 0.0
    assert rounded_scale(-5.0, -3.0, 0.1, zero=True).high == 0.0


def test_steps_of_time_are_those_of_clocks() -> None:
    assert exact_scale(0.0, 24.0, steps=(1.0, 2.0, 4.0, 6.0)).step == 4.0
    assert exact_scale(0.0, 240.0, steps=(1.0, 2.0)).step == 50.0
    assert [nice_step(x) for x in (1.0, 1.1, 2.1, 5.1, 0.03)] == [1, 2, 5, 10, 0.05]


@pytest.mark.parametrize(("largest", "symbol"), [(9_999, ""), (10_000, "k"), (2e7, "M"),
                                                 (0.05, "m"), (0.5, ""), (0.0, "")])  # fmt: skip
def test_prefixes(largest: float, symbol: str) -> None:
    assert prefix(largest)[1] == symbol
