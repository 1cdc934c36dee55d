import hashlib
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from smartx96.commands.events import command
from smartx96.commands.main import main
from smartx96.errors import OptionError, StoreError
from smartx96.meter.events import Event, EventKind
from smartx96.store.transaction import Commit
from support.stored import NOON, commit, event, fill, opened, sql


def run(*arguments, code=0):
    result = CliRunner().invoke(command, list(map(str, arguments)), standalone_mode=False,
                                catch_exceptions=False)  # fmt: skip
    if result.exception is not None:
        raise result.exception
    assert (result.return_value or 0) == code, result.output
    return result.stdout


@pytest.fixture
def folder(tmp_path, monkeypatch):
    path = tmp_path / "state"
    monkeypatch.setenv("X96_STATE", str(path))
    with opened(path) as store:
        fill(store, commits=4, events=3)
    return path


def test_table(folder):
    lines = run("--last", 2).splitlines()
    assert [line.split() for line in lines] == [
        ["number", "time", "(UTC)", "event", "details"],
        ["11", "2026-09-21T14:13:31Z", "parameter_changed", "number", "11"],
        ["12", "2026-09-21T14:13:32Z", "parameter_changed", "number", "12"],
    ]
    assert run() == run("--state", folder) == run("--meter", "main")
    assert len(run().splitlines()) == 13


def test_json_is_one_document_by_which_the_chain_can_be_followed(folder):
    found = json.loads(run("--json"))
    assert [e["number"] for e in found] == list(range(1, 13))
    previous = "0" * 64
    for entry in found:
        text = json.dumps(
            {"details": entry["details"], "kind": entry["kind"], "meter": "main",
             "number": entry["number"], "time": NOON + entry["number"] * 1_000_000},
            sort_keys=True, separators=(",", ":"),
        )  # fmt: skip
        previous = hashlib.sha256((previous + text).encode()).hexdigest()
        assert entry["hash"] == previous
    assert run("--verify") == f"main: 12 events, in order; head 12:{previous}\n"


def test_kinds(folder):
    with opened(folder) as store:
        kinds = [EventKind.POWER_DOWN, EventKind.POWER_UP, EventKind.POWER_DOWN, EventKind.RESET]
        store.commit({"main": Commit({}, NOON, {}, [Event(NOON + 1500, kind) for kind in kinds])})
    found = json.loads(run("--json", "--kind", "power_down", "--kind", "reset"))
    assert [(e["number"], e["kind"]) for e in found] == [
        (13, "power_down"), (15, "power_down"), (16, "reset")
    ]  # fmt: skip
    assert found[0]["time"] == "2026-09-21T14:13:20.001Z"
    last = json.loads(run("--json", "--kind", "power_down", "--last", 1))
    assert [e["number"] for e in last] == [15]
    assert run("--kind", "clock_set") == "no events\n"


def test_several_meters(folder):
    with opened(folder) as store:
        store.commit({"heating": commit(1)})
    lines = run("--last", 1).splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["heating", "1"], ["main", "12"]]
    assert len(run("--meter", "heating").splitlines()) == 2
    assert [line.partition(":")[0] for line in run("--verify").splitlines()] == ["heating", "main"]
    with pytest.raises(OptionError, match="say of which meter with --meter NAME"):
        run("--verify", f"12:{'0' * 64}")
    with pytest.raises(StoreError, match="no meter cooling there; there is heating, main"):
        run("--meter", "cooling")
    with pytest.raises(StoreError, match="no meter cooling there; there is heating, main"):
        run("--meter", "cooling", "--verify")


def test_signs_that_steer_a_terminal(folder):
    with opened(folder) as store:
        event = Event(NOON, EventKind.PARAMETER_CHANGED, {"new": "\x1b[2J\n[b]ä\u202e\ud800"})
        store.commit({"main": Commit({}, NOON, {}, [event])})
    assert "new \\x1b[2J\\n[b]ä\\u202e\\ud800" in run("--last", 1)
    assert json.loads(run("--last", 1, "--json"))[0]["details"]["new"].startswith("\x1b[2J\n")


def test_noted_head(folder):
    head = run("--verify").rpartition(" ")[2].strip()
    assert "in order" in run("--verify", head)
    assert "in order" in run("--verify", head[:19])
    with opened(folder) as store:
        fill(store, commits=1)
    assert "in order" in run("--verify", head)
    other = head[:3] + ("0" if head[3] != "0" else "1") + head[4:]
    found = run("--verify", other, code=1)
    assert "  entry 12 is not the one that was noted: the log was written anew\n" in found


@pytest.mark.parametrize("text", ["12", "12:", ":abc", "12:xyz", f"a:{'0' * 64}", f"1:{'0' * 65}"])
def test_what_is_no_head(folder, text):
    with pytest.raises(OptionError, match="give NUMBER:HASH as an earlier --verify printed it"):
        run("--verify", text)


def test_altered_entry_is_exit_code_1_and_told_in_json_too(folder):
    sql(folder, "UPDATE events SET time = time + 1 WHERE number = 7")
    lines = run("--verify", code=1).splitlines()
    assert lines[0].startswith("main: 12 events, 1 finding; head 12:")
    assert lines[1] == "  entry 7 is altered, or entry 6 was put in place of another"
    (check,) = json.loads(run("--verify", "--json", code=1))
    assert (check["meter"], check["entries"], check["head"]["count"]) == ("main", 12, 12)
    assert [finding["number"] for finding in check["findings"]] == [7]


def test_exit_codes_of_the_program(folder, tmp_path, capsys):
    def code(*arguments):
        with pytest.raises(SystemExit) as caught:
            main(["events", *arguments])
        return caught.value.code

    assert code("--verify") == 0
    sql(folder, "DELETE FROM events WHERE number = 12")
    assert code("--verify") == 1
    assert "entry 12 is missing" in capsys.readouterr().out
    assert code("--verify", "nonsense") == 2
    assert code("--state", str(tmp_path / "nowhere")) == 1
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith(f"x96: {tmp_path}/nowhere: no meter has kept its state there; name")
    assert not (tmp_path / "nowhere").exists()


def test_while_a_meter_runs(folder):
    with opened(folder) as store:
        for number in range(5, 9):
            store.commit({"main": commit(number, events=3)})
            assert f"main: {3 * number} events, in order" in run("--verify")
            assert len(json.loads(run("--json"))) == 3 * number


def test_other_process_reads_while_this_one_writes(folder):
    with opened(folder) as store:
        program = "from smartx96.commands.main import main; main()"
        reader = subprocess.Popen(
            [sys.executable, "-c", program, "events", "--verify"],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        number = 4
        while reader.poll() is None:
            number += 1
            store.commit({"main": commit(number, events=3)})
        said, _ = reader.communicate()
        assert reader.returncode == 0, said
        assert "in order" in said


def test_event_is_what_was_given(folder):
    found = json.loads(run("--json"))
    assert [e["details"] for e in found] == [dict(event(n).details) for n in range(1, 13)]


def test_help_has_examples():
    assert "x96 events --verify 1208:" in CliRunner().invoke(command, ["--help"]).output
