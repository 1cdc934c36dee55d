"""Commissioning a meter of others, which has the documented registers and nothing else."""

from __future__ import annotations

import asyncio
import cmath
import math
from typing import Any

import pytest

from smartx96.configuration.commissioning.commissioning import Commissioning
from smartx96.configuration.commissioning.record import record
from smartx96.configuration.family import is_own, member_named
from smartx96.configuration.link import Link
from smartx96.configuration.target import Lines, Target
from support.documented_meter import documented_meter
from support.installed import Terminals

pytestmark = pytest.mark.interop

PLATE = {"system_voltage": 230.0, "system_current": 5.0, "unit_address": 1.0,
         "active_energy_import": 1234.5}  # fmt: skip


def looked_at(values: dict[str, float], seconds: float = 0.6) -> dict[str, Any]:
    async def dialogue() -> dict[str, Any]:
        async with documented_meter({**PLATE, **values}) as place, Lines() as lines:
            link = await Link.open(lines, Target(place), member=member_named("SDM630"))
            assert not link.ours
            found = await Commissioning.begin(link)
            await found.observe(seconds)
            # What is missing was asked for.
            assert not any(is_own(id) for id in link.missing)
            return record(found.subject())

    return asyncio.run(asyncio.wait_for(dialogue(), 30))


def verdicts(document: dict[str, Any]) -> dict[str, str]:
    return {check["id"]: check["verdict"] for check in document["checks"]}


@pytest.mark.parametrize("angle", [-20.0, 0.0, 26.0])
def test_a_proper_installation(angle: float) -> None:
    right = Terminals.loaded(angle)
    document = looked_at({**right.registers(), "system_type": 3.0})
    assert "failed" not in verdicts(document).values()
    for id in ("voltages", "sequence", "unbalance", "load", "wiring", "sums"):
        assert verdicts(document)[id] == "passed", id
    for id in ("clock", "settings", "current_transformers"):
        assert verdicts(document)[id] == "not judged", id
    truth = right.turned(right.voltage[0])
    for kind, values in (("voltage", truth.voltage), ("current", truth.current)):
        for one, value in zip(document["phasors"][kind], values.tolist(), strict=True):
            assert cmath.rect(one["rms"], math.radians(one["angle"])) == pytest.approx(
                value, abs=0.005 * abs(value)
            )


def test_nothing_is_read_that_nobody_documents() -> None:
    document = looked_at({**Terminals.loaded(20.0).registers(), "system_type": 3.0})
    assert document["settings_hidden"] > 20
    assert "ct_primary" not in {setting["id"] for setting in document["settings"]}
    assert "condition" not in verdicts(document)
    assert document["meter"]["nominal_current"] == 5.0


def test_faults_are_found() -> None:
    right = Terminals.loaded(26.0)
    for wired, word in (
        (right.reversed("current", 1), "current L2 is reversed"),
        (right.swapped("current", 0, 2), "currents L1 and L3 are swapped"),
        (right.swapped("voltage", 0, 1), "voltages L1 and L2 are swapped"),
        (right.reversed("voltage", 2), "voltage L3 is reversed"),
    ):
        document = looked_at({**wired.registers(), "system_type": 3.0}, 0.1)
        found = {check["id"]: check["text"] for check in document["checks"]}
        assert word in found["wiring"]
        assert verdicts(document)["wiring"] == "failed"


def test_three_wires() -> None:
    right = Terminals.loaded(20.0).without_neutral()
    shown = right.registers(neutral=False)
    document = looked_at({**shown, "system_type": 2.0, "system_voltage": 400.0}, 0.1)
    assert "failed" not in verdicts(document).values()
    assert verdicts(document)["wiring"] == "passed"
    truth = right.turned(right.lines[0])
    for one, value in zip(document["phasors"]["current"], truth.current.tolist(), strict=True):
        assert cmath.rect(one["rms"], math.radians(one["angle"])) == pytest.approx(
            value, abs=0.01 * abs(value)
        )


def test_powers_that_do_not_add_up() -> None:
    shown = Terminals.loaded(20.0).registers()
    document = looked_at({**shown, "active_power": 2 * shown["active_power"], "system_type": 3.0})
    assert verdicts(document)["sums"] == "failed"
    assert "P of the phases" in next(c["text"] for c in document["checks"] if c["id"] == "sums")


def test_a_coarse_energy_register_says_how_long_to_look() -> None:
    document = looked_at({**Terminals.loaded(0.0).registers(), "system_type": 3.0})
    assert verdicts(document)["energy_direction"] == "not judged"
    told = next(c["text"] for c in document["checks"] if c["id"] == "energy_direction")
    seconds = int(told.partition("--seconds ")[2].split()[0])
    # Three steps of 10 Wh at the power of the load.
    power = Terminals.loaded(0.0).registers()["active_power"]
    assert seconds == pytest.approx(30 / power * 3600, rel=0.05)
