"""Formulas as MathML, which browsers show by themselves: no script, nothing from elsewhere."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

_LOG = logging.getLogger(__name__)

_MISREAD = re.compile(r"\\[td]?frac\s*[^{\s]")
"""What the converter misreads and says nothing of: `\\frac13` is 13 over what follows."""

_UNDERLINED = re.compile(r"<munder>\s*<mi>(\w+)</mi>\s*<mo>_</mo>\s*</munder>")
_PHASOR = r'<mrow style="border-bottom:.05em solid;padding-bottom:.05em"><mi>\1</mi></mrow>'
"""A letter with a line as wide as itself; browsers do not stretch the character."""


def mathml(formula: str, *, block: bool = False) -> str:
    """A formula of TeX as MathML.

    Raises
    ------
    ValueError
        It is none, or one that the converter would misread.
    """
    if found := _MISREAD.search(formula):
        raise ValueError(f"{found[0]}: write it with braces")
    if formula.count("{") != formula.count("}"):
        raise ValueError("a brace is not closed")
    try:
        return _UNDERLINED.sub(_PHASOR, tex2mathml(formula, as_block=block))
    except (SyntaxError, IndexError, TypeError) as error:
        raise ValueError(str(error)) from None


def _markup(node: nodes.Element, *, block: bool) -> str:
    try:
        return mathml(node.astext(), block=block)
    except ValueError as error:
        _LOG.warning("formula %s: %s", node.astext(), error, location=node)
        return ""


def _inline(writer: HTML5Translator, node: nodes.Element) -> None:
    writer.body.append(_markup(node, block=False))
    raise nodes.SkipNode


def _block(writer: HTML5Translator, node: nodes.Element) -> None:
    writer.body.append(f'<div class="math">{_markup(node, block=True)}</div>\n')
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
