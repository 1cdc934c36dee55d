"""`x96 commission` as it is called."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from pathlib import Path

import pytest

import smartx96
from support.in_process import x96
from support.ports import free_port
from support.running import X96


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*X96, "commission", *arguments], capture_output=True, text=True,
                          timeout=60)  # fmt: skip


@pytest.fixture(scope="module")
def meter():
    """Its time stands still, so that clock and energies are wrong."""
    with smartx96.simulate(current=[5, 4, 3], phase_angle=[20, -160, 20]) as found:
        yield found


def at(meter: smartx96.SimulatedMeter) -> list[str]:
    host, port = meter.tcp
    return ["--tcp", f"{host}:{port}", "--seconds", "0.6"]


def test_values_checks_and_what_came_out(meter) -> None:
    done = run(*at(meter))
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    for part in ("10000001", "1080.6 W", "-864.52 W", "I2 4 at 40.0", "Fail: 2 of 17 checks.",
                 "Wiring: current L2 is reversed"):  # fmt: skip
        assert part in done.stdout, part


def test_one_document_and_nothing_else(meter) -> None:
    done = run(*at(meter), "--json", "--place", "Panel B", "--by", "M. Weber", "--remark", "one",
               "--remark", "two")  # fmt: skip
    document = json.loads(done.stdout)
    assert (done.returncode, document["passed"]) == (1, False)
    assert (document["place"], document["by"]) == ("Panel B", "M. Weber")
    assert document["remarks"] == ["one", "two"]
    assert document["observation"]["readings"] >= 2


def test_records_are_written_of_the_document(meter, tmp_path: Path) -> None:
    names = [tmp_path / name for name in ("record.html", "record.pdf", "record.json")]
    done = run(*at(meter), *(part for name in names for part in ("-o", str(name))))
    assert done.returncode == 1
    assert [line for line in done.stdout.splitlines() if line.startswith("written: ")] == [
        f"written: {name}" for name in names
    ]
    html, pdf, document = (name.read_bytes() for name in names)
    assert html.startswith(b"<!DOCTYPE html>")
    assert pdf.startswith(b"%PDF-")
    assert f"Meter {json.loads(document)['meter']['serial_number']}".encode() in html


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-o", "record.odt"], "use .html, .pdf, .json"),
        (["-o", "no/such/record.html"], "no folder"),
        (["--ct", "200"], "such as 200/5"),
        (["--ct", "0/5"], "--ct '0/5': ct_primary: 0 A is not allowed"),
        (["--wiring", "2p"], "--wiring"),
        (["--watch", "--json"], "--watch: goes with neither"),
        (["--watch"], "--watch: needs a terminal"),
        (["--place", "a\nb"], "one printable line"),
    ],
)
def test_wrong_use_is_one_line(meter, arguments: list[str], told: str) -> None:
    done = x96("commission", *at(meter), *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_meter_that_is_not_there(tmp_path: Path) -> None:
    record = tmp_path / "record.html"
    done = run("--tcp", f"127.0.0.1:{free_port()}", "-o", str(record))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_stopped_it_says_that_nothing_was_written(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(30)
        command = [*X96, "commission", "--tcp", f"127.0.0.1:{silent.getsockname()[1]}",
                   "--timeout", "60", "-o", str(tmp_path / "record.html")]  # fmt: skip
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as process:  # fmt: skip
            asked, _ = silent.accept()
            with asked:
                assert asked.recv(100)
                process.send_signal(signal.SIGINT)
                out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "x96: stopped; nothing was written\n")
    assert list(tmp_path.iterdir()) == []


def test_what_is_on_the_transformers_is_compared(meter) -> None:
    checks = json.loads(run(*at(meter), "--json", "--ct", "200/5", "--wiring", "3P4W").stdout)
    found = {check["id"]: check["verdict"] for check in checks["checks"]}
    assert found["current_transformers"] == "failed"
    assert found["wiring_setting"] == "passed"
