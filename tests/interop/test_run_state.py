"""`x96 run` over restarts: what it keeps, what it tells, several meters, supply, clean stops."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from pathlib import Path

import pytest

from smartx96.store.reading import read_events
from smartx96.store.verification import verify
from support.running import EXACT_IMPORT, X96, Registers, Running

pytestmark = pytest.mark.interop

LOAD = """
[voltage]
rms = 230.0
[current]
rms = 4.0
"""
WATTS = 3 * 230 * 4.0
MICRO_HOURS = 1e6 / 3600


@pytest.fixture
def load(tmp_path: Path) -> Path:
    path = tmp_path / "load.toml"
    path.write_text(LOAD)
    return path


def events(folder: Path, meter: str = "meter") -> list[tuple[str, dict]]:
    return [(e.kind, dict(e.details)) for e in read_events(folder, meter)]


def run(*arguments: str, code: int = 0) -> tuple[str, str]:
    done = subprocess.run(
        [*X96, "run", "--tcp", "off", *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


def imported(output: str) -> float:
    return float(re.findall(r"import ([\d.]+) kWh", output)[-1])


def test_energy_goes_on_and_a_stop_is_told(tmp_path: Path, load: Path) -> None:
    folder = tmp_path / "state"
    running = Running("--state", str(folder), "--source", str(load))
    with Registers(running.port) as registers:
        time.sleep(2.5)
        shown = registers.exact()
    running.stop()
    assert running.process.returncode == 0
    assert shown > 0.5 * WATTS * MICRO_HOURS
    output, _ = run("--state", str(folder), "--source", str(load), "--speed", "max", "--for", "36")
    assert imported(output) >= shown * 1e-9 + 36 * WATTS / 3.6e6 - 1e-5
    kinds = [kind for kind, _ in events(folder)]
    assert kinds == ["power_up", "power_down"] * 2
    assert all(d == {"reason": "stopped"} for kind, d in events(folder) if kind == "power_down")
    (log,) = verify(folder)
    assert not log.findings


@pytest.mark.parametrize("option", ["--tcp", "--web"])
def test_a_start_that_fails_on_a_port_of_others_is_no_power_up(
    tmp_path: Path, load: Path, option: str
) -> None:
    folder = tmp_path / "state"
    meter = ("--state", str(folder), "--source", str(load))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        _, errors = run(*meter, option, place, code=1)
        assert f"cannot listen on {place}" in errors
        assert not folder.exists()
        run(*meter, "--speed", "max", "--for", "36")
        before = events(folder)
        assert [kind for kind, _ in before] == ["power_up", "power_down"]
        run(*meter, option, place, code=1)
        assert events(folder) == before


def test_a_second_process_is_refused(tmp_path: Path, load: Path) -> None:
    folder = tmp_path / "state"
    running = Running("--state", str(folder), "--source", str(load))
    try:
        _, errors = run("--state", str(folder), "--source", str(load), code=1)
        assert errors.count("\n") == 1
        assert str(running.process.pid) in errors
        assert "--state" in errors
        with Registers(running.port) as registers:
            assert registers.value(0) == pytest.approx(230.0, rel=1e-4)
    finally:
        running.stop()


def test_settings_stay_and_a_change_is_logged(tmp_path: Path, load: Path) -> None:
    common = ("--state", str(tmp_path / "state"), "--source", str(load), "--speed", "max")
    first, _ = run(*common, "--for", "36", "--ct", "200/5")
    second, _ = run(*common, "--for", "36")
    assert imported(first) == pytest.approx(40 * WATTS * 36 / 3.6e6, rel=1e-4)
    assert imported(second) == pytest.approx(2 * imported(first), rel=1e-4)
    run(*common, "--for", "1", "--ct", "400/5")
    changed = [d for kind, d in events(tmp_path / "state") if kind == "parameter_changed"]
    assert changed == [
        {"setting": "ct_primary", "old": 200, "new": 400, "road": "command line"}
    ]  # fmt: skip


def test_a_register_reads_zero_until_it_was_committed(tmp_path: Path, load: Path) -> None:
    """Readings come with the first window, registers with the first commit."""
    running = Running("--state", str(tmp_path / "state"), "--source", str(load))
    try:
        with Registers(running.port) as registers:
            seen = []
            until = time.monotonic() + 2.5
            while time.monotonic() < until:
                seen.append((registers.value(0x34), registers.exact()))
                time.sleep(0.01)
    finally:
        running.stop()
    powers, energies = zip(*seen, strict=True)
    assert max(powers) == pytest.approx(WATTS, rel=1e-4)
    # A few commits, not one change a window.
    assert 2 <= len(set(energies)) <= 5


OFF = """
[voltage]
rms = 230.0
[current]
rms = 4.0
[[event]]
type = "dip"
at = 2.0
duration = 2.5
depth = 50
"""


def test_without_supply_nobody_is_answered(tmp_path: Path) -> None:
    ModbusIOException = pytest.importorskip("pymodbus.exceptions").ModbusIOException
    scenario = tmp_path / "outage.toml"
    scenario.write_text(OFF)
    running = Running("--state", str(tmp_path / "state"), "--source", str(scenario))
    begun, silent, energies = time.monotonic(), [], []
    try:
        while time.monotonic() < begun + 6.5:
            at = time.monotonic() - begun
            try:
                with Registers(running.port, timeout=0.3, retries=0) as registers:
                    energies.append(registers.exact())
            except ModbusIOException:
                silent.append(at)
    finally:
        running.stop()
    assert silent
    assert 1.5 < min(silent) < 4.0
    assert energies == sorted(energies)
    kinds = [kind for kind, _ in events(tmp_path / "state")]
    assert kinds.count("power_down") == 2
    assert kinds.count("power_up") == 2


def test_several_meters_behind_one_port(tmp_path: Path, load: Path) -> None:
    config = tmp_path / "building.toml"
    config.write_text(
        f'state = "{tmp_path / "state"}"\n'
        f'[meter.main]\nsource = "{load}"\nct = "200/5"\nsettings.unit_address = 3\n'
        f'[meter.part]\nsource = "{load}"\nsettings.unit_address = 7\n'
    )
    running = Running(str(config), "--state", str(tmp_path / "state"))
    try:
        time.sleep(1.0)
        for unit, factor in ((3, 40), (7, 1), (0, 40), (255, 40)):
            with Registers(running.port, unit) as registers:
                assert registers.value(0x34) == pytest.approx(factor * WATTS, rel=1e-3)
        time.sleep(1.0)
        with Registers(running.port, 3) as main, Registers(running.port, 7) as part:
            assert main.exact(EXACT_IMPORT) > 20 * part.exact(EXACT_IMPORT) > 0
    finally:
        running.stop()
    for meter in ("main", "part"):
        kinds = [kind for kind, _ in events(tmp_path / "state", meter)]
        assert kinds[0] == "power_up"


def test_one_meter_of_two_fails_and_the_other_goes_on(tmp_path: Path, load: Path) -> None:
    empty = tmp_path / "short.raw"
    empty.write_bytes(b"")
    config = tmp_path / "two.toml"
    config.write_text(
        f'state = "{tmp_path / "state"}"\nspeed = 1\nfor = 2\n'
        f'[meter.good]\nsource = "{load}"\nsettings.unit_address = 1\n'
        f'[meter.bad]\nsource = "pipe:{tmp_path / "pipe"}"\nrate = 8000\n'
        "settings.unit_address = 2\n"
    )
    os.mkfifo(tmp_path / "pipe")
    process = subprocess.Popen(
        [*X96, "run", str(config), "--tcp", "off", "--once"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    (tmp_path / "pipe").write_bytes(b"")  # a sender that leaves without a sample
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "bad" in errors
    good = "\n".join(line for line in output.splitlines() if line.startswith("good"))
    assert imported(good) == pytest.approx(2 * WATTS / 3.6e6, rel=0.02)
