"""File: a record under a name whose suffix says what it is: page, PDF or document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smartx96.errors import OptionError
from smartx96.partial_file import check_writable, whole_file
from smartx96.report.commissioning.sections import contents
from smartx96.report.contents_page import page
from smartx96.report.typeset import required, typeset

SUFFIXES = (".html", ".pdf", ".json")


def check_path(path: Path) -> None:
    """Make sure, before the work begins, that a record can be written there.

    Raises
    ------
    OptionError
        The suffix says nothing, or the place takes no file.
    MissingExtraError
        typst, which makes the PDF, is not installed.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise OptionError(
            f"-o {path}: cannot write {path.suffix or 'no suffix'}; use {', '.join(SUFFIXES)}"
        )
    check_writable(path, "-o")
    if path.suffix.lower() == ".pdf":
        required(f"-o {path.with_suffix('.html').name}")


def write_record(path: Path, document: Mapping[str, Any]) -> None:
    """Write a record; it has its name when it is whole.

    Parameters
    ----------
    path : Path
        As `check_path` lets it pass.
    document : mapping
        Of a commissioning.

    Raises
    ------
    OptionError
        It cannot be written.
    """
    made = record_file(path.suffix.lower(), document)
    with whole_file(path, "-o") as file:
        file.write(made)


def record_file(suffix: str, document: Mapping[str, Any]) -> bytes:
    """A record as a file holds it.

    Parameters
    ----------
    suffix : str
        One of `SUFFIXES`.
    document : mapping

    Raises
    ------
    MissingExtraError
        typst, which makes the PDF, is not installed.
    """
    if suffix == ".json":
        return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()
    found = contents(document)
    return typeset(found) if suffix == ".pdf" else page(found).encode()
