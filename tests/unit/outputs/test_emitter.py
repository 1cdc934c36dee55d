"""The emitter: the journal first, nothing twice, one at most lost, and nothing stops the meter."""

from __future__ import annotations

import csv
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from smartx96.errors import MissingExtraError, OptionError
from smartx96.outputs import emitter as emitter_module
from smartx96.outputs.emitter import PulseEmitter
from smartx96.outputs.opening import open_emitter, open_sink
from support.pulses import T0, Journal, Sink, files_up_to, train

SECOND = 1_000_000


def numbers(log: list, kind: str = "sink") -> list[tuple[int, int]]:
    return [(output, number) for what, output, number in log if what == kind]


def test_journal_first_and_in_order_of_time() -> None:
    log: list = []
    emitter = PulseEmitter(Journal(log), [Sink(log), Sink(log)], pytest.fail)
    emitter.emit([*train(2, 5, 0, 90_000), *train(1, 2, 100_000, 200_000)], T0 + SECOND)
    order = [(2, 1), (2, 2), (1, 1), (2, 3), (2, 4), (1, 2), (2, 5)]
    assert numbers(log, "journal") == order
    assert [entry[0] for entry in log] == ["journal", "sink", "sink"] * 7
    assert numbers(log)[::2] == numbers(log)[1::2] == order


def test_what_the_journal_knows_is_skipped() -> None:
    journal, sink = Journal(), Sink()
    journal.counts = {1: 3}
    emitter = PulseEmitter(journal, [sink], pytest.fail)
    pulses = [*train(1, 5, 0, 200_000), *train(2, 2, 0, 100_000)]
    for _ in range(3):
        emitter.emit(pulses, T0 + SECOND)
    assert sorted(numbers(sink.log)) == [(1, 4), (1, 5), (2, 1), (2, 2)]


def test_without_sinks_the_journal_counts() -> None:
    journal = Journal()
    emitter = open_emitter([], "meter", journal, pytest.fail)
    emitter.emit(train(2, 7, 0, 90_000), T0 + SECOND)
    emitter.close()
    assert journal.counts == {2: 7}


def test_a_failing_sink_is_told_once_and_the_others_go_on() -> None:
    lines: list[str] = []
    bad, good = Sink(), Sink()
    emitter = PulseEmitter(Journal(), [bad, good], lines.append)
    pulses = train(2, 9, 0, 90_000)
    bad.failing = OSError(28, "No space left on device")
    emitter.emit(pulses[:3], T0)
    emitter.emit(pulses[3:5], T0)
    assert lines == ["pulses into sink: No space left on device; tried again with every pulse"]
    bad.failing = None
    emitter.emit(pulses[5:6], T0)
    assert lines[1:] == ["pulses into sink: works again"]
    bad.failing = RuntimeError("a line\nand another")
    emitter.emit(pulses[6:], T0)
    assert lines[2:] == ["pulses into sink: a line\\nand another; tried again with every pulse"]
    assert numbers(good.log) == [(2, n) for n in range(1, 10)]
    assert numbers(bad.log) == [(2, 6)]
    emitter.close()
    assert bad.closed
    assert good.closed


def test_pulses_wait_for_a_journal_that_cannot_be_written() -> None:
    lines: list[str] = []
    journal, sink = Journal(), Sink()
    emitter = PulseEmitter(journal, [sink], lines.append)
    pulses = train(1, 6, 0, 130_000)
    journal.refusing = True
    emitter.emit(pulses[:2], T0)
    emitter.emit(pulses[2:4], T0)
    assert numbers(sink.log) == []
    assert len(lines) == 1
    assert lines[0].startswith("count of emitted pulses: ")
    assert "No space left" in lines[0]
    journal.refusing = False
    emitter.emit(pulses[4:], T0)
    assert numbers(sink.log) == [(1, n) for n in range(1, 7)]
    assert lines[1:] == ["count of emitted pulses: works again"]


def test_who_listens_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emitter_module, "_MOST_WAITING", 1)

    def report(line: str) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    journal, sink = Journal(), Sink()
    emitter = PulseEmitter(journal, [sink], report)
    journal.refusing = True
    emitter.emit(train(1, 6, 0, 130_000), T0)
    journal.refusing = False
    emitter.emit([], T0)
    assert numbers(sink.log) == [(1, 6)]


def test_no_file_is_begun_where_another_text_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"b\.txt: give"):
        open_emitter([str(tmp_path / "a.csv"), "b.txt"], "meter", Journal(), pytest.fail)
    assert list(tmp_path.iterdir()) == []


def test_several_files_at_once(tmp_path: Path) -> None:
    files = [tmp_path / "a.csv", tmp_path / "b.vcd", tmp_path / "c.CSV"]
    emitter = open_emitter([str(file) for file in files], "meter", Journal(), pytest.fail)
    emitter.emit(train(2, 5, 0, 90_000), T0 + SECOND)
    emitter.power_off(T0 + SECOND)
    emitter.close()
    assert files[0].read_bytes() == files[2].read_bytes()
    assert files[0].read_bytes().count(b"\n") == 6
    assert files[1].read_bytes().count(b'\n1"') == 5


