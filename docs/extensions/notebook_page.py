"""A notebook as a page: its text, its code, and what it printed and drew when it last ran."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from myst_parser.parsers.sphinx_ import MystParser

PICTURES = "_notebook_pictures"


class NotebookParser(MystParser):
    """Reads a notebook as the Markdown page that it amounts to."""

    supported = ("notebook",)

    def parse(self, inputstring: str, document: nodes.document) -> None:
        """Parse the text of a notebook's file."""
        env = document.settings.env
        folder = Path(env.app.doctreedir) / PICTURES
        cells = json.loads(inputstring)["cells"]
        text = "\n\n".join(part for cell in cells for part in _parts(cell, folder, env.srcdir))
        super().parse(text, document)


def _parts(cell: dict[str, Any], folder: Path, root: Path) -> Iterator[str]:
    text = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        yield text
        return
    yield f"```python\n{text}\n```"
    for output in cell["outputs"]:
        data = output.get("data", {"text/plain": output.get("text", [])})
        if "image/png" in data:
            yield f"![{_said(data)}]({_picture(data['image/png'], folder, root)})"
        else:
            yield f"```text\n{''.join(data['text/plain']).rstrip()}\n```"


def _said(data: dict[str, Any]) -> str:
    """What a reader who sees no pictures is told of one."""
    return "".join(data.get("text/plain", ["a picture"])).strip("<>")


def _picture(encoded: str, folder: Path, root: Path) -> str:
    """Keep a picture, under a name by its content, and say where it is within the pages."""
    content = base64.b64decode(encoded)
    path = folder / f"{hashlib.sha256(content).hexdigest()[:16]}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return f"/{Path(os.path.relpath(path, root)).as_posix()}"


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_source_suffix(".ipynb", "notebook")
    app.add_source_parser(NotebookParser)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
