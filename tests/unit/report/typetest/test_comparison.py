"""Other engines in the report of a type test, read from the page; the PDF is made with them."""

from __future__ import annotations

import copy
import json
from typing import Any
from xml.etree import ElementTree

import pytest

from smartx96.frontend.front_end import X96
from smartx96.report.typetest.comparison import comparison, same_points
from smartx96.typetest.plan.scope import Scope
from smartx96.typetest.type_test import type_test
from support.dressed import page, typeset

SOME = Scope(clauses=("interruption", "sequence", "start-up"), classes=("0.5S",)).quick()


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return json.loads(type_test(SOME, X96, against=("numpy",)).json())


def section(document: dict[str, Any]) -> ElementTree.Element | None:
    root = ElementTree.fromstring(page(document).partition("\n")[2])
    return root.find(".//section[@class='other-engines']")


def test_the_page_has_the_table(document: dict[str, Any]) -> None:
    found = section(document)
    assert found is not None
    rows = [["".join(cell.itertext()) for cell in row] for row in found.iter("tr")]
    assert rows[0] == ["clause", "tested against", "checks", "smartx96", "numpy"]
    assert len(rows) == 1 + len(document["comparison"])
    cells = {row[0]: row[2:] for row in rows[1:]}
    worst = document["summary"][0]["worst"]["value"]
    assert cells["variation by a reversed phase sequence"][0] == "1"
    assert cells["variation by the loss of one or two phases"][2] == "no reading, 3 outside"
    assert cells["initial start-up of the meter"][2] == "not offered"
    shown = cells["variation by a reversed phase sequence"][1]
    assert float(shown.removesuffix(" %").replace("\u2212", "-")) == pytest.approx(worst, abs=5e-5)
    text = " ".join("".join(found.itertext()).split())
    assert f"numpy ({document['engines'][0]['version']}): a plain NumPy script" in text


def test_numbers_are_those_of_the_document(document: dict[str, Any]) -> None:
    other = copy.deepcopy(document)
    result = other["comparison"][0]["results"][1]
    result.update(failed=2, checks=7)
    result["worst"].update(value=-1.25)
    other["comparison"][0]["results"][0]["checks"] = 9
    table = same_points(other)
    assert table is not None
    assert table.rows[0][-1] == "\u22121.2500 %, 2 outside, 2 not offered"
    assert table.rows[0][2] == "9"


def test_without_engines_there_is_no_section(document: dict[str, Any]) -> None:
    without = document | {"comparison": [], "engines": []}
    assert comparison(without) == ()
    assert section(without) is None


def test_a_document_from_before_there_were_engines_is_shown(document: dict[str, Any]) -> None:
    old = {key: value for key, value in document.items() if key not in ("comparison", "engines")}
    assert section(old) is None


def test_the_pdf_is_set_with_it(document: dict[str, Any]) -> None:
    pytest.importorskip("typst")
    with_it, again = typeset(document), typeset(document)
    assert with_it == again
    assert with_it != typeset(document | {"comparison": [], "engines": []})
