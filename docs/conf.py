"""The documentation as a site: `make site` makes build/site of the pages of this folder."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE / "extensions"))

project = "SMART X96"
author = "the authors of smartx96"
version = release = installed("smartx96")
html_title = f"{project} {version}"

extensions = [
    "myst_parser",
    "mathml",
    "notebook_page",
    "page_list",
    "project_links",
]
exclude_patterns = ["extensions", "__pycache__"]
nitpicky = False
suppress_warnings = ["myst.xref_ambiguous"]

# The pages are written for GitHub: its anchors, its mathematics.
myst_heading_anchors = 6
myst_enable_extensions = ["dollarmath"]
myst_fence_as_directive = ["math"]

smartquotes = False  # quotes are what one types

html_theme = "furo"
html_theme_options = {"navigation_with_keys": True}
html_favicon = "pictures/icon.svg"
html_math_renderer = "mathml"
html_copy_source = False
html_show_copyright = False
html_last_updated_fmt = None
templates_path: list[str] = []
html_static_path: list[str] = []
pygments_dark_style = "github-dark"
