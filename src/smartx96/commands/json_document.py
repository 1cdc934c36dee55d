"""The one JSON document of a command."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

import click


def write_json(document: object) -> None:
    """Print the one JSON document of a command; what is no number is null."""
    click.echo(json.dumps(_finite(document), indent=1, ensure_ascii=False))


def _finite(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value
