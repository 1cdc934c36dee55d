"""`x96 panel` at a real pseudo-terminal, in front of a real `x96 run`; pyte is the terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from select import select

import pyte
import pytest

from support.ports import free_port
from support.running import X96, Running

PATIENCE = 60.0
CT_PRIMARY = 0x34
"""Holding register, float32 (reference/registers.md)."""


class Desk:
    """`x96 panel` with somebody before it."""

    def __init__(self, *arguments: str, columns: int = 80, lines: int = 24) -> None:
        self.master, self.slave = pty.openpty()
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.resize(columns, lines)
        self.before = termios.tcgetattr(self.slave)
        self.written = b""
        self.process = subprocess.Popen(
            [*X96, "panel", *arguments],
            stdin=self.slave,
            stdout=self.slave,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**os.environ, "TERM": "xterm-256color"},
        )

    def resize(self, columns: int, lines: int) -> None:
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, size)
        self.screen.resize(lines, columns)

    def read(self, seconds: float = 0.05) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and select([self.master], [], [], left)[0]:
            data = os.read(self.master, 1 << 16)
            self.written += data
            self._stream.feed(data)

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def until(self, condition: Callable[[str], object]) -> str:
        """Wait until the screen is as it is to be."""
        end = time.monotonic() + PATIENCE
        while not condition(self.text):
            assert time.monotonic() < end, self.text
            assert self.process.poll() is None, self.error
            self.read()
        return self.text

    def press(self, key: str, condition: Callable[[str], object]) -> None:
        """Type a key until the screen is as it is to be.

        On a busy machine a press may last so long that it counts as held.
        """
        for _ in range(3):
            self.type(key)
            end = time.monotonic() + PATIENCE / 3
            while time.monotonic() < end:
                if condition(self.text):
                    return
                self.read()
        self.until(condition)

    @property
    def error(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()

    def end(self) -> int:
        """Wait for the end; the terminal is as it was."""
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < end, self.text
            self.read()
        self.read()
        assert termios.tcgetattr(self.slave) == self.before
        assert self.written.endswith(b"\x1b[?25h\x1b[?1049l")
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        os.close(self.master)
        os.close(self.slave)


def at(running: Running) -> str:
    found = re.search(r"page at (http://\S+)", running.line)
    assert found, running.line
    return found[1]


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    found = Running("--web", "127.0.0.1:0", "--source", "examples/balanced-feeder.toml")
    at(found)
    yield found
    found.stop()


@pytest.fixture
def desk(running) -> Iterator[Desk]:
    found = Desk("--at", at(running))
    found.until(lambda text: "imp/kWh" in text and "kWh" in text.splitlines()[16])
    yield found
    found.close()


def line(text: str) -> str:
    """The bottom line."""
    return " ".join("".join(text.splitlines()[16].strip(" \u2502").split("  ")).split())


def digits(text: str, row: int) -> str:
    """Digits of a value row, by the pattern of a bank's machines."""
    lines = [
        part.partition("\u2502")[2][14:] for part in text.splitlines()[4 + 3 * row : 7 + 3 * row]
    ]
    cells = ["".join(part.ljust(40)[5 * n : 5 * n + 3] for part in lines) for n in range(4)]
    return "".join(BANK.get(cell, "?") for cell in cells)


BANK = {
    " _ | ||_|": "0", "     |  |": "1", " _  _||_ ": "2", " _  _| _|": "3", "   |_|  |": "4",
    " _ |_  _|": "5", " _ |_ |_|": "6", " _   |  |": "7", " _ |_||_|": "8", " _ |_| _|": "9",
    " " * 9: " ",
}  # fmt: skip


def test_pages_follow_the_keys(desk) -> None:
    desk.type("1")
    text = desk.until(lambda text: " L1 " in text and " V" in text)
    assert digits(text, 0).startswith(("229", "230"))
    desk.type("u")
    desk.until(lambda text: "L1-2" in text and digits(text, 0).startswith("39"))
    desk.type("\x1b[C")  # right: key E
    desk.until(lambda text: " E " in text)
    desk.type("pppp")
    desk.until(lambda text: "kVA" in text and "kvar" in text and "\u03a3" in text)


