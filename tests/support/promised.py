"""What a version promises to those who use it, a line each: docs/explanation/versions.md.

    python tests/support/promised.py > tests/data/promised/MAJOR.MINOR.txt

keeps that of the version being made, just before it is made.
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

import smartx96
from smartx96 import pytest_plugin, quantities, settings
from smartx96.assembly.installation_tables import TABLES
from smartx96.commands.main import COMMANDS
from smartx96.modbus.calendar.layout import RUNS
from smartx96.modbus.registers import HOLDING, INPUT, Register

ROOT = Path(__file__).resolve().parents[2]


def promised() -> set[str]:
    """Lines of the program that is here."""
    return {
        *_registers("input", INPUT),
        *_registers("holding", (*HOLDING, *(run.listed for run in RUNS))),
        *(f"quantity {each.id} {each.unit}".rstrip() for each in quantities.BY_ID.values()),
        *_settings(),
        *_keys(),
        *_commands(),
        *_python(),
        *_resources(),
    }


def _registers(space: str, table: tuple[Register, ...]) -> Iterator[str]:
    for each in table:
        yield f"register {space} {each.address} {each.words} {each.format.value} {each.id}"


def _settings() -> Iterator[str]:
    for each in settings.TABLE:
        yield f"setting {each.id} {each.unit}".rstrip()
        yield from (f"code {each.id} {number} {name}" for number, name in each.codes.items())


def _keys() -> Iterator[str]:
    """Keys of installation files."""
    for table, model in TABLES.items():
        for name, field in model.model_fields.items():
            yield f"key {table}.{field.alias or name}"


def _commands() -> Iterator[str]:
    for name in COMMANDS:
        yield from _options(name, importlib.import_module(f"smartx96.commands.{name}").command)


def _options(name: str, command: click.Command) -> Iterator[str]:
    yield f"command {name}"
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            yield from (f"option {name} {each}" for each in parameter.opts)
    if isinstance(command, click.Group):
        for below, each in command.commands.items():
            yield from _options(f"{name} {below}", each)


def _python() -> Iterator[str]:
    """Names of the package with their parameters, and the fixtures for pytest."""
    for name in smartx96.__all__:
        yield f"python {name}"
        for parameter in inspect.signature(getattr(smartx96, name)).parameters.values():
            if not parameter.name.startswith("_"):
                yield f"python {name} {parameter.kind.description} {parameter.name}"
    yield from (f"fixture {name}" for name in vars(pytest_plugin) if name.startswith("x96"))


def _resources() -> Iterator[str]:
    described = json.loads((ROOT / "docs/reference/openapi.json").read_text(encoding="utf-8"))
    for path, methods in described["paths"].items():
        yield from (f"resource {method} {path}" for method in methods if method.islower())


if __name__ == "__main__":
    sys.stdout.write("".join(f"{line}\n" for line in sorted(promised())))
