"""Meters of known installations: phasors are those of the installation, what is wrong is found."""

from __future__ import annotations

import asyncio
import cmath
import math
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

import smartx96
from smartx96.configuration.commissioning.commissioning import Commissioning, Pace
from smartx96.configuration.commissioning.record import Entry, record
from smartx96.configuration.commissioning.subject import Expected
from smartx96.configuration.link import Link
from smartx96.configuration.target import Lines, Target
from smartx96.errors import OptionError
from smartx96.modbus.client.errors import NoAnswerError
from smartx96.modbus.place import Kind, Place
from smartx96.models import Wiring
from support.installed import PHASES, Terminals

ALWAYS_OPEN = {"wiring_setting", "current_transformers", "distortion", "password"}
"""Nobody has said how the meter is connected, and its voltages are clean."""


class Time:
    """Time that passes with the meter's."""

    def __init__(self, meter: smartx96.SimulatedMeter | None = None) -> None:
        self.meter, self.passed = meter, 0.0

    def pace(self, error: timedelta = timedelta()) -> Pace:
        meter = self.meter
        if meter is None:
            return Pace(lambda: self.passed, self.pause)
        return Pace(lambda: self.passed, self.pause, lambda: meter.time - error)

    async def pause(self, seconds: float) -> None:
        self.passed += seconds
        if self.meter is not None:
            self.meter.advance(seconds=seconds)


def looked_at(place: Place, time: Time, *, seconds: float = 3.0, expected: Expected | None = None,
              error: timedelta = timedelta(), entry: Entry | None = None,
              unverified: bool = False) -> dict[str, Any]:  # fmt: skip
    async def dialogue() -> dict[str, Any]:
        async with Lines() as lines:
            link = await Link.open(lines, Target(place), unverified=unverified)
            found = await Commissioning.begin(link, expected, time.pace(error))
            await found.observe(seconds)
            return record(found.subject(), entry)

    return asyncio.run(asyncio.wait_for(dialogue(), 30))


def record_of(meter: smartx96.SimulatedMeter, **options: Any) -> dict[str, Any]:
    return looked_at(Place(Kind.TCP, *meter.tcp), Time(meter), **options)


def of(terminals: Terminals, **options: Any) -> dict[str, Any]:
    """A meter at such terminals; a harmonic on all voltages, so that they have a distortion."""
    reverse = terminals.sequence == 2.0
    lines = options.get("wiring") == "3p3w"
    u = terminals.lines if lines else terminals.voltage
    point = {
        "voltage": abs(u).tolist(),
        "voltage_angle": [_lead(value / u[0], n, reverse) for n, value in enumerate(u)],
        "current": abs(terminals.current).tolist(),
        "phase_angle": terminals.lags,
        "reverse": reverse,
    }
    if options.get("wiring") == "1p2w":
        point = {"voltage": abs(u[0]), "current": abs(terminals.current[0]),
                 "phase_angle": terminals.lags[0]}  # fmt: skip
    with smartx96.simulate(**point, **options) as meter:
        return record_of(meter)


def _lead(value: complex, n: int, reverse: bool) -> float:
    """Angle of a voltage on its place in the sequence [deg]."""
    place = cmath.exp((2j if reverse else -2j) * math.pi / 3 * n)
    return math.degrees(cmath.phase(value / place))


def verdicts(document: dict[str, Any]) -> dict[str, str]:
    return {check["id"]: check["verdict"] for check in document["checks"]}


def failed(document: dict[str, Any]) -> set[str]:
    assert document["passed"] is not ("failed" in verdicts(document).values())
    return {id for id, verdict in verdicts(document).items() if verdict == "failed"}


def open_(document: dict[str, Any]) -> set[str]:
    return {id for id, verdict in verdicts(document).items() if verdict == "not judged"}


def text(document: dict[str, Any], id: str) -> str:
    (found,) = (check["text"] for check in document["checks"] if check["id"] == id)
    return str(found)


def check_phasors(document: dict[str, Any], kind: str, truth: np.ndarray) -> None:
    """Sizes to a tenth of a percent, angles to a degree."""
    found = document["phasors"][kind]
    assert len(found) == len(truth)
    for one, value in zip(found, truth.tolist(), strict=True):
        assert one["rms"] == pytest.approx(abs(value), rel=1e-3), one
        off = cmath.rect(1, math.radians(one["angle"])) / (value / abs(value))
        assert abs(math.degrees(cmath.phase(off))) < 1, one


