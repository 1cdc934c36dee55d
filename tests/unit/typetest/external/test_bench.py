"""The bench on meters of a few lines, in virtual time: what is found lies within what is told."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from smartx96.errors import ConfigurationError, ListenError, OptionError, X96Error
from smartx96.modbus.client.errors import ExceptionAnswerError
from smartx96.modbus.client.nameplate import Nameplate
from smartx96.models import Wiring
from smartx96.typetest.external.bench.metered import Metered
from smartx96.typetest.external.bench.pulse_input import Edge, FileInput, GpioInput, open_pulses
from smartx96.typetest.external.bench.rig import Method, Rig
from smartx96.typetest.external.external_test import Conditions
from smartx96.typetest.external.filled import Filled
from smartx96.typetest.external.outcome import outcome
from smartx96.typetest.external.points_file import Row
from smartx96.typetest.external.reference import reference_uncertainty
from smartx96.typetest.external.set_points import Asked, SetPoint, set_points
from smartx96.typetest.external.trial_errors import Compared, Transformers, compared
from smartx96.typetest.external.uncertainty import uncertainty
from smartx96.typetest.plan.plan import planned
from smartx96.typetest.plan.scope import Scope
from support.gpio_chip import simulated_chip
from support.virtual_line import VirtualLoop

SCOPE = Scope(classes=("0.5S",), clauses=("intrinsic", "datasheet", "starting")).quick()
POINTS = {str(point.trial): point for point in set_points(planned(SCOPE))}
UNITY = POINTS["3p4w In 5 A, 1.2 In, cos 1, balanced, import"]
EXPORT = POINTS["3p4w In 5 A, 1.2 In, cos 1, balanced, export"]
WATTS = 4140.0


class FewLines:
    """A meter: its power since the loop began, its registers of the last whole window."""

    def __init__(self, watts: float, *, exact: bool = True, ratio: float = 1.0, prefix: int = 0,
                 window: float = 0.2, shown: float = 0.7, sign: float = 1.0,
                 begin_kwh: float = 0.0) -> None:  # fmt: skip
        self.watts, self.exact, self.ratio, self.prefix = watts, exact, ratio, prefix
        self.window, self.shown, self.sign, self.begin = window, shown, sign, begin_kwh
        self.settings = {"system_type": 3.0, "ct_primary": 5.0 * ratio, "ct_secondary": 5.0,
                         "vt_ratio": 1.0, "energy_prefix": float(prefix)}  # fmt: skip
        self.values = {"frequency": 50.0, "voltage_l1": 230.0, "current_l1": 6.0 * ratio}

    async def read(self, ids: Iterable[str]) -> dict[str, Any]:
        await asyncio.sleep(0.003)
        return {id: self._value(id) for id in ids}

    async def nameplate(self) -> Nameplate:
        return Nameplate("SMART", "SMART X96", "X96-5A", "1.0", "", 17, 0x79)

    def _value(self, id: str) -> float | int:
        if id in self.settings:
            return self.settings[id]
        if id == "active_power":
            return self.sign * self.watts * self.ratio
        now = asyncio.get_running_loop().time()
        shown = math.floor(now / self.shown) * self.shown
        seconds = math.floor(shown / self.window + 1e-9) * self.window
        way = "active_energy_import" if self.sign > 0 else "active_energy_export"
        kwh = self.watts * self.ratio * seconds / 3.6e6 if id.startswith(way) else 0.0
        kwh += self.begin
        if id.endswith("_exact") and self.exact:
            return round(kwh * 1e9)
        if id.endswith("_exact") or id not in (*self.values, *_ENERGIES):
            raise ExceptionAnswerError.of(2)
        if id in self.values:
            return self.values[id]
        return float(np.float32(kwh / (1000 if self.prefix else 1)))


_ENERGIES = [f"{k}_energy_{w}" for k in ("active", "reactive") for w in ("import", "export")]


class Ticks:
    """Pulses at a power, on the loop's clock."""

    name, pause, width = "a line", 0.01, 1e-3

    def __init__(self, watts: float, constant: float) -> None:
        self._every = 3.6e6 / watts / constant
        self._told = 0.0

    def drain(self) -> list[Edge]:
        now = asyncio.get_running_loop().time()
        first = math.floor(self._told / self._every) + 1
        self._told = now
        last = math.floor(now / self._every)
        return [Edge(n * self._every, self.width) for n in range(first, last + 1)]

    def close(self) -> None: ...


def in_virtual_time(work: Callable[[], Any]) -> Any:
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(work())
    finally:
        loop.close()


def measured(rig: Rig, point: SetPoint = UNITY, asked: Asked = Asked.ACTIVE) -> Filled:
    async def work() -> Filled:
        await asyncio.sleep(11.17)
        await rig.acquaint()
        return await rig.measured(point, asked)

    found: Filled = in_virtual_time(work)
    return found


