"""Cards beside the face: what they show and what they save, against Modbus and the source."""

from __future__ import annotations

import csv
import io
import math
import struct
import zlib
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from support.bench_meter import AMPERES, FIFTH, LAG, VOLTS

pytestmark = pytest.mark.interop

CHARTS = ("phasors", "waveforms", "spectrum", "trends", "energies", "demand", "pulses")
CT = 100
FUNDAMENTAL = VOLTS
FULL = (VOLTS[0] * math.hypot(1, FIFTH / 100), *VOLTS[1:])
"""With the harmonic of L1."""

REGISTERS = {
    "voltage_l1": 0x00, "voltage_l2": 0x02, "voltage_l3": 0x04, "current_l1": 0x06,
    "current_n": 0xE0, "active_power_l1": 0x0C, "reactive_power_l2": 0x1A,
    "apparent_power_l3": 0x16,
    "power_factor": 0x3E, "active_power": 0x34, "frequency": 0x46, "voltage_l2_l3": 0xCA,
    "voltage_thd_l1": 0xEA,
}  # fmt: skip
ENERGIES = {"active_energy_import": 0x48, "active_energy_export": 0x4A, "apparent_energy": 0x50}


def rows(content: bytes) -> list[list[str]]:
    """A CSV file; all of its rows are equally long (RFC 4180)."""
    found = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    assert len({len(row) for row in found}) == 1
    return found


