"""The report of a type test, read back: its numbers are the document's, its curves lie where the
errors are, it holds nothing from outside, and is the same every time."""

from __future__ import annotations

import copy
import itertools
import json
import math
import re
import subprocess
import sys
import zlib
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from smartx96.errors import MissingExtraError
from smartx96.frontend.front_end import IDEAL, X96
from smartx96.frontend.front_end_file import TABLES
from smartx96.report.charts.frame import HEIGHT, WIDTH
from smartx96.report.typetest.wording import place
from smartx96.typetest.limits import limits
from smartx96.typetest.plan.scope import CLAUSES, Scope
from smartx96.typetest.type_test import type_test
from support.dressed import page, typeset
from support.faulty_meters import WrongPhaseCompensation

SVG = "{http://www.w3.org/2000/svg}"
ERRORS = ("intrinsic", "reactive", "composite")

# The simulated hours of starting and no-load would be most of the time.
CHOSEN = tuple(name for name in CLAUSES if name not in ("starting", "no-load", "meter-constant"))


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return json.loads(type_test(Scope(clauses=CHOSEN).quick(), X96).json())


@pytest.fixture(scope="module")
def faulty() -> dict[str, Any]:
    scope = Scope(clauses=("intrinsic",), classes=("0.5S",)).quick()
    return json.loads(type_test(scope, IDEAL, make=WrongPhaseCompensation).json())


def parsed(text: str) -> ElementTree.Element:
    doctype, _, document = text.partition("\n")
    assert doctype == "<!DOCTYPE html>"
    return ElementTree.fromstring(document)


@pytest.fixture(scope="module")
def root(document: dict[str, Any]) -> ElementTree.Element:
    return parsed(page(document))


def words(element: ElementTree.Element | None) -> str:
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def section(root: ElementTree.Element, heading: str) -> ElementTree.Element:
    (found,) = [s for s in root.iter("section") if words(s.find("h2")) == heading]
    return found


def rows(element: ElementTree.Element) -> list[list[str]]:
    return [[words(cell) for cell in row] for body in element.iter("tbody") for row in body]


def number(text: str) -> float:
    return float(text.replace("\u2212", "-").split()[0])


def judged(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [s for s in document["summary"] if s["checks"] and s["clause"] != "datasheet"]


def test_the_summary_has_every_clause_with_its_worst_value(document, root) -> None:
    shown = rows(section(root, "Summary by clause"))
    assert len(shown) == len(judged(document)) >= 25
    for row, summary in zip(shown, judged(document), strict=True):
        assert row[0] == summary["title"]
        assert summary["standard"] in row[1]
        assert row[2] == str(summary["checks"])
        assert number(row[4]) == pytest.approx(summary["worst"]["value"], abs=5.1e-5)
        assert number(row[5]) == pytest.approx(summary["worst"]["margin"], abs=5.1e-5)
        assert f"{summary['worst']['limit']:g}" in row[3]
        assert row[6] == "pass"


def test_worst_points_datasheet_and_budget_are_complete(document, root) -> None:
    places = rows(section(root, "Worst points"))
    assert len(places) == len(judged(document))
    for row, summary in zip(places, judged(document), strict=True):
        assert row[4].split(",")[0] == summary["worst"]["at"].split(",")[0]
    lines = rows(section(root, "Datasheet"))
    assert [row[0] for row in lines] == [line["line"] for line in document["datasheet"]]
    for row, line in zip(lines, document["datasheet"], strict=True):
        if "worst" in line:
            assert number(row[2]) == pytest.approx(line["worst"], abs=5.1e-5)
            assert number(row[4]) == pytest.approx(line["margin"], abs=5.1e-5)
    taken_apart = rows(section(root, "Error budget"))
    assert len(taken_apart) == len(document["error_budget"])
    for row in taken_apart:
        *parts, error = (number(cell) for cell in row[2:])
        assert sum(parts) == pytest.approx(error, abs=4e-4)


def test_every_number_of_the_front_end_has_its_source(root) -> None:
    found = section(root, "Front end")
    shown = {words(table.find("caption")): rows(table) for table in found.iter("table")}
    assert list(shown) == [name.replace("_", " ").capitalize() for name in X96.elements]
    for name in X96.elements:
        told = shown[name.replace("_", " ").capitalize()]
        assert len(told) == len(TABLES[name].parameters())
        assert all(row[3] for row in told)


def test_limits_tell_what_a_second_source_confirmed(root) -> None:
    shown = {row[0]: row[1:] for row in rows(section(root, "Limits"))}
    verified, open_ = shown["IEC 62053-21:2003, class 1"]
    own = [row for row in limits() if row.accuracy_class == "1" and row.standard == "IEC 62053-21"]
    confirmed = {
        name: all(row.verified for row in own if name in row.test)
        for name in ("frequency", "intrinsic")
    }
    assert confirmed["frequency"]
    assert "frequency" in verified.split(", ")
    assert not confirmed["intrinsic"]
    assert "intrinsic" in open_.split(", ")


def places(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"M(-?\d+) (-?\d+)h0", path)]


