"""The documentation is true: its marked blocks run, its links lead somewhere.

A comment on the line before a code block marks it; what follows `run` is any of

    <!-- run -->          commands exit with 0 and print what is shown; Python runs
    <!-- run live -->     of the numbers shown only the places count, for readings that change
    <!-- run exit 2 -->   the commands exit with 2
    <!-- run background --> the commands go on while the rest of the page runs
    <!-- run if mbpoll -->  left out where this program or Python module is not installed
    <!-- output -->       a `text` block: what the Python block before it prints (`output live`)

In what is shown, a line `...` stands for any lines and `...` within a line for any text. The blocks
of a page share a temporary folder with `examples/` in it, and free ports take the place of those of
`PORTS`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUNNABLE = [p for p in PAGES if p.parent in (ROOT, ROOT / "docs/tutorial", ROOT / "docs/how-to")]
PORTS = (5020, 8096, 8097, 1883, 9001)
PATIENCE = 120.0
"""Of what hangs; a block takes four seconds at most of a machine that has nothing else to do."""
BLOCK = re.compile(r"^<!-- (run|output)( [^>]*?)? -->\n+```(\w+)\n(.*?)^```$", re.M | re.S)
NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w.]*\d)")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
MARK = "::done::"


@dataclass
class Block:
    kind: str
    words: list[str]
    language: str
    text: str

    @property
    def live(self) -> bool:
        return "live" in self.words

    @property
    def code(self) -> int:
        return int(self.words[self.words.index("exit") + 1]) if "exit" in self.words else 0

    @property
    def missing(self) -> str | None:
        if "if" not in self.words:
            return None
        name = self.words[self.words.index("if") + 1]
        there = shutil.which(name) or importlib.util.find_spec(name)
        return None if there else name


def blocks(page: str) -> list[Block]:
    return [Block(m[1], (m[2] or "").split(), m[3], m[4]) for m in BLOCK.finditer(page)]


def commands(text: str) -> list[tuple[str, list[str]]]:
    """Commands of a console block with the lines shown below each; `\\` joins lines."""
    found: list[tuple[str, list[str]]] = []
    going_on = False
    for line in text.splitlines():
        if going_on:
            found[-1] = (f"{found[-1][0]}\n{line.removeprefix('> ')}", [])
        elif line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line)
        going_on = line.endswith("\\") and (going_on or line.startswith("$ "))
    return found


def same_number(shown: str, found: str) -> bool:
    decimals = len(shown.partition(".")[2]) if "e" not in shown else 0
    unit = 10.0**-decimals if "." in shown or "e" not in shown else 0.0
    return abs(float(shown) - float(found)) <= max(1.01 * unit * ("." in shown),
                                                   1e-4 * abs(float(shown)))  # fmt: skip


def same_line(shown: str, found: str, live: bool) -> bool:
    shown, found = " ".join(shown.split()), " ".join(found.split())
    parts = [re.escape(part) for part in NUMBER.sub("\0", shown).split("...")]
    pattern = ".*?".join(parts).replace("\0", "(" + NUMBER.pattern + "|----)")
    match = re.fullmatch(pattern, found)
    if match is None:
        return False
    values = [group for group in match.groups() if group]
    numbers = NUMBER.findall(shown)
    return live or all(v != "----" and same_number(s, v) for s, v in zip(numbers, values, strict=1))


def matches(shown: list[str], found: list[str], live: bool = False) -> bool:
    """Whether what is printed is what is shown."""
    shown = [line for line in shown if line.strip()]
    found = [line for line in found if line.strip()]
    if not shown:
        return not found
    if shown[0].strip() == "...":
        rest = range(len(found) + 1)
        return any(matches(shown[1:], found[n:], live) for n in rest) or len(shown) == 1
    return (
        bool(found) and same_line(shown[0], found[0], live) and matches(shown[1:], found[1:], live)
    )


class Session:
    """A folder in which the blocks of one page run, and what they leave running."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "examples").symlink_to(ROOT / "examples")
        self.ports = {str(port): str(free_port()) for port in PORTS}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path, "COLUMNS": "100", "PYTHONUNBUFFERED": "1",
                            "XDG_DATA_HOME": str(folder / ".data"),
                            "XDG_CONFIG_HOME": str(folder / ".config")}  # fmt: skip
        self.environment.pop("X96_CONFIG", None)
        self.started: list[subprocess.Popen[bytes]] = []
        self.log = folder / ".log"
        self.printed: list[str] = []

    def start(self, arguments: list[str]) -> subprocess.Popen[bytes]:
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                arguments,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def run(self, block: Block) -> None:
        text = re.sub("|".join(self.ports), lambda match: self.ports[match[0]], block.text)
        if block.kind == "output":
            assert matches(text.splitlines(), self.printed, block.live), self._differs(text)
        elif block.language == "python":
            code = self.start([sys.executable, "-W", "error", "-c", text]).wait(PATIENCE)
            self.printed = self.log.read_text().splitlines()
            assert code == block.code, f"exit code {code}:\n{text}\n{self.log.read_text()}"
        elif "background" in block.words:
            self._background(text, block)
        else:
            self._foreground(text, block)

    def _background(self, text: str, block: Block) -> None:
        ((command, shown),) = commands(text)
        process, until = self.start(["bash", "-c", command]), time.monotonic() + PATIENCE
        over = False
        while not matches(shown, self.log.read_text().splitlines(), block.live):
            assert not over, f"$ {command}\n{self.log.read_text()}"
            over = process.poll() is not None or time.monotonic() > until
            time.sleep(0.05)
        self.log = self.folder / f".log{len(self.started)}"

    def _foreground(self, text: str, block: Block) -> None:
        steps = commands(text)
        assert steps, f"no `$ command` in the block\n{text}"
        script = "\n".join(f"{command}\ncode=$?; echo; echo '{MARK}'$code" for command, _ in steps)
        self.start(["bash", "-c", script]).wait(PATIENCE)
        pieces = re.split(rf"{MARK}(\d+)\n", self.log.read_text())
        assert len(pieces) == 2 * len(steps) + 1, self.log.read_text()
        for (command, shown), printed, code in zip(steps, pieces[::2], pieces[1::2], strict=False):
            assert int(code) == block.code, f"exit code {code}: $ {command}\n{printed}"
            self.printed = printed.splitlines()
            assert not shown or matches(shown, self.printed, block.live), (
                f"$ {command}\n{self._differs(chr(10).join(shown))}"
            )

    def _differs(self, shown: str) -> str:
        return "shown:\n" + shown + "\nprinted:\n" + "\n".join(self.printed)

    def close(self) -> None:
        for process in self.started:
            # The group outlives its first process where a command was left in the background.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(PATIENCE)