@pytest.mark.parametrize("angle", [0.0, 30.0, -25.0, 180.0, 160.0])
def test_phasors_of_four_wires(angle: float) -> None:
    right = Terminals.loaded(angle)
    document = of(right)
    truth = right.turned(right.voltage[0])
    check_phasors(document, "voltage", truth.voltage)
    check_phasors(document, "current", truth.current)
    assert failed(document) == set()


@pytest.mark.parametrize("angle", [30.0, -25.0, 180.0])
def test_phasors_of_one_phase(angle: float) -> None:
    right = Terminals.loaded(angle)
    document = of(right, wiring="1p2w")
    truth = right.turned(right.voltage[0])
    check_phasors(document, "voltage", truth.voltage[:1])
    check_phasors(document, "current", truth.current[:1])
    assert failed(document) == set()


@pytest.mark.parametrize("angle", [0.0, 40.0, -25.0, 175.0])
def test_phasors_of_three_wires(angle: float) -> None:
    """A balanced load on 400 V: currents lie 30 degrees and their lag behind the line voltages."""
    with smartx96.simulate(wiring="3p3w", voltage=400, current=4.5, phase_angle=angle) as meter:
        document = record_of(meter)
    turn = np.exp(-2j * np.pi / 3 * np.arange(3))
    check_phasors(document, "voltage", 400 * turn)
    check_phasors(document, "current", 4.5 * turn * np.exp(-1j * np.radians(30 + angle)))
    assert failed(document) == set()
    assert [one["name"] for one in document["phasors"]["voltage"]] == ["U12", "U23", "U31"]


@pytest.mark.parametrize("angle", [5.0, 26.0, 40.0])
def test_a_proper_installation(angle: float) -> None:
    document = of(Terminals.loaded(angle))
    assert failed(document) == set()
    assert open_(document) == ALWAYS_OPEN
    assert document["values"]["active_power"]["mean"] == pytest.approx(
        Terminals.loaded(angle).registers()["active_power"], rel=1e-4
    )


@pytest.mark.parametrize("n", range(3))
def test_a_current_transformer_turned_round(n: int) -> None:
    document = of(Terminals.loaded(26.0).reversed("current", n))
    assert failed(document) == {"wiring"}
    assert text(document, "wiring").startswith(f"current {PHASES[n].upper()} is reversed")
    assert f"current_direction_{PHASES[n]}" in text(document, "wiring")
    assert "--scale" not in text(document, "wiring")


@pytest.mark.parametrize(("a", "b"), [(0, 1), (1, 2), (0, 2)])
def test_two_currents_swapped(a: int, b: int) -> None:
    document = of(Terminals.loaded(26.0).swapped("current", a, b))
    assert failed(document) == {"wiring"}
    assert f"currents L{a + 1} and L{b + 1} are swapped" in text(document, "wiring")


@pytest.mark.parametrize(("a", "b"), [(0, 1), (1, 2), (0, 2)])
def test_two_voltages_swapped(a: int, b: int) -> None:
    document = of(Terminals.loaded(26.0).swapped("voltage", a, b))
    assert failed(document) == {"wiring", "sequence"}
    assert f"voltages L{a + 1} and L{b + 1} are swapped" in text(document, "wiring")


def test_a_supply_that_turns_the_other_way() -> None:
    document = of(Terminals.loaded(26.0, reverse=True))
    assert failed(document) == {"sequence"}
    assert "L1-L3-L2" in text(document, "sequence")


@pytest.mark.parametrize("which", [0, 2])
def test_a_current_turned_round_in_three_wires(which: int) -> None:
    """As the meter itself turns it round; the second current is what the others leave."""
    with smartx96.simulate(
        wiring="3p3w", voltage=400, current=4, phase_angle=20,
        settings={f"current_direction_l{which + 1}": "reverse"},
    ) as meter:  # fmt: skip
        document = record_of(meter)
    assert "wiring" in failed(document)
    assert f"current L{which + 1} is reversed" in text(document, "wiring")


