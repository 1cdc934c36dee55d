"""mbpoll, the command line of libmodbus: a process for each step."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import assert_never

from clients.installed import program
from clients.process import ClientError, run
from clients.steps import WORDS, Read, Serial, Step, Target, Tcp, Write

_TABLES = {"input": "3", "holding": "4"}
_FORMATS = {"float32": ":float", "uint32": ":int", "uint16": ":hex"}
_PARITIES = {"N": "none", "E": "even", "O": "odd"}


def mbpoll(target: Target, unit: int, steps: Sequence[Step]) -> list[float]:
    """Do the steps; a value of one word is written by function 06, not 16."""
    return [value for step in steps for value in _step(target, unit, step)]


def _step(target: Target, unit: int, step: Step) -> list[float]:
    options = ["-0", "-1", "-B", "-q", "-o", "2", "-a", str(unit), "-r", str(step.address)]
    command = [program("mbpoll"), *_line(target), *options]
    place = target.device if isinstance(target, Serial) else target.host
    match step:
        case Write(kind=kind, value=value):
            form, shown = (
                ("", f"{value:.0f}") if kind == "uint16" else (_FORMATS[kind], f"{value:.9g}")
            )
            run("mbpoll", [*command, "-t", f"4{form}", place, "--", shown])
            return []
        case Read(table=table, kind=kind, count=count):
            form = _TABLES[table] + _FORMATS[kind]
            text = run("mbpoll", [*command, "-t", form, "-c", str(count), place])
            return _values(text, step)
        case _:
            assert_never(step)


def _line(target: Target) -> list[str]:
    match target:
        case Tcp(port=port):
            return ["-m", "tcp", "-p", str(port)]
        case Serial(speed=speed, parity=parity, stop_bits=stop_bits):
            return ["-m", "rtu", "-b", str(speed), "-P", _PARITIES[parity], "-s", str(stop_bits)]
        case _:
            assert_never(target)


def _values(text: str, read: Read) -> list[float]:
    found = {int(a): v for a, v in re.findall(r"^\[(\d+)\]:\s+(\S+)", text, re.MULTILINE)}
    places = [read.address + n * WORDS[read.kind] for n in range(read.count)]
    if sorted(found) != places:
        raise ClientError(f"mbpoll has shown the addresses {sorted(found)} of {places}: {text}")
    if read.kind == "float32":
        return [float(found[place]) for place in places]
    if read.kind == "uint16":
        return [float(int(found[place], 16)) for place in places]
    return [float(int(found[place]) % (1 << 32)) for place in places]
