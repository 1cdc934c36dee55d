"""The libraries, each driven by a script of its own with the library's interpreter."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from clients.installed import program, python_of, unpacked
from clients.process import ClientError, run
from clients.steps import Step, Table, Target

_DRIVERS = Path(__file__).parent / "drivers"


def _answer(
    name: str, command: Sequence[str], task: Mapping[str, Any], **options: Any
) -> list[Any]:
    text = run(name, [*command, json.dumps(task)], **options)
    try:
        return json.loads(text.splitlines()[-1])
    except (IndexError, ValueError):
        raise ClientError(f"{name} has given no values: {text}") from None


def _task(target: Target, unit: int, steps: Sequence[Step]) -> dict[str, Any]:
    return {"target": asdict(target), "unit": unit, "steps": [asdict(step) for step in steps]}


def _python(script: str, interpreter: str) -> list[str]:
    return [interpreter, str(_DRIVERS / script)]


def pymodbus(target: Target, unit: int, steps: Sequence[Step]) -> list[float]:
    """pymodbus of the tests' own environment, the newest."""
    command = _python("pymodbus_reads.py", sys.executable)
    return _answer("pymodbus", command, _task(target, unit, steps))


def minimalmodbus(target: Target, unit: int, steps: Sequence[Step]) -> list[float]:
    """minimalmodbus, which knows serial lines only."""
    command = _python("minimalmodbus_reads.py", sys.executable)
    return _answer("minimalmodbus", command, _task(target, unit, steps))


def home_assistant(target: Target, unit: int, steps: Sequence[Step]) -> list[float]:
    """Home Assistant's core and its modbus integration: sensors, or writes."""
    command = _python("home_assistant.py", python_of("home-assistant"))
    return _answer("home-assistant", command, _task(target, unit, steps))


def _node(name: str, target: Target, unit: int, steps: Sequence[Step]) -> list[float]:
    modules = unpacked("node") / "node_modules"
    command = [program("node"), str(_DRIVERS / f"{name.replace('-', '_')}.js")]
    environment = {**os.environ, "NODE_PATH": str(modules)}
    return _answer(name, command, _task(target, unit, steps), environment=environment)


def modbus_serial(target: Target, unit: int, steps: Sequence[Step]) -> list[float]:
    """modbus-serial of npm."""
    return _node("modbus-serial", target, unit, steps)


def jsmodbus(target: Target, unit: int, steps: Sequence[Step]) -> list[float]:
    """jsmodbus of npm."""
    return _node("jsmodbus", target, unit, steps)


def sdm630(target: Target, unit: int = 1) -> dict[tuple[Table, int], float]:
    """All that sdm_modbus reads of its device SDM630, by table and address."""
    command = _python("sdm630.py", python_of("sdm-modbus"))
    task = {"target": asdict(target), "unit": unit}
    found = _answer("sdm_modbus", command, task)
    return {(table, address): value for table, address, value in found}
