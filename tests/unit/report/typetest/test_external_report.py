"""The report of a meter outside: its bench and its uncertainty, no simulated front end."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from smartx96.report.typetest.sections import contents
from smartx96.typetest.external.external_test import Conditions, external_test
from smartx96.typetest.external.listing import list_points
from smartx96.typetest.external.reference import reference_uncertainty
from smartx96.typetest.plan.scope import Scope
from support.dressed import page, typeset

SCOPE = Scope(classes=("0.5S",), clauses=("intrinsic", "voltage", "netting")).quick()
ERRORS = {"1.2 In": 0.25, "0.1 In": 0.47, "0.05 In": 0.53, "0.02 In": -2.0}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path: Path = tmp_path_factory.mktemp("external") / "points.csv"
    list_points(SCOPE, path)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    for row in rows:
        error = ERRORS.get(row["point"].split(", ")[1])
        if error is not None and row["point"].endswith("cos 1, balanced, import"):
            true = float(row["active_power_w"])
            read = (true * (1 + (error + more) / 100) for more in (-0.01, 0.0, 0.01))
            row["power_w"] = " ".join(f"{x:.6f}" for x in read)
            row["true_power_w"] = f"{true:.6f}"
            row["meter"], row["notes"] = "a meter <1> & co", "windy"
            row["taken"] = "2026-11-23T06:00:00+00:00"
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    conditions = Conditions(reference=reference_uncertainty("0.1"), stated=True, bench="bench 2")
    found = external_test(SCOPE, path, conditions)
    assert found.json() == external_test(SCOPE, path, conditions).json()
    whole: dict[str, Any] = json.loads(found.json())
    return whole


def test_what_is_tested_stands_in_place_of_the_program(document) -> None:
    report = contents(document)
    facts = dict(report.facts.entries)
    assert facts["Meter under test"] == "a meter <1> & co"
    assert facts["Bench"] == "bench 2"
    assert facts["Uncertainty of that"] == "0.1 % (k = 2)"
    assert facts["Rule of decision"].startswith("simple acceptance")
    assert facts["Taken"] == "2026-11-23T06:00:00+00:00"
    assert not {"Front end", "Seed of all noise", "Signal"} & set(facts)
    headings = [section.heading for section in report.sections]
    assert "Uncertainty" in headings
    assert not {"Front end", "Error budget"} & set(headings)


def test_values_stand_with_their_uncertainty_and_words(document) -> None:
    (section,) = [s for s in contents(document).sections if s.heading == "Uncertainty"]
    values, repeated = section.blocks
    rows = {row[1].split(", ")[1]: row for row in values.rows}
    # U: half of 0.1 % doubled again, and 0.01 % over root 3.
    spread = 2 * (0.05**2 + 0.01**2 / 3) ** 0.5
    for current, error, verdict, word in (
        ("1.2 In", "+0.2500", "pass", "\u2013"),
        ("0.1 In", "+0.4700", "pass", "within, but closer to the limit than U"),
        ("0.05 In", "+0.5300", "fail", "outside by less than U"),
        ("0.02 In", "\u22122.0000", "fail", "\u2013"),
    ):
        assert rows[current][2] == f"{error} \u00b1 {spread:.4f} %"
        assert rows[current][4:] == (verdict, word)
    at = next(row for row in repeated.rows if "1.2 In" in row[1])
    assert at[4:6] == ("3", "0.0100")
    assert at[-1] == "windy"


def test_power_readings_are_called_so_and_worst_values_have_u(document) -> None:
    sections = {section.heading: section.blocks for section in contents(document).sections}
    (table,) = [b for b in sections["Summary by clause"] if hasattr(b, "headings")]
    assert table.headings[3:7] == ("limit there", "worst", "U", "margin")
    row = next(row for row in table.rows if row[0].startswith("intrinsic"))
    assert row[0] == "intrinsic error of active energy by power readings"
    assert row[5] == f"{2 * (0.05**2 + 0.01**2 / 3) ** 0.5:.4f} %"
    titles = [block.title for block in sections["Error curves"]]
    assert titles == ["Active energy by power readings, class 0.5S, IEC 62053-22:2003"]
    read = {row[2] for row in sections["Uncertainty"][1].rows}
    assert read == {"active energy by power readings"}


def test_warnings_and_what_was_not_tested_are_told(document) -> None:
    sections = {section.heading: section.blocks for section in contents(document).sections}
    said = [item for block in sections["Summary by clause"] for item in getattr(block, "items", ())]
    # U of 0.1 % is over a fifth of 0.5 %, but not of 1 %.
    assert [text for text in said if text.startswith("3 checks: U is more than a fifth")]
    told = sections["Not tested"][0].items
    assert any(text.startswith("import and export at once") for text in told)
    assert any(text.endswith("not measured") for text in told)
    unused = [item for block in sections["Limits"] for item in getattr(block, "items", ())]
    assert not any("62053-22" in text and "intrinsic" in text for text in unused)


def test_page_and_pdf(document) -> None:
    text = page(document)
    body = ElementTree.fromstring(text.partition("\n")[2])
    words = " ".join("".join(body.itertext()).split())
    assert "a meter <1> & co" in words
    assert "stands outside of it" in words
    assert "simulated front end" not in words
    made = typeset(document)
    assert made.startswith(b"%PDF")
    assert made == typeset(document)
