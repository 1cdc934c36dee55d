"""Settings are written to `x96 run` over lines and connections with faults.

What an outcome says of each setting is compared with what pymodbus reads, past all faults: no plan
that is half written may be called done.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartx96.configuration.changing.carrying_out import carry_out
from smartx96.configuration.changing.outcome import Outcome
from smartx96.configuration.changing.plan import planned
from smartx96.configuration.link import Link
from smartx96.configuration.target import Lines, Target
from smartx96.errors import X96Error
from smartx96.modbus.client.policy import Policy
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import Kind, Place
from smartx96.settings import BY_ID as ALL
from support.faulty_proxy import Fault, FaultyProxy
from support.independent import settings
from support.running import X96, Running
from support.truth import check_truth

pytestmark = pytest.mark.interop

PASSWORD = 1000
FUNCTION, WRITE = 7, 16
"""Where it stands in a message, and that of writes."""
CHOICES = {
    "demand_period": (15, 30), "pulse1_width": (60, 200), "ct_primary": (200, 300),
    "scroll_time": (7, 9), "load_profile_period": (5, 10), "measurement_mode": (1, 3),
}  # fmt: skip
"""Two values of settings, in several stretches of the map; three are protected."""
ADDRESSES = {"scroll_time": (7, 9), "unit_address": (1, 9)}
POLICY, IMPATIENT = Policy(timeout=0.25, retries=2), Policy(timeout=0.1, retries=1)

ENDING = [fault for fault in Fault if fault is not Fault.OTHER_VALUE]
"""Modbus TCP has no check sum: who damages every value is believed by every client."""


@pytest.fixture(scope="module")
def meter() -> Iterator[Running]:
    running = Running("--signal", "phasors")
    yield running
    running.stop()


def others(choices: dict[str, tuple[int, int]], now: dict[str, float]) -> dict[str, int]:
    """Values that none of the settings has now."""
    return {id: one if now[id] != one else other for id, (one, other) in choices.items()}


async def pushed(proxy: FaultyProxy, meter: Running, choices: dict[str, tuple[int, int]],
                 policy: Policy = POLICY, **faults) -> Outcome | None:  # fmt: skip
    """The outcome, which is made sure of; None where nothing was written."""
    before = settings(meter.port)
    proxy.begin()
    async with Lines(policy) as lines:
        target = Target(Place(Kind.TCP, "127.0.0.1", proxy.port), int(before["unit_address"]))
        link = await Link.open(lines, target)
        plan = planned(link, await link.read_settings(), others(choices, before))
        assert len(plan.changes) == len(choices)
        proxy.begin(**faults)
        try:
            outcome = await carry_out(link, plan, PASSWORD)
        except X96Error:
            assert settings(meter.port) == before
            return None
    check_truth(outcome, before, settings(meter.port))
    return outcome


async def conversation(meter: Running, choices: dict[str, tuple[int, int]], faults) -> list[bool]:
    """Whether each push was done: without a fault, and with each of those that are made for every
    place of the conversation.
    """
    done = []
    async with FaultyProxy(meter.port, late=0.4).listening() as proxy:
        outcome = await pushed(proxy, meter, choices)
        assert outcome is not None
        assert outcome.done
        for number in range(proxy.count):
            outcome = await pushed(proxy, meter, choices, **faults(number))
            done.append(outcome is not None and outcome.done)
    return done


@pytest.mark.parametrize(("fault", "choices"), [
    *((fault, CHOICES) for fault in Fault),
    *((fault, ADDRESSES) for fault in (Fault.LOST_REQUEST, Fault.LOST_ANSWER, Fault.CUT_BEHIND)),
])  # fmt: skip
def test_one_fault_at_any_place_keeps_nothing_from_being_done(meter, fault, choices):
    assert all(asyncio.run(conversation(meter, choices, lambda n: {"faults": {n: fault}})))


@pytest.mark.parametrize("fault", ENDING)
def test_from_any_place_on_nothing_goes_well(meter, fault):
    done = asyncio.run(
        conversation(meter, CHOICES, lambda n: {"always": (n, fault), "policy": IMPATIENT})
    )
    # Once all is compared, what is left is to lock the meter.
    assert not any(done[:-1])


async def interrupted(meter: Running, *changes: str) -> tuple[int | None, str]:
    """`x96 set`, and Ctrl-C with the second of its writes: how it ended, and what it said."""
    writes, processes = list[bytes](), list[asyncio.subprocess.Process]()

    def watch(request: bytes) -> None:
        writes.extend([request] * (request[FUNCTION] == WRITE))
        if len(writes) == 2 and request is writes[-1]:
            processes[0].send_signal(signal.SIGINT)

    async with FaultyProxy(meter.port, 0.0, watch).listening() as proxy:
        unit = str(int(settings(meter.port)["unit_address"]))
        processes.append(await asyncio.create_subprocess_exec(
            *X96, "set", *changes, "--tcp", f"127.0.0.1:{proxy.port}", "--unit", unit,
            "--password", str(PASSWORD), stderr=asyncio.subprocess.PIPE,
        ))  # fmt: skip
        _, said = await asyncio.wait_for(processes[0].communicate(), 30)
    return processes[0].returncode, said.decode()


def test_ctrl_c_half_way_tells_what_was_written(meter):
    before = settings(meter.port)
    wanted = others(CHOICES, before)
    code, said = asyncio.run(interrupted(meter, *(f"{id}={n}" for id, n in wanted.items())))
    after = settings(meter.port)
    written = [id for id in wanted if after[id] == wanted[id]]
    assert 0 < len(written) < len(wanted)
    left = ", ".join(id for id in ALL if id in wanted and id not in written)
    assert f"{len(written)} written, {len(wanted) - len(written)} not written ({left})" in said
    assert "stopped before the end" in said
    assert (code, said.count("\n")) == (1, 1)


ON_A_LINE = CHOICES | ADDRESSES | {"baud_rate": (3, 4), "parity_stop": (1, 3)}
PATIENT = Policy(timeout=0.3, retries=7)


def stored(folder: Path) -> dict[str, float]:
    """What a meter has that was switched off, when it is switched on without faults."""
    running = Running("--signal", "phasors", "--state", str(folder))
    try:
        return settings(running.port)
    finally:
        running.stop()


async def over_a_line(device: Path, before: dict[str, float]) -> Outcome:
    async with Lines(PATIENT) as lines:
        link = await Link.open(lines, Target(Place(Kind.RTU, str(device)), 1, LineParameters()))
        plan = planned(link, await link.read_settings(), others(ON_A_LINE, before))
        return await carry_out(link, plan, PASSWORD)


@pytest.mark.parametrize("faults", [
    "late=200,silent=0.1,busy=0.1,seed=1", "late=350,silent=0.1,noise=0.2,seed=2",
    "silent=0.25,busy=0.3,seed=3", "crc=0.15,noise=0.3,silent=0.1,busy=0.1,seed=4",
])  # fmt: skip
def test_a_line_with_faults(tmp_path, faults):
    """What it really has is what it has when it starts anew."""
    state, device = tmp_path / "state", tmp_path / "line"
    before = stored(state)
    running = Running("--signal", "phasors", "--state", str(state), "--faults", faults,
                      "--rtu", f"pty:{device}")  # fmt: skip
    try:
        outcome = asyncio.run(over_a_line(device, before))
    finally:
        running.stop()
    check_truth(outcome, before, stored(state))
    assert outcome.done, outcome.statement
