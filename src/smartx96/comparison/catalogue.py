"""Catalogue: the engines of others by name."""

from __future__ import annotations

from collections.abc import Iterable

from smartx96.comparison.engine import Engine
from smartx96.comparison.numpy_script import NumpyScript
from smartx96.comparison.pqopen import Pqopen
from smartx96.errors import OptionError

ENGINES: dict[str, type[Engine]] = {engine.name: engine for engine in (NumpyScript, Pqopen)}


def engines(names: Iterable[str]) -> tuple[type[Engine], ...]:
    """Engines by their names, each once.

    Raises
    ------
    OptionError
        There is no such engine; names those that there are.
    MissingExtraError
        One needs what is not installed.
    """
    found = []
    for name in dict.fromkeys(names):
        if name not in ENGINES:
            raise OptionError(f"--against {name}: use {', '.join(ENGINES)}")
        ENGINES[name].required()
        found.append(ENGINES[name])
    return tuple(found)