def test_a_full_disk_is_told_and_made_up(tmp_path: Path) -> None:
    path, lines = tmp_path / "a.csv", []
    emitter = open_emitter([str(path)], "meter", Journal(), lines.append)
    pulses = train(2, 30, 0, 90_000)
    with files_up_to(path.stat().st_size + 100):
        for pulse in pulses[:20]:
            emitter.emit([pulse], pulse.time)
    emitter.emit(pulses[20:], T0 + SECOND)
    emitter.close()
    assert [line.partition(": ")[2] for line in lines] == [
        "File too large; tried again with every pulse",
        "works again",
    ]
    with path.open() as file:
        assert [int(row["number"]) for row in csv.DictReader(file)] == list(range(1, 31))


def test_a_disk_full_to_the_end_is_told(tmp_path: Path) -> None:
    path, lines = tmp_path / "a.csv", []
    emitter = open_emitter([str(path)], "meter", Journal(), lines.append)
    with files_up_to(path.stat().st_size):
        emitter.emit(train(2, 3, 0, 90_000), T0)
        emitter.close()
    assert lines[-1].endswith("a.csv: File too large; what could not be written is lost")


def test_another_file_in_its_place_is_told_without_the_option_twice(tmp_path: Path) -> None:
    path, lines = tmp_path / "a.csv", []
    emitter = open_emitter([str(path)], "meter", Journal(), lines.append)
    path.unlink()
    path.write_text("foreign")
    emitter.emit(train(2, 3, 0, 90_000), T0)
    assert lines == [
        f"pulses into {path}: holds something else; give a name that is free; "
        "tried again with every pulse"
    ]
    assert path.read_text() == "foreign"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("pulses.txt", r"pulses\.txt: give FILE\.csv, FILE\.vcd or gpio:CHIP:LINE1,LINE2"),
        ("pulses", "give FILE.csv"),
        ("", "give FILE.csv"),
        ("gpio:", "give gpio:CHIP:LINE1,LINE2, such as gpio:/dev/gpiochip0:17,27"),
        ("gpio:/dev/gpiochip0", "give gpio:CHIP"),
        ("gpio:/dev/gpiochip0:", "give gpio:CHIP"),
        ("gpio:/dev/gpiochip0:1,2,3", "give gpio:CHIP"),
        ("gpio:/dev/gpiochip0:1,2:low", ":active-low behind"),
        ("gpio:/dev/gpiochip0:5,5", "one line cannot be both outputs"),
    ],
)
def test_what_is_no_sink(text: str, says: str) -> None:
    with pytest.raises(OptionError, match=says) as refusal:
        open_sink(text, "meter")
    assert "\n" not in str(refusal.value)


def test_what_was_open_is_closed_where_another_cannot_be(tmp_path: Path) -> None:
    good, bad = str(tmp_path / "a.csv"), str(tmp_path / "missing/b.csv")
    with pytest.raises(OptionError, match="missing"):
        open_emitter([good, bad], "meter", Journal(), pytest.fail)
    open_sink(good, "meter").close()
    with pytest.raises(OptionError, match="being written already"):
        open_emitter([good, good], "meter", Journal(), pytest.fail)


def test_without_the_library_of_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    from smartx96.samples import extras

    def refuse(module: str) -> None:
        raise ImportError(module)

    monkeypatch.setattr(extras, "import_module", refuse)
    with pytest.raises(MissingExtraError, match=r"pip install 'smartx96\[gpio\]'"):
        open_sink("gpio:/dev/gpiochip0:17,27", "meter")


METER = """
import sys
from pathlib import Path
from smartx96.meter.pulse import Pulse
from smartx96.outputs.opening import open_emitter
from smartx96.store.journal import JournalFile

folder = Path(sys.argv[1])
journal = JournalFile(folder / "journal").pulses("meter", {})
emitter = open_emitter([f"{folder}/a.csv", f"{folder}/a.vcd"], "meter", journal, print)
counts, time = dict(journal.counts), int(sys.argv[2])
print("ready", flush=True)
while True:
    pulses = []
    for output, number in ((2, 9), (1, 4)):
        for n in range(number):
            counts[output] += 1
            pulses.append(Pulse(output, counts[output], time + n * 100_000 + output, 60_000))
    time += 1_000_000
    emitter.emit(pulses, time)
"""
"""A meter that starts from its journal and emits as fast as it can."""


def test_kill_loses_one_of_each_output_at_most_and_doubles_none(tmp_path: Path) -> None:
    chance, kills = random.Random(4), 6
    for start in range(kills):
        meter = subprocess.Popen(
            [sys.executable, "-c", METER, str(tmp_path), str(T0 + start * 3600 * SECOND)],
            stdout=subprocess.PIPE,
        )
        assert meter.stdout is not None
        assert meter.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0.01, 0.3))
        meter.kill()
        meter.communicate()
    open_sink(str(tmp_path / "a.csv"), "meter").close()
    with (tmp_path / "a.csv").open() as file:
        rows = [(int(row["output"]), int(row["number"])) for row in csv.DictReader(file)]
    dump = (tmp_path / "a.vcd").read_bytes()
    for output, wire in ((1, b"\n1!"), (2, b'\n1"')):
        found = [number for o, number in rows if o == output]
        assert found == sorted(set(found)), "a pulse is there twice"
        assert len(found) > 100
        assert 0 <= found[-1] - len(found) <= kills
        assert 0 <= len(found) - dump.count(wire) <= kills
