"""Run the notebooks of the documentation; `--check` only compares what they print."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

DOCS = Path(__file__).parent
NOTEBOOKS = tuple(sorted((DOCS / "tutorial").glob("*.ipynb")))
PATIENCE = 120
"""Of a cell [s]."""

_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
"""Nothing of the machine on which it ran."""


def run(path: Path) -> Any:
    """A notebook as it comes out of a new kernel, in the folder of the project.

    Raises
    ------
    CellExecutionError
        A cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    # Sockets of this computer's file system: no port, and nobody else can listen.
    sockets = Config({"AsyncKernelManager": {"transport": "ipc"}})
    folder = {"metadata": {"path": str(DOCS.parent)}}
    NotebookClient(
        notebook, timeout=PATIENCE, kernel_name="python3", resources=folder, config=sockets
    ).execute()
    notebook.metadata = nbformat.from_dict(_METADATA)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
    nbformat.validate(notebook)
    return notebook


def printed(notebook: Any) -> list[tuple[str, list[str]]]:
    """What the cells print, and what kinds of pictures they draw."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            kinds = [_content(output) for output in cell.outputs]
            found.append((cell.source, kinds))
    return found


def _content(output: Any) -> str:
    if output.output_type == "stream":
        return str(output.text)
    kinds = sorted(kind for kind in output.data if kind != "text/plain")
    return ", ".join(kinds) or str(output.data["text/plain"])


def main(arguments: list[str]) -> int:
    """Run the notebooks and write them, or with `--check` return 1 when one is stale."""
    stale = 0
    for path in NOTEBOOKS:
        name = path.relative_to(DOCS.parent)
        notebook = run(path)
        if "--check" not in arguments:
            nbformat.write(notebook, path)
            sys.stdout.write(f"{name} written\n")
        elif printed(notebook) != printed(nbformat.read(path, as_version=4)):
            stale += 1
            sys.stdout.write(f"{name} is stale: run docs/notebooks.py\n")
    return int(stale > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
