"""`x96 run`: its lines, on a terminal and elsewhere; what a sender without a byte leaves."""

from __future__ import annotations

import asyncio
import fcntl
import math
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from smartx96.commands.live_line import line, summary
from smartx96.installation.live import LiveMeter
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.meter.snapshot import InputState, Snapshot
from smartx96.meter.supply import Supply
from smartx96.quantities import INDEX
from smartx96.samples.scenario import Scenario, Wave, three
from support.signals import balanced

X96 = [sys.executable, "-c", "from smartx96.commands.main import main; main()"]
RATE = 8000


def frames(seconds: float) -> np.ndarray:
    """230 V and 5 A, 30 degrees apart, as frames of f32le."""
    wave = balanced(50.0, rate=RATE)
    return np.ascontiguousarray(wave.samples(seconds).T, dtype="<f4")


def shown(text: str, columns: int) -> list[str]:
    """The lines that a terminal of so many columns shows: CR goes back, CSI K clears."""
    rows, row, column = [""], 0, 0
    for token in re.findall(r"\x1b\[K|\r|\n|[^\r\n\x1b]", text):
        if token == "\x1b[K":
            rows[row] = rows[row][:column]
        elif token == "\r":
            column = 0
        elif token == "\n":
            rows.append("")
            row += 1
        else:
            if column == columns:
                rows.append("")
                row, column = row + 1, 0
            rows[row] = rows[row][:column] + token + rows[row][column + 1 :]
            column += 1
    return rows


def on_a_terminal(columns: int, *arguments: str) -> str:
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k != "COLUMNS"}
    process = subprocess.Popen(
        [*X96, *arguments], stdin=terminal, stdout=terminal, stderr=terminal, env=environment
    )
    os.close(terminal)
    output = b""
    while True:
        try:
            data = os.read(controller, 4096)
        except OSError:  # nobody has the terminal any more
            break
        if not data:
            break
        output += data
    os.close(controller)
    assert process.wait(30) == 0, output
    return output.decode()


@pytest.mark.parametrize("columns", [80, 200])
def test_the_live_line_stays_one_line(columns: int) -> None:
    output = on_a_terminal(
        columns,
        "run",
        "--state",
        "off",
        "--signal",
        "waveform",
        "--speed",
        "max",
        "--for",
        "3",
        "--tcp",
        "off",
        "--source",
        "mains",
    )
    assert output.count("\x1b[K") > 10
    rows = [row for row in shown(output, columns) if re.match(r" +[\d.]+ s  ", row)]
    assert len(rows) == 1
    lines = output.split("\x1b[K")
    assert ("PF" in lines[2]) is (columns == 200)
    assert re.search(r"imp(ort)? [\d.]+ kWh", lines[2])
    assert " kWh" in lines[-1]  # the last line is whole


def test_a_narrow_line_keeps_what_matters() -> None:
    meter = LiveMeter(Scenario(duration=1.0), Meter(Configuration()), speed=math.inf, repeat=False)
    asyncio.run(meter.run())
    snapshot = meter.meter.snapshot()
    assert snapshot is not None
    dry = replace(snapshot, input=InputState(True, 1, 0, 1, 0, None))
    whole = line(dry)
    assert whole.endswith("1 sample lost  NO SAMPLES")
    assert line(dry, len(whole)) == whole
    for width in range(10, len(whole)):
        assert len(line(dry, width)) <= width
        assert line(dry, width).endswith("NO SAMPLES")
    assert "230 230 230 V" in line(dry, 79)


def snapshot_of(scenario: Scenario, **more: object) -> Snapshot:
    meter = LiveMeter(
        scenario, Meter(Configuration(), **more), speed=math.inf, repeat=False
    )  # fmt: skip
    asyncio.run(meter.run())
    snapshot = meter.meter.snapshot()
    assert snapshot is not None
    return snapshot


def with_values(snapshot: Snapshot, time: float = 0.0, **values: float) -> Snapshot:
    found = snapshot.values.copy()
    for id, value in values.items():
        found[INDEX[id]] = value
    return replace(snapshot, time=time, values=found)


LOADS = {
    "small": {"active_power": 0.9, "active_energy_import": 0.00007},
    "house": {"active_power": 3450.0, "active_energy_import": 12345.67891},
    "feeder": {"active_power": 345_678.9, "active_energy_import": 9_999_999.9,
               "current_l1": 501.25, "current_l2": 498.5, "current_l3": 1503.75},
}  # fmt: skip


@pytest.mark.parametrize("load", LOADS)
@pytest.mark.parametrize("time", [0.3, 86_400.2, 31_536_000.0])
def test_80_columns_hold_voltage_current_power_and_energy(load: str, time: float) -> None:
    snapshot = with_values(snapshot_of(Scenario(duration=1.0)), time, **LOADS[load])
    text = line(snapshot, 79)
    numbers = {part.rsplit(" ", 1)[-1]: part.split()[:-1] for part in text.split("  ")}
    assert {"s", "V", "A", "W", "kWh"} <= numbers.keys()
    assert (len(numbers["V"]), len(numbers["A"])) == (3, 3)
    energy = float(numbers["kWh"][-1])
    assert energy == pytest.approx(LOADS[load]["active_energy_import"], rel=1e-5)
    assert line(snapshot, 300) == line(snapshot)


def test_export_takes_the_place_of_less_where_there_is_some() -> None:
    snapshot = with_values(snapshot_of(Scenario(duration=1.0)), active_energy_export=0.25)
    assert "export" not in line(with_values(snapshot, active_energy_export=0.0), 79)
    assert "exp 0.25000 kWh" in line(snapshot, 90)


