"""The record of a commissioning, read back: it says what the document says, holds nothing from
outside, and is the same every time."""

from __future__ import annotations

import copy
import json
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from smartx96.errors import MissingExtraError, OptionError
from smartx96.report.commissioning.file import check_path, write_record
from smartx96.report.commissioning.sections import contents
from smartx96.report.contents_page import page
from smartx96.report.typeset import typeset

SVG = "{http://www.w3.org/2000/svg}"


def value(mean: float, unit: str, spread: float = 0.0) -> dict[str, Any]:
    return {"unit": unit, "mean": mean, "least": mean - spread / 2, "most": mean + spread / 2}


def phasor(name: str, place: str, rms: float, angle: float) -> dict[str, Any]:
    return {"name": name, "place": place, "rms": rms, "angle": angle}


def setting(id: str, text: str, default: str) -> dict[str, Any]:
    return {"id": id, "name": id.replace("_", " "), "value": 200, "code": 200, "unit": "A",
            "group": "Communication", "default": default, "protected": False, "text": text,
            "default_text": default, "as_delivered": text == default}  # fmt: skip


@pytest.fixture
def document() -> dict[str, Any]:
    return {
        "document": "commissioning", "software": "0.1", "begun": "2026-03-02T12:00:00+00:00",
        "place": "Substation 4", "by": "M. Weber", "remarks": ["Door contact is loose."],
        "meter": {
            "target": "10.0.0.8:502 unit 1", "text": "SMART X96-5A", "serial_number": 96000001,
            "software_version": "1.02", "hardware_version": None, "display_version": None,
            "running_time": 12.5, "wiring": "3p4w", "wiring_told": True, "nominal_current": 200.0,
            "identification": "told", "version": "",
        },
        "observation": {"readings": 11, "lost": 0, "seconds": 5.0},
        "passed": False,
        "checks": [
            {"id": "voltages", "title": "Voltages", "verdict": "passed", "text": "230 V"},
            {"id": "wiring", "title": "Wiring", "verdict": "failed",
             "text": "current L2 is reversed: `x96 set current_direction_l2=1`"},
            {"id": "password", "title": "Password", "verdict": "not judged", "text": "not tried"},
        ],
        "values": {
            "voltage_l1": value(231.4, "V", 0.8), "voltage_l2": value(229.5, "V", 0.2),
            "voltage_l3": value(230.6, "V"), "voltage_ln_average": value(230.5, "V"),
            "active_power": value(-12345.6, "W"), "frequency": value(50.0125, "Hz"),
            "voltage_sequence": value(1.0, ""), "load_nature": value(2.0, ""),
            "voltage_l1_l2": value(399.1, "V"),
        },
        "phasors": {
            "voltage": [phasor("U1", "l1", 231.4, 0.0), phasor("U2", "l2", 229.5, -119.5),
                        phasor("U3", "l3", 230.6, 120.2)],
            "current": [phasor("I1", "l1", 84.0, -25.0), phasor("I2", "l2", 71.0, 40.0)],
            "notes": ["Angles are reckoned."],
        },
        "settings": [setting("ct_primary", "200 A", "5 A"), setting("ct_secondary", "5 A", "5 A")],
        "settings_hidden": 0,
    }  # fmt: skip


def parsed(document: dict[str, Any]) -> ElementTree.Element:
    doctype, _, text = page(contents(document)).partition("\n")
    assert doctype == "<!DOCTYPE html>"
    return ElementTree.fromstring(text)