def test_all_power_flows_out() -> None:
    document = of(Terminals.loaded(180.0))
    assert failed(document) == set()
    assert verdicts(document)["wiring"] == "not judged"
    assert "all power flows out" in text(document, "wiring")
    assert "export +" in text(document, "energy_direction")
    assert verdicts(document)["energy_direction"] == "passed"


def test_a_dead_phase_and_too_high_voltages() -> None:
    with smartx96.simulate(voltage=[230, 0, 262]) as meter:
        document = record_of(meter)
    assert {"voltages", "wiring", "condition"} <= failed(document)
    assert "voltage L2 is missing" in text(document, "wiring")
    assert verdicts(document)["sequence"] == verdicts(document)["unbalance"] == "not judged"


def test_unbalance_and_distortion_beyond_the_limits() -> None:
    with smartx96.simulate(voltage=[230, 214, 240], voltage_harmonics={5: 9.0}) as meter:
        document = record_of(meter)
    assert failed(document) == {"unbalance", "distortion"}
    # The sequences of 230, 214 at -120 and 240 at 120 degrees in closed form.
    u = np.array([230, 214, 240]) * np.exp(-2j * np.pi / 3 * np.arange(3))
    turn = np.exp(2j * np.pi / 3 * np.arange(3))
    share = 100 * abs((u * turn.conj()).sum() / (u * turn).sum())
    assert float(text(document, "unbalance").split()[0]) == pytest.approx(share, abs=0.02)


def test_no_load_and_a_phase_without() -> None:
    with smartx96.simulate(current=0) as meter:
        document = record_of(meter)
        assert failed(document) == set()
        assert {"load", "wiring", "sums", "energy_direction", "steadiness"} <= open_(document)
        meter.set(current=[4, 0, 4])
        assert "no current on L2" in text(record_of(meter), "wiring")


def test_what_is_hardly_a_current_is_not_judged() -> None:
    with smartx96.simulate(current=0.008, phase_angle=[10, -170, 10]) as meter:
        document = record_of(meter)
    assert "wiring" not in failed(document)
    assert "hardly a current" in text(document, "wiring")


def test_what_a_wiring_or_a_phase_has_not_is_no_value() -> None:
    with smartx96.simulate(current=[5, 0, 5]) as meter:
        values = record_of(meter)["values"]
    assert {"phase_angle_l1", "current_thd_l3", "voltage_l2", "current_l2"} <= values.keys()
    assert not {"phase_angle_l2", "power_factor_l2", "current_thd_l2"} & values.keys()
    with smartx96.simulate(wiring="1p2w") as meter:
        values = record_of(meter)["values"]
    assert not [id for id in values if "l2" in id or "l3" in id]
    with smartx96.simulate(wiring="3p3w", voltage=400) as meter:
        values = record_of(meter)["values"]
    assert "voltage_l1_l2" in values
    assert not {"voltage_l1", "active_power_l1", "voltage_ln_average", "current_n"} & values.keys()


def test_an_overload() -> None:
    with smartx96.simulate(current=6.5) as meter:
        document = record_of(meter)
    assert {"load", "condition"} <= failed(document)


def test_a_load_that_comes_and_goes_is_told() -> None:
    """A regenerating load on one phase for a moment is no reversed transformer."""
    with smartx96.simulate(current=5, phase_angle=20) as meter:
        time = Time(meter)

        async def pause(seconds: float) -> None:
            await time.pause(seconds)
            if time.passed == 1.0:
                meter.set(phase_angle=[-160, 20, 20], current=[3, 5, 5])
            if time.passed == 2.0:
                meter.set(phase_angle=20, current=5)

        async def dialogue() -> dict[str, Any]:
            async with Lines() as lines:
                link = await Link.open(lines, Target(Place(Kind.TCP, *meter.tcp)))
                pace = Pace(lambda: time.passed, pause, lambda: meter.time)
                found = await Commissioning.begin(link, None, pace)
                await found.observe(3)
                return record(found.subject())

        document = asyncio.run(dialogue())
    assert "wiring" not in failed(document)
    assert "in 2 of 7 readings" in text(document, "wiring")
    assert verdicts(document)["steadiness"] == "not judged"


