"""Libraries that only some formats need."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from smartx96.errors import MissingExtraError


def library(name: str, extra: str = "archives") -> Any:
    """A library of an extra.

    Parameters
    ----------
    name : str
        Module to import; its first part is the package.
    extra : str

    Raises
    ------
    MissingExtraError
        It is not installed, or what it needs of the system is not.
    """
    try:
        return import_module(name)
    except (ImportError, OSError) as error:
        package = name.partition(".")[0]
        raise MissingExtraError(
            f"{package} is not installed: pip install {package}, or pip install 'smartx96[{extra}]'"
        ) from error