def run_page(page: str, folder: Path) -> int:
    session, left_out = Session(folder), False
    try:
        for block in blocks(page):
            # The output of a block that was left out is left out too.
            left_out = bool(block.missing) or (left_out and block.kind == "output")
            if not left_out:
                session.run(block)
    finally:
        session.close()
    return len(blocks(page))


@pytest.mark.parametrize("path", RUNNABLE, ids=lambda p: str(p.relative_to(ROOT)))
def test_what_is_shown_runs(path: Path, tmp_path: Path) -> None:
    run_page(path.read_text("utf-8"), tmp_path)


def test_the_main_pages_have_runnable_blocks() -> None:
    for name in ("README.md", "docs/tutorial/recording-to-spectrum.md"):
        assert len(blocks((ROOT / name).read_text("utf-8"))) >= 5, name


def anchors(path: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.M | re.S)
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), f"{link}: not there"
        assert target.is_relative_to(ROOT), f"{link}: leads out of the project"
        assert not anchor or anchor in anchors(target), f"{link}: no such heading"


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs/index.md").read_text("utf-8")
    for path in PAGES[1:]:
        name = str(path.relative_to(ROOT / "docs"))
        assert name == "index.md" or f"]({name})" in index, name


def test_generated_pages_are_fresh() -> None:
    check = [sys.executable, str(ROOT / "docs/generate.py"), "--check"]
    found = subprocess.run(check, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


GOOD = "<!-- run -->\n```console\n$ echo 230.07 V\n230.07 V\n$ true\n```\n"


@pytest.mark.parametrize(
    "page",
    [
        GOOD.replace("\n230.07", "\n230.17"),
        GOOD.replace("\n230.07 V", "\n230.07 A"),
        GOOD.replace("\n230.07 V", "\n230.07 V\nmore"),
        GOOD.replace("true", "false"),
        GOOD.replace("run -->", "run exit 2 -->"),
        GOOD.replace("$ echo", "$ nosuchprogram"),
        "<!-- run -->\n```python\nraise SystemExit(1)\n```\n",
        "<!-- run background -->\n```console\n$ echo 1\n2\n```\n",
        "<!-- run -->\n```python\nprint(1)\n```\n<!-- output -->\n```text\n2\n```\n",
    ],
)
def test_a_page_that_is_wrong_fails(page: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        run_page(page, tmp_path)


@pytest.mark.parametrize(
    "page",
    [
        GOOD,
        GOOD.replace("\n230.07", "\n230.08"),
        GOOD.replace("\n230.07 V", "\n..."),
        GOOD.replace("\n230.07 V", "\n... V"),
        GOOD.replace("run -->", "run live -->").replace("\n230.07", "\n999.99"),
    ],
)
def test_a_page_that_is_right_passes(page: str, tmp_path: Path) -> None:
    assert run_page(page, tmp_path) == 1
