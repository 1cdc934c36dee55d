"""`x96 typetest` from the outside: summary, files, exit codes, one clear line for each mistake."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from support import in_process

MAIN = "from smartx96.commands.main import main; main()"
FILES = ["typetest.html", "typetest.json", "typetest.pdf"]
SCOPE = ("--quick", "--clauses", "intrinsic,sequence", "--clauses", "datasheet", "--class", "0.5S")


def x96(*arguments: object, cwd: Path | None = None, code: str = MAIN,
        seed: str = "0") -> subprocess.CompletedProcess[str]:  # fmt: skip
    return subprocess.run(
        [sys.executable, "-c", code, "typetest", *map(str, arguments)], capture_output=True,
        text=True, cwd=cwd, check=False, timeout=120, env={**os.environ, "PYTHONHASHSEED": seed},
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("typetest") / "new" / "report"


@pytest.fixture(scope="module")
def done(folder: Path) -> subprocess.CompletedProcess[str]:
    return x96(*SCOPE, "-o", folder, "--jobs", 2)


def test_a_good_meter_passes_with_a_summary_and_three_files(done, folder) -> None:
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert sorted(path.name for path in folder.iterdir()) == FILES
    found = json.loads((folder / "typetest.json").read_text())
    lines = done.stdout.splitlines()
    for summary in found["summary"]:
        if summary["checks"] and summary["clause"] != "datasheet":
            (line,) = [x for x in lines if summary["title"] in x and summary["standard"] in x]
            value = f"{summary['worst']['value']:+.4f}".replace("-", "\u2212")
            assert value in line or "  0 %" in line
            assert f"\u00b1{summary['worst']['limit']:g} %" in line
            assert line.split()[-1] == "pass"
    judged = sum(check["limit"] is not None for check in found["checks"])
    assert f"Pass: {judged} checks within limits. Part of the quick plan: clauses intrinsic, " \
           "sequence, datasheet." in lines  # fmt: skip
    doubtful = {s["clause"] for s in found["summary"] if s["verified"] is False}
    assert doubtful == {"intrinsic", "sequence"}
    assert "  Limits of 2 clauses rest on one public source only: see Limits." in lines


def test_the_page_says_what_the_json_says(done, folder) -> None:
    found = json.loads((folder / "typetest.json").read_text())
    root = ElementTree.fromstring((folder / "typetest.html").read_text().partition("\n")[2])
    text = " ".join("".join(root.itertext()).split())
    assert "IEC 62053-22:2003, class 0.5S" in text
    for line in found["datasheet"]:
        assert line["line"] in text
    assert (folder / "typetest.pdf").read_bytes().startswith(b"%PDF-")


def test_the_same_again_gives_the_same_bytes(done, folder, tmp_path) -> None:
    again = x96(*SCOPE, "-o", tmp_path, "--jobs", 1, seed="5")
    assert again.returncode == 0, again.stderr
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name


def test_another_seed_gives_other_numbers(done, folder, tmp_path) -> None:
    assert x96(*SCOPE, "-o", tmp_path, "--seed", 3, "--no-pdf").returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES[:2]
    assert (tmp_path / FILES[1]).read_bytes() != (folder / FILES[1]).read_bytes()


def test_json_is_one_document_and_nothing_else(done, folder) -> None:
    found = x96(*SCOPE, "--json")
    assert found.returncode == 0
    assert found.stdout == (folder / "typetest.json").read_text()
    assert found.stderr == ""


def test_datasheet_is_a_markdown_table(done, folder) -> None:
    found = x96(*SCOPE, "--datasheet")
    assert found.returncode == 0
    head, rule, *lines = found.stdout.splitlines()
    columns = head.count("|") - 1
    assert rule == "| " + " | ".join(["---"] * columns) + " |"
    known = json.loads((folder / "typetest.json").read_text())["datasheet"]
    assert len(lines) == len(known)
    for line, row in zip(lines, known, strict=True):
        assert line.count("|") == columns + 1
        assert line.startswith(f"| {row['line']} | ")


@pytest.fixture
def skewed(tmp_path: Path) -> Path:
    """Currents are sampled 40 us late, and nothing corrects it: 43 minutes."""
    path = tmp_path / "skewed.toml"
    path.write_text('preset = "x96"\n[converter]\ncurrent_skew = [40, 40, 40]\n')
    return path


def test_a_bad_meter_fails_with_exit_code_1_and_its_report(skewed, tmp_path) -> None:
    found = x96(*SCOPE, "--frontend", skewed, "-o", tmp_path / "out", "--no-pdf")
    assert found.returncode == 1
    assert found.stderr == ""
    assert "Fail: " in found.stdout
    document = json.loads((tmp_path / "out" / "typetest.json").read_text())
    assert not document["passed"]
    assert document["front_end"]["name"] == "own"
    assert "front end own (skewed.toml)" in found.stdout
    assert "own (skewed.toml)" in (tmp_path / "out" / "typetest.html").read_text()
    (skew,) = [n for n in document["front_end_numbers"] if n["key"] == "current_skew"]
    assert skew["value"] == [40.0, 40.0, 40.0]
    assert skew["source"] == "stated by the user"
    worst = next(s["worst"] for s in document["summary"] if s["clause"] == "intrinsic")
    # 40 us are 0.72 degrees, at cos 0.25 tan(phi) times that: 4.9 %.
    assert abs(worst["value"]) > 4.0


BAD = (
    (("--class", "0.1"), 2, "class 0.1: use 0.2S, 0.5S, 1, A, B, C"),
    (("--clauses", "intrinsic,climate"), 2, "clause climate: use intrinsic"),
    (("--frontend", "good"), 2, "front end good: give ideal or x96, or a file FILE.toml"),
    (("--frontend", "none.toml"), 1, "none.toml"),
    (("--wiring", "2p"), 2, "'2p' is not one of '3p4w', '3p3w', '1p2w'"),
    (("--jobs", "0"), 2, "--jobs 0: 1 or more"),
    (("--json", "--datasheet"), 2, "--json and --datasheet: give one of them"),
    (("--clauses", "sequence", "--datasheet"), 2, "add it to --clauses"),
    (("--class", "C", "--clauses", "temperature"), 2, "nothing to test"),
    (
        ("--class", "C", "--clauses", "intrinsic"),
        2,
        "nothing to test: class C has no limit of intrinsic",
    ),
    (("--class", "0,5S"), 2, "class 0,5S: write 0.5S"),
    (("-o", "taken"), 2, "-o taken: no folder to write to"),
    (("-o", "taken/below"), 2, "-o taken/below: no folder to write to"),
)


@pytest.mark.parametrize(("arguments", "code", "line"), BAD)
def test_mistakes_get_one_clear_line(arguments, code, line, tmp_path) -> None:
    (tmp_path / "taken").write_text("a file")
    found = in_process.x96("typetest", *arguments, cwd=tmp_path)
    assert found.returncode == code
    assert found.stdout == ""
    assert found.stderr.startswith("x96: ")
    assert len(found.stderr.splitlines()) == 1
    assert line in found.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_names_are_taken_in_any_case_and_a_class_without_limits_is_told() -> None:
    found = x96("--quick", "--class", "0.5s,c", "--clauses", "Sequence", "--wiring", "3P4W",
                "--frontend", "X96")  # fmt: skip
    assert found.returncode == 0, found.stderr
    assert "front end x96, " in found.stdout
    assert "class 0.5S" in found.stdout
    assert "  class C: nothing of these clauses has a limit" in found.stdout.splitlines()


def test_without_typst_it_is_said_before_the_work(tmp_path) -> None:
    code = f"import sys; sys.modules['typst'] = None; {MAIN}"
    found = x96("-o", "out", cwd=tmp_path, code=code)
    assert found.returncode == 1
    assert found.stderr == (
        "x96: PDF needs typst, which is not installed: pip install 'smartx96[reports]', or give "
        "--no-pdf\n"
    )
    assert not list(tmp_path.iterdir())


def test_a_run_that_breaks_leaves_what_was_there(tmp_path) -> None:
    code = (
        "import smartx96.report.typetest.folder as folder\n"
        "def broken(document): raise MemoryError\n"
        f"folder.page = broken\n{MAIN}"
    )
    (tmp_path / "typetest.html").write_text("before")
    scope = ("--quick", "--clauses", "sequence")
    assert x96(*scope, "-o", ".", cwd=tmp_path, code=code).returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == ["typetest.html"]
    assert (tmp_path / "typetest.html").read_text() == "before"
    assert x96(*scope, "-o", "new", cwd=tmp_path, code=code).returncode == 1
    assert not (tmp_path / "new").exists()


def test_an_older_pdf_is_not_left_beside_new_results(tmp_path) -> None:
    (tmp_path / "typetest.pdf").write_bytes(b"of another run")
    found = x96("--quick", "--clauses", "sequence", "-o", tmp_path, "--no-pdf")
    assert found.returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES[:2]


CHILDREN = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended may wait to be asked for its code."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def spent(pid: int) -> float:
    """Processor time of a process [s]; 0 of one that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not CHILDREN.exists(), reason="needs /proc with the children of processes")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_every_process_at_once(sign, tmp_path) -> None:
    """Hours of signal are on their way, of which none is waited for."""
    command = [sys.executable, "-c", MAIN, "typetest", "--clauses", "no-load", "--jobs", "2"]
    process = subprocess.Popen(
        [*command, "-o", "out"], cwd=tmp_path, start_new_session=True, stderr=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    workers, until = list[int](), time.monotonic() + 60
    # Two that have begun to measure, and the one that looks after what they share.
    while len(workers) < 3 or sorted(map(spent, workers))[-2] < 1.5:
        assert time.monotonic() < until
        time.sleep(0.05)
        workers = [int(pid) for pid in children.read_text().split()]
    os.killpg(process.pid, sign)
    try:
        _, told = process.communicate(timeout=10)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 128 + sign
    assert "Traceback" not in told
    assert ("stopped; nothing was written" in told) is (sign is signal.SIGINT)
    assert not list(tmp_path.iterdir())
    time.sleep(0.5)
    assert len(workers) == 3
    assert not [pid for pid in workers if alive(pid)]
