"""Lines of a chip: the real library, with a request of lines in place of the kernel's."""

from __future__ import annotations

import errno
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from smartx96.errors import ListenError, MissingExtraError
from smartx96.meter.pulse import Pulse
from smartx96.outputs import gpio
from smartx96.outputs.gpio import GpioContacts
from smartx96.outputs.opening import open_emitter
from support.pulses import T0, Journal

gpiod = pytest.importorskip("gpiod")
ACTIVE, INACTIVE = gpiod.line.Value.ACTIVE, gpiod.line.Value.INACTIVE

ONE, TWO = Pulse(1, 1, T0, 100_000), Pulse(2, 1, T0, 60_000)


class Kernel:
    """Grants requests of lines as the kernel would."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.granted: list[Request] = []
        self.seen: list[tuple[int | str, Any]] = []
        self.broken: Exception | None = None
        self.refusal: Exception | None = None

    def request_lines(self, path: str, **given: Any) -> Request:
        if self.refusal:
            raise self.refusal
        self.requests.append((path, given))
        ((lines, settings),) = given["config"].items()
        assert settings.direction is gpiod.line.Direction.OUTPUT
        self.granted.append(Request(self, dict.fromkeys(lines, settings.output_value)))
        return self.granted[-1]

    @property
    def values(self) -> dict[int | str, Any]:
        """Of the lines that were requested last."""
        return self.granted[-1].values


class Request:
    def __init__(self, kernel: Kernel, values: dict[int | str, Any]) -> None:
        self._kernel, self.values = kernel, values
        self.released = False

    def set_value(self, line: int | str, value: Any) -> None:
        self.set_values({line: value})

    def set_values(self, values: dict[int | str, Any]) -> None:
        if self._kernel.broken:
            raise self._kernel.broken
        assert not self.released
        assert values.keys() <= self.values.keys(), "a line that was not requested"
        self.values |= values
        self._kernel.seen.extend(values.items())

    def release(self) -> None:
        self.released = True


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel()
    monkeypatch.setattr(gpiod, "request_lines", kernel.request_lines)
    return kernel


def test_a_closed_contact_is_active(kernel: Kernel) -> None:
    contacts = GpioContacts("gpio:/dev/gpiochip0:17,27")
    ((path, given),) = kernel.requests
    assert path == "/dev/gpiochip0"
    assert given["consumer"] == "smartx96"
    assert kernel.values == {17: INACTIVE, 27: INACTIVE}
    contacts.emit(ONE)
    assert kernel.values == {17: ACTIVE, 27: INACTIVE}
    contacts.emit(TWO)
    contacts.open(1)
    assert kernel.values == {17: INACTIVE, 27: ACTIVE}


def test_closing_opens_all_and_gives_the_lines_back(kernel: Kernel) -> None:
    contacts = GpioContacts("gpio:0:17,27")
    contacts.emit(ONE)
    contacts.emit(TWO)
    contacts.close()
    contacts.close()
    assert kernel.values == {17: INACTIVE, 27: INACTIVE}
    assert kernel.granted[0].released


@pytest.mark.parametrize(
    ("text", "path", "lines", "low"),
    [
        ("gpio:gpiochip2:4", "/dev/gpiochip2", [4], False),
        ("gpio:3:,5", "/dev/gpiochip3", [5], False),
        ("gpio:/dev/gpiochip0:PULSE_1, 7:active-low", "/dev/gpiochip0", ["PULSE_1", 7], True),
    ],
)
def test_chips_lines_and_levels(
    kernel: Kernel, text: str, path: str, lines: list[int | str], low: bool
) -> None:
    contacts = GpioContacts(text)
    found, given = kernel.requests[0]
    ((requested, settings),) = given["config"].items()
    assert (found, list(requested), settings.active_low) == (path, lines, low)
    contacts.emit(ONE)
    contacts.emit(TWO)
    contacts.open(1)
    contacts.open(2)
    assert set(kernel.values.values()) == {INACTIVE}


def test_a_line_that_is_gone_is_requested_anew(kernel: Kernel) -> None:
    contacts = GpioContacts("gpio:0:17,27")
    kernel.broken = OSError(errno.ENODEV, "No such device")
    with pytest.raises(OSError, match="No such device"):
        contacts.emit(ONE)
    kernel.refusal = FileNotFoundError(errno.ENOENT, "No such file or directory")
    with pytest.raises(ListenError, match="there is no such chip"):
        contacts.open(1)
    kernel.broken = kernel.refusal = None
    contacts.emit(TWO)
    assert len(kernel.requests) == 2
    assert kernel.values == {17: INACTIVE, 27: ACTIVE}


@pytest.mark.parametrize(
    ("refusal", "says"),
    [
        (OSError(errno.EBUSY, "Device or resource busy"), "another program has a line"),
        (PermissionError(errno.EACCES, "Permission denied"), "must be in the group"),
        (ValueError("line offset of out range"), "no such chip or line"),
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
    ],
)
def test_lines_that_cannot_be_had(kernel: Kernel, refusal: Exception, says: str) -> None:
    kernel.refusal = refusal
    with pytest.raises(ListenError, match=says) as error:
        GpioContacts("gpio:0:17,27")
    assert str(error.value).startswith("--pulses gpio:0:17,27: ")
    assert "\n" not in str(error.value)


def test_the_real_library_on_what_is_no_chip(tmp_path: Path) -> None:
    with pytest.raises(ListenError, match="there is no such chip"):
        GpioContacts(f"gpio:{tmp_path}/none:1,2")
    with pytest.raises(ListenError, match="is no GPIO chip"):
        GpioContacts("gpio:/dev/null:1,2")


def test_the_library_of_libgpiod_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpio, "library", lambda name, extra: SimpleNamespace())
    with pytest.raises(MissingExtraError, match="libgpiod 1: pip install 'gpiod>=2'"):
        GpioContacts("gpio:0:17,27")


def test_from_the_option_to_the_lines(kernel: Kernel, tmp_path: Path) -> None:
    texts = [str(tmp_path / "a.csv"), "gpio:0:17,27", "gpio:1:5,6"]
    emitter = open_emitter(texts, "meter", Journal(), pytest.fail, latency=50_000)
    emitter.emit([ONE], T0)
    emitter.close()
    assert kernel.seen[:4] == [(17, ACTIVE), (5, ACTIVE), (17, INACTIVE), (5, INACTIVE)]
    assert (tmp_path / "a.csv").read_text().count("\n") == 2
