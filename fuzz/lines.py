"""How much of the readers, or of the Modbus server, a corpus reaches, as lines; needs no fuzzer.

python fuzz/lines.py TARGET FOLDER... [--keep FOLDER]

With --keep, inputs that are needed to go every way from line to line are copied there, small ones
first: the corpus that the tests replay.
"""

from __future__ import annotations

import dis
import importlib
import shutil
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from types import CodeType, FrameType, ModuleType

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.exercise import exercise
from support.exercise_modbus import TARGETS
from support.fuzzed import written

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"comtrade": ("comtrade",), "capture": ("capture", "sampled_values"), "wav": ("wav",)}
"""Rooms of `smartx96.samples` that belong to a target."""

ELSEWHERE = ("writing", "encoder", "sending", "live", "interface", "control_block")
"""Modules in them that read no files."""

_FUNCTIONS = ("diagnostics", "identification", "identity", "reads", "writes")
MODBUS = {
    "pdu": ("pdu", "functions.counters", *(f"functions.{name}" for name in _FUNCTIONS)),
    "tcp": ("tcp", "stations"),
    "rtu": ("line.checksum", "line.frames", "line.line", "line.parameters", "stations"),
    "writes": ("writing", "encoding"),
}
"""Modules of `smartx96.modbus` that belong to a target."""

Way = tuple[str, int, int]


def modules(target: str) -> list[str]:
    """Modules of a target."""
    if target in MODBUS:
        return [f"smartx96.modbus.{name}" for name in MODBUS[target]]
    found = []
    for package in PACKAGES[target]:
        folder = ROOT / "src/smartx96/samples" / package
        names = sorted(path.stem for path in folder.glob("*.py"))
        found += [f"smartx96.samples.{package}.{n}" for n in names if n not in ELSEWHERE]
    return [name.removesuffix(".__init__") for name in found]


def lines_of(code: CodeType) -> set[int]:
    """Lines of the functions in a module, as they run after its import."""
    own = {line for _, line in dis.findlinestarts(code) if line} - {code.co_firstlineno}
    inner = [const for const in code.co_consts if isinstance(const, CodeType)]
    return (own if code.co_flags & 1 else set()).union(*map(lines_of, inner))


def ways(target: str, path: Path, folder: Path) -> set[Way]:
    """File, line and the line before it, of all that reading an input runs."""
    found: set[Way] = set()
    before: dict[FrameType, int] = {}

    def note(frame: FrameType, event: str, argument: object) -> object:
        file = frame.f_code.co_filename
        if event == "call" and "/samples/" not in file and "/modbus/" not in file:
            return None
        if event == "line":
            found.add((file, frame.f_lineno, before.get(frame, 0)))
            before[frame] = frame.f_lineno
        return note

    content = path.read_bytes()
    file = None if target in MODBUS else written(target, content, folder)
    sys.settrace(note)
    try:
        TARGETS[target](content) if file is None else exercise(file)
    finally:
        sys.settrace(None)
    return found


def main() -> None:
    """Print lines reached of each module, and of all."""
    words = sys.argv[1:]
    kept = Path(words.pop()) if "--keep" in words else None
    target, *folders = [word for word in words if word != "--keep"]
    inputs = [path for folder in folders for path in Path(folder).iterdir()]
    loaded = [importlib.import_module(name) for name in modules(target)]
    known: set[Way] = set()
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(inputs, key=lambda path: (path.stat().st_size, path.name)):
            more = ways(target, path, Path(folder))
            if kept is not None and not more <= known:
                shutil.copy(path, kept / path.name)
            known |= more
    found: dict[str, set[int]] = defaultdict(set)
    for file, line, _ in known:
        found[file].add(line)
    report(target, loaded, found, len(inputs))


def report(target: str, loaded: list[ModuleType], found: dict[str, set[int]], inputs: int) -> None:
    """Print how many lines of each module were reached, and which were not."""
    total = hit = 0
    for module in loaded:
        file = str(module.__file__)
        lines = lines_of(compile(Path(file).read_text(), file, "exec"))
        missed = sorted(lines - found[file])
        total, hit = total + len(lines), hit + len(lines) - len(missed)
        print(f"{module.__name__}: {len(lines) - len(missed)} of {len(lines)}; not {missed}")
    print(f"{target}: {hit} of {total} lines, {inputs} inputs")


if __name__ == "__main__":
    main()
