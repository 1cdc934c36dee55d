"""The order of the pages on the site: that of the lists of `index.md`, which people read too."""

from __future__ import annotations

import re
from typing import Any

_SECTION = re.compile(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", re.M | re.S)
_ITEM = re.compile(r"^- .*(?:\n  .*)*", re.M)
_PAGE = re.compile(r"\]\(([^)#:]+)\.(?:md|ipynb)\)")


def sections(text: str) -> dict[str, list[str]]:
    """Pages of each section of the index by its heading, each page where it comes first."""
    seen: set[str] = set()
    found: dict[str, list[str]] = {}
    for heading, body in _SECTION.findall(text):
        pages = dict.fromkeys(page for item in _ITEM.findall(body) for page in _PAGE.findall(item))
        own = [page for page in pages if page not in seen]
        seen.update(own)
        if own:
            found[heading] = own
    return found


def _with_trees(app: Any, page: str, source: list[str]) -> None:
    if page != "index":
        return
    for heading, pages in sections(source[0]).items():
        listed = "\n".join(pages)
        source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {heading}\n\n{listed}\n```\n"


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("source-read", _with_trees)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
