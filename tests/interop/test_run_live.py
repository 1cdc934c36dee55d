"""`x96 run` on samples that a sender's process gives it, read by a Modbus client of others."""

from __future__ import annotations

import math
import os
import re
import socket
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.pcm_sender import encoded, signal
from support.ports import free_port
from support.running import CURRENT, FREQUENCY, POWER, VOLTAGE, X96, Registers, Running

pytestmark = pytest.mark.interop

SENDER = Path(__file__).resolve().parents[1] / "support" / "pcm_sender.py"
RATE = 6400
SCALE = ("--rate", str(RATE), "--scale", "v=500,i=20")
WATTS = 3 * 230 * 5 * math.cos(math.pi / 6)
PATIENCE = 60.0


@contextmanager
def sender(target: str, format: str = "s16le", seconds: float = 120, piece: int = 1200,
           **more: object) -> Iterator[subprocess.Popen[bytes]]:  # fmt: skip
    arguments = [target, str(RATE), format, str(seconds), str(piece)]
    process = subprocess.Popen([sys.executable, str(SENDER), *arguments], **more)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def running(*arguments: str, stdin: object = subprocess.DEVNULL) -> Iterator[Running]:
    meter = Running(*arguments, stdin=stdin)
    try:
        yield meter
    finally:
        if meter.process.poll() is None:
            meter.stop()


def becomes(what: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.05)
    return False


TRUTH = {VOLTAGE: 230.0, CURRENT: 5.0, POWER: WATTS, FREQUENCY: 50.0}


def reads_right(registers: Registers) -> None:
    """A busy machine may interrupt a sender for a moment: then the registers say so meanwhile."""

    def found() -> dict[int, float]:
        return {address: registers.value(address) for address in TRUTH}

    right = pytest.approx(TRUTH, rel=1e-4)
    assert becomes(lambda: found() == right and not registers.lost), found()


@pytest.mark.parametrize(("format", "piece"), [("s16le", 997), ("s24le", 101), ("f32le", 4099)])
def test_standard_input_cut_anywhere(format: str, piece: int) -> None:
    with (
        sender("-", format, piece=piece, stdout=subprocess.PIPE) as process,
        running("--source", "-", "--format", format, *SCALE, stdin=process.stdout) as meter,
    ):
        assert process.stdout is not None
        process.stdout.close()
        with Registers(meter.port) as registers:
            reads_right(registers)
        process.kill()
        output, errors = meter.end()
    assert meter.process.returncode == 0, errors
    assert "standard input: the samples have ended" in output
    assert " 0 samples lost" in output


def test_tcp_whose_sender_goes_and_comes_back() -> None:
    """Nothing is shown and nothing counted while no samples come."""
    port = free_port()
    begun = time.monotonic()
    with (
        running("--source", f"tcp:127.0.0.1:{port}", *SCALE) as meter,
        Registers(meter.port) as registers,
    ):
        assert becomes(lambda: registers.lost)
        assert registers.value(VOLTAGE) == 0
        with sender(f"serve:{port}"):
            reads_right(registers)
            time.sleep(1)
        assert becomes(lambda: registers.lost and registers.value(VOLTAGE) == 0)
        assert registers.value(FREQUENCY) == 0
        kept = registers.exact()
        assert kept > 0
        time.sleep(1)
        assert registers.exact() == kept
        with sender(f"serve:{port}"):
            reads_right(registers)
            assert becomes(lambda: registers.exact() > kept)
            output, errors = meter.stop()
    passed = time.monotonic() - begun
    assert meter.process.returncode == 0, errors
    found = re.search(
        r"input: ([\d.]+) s measured, (\d) outages?, (\d) gaps?, (\d+) samples?", output
    )
    assert found, output
    measured, lost = float(found[1]), int(found[4]) / RATE
    # Before the first sender, and between the two; more where the machine itself stood still.
    assert int(found[2]) >= 2
    assert int(found[3]) >= 1
    assert lost > 1.5
    assert measured + lost < passed