def test_a_capital_holds_the_key(desk) -> None:
    desk.type("P")
    desk.until(lambda text: "holding P ... 3 s" in text)
    desk.until(lambda text: "* * *" in text.replace(":", " "))
    assert "WARNING" in desk.text
    desk.type("m")
    desk.until(lambda text: "WARNING" not in text)


def test_a_setting_is_edited_and_read_back_over_modbus(running, desk) -> None:
    client = pytest.importorskip("pymodbus.client").ModbusTcpClient("127.0.0.1", port=running.port)

    def ratio() -> float:
        answer = client.read_holding_registers(CT_PRIMARY, count=2, device_id=1)
        assert not answer.isError()
        return client.convert_from_registers(answer.registers, client.DATATYPE.FLOAT32)

    assert client.connect()
    with client:
        assert ratio() == 5
        desk.type("E")
        desk.until(lambda text: "P A S S W O R D" in text)
        desk.type("m")
        desk.until(lambda text: digits(text, 1) == "1000" and "set-up" in text)
        desk.type("E")
        desk.until(lambda text: "A D D R E S S" in text)
        desk.type("pppp")
        desk.until(lambda text: "C T   P R I M" in text)
        desk.press("e", lambda text: digits(text, 1) == "0005")
        desk.type("em")  # the second digit up
        desk.until(lambda text: digits(text, 1) == "0105")
        desk.type("\r")
        desk.until(lambda text: digits(text, 1).strip() == "105")
        assert ratio() == 105
        desk.type("1")  # leaves and locks
        desk.until(lambda text: "lock" in text and "set-up" not in text)


def test_only_what_has_changed_is_written(desk) -> None:
    desk.type("1")
    desk.until(lambda text: " L1 " in text)
    before = len(desk.written)
    desk.read(3.0)
    # Five looks a second at a whole screen would be 60 kB.
    assert len(desk.written) - before < 4000


def test_the_size_may_change(desk) -> None:
    desk.resize(90, 40)
    desk.until(lambda text: "\u28e4" in text or "\u2809" in text)
    desk.resize(40, 8)
    desk.until(lambda text: "active energy by measurement" in text)
    assert "\u2502" not in desk.text
    desk.resize(80, 24)
    desk.until(lambda text: "imp/kWh" in text)


def test_q_leaves(desk) -> None:
    desk.type("q")
    assert desk.end() == 0
    assert desk.error == ""


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)]
)
def test_signals_leave_the_terminal_as_it_was(desk, number: int, code: int) -> None:
    desk.process.send_signal(number)
    assert desk.end() == code
    assert "Traceback" not in desk.error


def test_a_terminal_that_goes_ends_it(running) -> None:
    desk = Desk("--at", at(running))
    desk.until(lambda text: "imp/kWh" in text)
    os.close(desk.master)
    _, error = desk.process.communicate(timeout=PATIENCE)
    assert desk.process.returncode == 129
    assert error == b""
    os.close(desk.slave)


def test_a_meter_that_comes_back_is_found_again() -> None:
    place = f"127.0.0.1:{free_port()}"
    first = Running("--web", place)
    desk = Desk("--at", place)
    try:
        desk.until(lambda text: "imp/kWh" in text)
        first.stop()
        desk.until(lambda text: "cannot be reached" in text or "has stopped" in text)
        desk.type("1")  # nobody takes it
        second = Running("--web", place, "--model", "X96-5E")
        try:
            desk.until(lambda text: "X96-5E" in text and "cannot be reached" not in text)
            desk.type("q")
            assert desk.end() == 0
        finally:
            second.stop()
    finally:
        desk.close()


def test_nobody_there_is_one_line() -> None:
    desk = Desk("--at", f"127.0.0.1:{free_port()}")
    assert desk.process.wait(PATIENCE) == 1
    assert re.fullmatch(r"x96: http://\S+ cannot be reached: connection refused; .*\n", desk.error)
    assert termios.tcgetattr(desk.slave) == desk.before
    desk.close()


def test_while_a_key_is_held_the_last_line_counts_down(desk) -> None:
    desk.type("E")
    begun = time.monotonic()
    for left in (3, 2, 1):
        desk.until(lambda text, left=left: f"holding E ... {left} s" in text.splitlines()[23])
        assert time.monotonic() - begun > 2.5 - left
    desk.until(lambda text: "q leaves" in text.splitlines()[23])
    desk.until(lambda text: "P A S S" in text)
