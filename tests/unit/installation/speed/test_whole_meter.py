"""The meter that is timed is a whole one."""

from __future__ import annotations

from typing import Any

import pytest

from smartx96.installation.keeper import Keeper
from smartx96.installation.speed import growth, whole_meter
from smartx96.installation.speed.signal import RATE, Signal
from smartx96.modbus.registers import Space
from smartx96.samples.arrays import ArraySource

SIGNAL = Signal()


def test_it_is_read_drawn_and_kept_as_often_as_in_life(monkeypatch: pytest.MonkeyPatch) -> None:
    screens: list[list[str]] = []
    read: list[bytes] = []
    kept: list[int] = []
    draw, registers, keep = (
        whole_meter.terminal, whole_meter.ServedRegisters.read, Keeper.keep,
    )  # fmt: skip

    def drawn(*arguments: Any) -> list[str]:
        screens.append(draw(*arguments))
        return screens[-1]

    def answered(self: Any, space: Space, address: int, count: int) -> bytes:
        read.append(registers(self, space, address, count))
        return read[-1]

    async def committed(self: Keeper) -> None:
        await keep(self)
        (each,) = self._kept
        kept.append(each.live.meter.accounts.registers.rising()["active_energy_import_sum"])

    monkeypatch.setattr(whole_meter, "terminal", drawn)
    monkeypatch.setattr(whole_meter.ServedRegisters, "read", answered)
    monkeypatch.setattr(Keeper, "keep", committed)
    assert whole_meter.spent(ArraySource(SIGNAL.samples(5.0), RATE)) > 0.0
    assert len(screens) == len(read) == pytest.approx(24, abs=1)
    assert len({bytes(each) for each in read}) > 20
    assert any("kWh" in line for line in screens[-1])
    assert len(kept) == pytest.approx(7, abs=1)
    assert kept == sorted(set(kept))
    assert kept[0] > 0


def test_growth_tells_every_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "LENGTHS", (10.0, 20.0))
    monkeypatch.setattr(growth, "METERS", (1, 2))
    monkeypatch.setattr(growth, "_CHANNELS_SECONDS", 4.0)
    monkeypatch.setattr(growth, "_METERS_SECONDS", 2.0)
    found = growth.growth(1)
    assert [row["seconds"] for row in found["length"]] == [10.0, 20.0]
    assert [row["channels"] for row in found["channels"]] == [2, 3, 6, 6]
    assert [row["meters"] for row in found["meters"]] == [1, 2]
    costs = [row["microseconds_per_second"] for key in ("length", "channels") for row in found[key]]
    costs += [row["milliseconds_per_window"] for row in found["meters"]]
    assert all(0.0 < cost["min"] <= cost["median"] <= cost["max"] for cost in costs)


def test_a_repeated_signal_has_the_windows_of_its_length() -> None:
    source = ArraySource(SIGNAL.samples(50.0), RATE)
    assert growth._repeated(source, 120.0) == pytest.approx(120.0 * 5.002, abs=2)