def test_energy_is_that_of_the_samples_that_came(tmp_path: Path) -> None:
    """Two senders on a named pipe, each of two seconds, whole; the pause between does not count."""
    path = tmp_path / "samples"
    os.mkfifo(path)
    with running("--source", str(path), *SCALE) as meter:
        with Registers(meter.port) as registers:
            for number in (1, 2):
                with sender(str(path), seconds=2) as process:
                    process.wait(PATIENCE)
                assert becomes(lambda: registers.lost)
                counted = registers.exact() / 1e6 * 3600
                # Of each, less than two windows at its end are not yet counted.
                assert counted == pytest.approx(2 * number * WATTS, abs=0.5 * number * WATTS)
        output, _ = meter.stop()
    measured = float(re.search(r"input: ([\d.]+) s measured", output)[1])
    assert measured == pytest.approx(4.0, abs=0.06)


def test_a_sender_that_connects_and_one_too_many() -> None:
    with running("--source", "tcp-listen:0", *SCALE) as meter:
        port = meter.source_port
        with sender(f"tcp:{port}"), Registers(meter.port) as registers:
            assert becomes(lambda: registers.value(VOLTAGE) > 0)
            with socket.create_connection(("127.0.0.1", port)) as second:
                second.settimeout(PATIENCE)
                assert second.recv(1) == b""
            time.sleep(0.5)
            reads_right(registers)


def test_datagrams_and_those_that_are_none() -> None:
    with running("--source", "udp:0", *SCALE) as meter:
        port = meter.source_port
        with (
            sender(f"udp:{port}"),
            Registers(meter.port) as registers,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger,
        ):
            assert becomes(lambda: registers.value(VOLTAGE) > 0)
            for size in (0, 1, 11, 12, 1200, 60_000):
                stranger.sendto(b"\x7f" * size, ("127.0.0.1", port))
            time.sleep(0.5)
            reads_right(registers)


def test_once_ends_with_the_first_sender(tmp_path: Path) -> None:
    path = tmp_path / "samples"
    os.mkfifo(path)
    with running("--source", f"pipe:{path}", "--once", *SCALE) as meter:
        with sender(str(path), seconds=1) as process:
            process.wait(PATIENCE)
        output, errors = meter.end()
    assert meter.process.returncode == 0, errors
    assert "input: 1.0 s measured" in output


def wav(path: Path, seconds: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(6)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(encoded(signal(0, seconds * RATE, RATE), "s16le"))


def test_a_wav_stream_tells_its_rate(tmp_path: Path) -> None:
    """As `arecord` gives it; a file comes faster than real time, and nothing of it is dropped."""
    wav(tmp_path / "a.wav", 20)
    with (tmp_path / "a.wav").open("rb") as file:
        done = subprocess.run(
            [*X96, "run", "--state", "off", "--source", "-", "--tcp", "off",
             "--scale", "v=500,i=20"],
            stdin=file, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
    assert "input: 20.0 s measured" in done.stdout
    assert " 0 samples lost, 0 blocks dropped" in done.stdout
    assert "50.000 Hz" in done.stdout


def test_standard_input_is_measured_to_its_end() -> None:
    data = encoded(signal(0, 2 * RATE, RATE), "s32le")
    done = subprocess.run(
        [*X96, "measure", "-", "--json", "--format", "s32le", *SCALE],
        input=data + b"cut", capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    import json

    found = json.loads(done.stdout)
    assert found["measured_time"] == pytest.approx(2.0, abs=1e-9)
    assert found["quantities"]["active_power"] == pytest.approx(WATTS, rel=1e-6)
    assert found["recording"]["format"] == "pcm"


def test_no_samples_at_all_is_one_line() -> None:
    done = subprocess.run(
        [*X96, "run", "--state", "off", "--source", "-", *SCALE, "--tcp", "off"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["x96: the source ended before a whole sample came"]