def test_a_meter_without_supply_says_so_in_any_width() -> None:
    low = Scenario(duration=1.0, voltages=three(Wave(rms=120.0)))
    snapshot = snapshot_of(low, supply=Supply())
    assert line(snapshot).endswith("NO SUPPLY  below 75 % of Un; --supply auxiliary keeps the "
                                   "meter on")  # fmt: skip
    for width in range(10, 79):
        assert "NO SUPPLY" in line(snapshot, width)
        assert len(line(snapshot, width)) <= width


def test_one_is_no_plural() -> None:
    one, two = (summary(InputState(False, n, n, n, n, None), 1.0) for n in (1, 2))
    assert "1 outage, 1 gap, 1 sample lost, 1 block dropped;" in one
    assert "2 outages, 2 gaps, 2 samples lost, 2 blocks dropped;" in two


def test_the_last_line_holds_all_energy_that_was_received() -> None:
    """The last window ends 0.15 s before the samples do."""
    done = subprocess.run(
        [*X96, "run", "--state", "off", "--source", "-", "--format", "f32le", "--rate", str(RATE),
         "--tcp", "off", "--ct", "400/5"],
        input=frames(2.15).tobytes(), capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    last = re.findall(r"import ([\d.]+) kWh", done.stdout.decode())[-1]
    watts = 80 * 3 * 230 * 5 * math.cos(math.radians(30))
    assert float(last) == pytest.approx(watts * 2.15 / 3.6e6, rel=1e-6, abs=0.6e-5)


def test_a_sender_that_closes_without_a_byte_is_the_end(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    process = subprocess.Popen(
        [*X96, "measure", f"pipe:{path}", "--rate", "8000"], stderr=subprocess.PIPE, text=True
    )
    try:
        path.write_bytes(b"")  # opens: somebody reads
        _, errors = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 1
    assert errors.count("\n") == 1
    assert "no samples" in errors


def test_one_place_for_meters_of_one_address_is_refused(tmp_path: Path) -> None:
    """Each has a port of its own in the file; the command line brings them together."""
    ports = 'name = "{}"\ntcp = "127.0.0.1:{}"\n'
    tables = "".join(f"[[meter]]\n{ports.format(*each)}" for each in (("a", 1502), ("b", 1503)))
    (tmp_path / "two.toml").write_text(tables)
    told = subprocess.run(
        [*X96, "run", "two.toml", "--tcp", "127.0.0.1:0", "--state", "off", "--for", "0.1"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert told.returncode != 0
    assert told.stderr.count("\n") == 1
    assert "settings.unit_address: 1 on 127.0.0.1:0 is that of meter a already" in told.stderr


def test_several_meters_leave_their_last_readings_and_all_their_energy(tmp_path: Path) -> None:
    """One that has ended shows no readings to clients; who reads the lines sees how it ended."""
    (tmp_path / "load.toml").write_text("[voltage]\nrms = 230\n[current]\nrms = 10\n")
    tables = "".join(
        f'[[meter]]\nname = "{name}"\nsource = "load.toml"\ntcp = "127.0.0.1:{port}"\n'
        for name, port in (("a", 1502), ("b", 1503))
    )
    (tmp_path / "two.toml").write_text(tables)
    done = subprocess.run(
        [*X96, "run", "two.toml", "--tcp", "off", "--web", "off", "--state", "off", "--for", "2"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    last = done.stdout.splitlines()[-2:]
    assert [text.split()[0] for text in last] == ["a", "b"]
    for text in last:
        assert "6900.0 W" in text
        energy = float(re.search(r"import ([\d.]+) kWh", text)[1])
        assert energy == pytest.approx(6.9 * 2 / 3600, abs=1e-5)


def test_values_that_nothing_can_bring_are_refused(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text('source = "values:"\nweb = "off"\n')
    for asked, place in (
        (("--source", "values:", "--web", "off"), ""),
        (("one.toml",), "one.toml: "),
    ):
        done = subprocess.run(
            [*X96, "run", *asked, "--tcp", "off", "--state", "off", "--for", "0.1"],
            cwd=tmp_path, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.startswith(f"x96: {place}source values: takes what is posted")
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("signal", ["phasors", "waveform"])
@pytest.mark.parametrize("state", ["off", "state"])
def test_energy_and_time_of_a_line_belong_together(tmp_path: Path, state: str, signal: str) -> None:
    """6.9 kW without end: commits go by the wall clock, and are hours of signal apart."""
    load = tmp_path / "load.toml"
    load.write_text("[voltage]\nrms = 230\n[current]\nrms = 10\n")
    seconds = 20_000 if signal == "phasors" else 50
    done = subprocess.run(
        [*X96, "run", "--state", state, "--tcp", "off", "--web", "off", "--source", str(load),
         "--signal", signal, "--speed", "max", "--for", str(seconds)],
        cwd=tmp_path, capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    lines = re.findall(r"^ *([\d.]+) s .* ([\d.]+) W .*import ([\d.]+) kWh", done.stdout, re.M)
    assert len(lines) > 2
    for time, power, energy in lines:
        # The time is told to 0.1 s, and the first window is not before its end.
        told = float(power) * float(time) / 3.6e6
        assert float(energy) == pytest.approx(told, abs=float(power) * 0.3 / 3.6e6, rel=1e-5)