def words(element: ElementTree.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def section(root: ElementTree.Element, heading: str) -> ElementTree.Element:
    (found,) = [s for s in root.iter("section") if words(next(s.iter("h2"))) == heading]
    return found


def rows(element: ElementTree.Element) -> list[list[str]]:
    return [[words(cell) for cell in row] for body in element.iter("tbody") for row in body]


def test_checks_with_their_verdicts(document) -> None:
    root = parsed(document)
    assert rows(section(root, "Checks")) == [
        ["Voltages", "pass", "230 V"],
        ["Wiring", "fail", "current L2 is reversed: x96 set current_direction_l2=1"],
        ["Password", "not judged", "not tried"],
    ]
    (verdict,) = [s for s in root.iter("section") if s.get("aria-label") == "Verdict"]
    assert verdict.get("class") == "verdict fail"
    assert words(verdict).startswith("Fail: 1 of 3 checks.Wiring: current L2 is reversed")


def test_nothing_failed(document) -> None:
    del document["checks"][1]
    assert contents(document).verdict.headline == "Pass: 1 checks; 1 not judged."
    del document["checks"][1]
    assert contents(document).verdict.headline == "Pass: all 1 checks."
    assert contents(document).verdict.tone == "good"


def test_values_stand_where_they_belong(document) -> None:
    found = rows(section(parsed(document), "Values"))
    assert found[0] == ["voltage", "231.4 V", "229.5 V", "230.6 V", "230.5 V", "0.8 V"]
    dash = "\u2013"
    assert found[1] == ["active power", dash, dash, dash, "-12.346 kW", "0 W"]
    assert found[2] == ["voltage", "399.1 V", dash, dash, dash, "0 V"]
    said = words(section(parsed(document), "Values"))
    for part in ("50.0125 Hz", "L1-L2-L3", "inductive", "11 readings in 5 s"):
        assert part in said


def test_arrows_point_where_the_phasors_do(document) -> None:
    root = parsed(document)
    (drawing,) = [e for e in root.iter(f"{SVG}svg") if "phasors" in e.get("class", "")]
    arrows = [
        (words(text), [tuple(map(float, c.split(","))) for c in head.get("points").split()])
        for group in drawing.iter(f"{SVG}g")
        for text, head in zip(
            group.findall(f"{SVG}text"), group.findall(f"{SVG}polygon"), strict=True
        )
    ]
    expected = [*document["phasors"]["voltage"], *document["phasors"]["current"]]
    assert [name for name, _ in arrows] == [one["name"] for one in expected]
    for (_, corners), one in zip(arrows, expected, strict=True):
        x, y = corners[0]
        assert math.degrees(math.atan2(-y, x)) == pytest.approx(one["angle"], abs=0.1)
    lengths = [math.hypot(*corners[0]) for _, corners in arrows]
    assert lengths[1] / lengths[0] == pytest.approx(229.5 / 231.4, rel=1e-3)
    assert lengths[4] / lengths[3] == pytest.approx(71 / 84, rel=1e-3)


def test_settings_with_the_default_of_those_that_differ(document) -> None:
    found = section(parsed(document), "Settings as found")
    assert rows(found) == [["ct primary", "ct_primary", "200 A", "5 A"],
                           ["ct secondary", "ct_secondary", "5 A", ""]]  # fmt: skip
    assert "2 settings; as delivered but for 1" in words(found)
    document["settings_hidden"] = 24
    assert "24 settings more, of which" in words(section(parsed(document), "Settings as found"))
    document["meter"]["identification"] = "no answer"
    told = words(section(parsed(document), "Settings as found"))
    assert "the meter did not say who it is" in told


def test_who_where_and_when(document) -> None:
    root = parsed(document)
    assert words(next(root.iter("h1"))) == "Substation 4"
    facts = words(next(root.iter("header")))
    for part in ("96000001", "10.0.0.8:502", "2026-03-02 12:00:00 UTC", "M. Weber", "3P4W",
                 "CT 200/200 A", "software 1.02", "12.5 h"):  # fmt: skip
        assert part in facts
    assert "Door contact is loose." in words(section(root, "Remarks"))
    whole = {**document, "meter": {**document["meter"], "version": "1.2.3"}}
    facts = words(next(parsed(whole).iter("header")))
    assert "1.2.3; registers (XX.YY): software 1.02" in facts
    signed = [words(p) for p in section(root, "Signatures").iter("p")]
    assert signed == ["Place, date", "Commissioned by: M. Weber", "Accepted by"]
    bare = {**document, "place": "", "by": "", "remarks": []}
    assert "Remarks" not in [s.heading for s in contents(bare).sections]
    assert contents(bare).title == "Meter 96000001"


def test_without_voltages_there_is_no_diagram(document) -> None:
    document["phasors"] = {"voltage": [], "current": [], "notes": []}
    assert "no voltage" in words(section(parsed(document), "Phasors"))
    assert typeset(contents(document)).startswith(b"%PDF-")


def test_nothing_from_outside_and_no_markup_of_others(document) -> None:
    document["place"] = document["remarks"][0] = "<script>alert(1)</script>"
    document["by"] = '#import "x" $x$ *b*'
    text = page(contents(document))
    assert not re.search(r"https?://(?!www\.w3\.org)|<script|<link|<img|@import|url\(", text)
    policies = [m.get("content", "") for m in parsed(document).iter("meta") if m.get("http-equiv")]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert typeset(contents(document)).startswith(b"%PDF-")


def test_equal_documents_equal_bytes(document) -> None:
    again = json.loads(json.dumps(document))
    assert page(contents(document)) == page(contents(again))
    assert typeset(contents(document)) == typeset(contents(again))
    # The time of day would make other bytes.
    assert set(re.findall(rb"D:(\d+)", typeset(contents(document)))) == {b"20000101000000"}
    other = copy.deepcopy(document)
    other["phasors"]["current"][0]["angle"] = 155.0
    assert page(contents(document)) != page(contents(other))
    assert typeset(contents(document)) != typeset(contents(other))


def test_another_process_makes_the_same_files(document, tmp_path: Path) -> None:
    source = tmp_path / "document.json"
    source.write_text(json.dumps(document))
    code = (
        "import json, sys; from pathlib import Path\n"
        "from smartx96.report.commissioning.file import write_record\n"
        "document = json.load(open(sys.argv[1]))\n"
        "for path in sys.argv[2:]: write_record(Path(path), document)"
    )
    names = ("record.html", "record.pdf", "record.json")
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    for folder in (theirs, ours):
        folder.mkdir()
    subprocess.run([sys.executable, "-c", code, str(source), *(str(theirs / n) for n in names)],
                   check=True, env={"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"})  # fmt: skip
    for name in names:
        write_record(ours / name, document)
        assert (ours / name).read_bytes() == (theirs / name).read_bytes(), name
    assert json.loads((ours / "record.json").read_text()) == document
    assert sorted(p.name for p in ours.iterdir()) == sorted(names)


def test_where_a_record_goes_is_checked_before_the_work(tmp_path: Path, monkeypatch) -> None:
    for path, told in (
        (tmp_path / "record.docx", "use .html, .pdf, .json"),
        (tmp_path / "none" / "record.html", "no folder"),
    ):
        with pytest.raises(OptionError, match=told):
            check_path(path)
    (tmp_path / "x.html").mkdir()
    with pytest.raises(OptionError, match="is a folder"):
        check_path(tmp_path / "x.html")
    check_path(tmp_path / "record.PDF")
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(MissingExtraError, match=r"smartx96\[reports\].*record\.html"):
        check_path(tmp_path / "record.pdf")