def row(filled: Filled, point: SetPoint = UNITY) -> Compared:
    line = Row(2, str(point.trial), Asked.ACTIVE, {}, filled, {})
    ratios = Transformers(filled.current_ratio or 1.0, filled.voltage_ratio or 1.0)
    return compared(Path("points.csv"), line, point, ratios)


def metered(*arguments: Any, stated: Transformers | None = None, **more: Any) -> Metered:
    return Metered(FewLines(*arguments, **more), stated, "the meter")  # type: ignore[arg-type]


RIGS: dict[str, Callable[[float], Rig]] = {
    "exact": lambda w: Rig(metered(w)),
    "slow": lambda w: Rig(metered(w, shown=0.2), repeat=2),
    "float": lambda w: Rig(metered(w, exact=False), repeat=3),
    "coarse": lambda w: Rig(metered(w, exact=False, begin_kwh=20_000.0), repeat=3),
    "MWh": lambda w: Rig(metered(w, exact=False, prefix=1), repeat=3),
    "primary": lambda w: Rig(metered(w, ratio=40.0)),
    "power": lambda w: Rig(metered(w, ratio=40.0), method=Method.POWER),
    "pulses": lambda w: Rig(metered(w), Ticks(w, 3200), method=Method.PULSES),
    "reference": lambda w: Rig(metered(w), reference=metered(WATTS, window=0.3), repeat=2),
    "reference pulses": lambda w: Rig(
        metered(w), reference_pulses=Ticks(WATTS, 50_000), reference_constant=50_000
    ),
    "both pulses": lambda w: Rig(
        None, Ticks(w, 3200), None, Ticks(WATTS, 50_000), method=Method.PULSES,
        reference_constant=50_000, device="meter"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGS)
@pytest.mark.parametrize("error", [0.0, 0.5, -2.0])
def test_the_error_lies_within_its_uncertainty(name: str, error: float) -> None:
    rig = RIGS[name](WATTS * (1 + error / 100))
    found = row(measured(rig))
    spread = uncertainty(found, 0.0).expanded
    assert len(found.errors) == rig.repeat
    assert abs(found.error - error) <= spread + 1e-4
    # The time was long enough: a tenth of the limit of 0.5 %, and what the repetitions add.
    assert spread < 0.25


@pytest.mark.parametrize("begin", np.linspace(0, 1.4, 11))
def test_a_meter_that_shows_late_is_allowed_for(begin: float) -> None:
    """What it shows is up to a window old when it shows it, now more and now less."""

    async def work() -> Filled:
        await asyncio.sleep(11 + begin)
        rig = Rig(metered(WATTS), repeat=1, seconds=10.0)
        await rig.acquaint()
        return await rig.measured(UNITY, Asked.ACTIVE)

    found = row(in_virtual_time(work))
    # Half widths of both ends are the most there can be; U is two standard deviations of them.
    most = 2 * math.sqrt(6) / 2 * found.timing + found.resolution
    assert abs(found.error) <= most < 3


def test_export_is_read_from_its_register_and_power_has_its_sign() -> None:
    for method in (Method.REGISTERS, Method.POWER):
        filled = measured(Rig(metered(WATTS * 1.003, sign=-1.0), method=method), EXPORT)
        assert row(filled, EXPORT).error == pytest.approx(0.3, abs=0.05)
    against = Rig(metered(WATTS * 1.003, sign=-1.0), reference=metered(WATTS, sign=-1.0),
                  method=Method.POWER)  # fmt: skip
    assert row(measured(against, EXPORT), EXPORT).error == pytest.approx(0.3, abs=1e-4)
    filled = measured(Rig(metered(WATTS * 1.003), method=Method.POWER), EXPORT)
    with pytest.raises(ConfigurationError, match="the wrong sign"):
        row(filled, EXPORT)


def test_a_row_says_its_error_with_uncertainty_and_limit() -> None:
    filled = measured(Rig(metered(WATTS * 1.003), method=Method.POWER))
    line = Row(2, str(UNITY.trial), Asked.ACTIVE, {}, filled, {})
    conditions = Conditions(reference=reference_uncertainty("0.05"), stated=True)
    told = outcome(Path("points.csv"), line, UNITY, conditions)
    assert told == "measured: +0.3000 % \u00b1 0.0500 % (limit \u00b10.5 %)"
    wrong = replace(filled, power_w=tuple(x / 1000 for x in filled.power_w))
    told = outcome(Path("points.csv"), replace(line, filled=wrong), UNITY, conditions)
    assert told.startswith("measured, but points.csv: row 2, column power_w: ")
    assert told.endswith("kW?")
    counts = replace(line, asked=Asked.PULSES, filled=Filled(pulses=(2.0, 1.0)))
    assert outcome(Path("points.csv"), counts, UNITY, conditions) == "measured: 3 pulses"


def test_ratios_that_were_stated_otherwise() -> None:
    rig = Rig(metered(WATTS, ratio=40.0, stated=Transformers(20.0)))
    with pytest.raises(X96Error, match="its ratios are 40 of current and 1 of voltage, stated"):
        measured(rig)


def test_a_meter_without_settings_is_taken_as_stated() -> None:
    own = metered(WATTS, ratio=40.0, stated=Transformers(40.0))
    own._meter.settings = {}  # type: ignore[attr-defined]
    filled = measured(Rig(own))
    assert filled.current_ratio == 40
    assert row(filled).error == pytest.approx(0, abs=0.1)


def test_a_reference_that_sees_another_point_stops() -> None:
    rig = Rig(metered(WATTS), reference=metered(0.5 * WATTS), repeat=1)
    with pytest.raises(X96Error, match=r"the reference has 20\d\d.* where the point makes 4140"):
        measured(rig)


def test_pulses_that_do_not_come() -> None:
    rig = Rig(None, Ticks(1e-3, 3200), method=Method.PULSES, device="meter")
    with pytest.raises(X96Error, match="a line: no pulse for"):
        measured(rig)


def test_a_power_that_the_meter_does_not_have() -> None:
    own = metered(WATTS, exact=False)
    own._meter.sign = math.nan  # type: ignore[attr-defined]
    with pytest.raises(X96Error, match="the meter: has no reading of active_power"):
        measured(Rig(own, method=Method.POWER))


def test_rows_that_a_bench_cannot_measure() -> None:
    rig = Rig(metered(WATTS), method=Method.POWER)
    in_virtual_time(rig.acquaint)
    other = {str(p.trial): p for p in set_points(planned(Scope(clauses=("frequency",))))}
    reasons = {
        rig.unable(point, asked)
        for point in (*other.values(), UNITY)
        for asked in point.asked
    }  # fmt: skip
    assert reasons == {
        None, "the meter is connected as 3p4w", "the meter is set to transformers of 5 A",
    }  # fmt: skip
    assert {p.trial.point.wiring for p in other.values()} == set(Wiring)
    by_pulses = Rig(None, Ticks(1, 1), method=Method.PULSES)
    assert by_pulses.unable(UNITY, Asked.READINGS) == "needs --meter"


def test_readings_are_means_and_those_of_the_reference_the_truth() -> None:
    own, reference = metered(WATTS, ratio=40.0), metered(WATTS)
    reference._meter.values["voltage_l1"] = 229.0  # type: ignore[attr-defined]
    filled = measured(Rig(own, reference=reference, repeat=2), UNITY, Asked.READINGS)
    assert filled.readings["current_l1"] == 240
    assert filled.true_readings["current_l1"] == 6
    assert filled.true_readings["voltage_l1"] == 229
    assert "voltage_thd_l1" not in filled.readings


def test_starting_counts_pulses_and_energies() -> None:
    starting = next(point for point in POINTS.values() if Asked.PULSES in point.asked)
    watts = 3.45
    rig = Rig(metered(watts), Ticks(watts, 3200), method=Method.PULSES)
    filled = measured(rig, starting, Asked.PULSES)
    assert filled.pulses == (1.0,) or filled.pulses == (2.0,)
    assert filled.true_seconds[0] == pytest.approx(490, abs=1)
    assert filled.readings["active_energy_import"] == pytest.approx(3.45 * 490 / 3600, rel=0.01)
    assert filled.readings["reactive_energy_export"] == 0


@pytest.mark.parametrize("method", [Method.PULSES, Method.REGISTERS])
def test_a_rig_needs_what_it_measures_by(method: Method) -> None:
    with pytest.raises(OptionError, match="--by"):
        Rig(None, None, method=method)


HEAD = b"output,number,rising_edge_utc,width_ms,meter\n"


def test_pulses_of_a_growing_file(tmp_path: Path) -> None:
    path = tmp_path / "pulses.csv"
    input = FileInput(path, "2")
    assert input.drain() == []
    path.write_bytes(HEAD + b"2,1,t,60,m\n1,1,t,60,m\n2,2,t,6")
    assert len(input.drain()) == 1
    with path.open("ab") as file:
        file.write(b"0,m\n2,3,t,60,m\n")
    assert len(input.drain()) == 2
    assert FileInput(path, "2").drain() == []
    with path.open("ab") as file:
        file.write(b"2,4,t,60,m\n")
    assert len(input.drain()) == 1


def test_a_file_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "pulses.csv"
    path.write_bytes(b"time,value\n1,2\n")
    with pytest.raises(OptionError, match="is no file of pulses"):
        FileInput(path, "2").drain()
    with pytest.raises(ListenError, match="cannot be read"):
        FileInput(tmp_path, "2").drain()
    for text in ("pulses.vcd", "gpio:0:1,2", "gpio:0", ""):
        with pytest.raises(OptionError):
            open_pulses(text, "--pulses")


def test_edges_of_a_simulated_line() -> None:
    with simulated_chip() as chip:
        input = GpioInput(f"gpio:{chip.path}:3", "--pulses")
        assert input.drain() == []
        for level in ("pull-up", "pull-down") * 3:
            (chip._lines / "sim_gpio3/pull").write_text(level)
        edges = input.drain()
        input.close()
    assert len(edges) == 3
