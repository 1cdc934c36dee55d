"""Pulses on the lines of a chip that the kernel simulates."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartx96.errors import ListenError
from smartx96.meter.pulse import Pulse
from smartx96.outputs.gpio import GpioContacts
from smartx96.outputs.opening import open_emitter
from support.gpio_chip import SimulatedChip, simulated_chip
from support.pulses import T0, Journal

pytestmark = pytest.mark.alone

pytest.importorskip("gpiod")


@pytest.fixture
def chip() -> Iterator[SimulatedChip]:
    with simulated_chip() as chip:
        yield chip


def test_levels(chip: SimulatedChip) -> None:
    contacts = GpioContacts(f"gpio:{chip.path}:3,5")
    inverted = GpioContacts(f"gpio:{chip.path}:,6:active-low")
    assert [chip.value(line) for line in (3, 5, 6)] == [0, 0, 1]
    for sink in (contacts, inverted):
        sink.emit(Pulse(2, 1, T0, 60_000))
    assert [chip.value(line) for line in (3, 5, 6)] == [0, 1, 0]
    with pytest.raises(ListenError, match="another program has a line"):
        GpioContacts(f"gpio:{chip.path}:3,4")
    with pytest.raises(ListenError, match="no such chip or line"):
        GpioContacts(f"gpio:{chip.path}:1,99")
    with pytest.raises(ListenError, match="no such chip or line"):
        GpioContacts(f"gpio:{chip.path}:NAME")
    contacts.close()
    inverted.close()
    GpioContacts(f"gpio:{chip.path}:3,5").close()


def test_pulses_are_seen_on_the_lines(chip: SimulatedChip, tmp_path: Path) -> None:
    texts = [f"gpio:{chip.path}:3,5", str(tmp_path / "a.csv")]
    emitter = open_emitter(texts, "meter", Journal(), pytest.fail, latency=200_000)
    pulses = [Pulse(2, n + 1, T0 + n * 150_000, 60_000) for n in range(5)]
    pulses += [Pulse(1, n + 1, T0 + n * 400_000, 200_000) for n in range(2)]
    emitter.emit(pulses, T0 + 600_000)
    seen: dict[int, list[tuple[float, int]]] = {3: [], 5: []}
    until = time.monotonic() + 2.0
    while time.monotonic() < until:
        for line, changes in seen.items():
            value = chip.value(line)
            if value != (changes[-1][1] if changes else 0):
                changes.append((time.monotonic(), value))
        time.sleep(0.001)
    emitter.close()
    assert [chip.value(line) for line in (3, 5)] == [0, 0]
    for line, number, width in ((3, 2, 0.2), (5, 5, 0.06)):
        assert [value for _, value in seen[line]] == [1, 0] * number
        times = [moment for moment, _ in seen[line]]
        widths = [fall - rise for rise, fall in zip(times[::2], times[1::2], strict=True)]
        assert all(abs(found - width) < 0.05 for found in widths)
    assert (tmp_path / "a.csv").read_text().count("\n") == 8