def charts(root: ElementTree.Element) -> dict[str, ElementTree.Element]:
    found = [e for e in root.iter(f"{SVG}svg") if e.get("class") == "chart"]
    return {e.get("aria-label", ""): e for e in found}


def of_class(chart: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [e for e in chart.iter() if name in (e.get("class") or "").split()]


def axis(chart: ElementTree.Element) -> tuple[float, float]:
    """Value per unit of the drawing, and that at its top: by two numbers beside the axis."""
    sides = [e for e in of_class(chart, "side") if "unit" not in (e.get("class") or "")]
    inner = chart.find(f"{SVG}svg")
    scale = HEIGHT / float(inner.get("height"))
    (v1, y1), (v2, y2) = [
        (number(words(e)), (float(e.get("y")) - 4 - float(inner.get("y"))) * scale)
        for e in (sides[0], sides[-1])
    ]
    slope = (v2 - v1) / (y2 - y1)
    return slope, v1 - slope * y1


def expected(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    names = {"intrinsic": "Active energy", "reactive": "Reactive energy",
             "composite": "Composite error"}  # fmt: skip
    for check in document["checks"]:
        if check["clause"] in names and check["limit"] is not None:
            point = document["trials"][check["trials"]["point"][0]]["points"][-1]
            title = f"{names[check['clause']]}, class {check['accuracy_class']}, {point['factor']}"
            if check["clause"] == "composite":
                band = check["test"].removeprefix("composite error").replace("-", "\u2212")
                title += f",{band.replace(' degC', chr(0xA0) + chr(0xB0) + 'C')}"
            found.setdefault(title, []).append({**check, **point})
    return found


def test_dots_stand_at_currents_and_errors(document, root) -> None:
    drawn = charts(root)
    wanted = expected(document)
    assert set(drawn) == set(wanted)
    assert len(drawn) >= 20
    for title, chart in drawn.items():
        slope, top = axis(chart)
        below = of_class(chart, "below")
        ends = [(math.log(float(words(e))), float(e.get("x")[:-1]) / 100 * WIDTH) for e in below]
        (a, xa), (b, xb) = ends[0], ends[-1]
        dots = sorted(
            (math.exp(a + (x - xa) / (xb - xa) * (b - a)), top + slope * y)
            for path in of_class(chart, "dot") for x, y in places(path.get("d", ""))
        )  # fmt: skip
        points = sorted((c["multiple"], c["value"]) for c in wanted[title])
        assert len(dots) == len(points), title
        np.testing.assert_allclose([x for x, _ in dots], [x for x, _ in points], rtol=2e-3)
        # At one current several errors may change places by rounding.
        assert sorted(y for _, y in dots) == pytest.approx(
            sorted(y for _, y in points), abs=2 * abs(slope)
        )


def stairs(chart: ElementTree.Element, kind: str) -> list[tuple[float, float, float]]:
    """Pieces of limit lines: from, to, height."""
    found = []
    for path in chart.iter(f"{SVG}path"):
        if path.get("class") != kind:
            continue
        for run in path.get("d", "").split("M")[1:]:
            start, _, steps = run.partition("l")
            moves = np.array([start.split(), *np.array(steps.split()).reshape(-1, 2)], float)
            corners = np.cumsum(moves, axis=0)
            found += [(x1, x2, y1) for (x1, y1), (x2, y2) in itertools.pairwise(corners)
                      if y1 == y2]  # fmt: skip
    return found


def inside(chart: ElementTree.Element, style: str, kind: str) -> list[bool]:
    """Whether each dot lies between the upper and the lower line of its limit."""
    found = []
    for path in of_class(chart, "dot"):
        if style not in (path.get("class") or "").split():
            continue
        for x, y in places(path.get("d", "")):
            pieces = [piece for piece in stairs(chart, kind) if piece[0] - 1 <= x <= piece[1] + 1]
            # Where one range ends and the next begins the next holds: `from <= I < to`.
            last = max((low for low, _, _ in pieces), default=0.0)
            heights = [height for low, _, height in pieces if low == last]
            floor = [HEIGHT] if chart.get("aria-label", "").startswith("Composite") else []
            found.append(bool(heights) and min(heights) <= y <= max(heights + floor))
    return found


def test_curves_lie_inside_their_limit_lines(root) -> None:
    seen = 0
    for title, chart in charts(root).items():
        for style, kind in (("single", "limit"), ("l1", "limit other")):
            found = inside(chart, style, kind)
            seen += len(found)
            assert all(found), title
    assert seen > 150


def test_a_wrong_meter_lies_outside_and_is_said_to(faulty) -> None:
    root = parsed(page(faulty))
    drawn = charts(root)
    assert not all(inside(drawn["Active energy, class 0.5S, cos 0.5 ind"], "single", "limit"))
    (verdict,) = [s for s in root.iter("section") if s.get("aria-label") == "Verdict"]
    assert verdict.get("class") == "verdict fail"
    assert words(verdict).startswith("Fail: ")
    assert "intrinsic error of active energy" in words(verdict)
    assert {row[-1] for row in rows(section(root, "Summary by clause"))} == {"fail"}


def test_the_limit_lines_are_those_of_the_table(document, root) -> None:
    """IEC 62053-22, class 0.5S, cos 1: 1.0 % below 0.05 In, 0.5 % from there on."""
    chart = charts(root)["Active energy, class 0.5S, cos 1"]
    slope, top = axis(chart)
    sizes = [abs(top + slope * y) for _, _, y in stairs(chart, "limit")]
    assert sizes == pytest.approx([1.0, 0.5, 1.0, 0.5], abs=2 * abs(slope))


def test_words_and_nothing_from_outside(document, root) -> None:
    text = page(document)
    assert "tested against" in text.lower()
    assert "certif" not in text.lower()
    assert not re.search(r"https?://(?!www\.w3\.org)|<script|<link|<img|@import|url\(", text)
    for untested in document["not_tested"]:
        assert untested in words(section(root, "Not tested"))
    facts = words(root.find(".//header"))
    for part in ("seed", "96", document["versions"]["numpy"], document["versions"]["smartx96"]):
        assert part in facts.lower()


def test_there_is_room_for_the_unit_beside_each_chart(document, root) -> None:
    """Print cuts off what stands beyond the paper: what is beside the plot has to hold it."""
    rule = r"\.several figure svg\.chart\{margin-left:(\d+)px;width:calc\(100% - (\d+)px\)\}"
    ((left, less),) = re.findall(rule, page(document))
    units = [t for t in root.iter(f"{SVG}text") if t.get("class") == "unit"]
    assert {unit.text for unit in units} == {"In"}
    for unit in units:
        # In wide fonts an I and an n are together 1.1 times as wide as the font is high.
        assert float(unit.get("dx")) + 1.1 * 11.5 <= int(less) - int(left)


def test_signs_degrees_and_settings_are_printed_in_one_way() -> None:
    assert place("composite error -40..-25 and +55..+70 degC, IEC 62053-22, 1p2w") == (
        "composite error \u221240..\u221225 and +55..+70\u00a0\u00b0C, IEC 62053-22, 1p2w"
    )
    assert place("602 s; pulse1_energy 1; pulse1_rate 1; ratio 1") == (
        "602 s; pulse output 1 energy 1; pulse output 1 rate 1; transformer ratio 1"
    )


def test_nothing_of_the_page_is_raw(document) -> None:
    text = words(parsed(page(document)).find("body"))
    assert "degC" not in text
    assert not re.search(r"(?<![\w-])-\d", text)
    assert not re.search(r"pulse1_|ratio 1000", text)
    assert re.search(r"\d+ checks? of \d+ trials?(, all|; \d+) with a limit", text)


def test_hostile_names_stay_text(document) -> None:
    spoiled = copy.deepcopy(document)
    spoiled["front_end"]["name"] = "<script>alert(1)</script>"
    assert "<script" not in page(spoiled)
    assert typeset(spoiled).startswith(b"%PDF-")


def test_equal_documents_equal_bytes(document) -> None:
    again = json.loads(json.dumps(document))
    assert page(document) == page(again)
    assert typeset(document) == typeset(again)
    again["seed"] = 97
    assert page(document) != page(again)
    assert typeset(document) != typeset(again)


def test_another_process_makes_the_same_pdf(document, tmp_path) -> None:
    path = tmp_path / "typetest.json"
    path.write_text(json.dumps(document))
    code = ("import json, sys; from smartx96.report.typeset import typeset; "
            "from smartx96.report.typetest.sections import contents; "
            "sys.stdout.buffer.write(typeset(contents(json.load(open(sys.argv[1])))))")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, check=True,
                          env={"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"})  # fmt: skip
    assert done.stdout == typeset(document)


def test_the_pdf_holds_pages_and_drawings(document) -> None:
    found = typeset(document)
    assert found.startswith(b"%PDF-")
    assert found.rstrip().endswith(b"%%EOF")
    # The time of day would make other bytes.
    assert set(re.findall(rb"D:(\d+)", found)) == {b"20000101000000"}
    streams = [
        zlib.decompressobj().decompress(part.lstrip(b"\r\n"))
        for part in re.findall(rb"stream(.*?)endstream", found, re.S)
        if part.lstrip(b"\r\n")[:1] == b"x"
    ]
    drawn = b"".join(streams)
    # Curves and dots of charts are strokes and curves, none is a picture.
    assert drawn.count(b" c\n") + drawn.count(b" c ") > 500
    assert b"/Subtype/Image" not in found.replace(b" ", b"")


def test_without_typst_one_line_says_what_to_install(document, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'smartx96\[reports\]'"):
        typeset(document)


def test_an_ideal_front_end_has_no_numbers() -> None:
    scope = Scope(clauses=("sequence",), classes=("0.5S",)).quick()
    root = parsed(page(json.loads(type_test(scope, IDEAL).json())))
    assert "the samples are what is at the terminals" in words(section(root, "Front end"))
    assert not charts(root)


def test_what_is_for_information_is_no_pass() -> None:
    found = json.loads(type_test(Scope(clauses=("half-wave",)).quick(), X96).json())
    root = parsed(page(found))
    (verdict,) = [s for s in root.iter("section") if s.get("aria-label") == "Verdict"]
    assert words(verdict).startswith("For information only")