def pixels(content: bytes) -> np.ndarray:
    """A PNG file of 8 bits without interlace, shape (height, width, 3 or 4) (PNG, 3rd edition)."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    place, data, shape = 8, b"", (0, 0, 0)
    while place < len(content):
        size, kind = struct.unpack(">I4s", content[place : place + 8])
        body = content[place + 8 : place + 8 + size]
        if kind == b"IHDR":
            width, height, depth, colour, *_, interlace = struct.unpack(">IIBBBBB", body)
            assert (depth, interlace) == (8, 0)
            shape = (height, width, {2: 3, 6: 4}[colour])
        data += body if kind == b"IDAT" else b""
        place += 12 + size
    return _unfiltered(np.frombuffer(zlib.decompress(data), np.uint8), shape)


def _unfiltered(data: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    height, width, depth = shape
    lines = data.reshape(height, 1 + width * depth)
    out = np.zeros((height + 1, (width + 1) * depth), np.uint8)
    for n, line in enumerate(lines):
        above, row = out[n], out[n + 1]
        if line[0] == 0:
            row[depth:] = line[1:]
        elif line[0] == 1:
            row[depth:] = np.cumsum(line[1:].reshape(-1, depth), axis=0, dtype=np.uint8).ravel()
        elif line[0] == 2:
            row[depth:] = line[1:] + above[depth:]
        else:
            for x, value in enumerate(line[1:].tolist(), depth):
                left, up, corner = int(row[x - depth]), int(above[x]), int(above[x - depth])
                row[x] = (value + _predicted(int(line[0]), left, up, corner)) & 255
    return out[1:, depth:].reshape(shape)


def _predicted(filter: int, left: int, up: int, corner: int) -> int:
    if filter == 3:
        return (left + up) // 2
    guess = left + up - corner
    return min((left, up, corner), key=lambda near: abs(guess - near))


def test_readings_are_saved_as_modbus_reads_them(visitor, registers):
    head, *found = rows(visitor.saved("readings", "CSV"))
    assert head == ["id", "text", "value", "unit"]
    values = {row[0]: row[2] for row in found}
    for id, address in REGISTERS.items():
        assert float(values[id]) == pytest.approx(registers.value(address), rel=1e-4, abs=1e-3), id
    units = {row[0]: row[3] for row in found}
    assert (units["voltage_l1"], units["active_power"], units["power_factor"]) == ("V", "W", "")


def test_the_table_of_readings_has_all_four_columns(visitor):
    line = visitor.page.locator("#readings tbody tr").filter(has_text="Current")
    cells = line.first.locator("td").all_inner_texts()
    expected = [CT * ampere for ampere in AMPERES]
    expected.append(sum(expected) / 3)
    assert [float(cell) for cell in cells] == pytest.approx(expected, rel=3e-4)


def test_phasors(visitor):
    head, *found = rows(visitor.saved("phasors", "CSV"))
    assert head == ["kind", "phase", "rms", "unit", "angle [deg]"]
    table = np.array([[float(row[2]), float(row[4])] for row in found])
    assert table[:3, 0] == pytest.approx(FUNDAMENTAL, rel=1e-4)
    assert table[3:, 0] == pytest.approx([CT * ampere for ampere in AMPERES], rel=1e-4)
    angles = [0, -120, 120, -LAG, -120 - LAG, 120 - LAG]
    assert (table[:, 1] - angles + 180) % 360 - 180 == pytest.approx(0, abs=0.02)


def test_waveforms(visitor, registers):
    """Their rms is that of the registers, their course that of the source."""
    head, *found = rows(visitor.saved("waveforms", "CSV"))
    assert head == ["time [ms]", *(f"{k} L{n} [{u}]" for k, u in ("UV", "IA") for n in (1, 2, 3))]
    table = np.array(found, float)
    assert table.shape == (256, 7)
    rms = np.sqrt((table[:, 1:] ** 2).mean(axis=0))
    assert rms == pytest.approx([registers.value(2 * n) for n in range(6)], rel=1e-3)
    turn = 2 * np.pi * table[:, 0] / 20.0
    course = np.sqrt(2) * VOLTS[0] * (np.sin(turn) + FIFTH / 100 * np.sin(5 * turn))
    assert table[:, 1] == pytest.approx(course, abs=1.5)


def test_spectrum(visitor):
    head, *found = rows(visitor.saved("spectrum", "CSV"))
    assert head[:2] == ["order", "U L1 [%]"]
    table = np.array([[cell or "nan" for cell in row[:2]] for row in found], float)
    assert table[:, 0].tolist() == list(range(1, 64))
    assert table[0, 1] == pytest.approx(100)
    assert table[4, 1] == pytest.approx(FIFTH, abs=2e-3)
    assert np.nanmax(np.delete(table[1:, 1], 3)) < 0.01
    assert np.isfinite(table[:30, 1]).all(), "only what the sampling rate leaves out is absent"


def test_the_cursor_tells_what_is_there(visitor):
    plot = visitor.page.get_by_role("slider", name="cursor on the spectrum")
    plot.scroll_into_view_if_needed()
    plot.focus()
    for key in ("Home", *["ArrowRight"] * 4):
        visitor.page.keyboard.press(key)
    assert plot.get_attribute("aria-valuetext").startswith(f"order 5, L1 {FIFTH:.2f} %")
    assert f"{FIFTH:.2f} %" in visitor.text("#spectrum .note")
    visitor.page.keyboard.press("Escape")
    assert visitor.page.locator("#spectrum .note").is_hidden()
    visitor.page.get_by_role("slider", name="cursor on the waveforms").hover()
    assert " ms" in visitor.text("#waveforms .note")


def test_channels_are_switched(visitor):
    visitor.page.locator("#waveforms").scroll_into_view_if_needed()
    line = visitor.page.locator("#waveforms path.line.l2").first
    visitor.waits(lambda: (line.get_attribute("d") or "").count("L") == 256)
    switch = visitor.page.locator("#waveforms").get_by_role("button", name="U L2")
    switch.click()
    visitor.waits(lambda: line.get_attribute("d") is None)
    assert switch.get_attribute("aria-pressed") == "false"


def test_trends(visitor):
    """A row every ten seconds, the newest of now."""
    visitor.page.locator("#trends").scroll_into_view_if_needed()
    visitor.page.locator("#trends").get_by_role("button", name="U", exact=True).click()
    visitor.waits(lambda: visitor.page.locator("#trends .none").is_hidden())
    head, *found = rows(visitor.saved("trends", "CSV"))
    assert head == ["time", "voltage_l1 [V]", "voltage_l2 [V]", "voltage_l3 [V]"]
    times = [datetime.fromisoformat(row[0]) for row in found]
    assert times == sorted(times)
    now = visitor.page.locator("#clock").get_attribute("datetime")
    assert datetime.fromisoformat(now) - times[-1] < timedelta(seconds=25)
    assert float(found[-1][2]) == pytest.approx(VOLTS[1], rel=0.05)


def test_trends_of_a_day(visitor):
    """Offered is what the load profile holds: active and reactive power, no line voltages."""
    trends = visitor.page.locator("#trends")
    trends.scroll_into_view_if_needed()
    named = trends.locator(".legend button")
    visitor.waits(lambda: named.all_inner_texts() == ["P", "Q", "S"])
    trends.get_by_role("button", name="Day").click()
    visitor.waits(lambda: named.all_inner_texts() == ["P", "Q"])
    head, *_ = rows(visitor.saved("trends", "CSV"))
    assert head == ["time", "active_power [W]", "reactive_power [var]"]
    offered = {text: trends.get_by_role("button", name=text, exact=True).is_enabled()
               for text in ("U", "U L\u2013L", "I", "PF", "f")}  # fmt: skip
    assert [text for text, there in offered.items() if not there] == ["U L\u2013L", "PF"]
    trends.get_by_role("button", name="Hour").click()
    visitor.waits(lambda: named.all_inner_texts() == ["P", "Q", "S"])


def test_energies(visitor, registers):
    before = {id: registers.value(address) for id, address in ENERGIES.items()}
    found = {row[0]: row[2] for row in rows(visitor.saved("energies", "CSV"))}
    for id, address in ENERGIES.items():
        assert before[id] - 0.2 <= float(found[id]) <= registers.value(address) + 0.1, id
    assert float(found["active_energy_import"]) > 0
    tariffs = sum(float(found[f"active_energy_import_t{n}"]) for n in range(1, 5))
    assert tariffs == pytest.approx(float(found["active_energy_import"]), abs=0.01)


def test_demand(visitor, registers):
    """Of a meter whose demand period is 0: what is now, and the most that there was."""
    head, *found = rows(visitor.saved("demand", "CSV"))
    assert head == ["demand", "unit", "now", "maximum", "reached"]
    active = next(row for row in found if row[0] == "Active")
    assert float(active[2]) == pytest.approx(registers.value(0x54), rel=1e-3)
    assert float(active[3]) == pytest.approx(registers.value(0x56), rel=1e-3)
    assert float(active[2]) == pytest.approx(registers.value(0x34), rel=1e-3)
    age = datetime.now(UTC) - datetime.fromisoformat(active[4])
    assert timedelta(0) <= age < timedelta(minutes=5)


def test_pulses_fall(visitor):
    """Output 2 gives its pulses by the energy."""
    visitor.page.locator("#pulses").scroll_into_view_if_needed()
    count = visitor.page.locator("#pulses .outputs > div").nth(1).locator("b")
    visitor.waits(lambda: count.inner_text() not in ("", "0"))
    first = int("".join(filter(str.isdigit, count.inner_text())))
    visitor.waits(lambda: int("".join(filter(str.isdigit, count.inner_text()))) > first)
    head, *found = rows(visitor.saved("pulses", "CSV"))
    assert head == ["output", "number", "time", "width [s]"]
    numbers = [int(row[1]) for row in found if row[0] == "2"]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert visitor.page.locator("#pulses path.mark").nth(1).get_attribute("d")


def test_events_and_traffic(visitor, registers):
    kinds = [row[2] for row in rows(visitor.saved("events", "CSV"))]
    assert "power_up" in kinds
    registers.words(0x46, 2)
    visitor.reads("traffic", "read input 0x0046-0x0047")
    newest = visitor.page.locator("#traffic table").last
    visitor.waits(lambda: "frequency" in newest.inner_text())
    asked = rows(visitor.saved("traffic", "CSV"))
    assert asked[0] == ["time", "client", "unit", "asked", "values", "outcome"]
    assert ["frequency", "answered"] in [row[4:] for row in asked]


def test_a_picture_of_every_chart(visitor):
    """None is empty: besides its ground there are curves, in colours, and letters."""
    for card in CHARTS:
        visitor.page.locator(f"#{card}").scroll_into_view_if_needed()
        visitor.page.wait_for_timeout(300)
        picture = pixels(visitor.saved(card, "PNG"))
        height, width, _ = picture.shape
        assert width > 600, card
        assert height > 200, card
        colours, counts = np.unique(picture[..., :3].reshape(-1, 3), axis=0, return_counts=True)
        assert len(colours) > 20, card
        assert 0.002 < 1 - counts.max() / counts.sum() < 0.9, card


def test_numbers_as_a_table(visitor):
    for card, head in (("waveforms", "time [ms]"), ("spectrum", "order"), ("trends", "time")):
        section = visitor.page.locator(f"#{card}")
        section.scroll_into_view_if_needed()
        section.get_by_role("button", name="Table").click()
        assert section.get_by_role("columnheader").first.inner_text().lower() == head
        assert section.locator(".numbers tbody tr").count() >= 1
