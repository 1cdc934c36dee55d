"""Links that lead out of this folder: the README is a page of the site, other files are its own.

On GitHub a page links to `../../README.md#install`, and `overview.md` only points to the README. On
the site the README stands in the place of `overview`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

OVERVIEW = "overview"

_README = re.compile(r"\]\(((?:\.\./)+)README\.md")
_LINK = re.compile(r"\]\((?![a-z]+:|#)(docs/)?")


def _rewritten(app: Any, page: str, source: list[str]) -> None:
    if page == OVERVIEW:
        readme = Path(app.srcdir).parent / "README.md"
        app.env.note_dependency(str(readme))
        source[0] = _seen_from_the_pages(readme.read_text("utf-8"))
    up = "../" * page.count("/")
    source[0] = _README.sub(f"]({up}{OVERVIEW}.md", source[0])


def _seen_from_the_pages(readme: str) -> str:
    """The README with its links as they go from the folder of the pages."""
    return _LINK.sub(lambda found: "](" if found[1] else "](../", readme)


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("source-read", _rewritten)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
