"""Formulas of the pages as MathML, checked against what MathML Core says of its elements."""

from __future__ import annotations

import html
import importlib.util
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
NAME = "{http://www.w3.org/1998/Math/MathML}"
CHILDREN = {"mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2,
            "munderover": 3, "mroot": 2}  # fmt: skip


@pytest.fixture(scope="module")
def mathml() -> Any:
    pytest.importorskip("sphinx")
    path = DOCS / "extensions/mathml.py"
    specification = importlib.util.spec_from_file_location("mathml", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.mathml


def formulas() -> list[str]:
    found: list[str] = []
    for path in DOCS.rglob("*.md"):
        text = path.read_text("utf-8")
        found += re.findall(r"^```math\n(.*?)^```", text, re.M | re.S)
        text = re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.M | re.S)
        found += re.findall(r"\$([^$\n]+(?:\n[^$\n]+)?)\$", text)
    return found


def shown(element: ET.Element) -> str:
    """The letters and signs of a formula, in order."""
    return "".join("".join(element.itertext()).split())


def parsed(markup: str) -> ET.Element:
    named = re.compile(r"&(?!amp;|lt;|gt;)\w+;")
    return ET.fromstring(named.sub(lambda entity: html.unescape(entity[0]), markup))


def test_every_formula_of_the_pages_is_one(mathml: Any) -> None:
    found = formulas()
    assert len(found) > 100
    for formula in found:
        root = parsed(mathml(formula))
        assert root.tag == f"{NAME}math"
        for element in root.iter():
            wanted = CHILDREN.get(element.tag.removeprefix(NAME))
            assert wanted is None or len(element) == wanted, formula
        assert "\\" not in shown(root), formula


@pytest.mark.parametrize(
    ("formula", "letters"),
    [
        (r"\underline U_{p,1} \underline I_{p,1}^{\ast}", "Up,1Ip,1∗"),
        (r"\frac{1}{3} (U_1 + U_2 + U_3)", "13(U1+U2+U3)"),
        (r"\langle u_{12}\, i_1 \rangle", "⟨u12i1⟩"),
        (r"100 \sqrt{\sum_{h=2}^{63} U_h^2} / U_1", "100∑h=263Uh2/U1"),
        (r"\varphi = \arg \sum_p P_p \ge 0", "φ=arg∑pPp≥0"),
    ],
)
def test_a_formula_says_what_is_written(mathml: Any, formula: str, letters: str) -> None:
    assert shown(parsed(mathml(formula))).replace("\u2061", "") == letters


@pytest.mark.parametrize("formula", [r"\frac13 x", r"\tfrac 12", r"\nosuch{x}", r"\frac{1}{", "{x"])
def test_what_would_be_misread_is_refused(mathml: Any, formula: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        mathml(formula)