def test_what_the_installation_is_known_to_be() -> None:
    with smartx96.simulate(ct=(200, 5), current=90) as meter:
        right = Expected(ct=(200, 5), vt=1, wiring=Wiring.FOUR_WIRE)
        document = record_of(meter, expected=right)
        assert open_(document) == {"distortion", "password"}
        wrong = Expected(ct=(250, 5), vt=100, wiring=Wiring.ONE_PHASE)
        document = record_of(meter, expected=wrong)
        transformers = {"current_transformers", "voltage_transformers"}
        assert failed(document) == {*transformers, "wiring_setting"}
        assert "ct_primary=250" in text(document, "current_transformers")
        meter.change(ct_primary=137)
        assert "no rated current" in text(record_of(meter), "current_transformers")
        meter.change(ct_primary=1)
        assert "current_transformers" in failed(record_of(meter))


def test_a_clock_that_is_wrong() -> None:
    with smartx96.simulate(settings={"time_zone": "Europe/Berlin"}) as meter:
        assert verdicts(record_of(meter, error=timedelta(seconds=55)))["clock"] == "passed"
        document = record_of(meter, error=timedelta(hours=1))
        assert failed(document) == {"clock"}
        assert "1:00:00 h ahead" in text(document, "clock")
        assert "02:00:03 in Europe/Berlin" in text(document, "clock")


def test_an_energy_that_does_not_count() -> None:
    """Time that passes here and not in the meter: its registers stand still."""
    with smartx96.simulate() as meter:
        document = looked_at(Place(Kind.TCP, *meter.tcp), Time())
        assert "energy_direction" in failed(document)
        assert "counts nothing" in text(document, "energy_direction")


def test_settings_of_which_one_should_know() -> None:
    with smartx96.simulate(settings={"pulse1_energy": "net kWh"}) as meter:
        document = record_of(meter)
    assert verdicts(document)["settings"] == "not judged"
    assert "a pure consumer gets no pulse" in text(document, "settings")
    changed = {s["id"]: s for s in document["settings"] if not s["as_delivered"]}
    assert set(changed) == {"pulse1_energy"}
    assert changed["pulse1_energy"]["text"] == "net kWh"
    assert "password" not in {s["id"] for s in document["settings"]}


def test_lost_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    with smartx96.simulate() as meter:
        time, losses = Time(meter), iter([False, True, False, True, True, False])
        look = Commissioning.look

        async def sometimes(self: Commissioning) -> None:
            if next(losses, True):
                raise NoAnswerError("silence")
            await look(self)

        monkeypatch.setattr(Commissioning, "look", sometimes)

        async def dialogue(seconds: float) -> dict[str, Any]:
            async with Lines() as lines:
                link = await Link.open(lines, Target(Place(Kind.TCP, *meter.tcp)))
                found = await Commissioning.begin(link, None, time.pace())
                await found.observe(seconds)
                return record(found.subject())

        document = asyncio.run(dialogue(2.5))
        assert document["observation"]["lost"] == 3
        assert "exchange" in failed(document)
        losses = iter([False])
        with pytest.raises(NoAnswerError):
            asyncio.run(dialogue(60))
        assert time.passed == pytest.approx(2.5 + 1.5)


@pytest.mark.parametrize(("retries", "verdict"), [(0, "passed"), (2, "not judged")])
def test_what_was_asked_again_before_is_nothing_against_the_line(
    retries: int, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another meter of it, or who it is: many never say that."""
    look = Commissioning.look

    async def disturbed(self: Commissioning) -> None:
        self._link.client.tally.retries += retries
        await look(self)

    monkeypatch.setattr(Commissioning, "look", disturbed)
    with smartx96.simulate() as meter:

        async def dialogue() -> dict[str, Any]:
            async with Lines() as lines:
                link = await Link.open(lines, Target(Place(Kind.TCP, *meter.tcp)))
                link.client.tally.retries += 2
                found = await Commissioning.begin(link, None, Time(meter).pace())
                return record(found.subject())

        document = asyncio.run(dialogue())
    assert verdicts(document)["exchange"] == verdict


def test_what_is_typed_is_one_printable_line() -> None:
    with pytest.raises(OptionError, match="one printable line"):
        Entry(remarks=("two\nlines",))
    with pytest.raises(OptionError, match="2000"):
        Entry(place="x" * 2001)
