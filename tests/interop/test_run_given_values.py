"""`x96 run --source values:`: a meter that is told its values, read by clients of others."""

from __future__ import annotations

import json
import math
import os
import re
import shlex
import socket
import statistics
import struct
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import pytest

from smartx96.modbus.registers import BY_ID
from support.ports import free_port
from support.running import X96, Registers, Running, rest

pytestmark = pytest.mark.interop

PATIENCE = 60.0


class Fed:
    """A running meter, its named pipe and its registers."""

    def __init__(self, folder, *arguments: str, web: bool = False) -> None:
        self.pipe = folder / "values"
        os.mkfifo(self.pipe)
        page = "127.0.0.1:0" if web else "off"
        self.running = Running("--source", f"values:{self.pipe}", "--web", page, *arguments)
        self._sending = os.open(self.pipe, os.O_WRONLY)

    def __enter__(self) -> Fed:
        return self

    def __exit__(self, *raised: object) -> None:
        os.close(self._sending)
        self.said = self.running.stop()

    def send(self, **values: object) -> None:
        self.line(json.dumps(values))

    def line(self, text: str) -> None:
        os.write(self._sending, f"{text}\n".encode())


@contextmanager
def fed(folder, *arguments: str, web: bool = False):
    with (
        Fed(folder, *arguments, web=web) as meter,
        Registers(meter.running.port, timeout=0.5, retries=20) as registers,
    ):
        yield meter, registers


def value(registers: Registers, id: str) -> float:
    return registers.value(BY_ID[id].address)


def waits(condition, seconds: float = PATIENCE) -> float:
    """Until something holds; how long it took."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, "it did not come"
        time.sleep(0.002)
    return time.monotonic() - begun


def test_every_derived_register_agrees(tmp_path):
    with fed(tmp_path) as (meter, registers):
        meter.send(voltage=[229.0, 231.0, 230.0], active_power=[1000.0, -400.0, 250.0],
                   reactive_power=[300.0, 100.0, -50.0], frequency=50.02)  # fmt: skip
        waits(lambda: abs(value(registers, "active_power") - 850) < 0.01)
        found = {id: value(registers, id) for id in BY_ID if BY_ID[id].words == 2
                 and BY_ID[id].address < 0x60 and BY_ID[id].space == "input"}  # fmt: skip
    assert found["frequency"] == pytest.approx(50.02, abs=1e-4)
    for n, (u, p, q) in enumerate(
        [(229.0, 1000.0, 300.0), (231.0, -400.0, 100.0), (230.0, 250.0, -50.0)], 1
    ):
        s = math.hypot(p, q)
        assert found[f"voltage_l{n}"] == pytest.approx(u, rel=1e-6)
        assert found[f"active_power_l{n}"] == pytest.approx(p, rel=1e-6)
        assert found[f"reactive_power_l{n}"] == pytest.approx(q, rel=1e-6)
        assert found[f"apparent_power_l{n}"] == pytest.approx(s, rel=1e-6)
        assert found[f"current_l{n}"] == pytest.approx(s / u, rel=1e-6)
        assert abs(found[f"power_factor_l{n}"]) == pytest.approx(abs(p) / s, rel=1e-6)
    assert found["reactive_power"] == pytest.approx(350, rel=1e-6)
    assert found["apparent_power"] ** 2 >= found["active_power"] ** 2 + found["reactive_power"] ** 2
    assert found["current_sum"] == pytest.approx(sum(found[f"current_l{n}"] for n in (1, 2, 3)))


def test_a_value_is_in_the_registers_soon_after_it_came(tmp_path):
    with fed(tmp_path) as (meter, registers):
        found = []
        for n in range(25):
            power = 1000.0 + 10 * n
            meter.send(active_power=power)
            found.append(
                waits(lambda due=power: abs(value(registers, "active_power") - due) < 0.01)
            )
            time.sleep(0.05 + 0.013 * n)
    print(f"\nfrom value to register: median {1e3 * statistics.median(found):.0f} ms, "
          f"slowest {1e3 * max(found):.0f} ms")  # fmt: skip
    assert statistics.median(found) < 0.1


def test_energy_is_the_integral_of_what_was_said(tmp_path):
    """To the moment of arrival; a machine at work may be late with one or two."""
    found = []
    while len(found) < 3:
        exchanged, total = energy_exchanged_and_said(tmp_path)
        found.append(exchanged / total)
        if found[-1] == pytest.approx(1.0, rel=0.03):
            return
    raise AssertionError(f"over what was said: {found}")


def energy_exchanged_and_said(tmp_path) -> tuple[float, float]:
    """Energy in the registers, and of what was said until what came next [kWh]."""
    with fed(tmp_path) as (meter, registers):
        total, said, since = 0.0, 0.0, time.monotonic()
        for power in (360_000.0, -180_000.0, 720_000.0, 0.0):
            meter.send(active_power=power)
            now = time.monotonic()
            total += said * (now - since)
            said, since = power, now
            time.sleep(0.71)
        waits(lambda: value(registers, "active_power") == 0.0)
        time.sleep(1.2)
        ways = (value(registers, f"active_energy_{way}") for way in ("import", "export"))
        return next(ways) - next(ways), total / 3.6e6


def test_values_that_are_held_are_marked(tmp_path):
    with fed(tmp_path, "--stale", "hold", "--stale-after", "0.5") as (meter, registers):
        meter.send(active_power=1500)
        waits(lambda: abs(value(registers, "active_power") - 1500) < 0.1)
        assert not registers.lost
        waits(lambda: registers.lost)
        assert value(registers, "active_power") == pytest.approx(1500)
        meter.send(active_power=1400)
        waits(lambda: not registers.lost)


def test_without_new_values_no_current_flows(tmp_path):
    with fed(tmp_path, "--stale", "zero", "--stale-after", "0.5") as (meter, registers):
        meter.send(active_power=1500, voltage=231)
        waits(lambda: abs(value(registers, "active_power") - 1500) < 0.1)
        waits(lambda: value(registers, "active_power") == 0.0)
        assert value(registers, "voltage_l1") == pytest.approx(231)
        assert registers.lost
    assert "no good message for 0.5 s" in meter.said[1] + meter.said[0]


def test_without_new_values_nobody_is_answered(tmp_path):
    """And never with zeros, which a controller would believe."""
    with Fed(tmp_path, "--stale", "silent", "--stale-after", "1.5") as meter:
        meter.send(active_power=1500)
        waits(lambda: answer(meter) == pytest.approx(1500))
        until, seen = time.monotonic() + PATIENCE, 0.0
        while seen is not None and time.monotonic() < until:
            seen = answer(meter)
            assert seen is None or seen == pytest.approx(1500)
        assert seen is None

        def back() -> bool:
            meter.send(active_power=1200)
            return answer(meter) == pytest.approx(1200)

        waits(back)


def answer(meter: Fed) -> float | None:
    """What the register of the power holds; None where nobody answers within 0.3 s."""
    address = ("127.0.0.1", meter.running.port)
    with socket.create_connection(address, PATIENCE) as connection:
        connection.settimeout(0.3)
        connection.sendall(struct.pack(">HHHBBHH", 1, 0, 6, 1, 4, 0x34, 2))
        try:
            found = connection.recv(64)
        except TimeoutError:
            return None
    return float(struct.unpack(">f", found[9:13])[0])


def test_a_bad_message_is_one_line_and_the_meter_goes_on(tmp_path):
    with fed(tmp_path) as (meter, registers):
        meter.line("nonsense")
        meter.line('{"volts": 230}')
        meter.line("x" * 100_000)
        meter.send(active_power=900)
        waits(lambda: abs(value(registers, "active_power") - 900) < 0.1)
    assert "too" in meter.said[1] or "at most" in meter.said[1] or "no JSON" in meter.said[1]


@pytest.mark.parametrize(
    "message",
    ['{"active_power": 1%s}' % ("0" * 400), '{"voltage": "230"}', '{"voltage": {}}',
     '{"voltage": [230], "active_power": 5}', '{"current": 1e308, "active_power": 1e308}'],
)  # fmt: skip
def test_no_message_ends_the_meter(tmp_path, message):
    with fed(tmp_path, "--wiring", "3p3w", web=True) as (meter, registers):
        status, said = post(f"{meter.running.page}/api/meters/meter/values", message)
        assert status == 400, said
        meter.line(message)
        meter.send(active_power=900)
        waits(lambda: abs(value(registers, "active_power") - 900) < 0.1)
    assert "1 messages taken, 1 messages refused" in " ".join(meter.said)


def test_three_wires(tmp_path):
    """Two currents and two voltages between lines; no line has a power of its own."""
    with fed(tmp_path, "--wiring", "3p3w") as (meter, registers):
        meter.send(voltage=400.0, active_power=-6000.0, reactive_power=2500.0)
        waits(lambda: abs(value(registers, "active_power") + 6000) < 0.01)
        found = {id: value(registers, id) for id in (
            "voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1", "current_l1", "current_l2",
            "current_l3", "reactive_power", "apparent_power", "power_factor", "voltage_l1",
            "active_power_l1")}  # fmt: skip
        meter.send(voltage_l1=230)
        meter.send(voltage=410)
        waits(lambda: value(registers, "voltage_l1_l2") == pytest.approx(410))
    for pair in ("l1_l2", "l2_l3", "l3_l1"):
        assert found[f"voltage_{pair}"] == pytest.approx(400, rel=1e-6)
    for line in ("l1", "l2", "l3"):
        assert found[f"current_{line}"] == pytest.approx(6500 / (math.sqrt(3) * 400), rel=1e-6)
    assert found["reactive_power"] == pytest.approx(2500, rel=1e-6)
    assert found["apparent_power"] == pytest.approx(6500, rel=1e-6)
    assert found["power_factor"] == pytest.approx(-6000 / 6500, rel=1e-6)
    assert found["voltage_l1"] == found["active_power_l1"] == 0
    assert "voltage_l1: 3p3w has no such phase of its own" in " ".join(meter.said)


def test_one_phase(tmp_path):
    with fed(tmp_path, "--wiring", "1p2w") as (meter, registers):
        meter.send(voltage=231.0, active_power=1155.0, power_factor=0.5, frequency=49.98)
        waits(lambda: abs(value(registers, "active_power") - 1155) < 0.01)
        found = {id: value(registers, id) for id in (
            "voltage_l1", "voltage_l2", "current_l1", "current_l2", "active_power_l1",
            "active_power_l2", "reactive_power", "apparent_power", "frequency")}  # fmt: skip
    assert found == pytest.approx({
        "voltage_l1": 231.0, "voltage_l2": 0, "current_l1": 10.0, "current_l2": 0,
        "active_power_l1": 1155.0, "active_power_l2": 0,
        "reactive_power": 2310 * math.sqrt(0.75), "apparent_power": 2310.0, "frequency": 49.98,
    }, rel=1e-6)  # fmt: skip


def test_after_a_power_cut_the_energy_goes_on_and_no_value_does(tmp_path):
    """What was said before holds no longer: nobody has said it to this run."""
    state = ("--state", str(tmp_path / "state"))
    arguments = ("--stale", "hold", *state)
    with fed(tmp_path, *arguments) as (meter, registers):
        meter.send(active_power=3_600_000)
        waits(lambda: registers.exact() > 1.5e9)
        before = registers.exact()
        meter.running.process.kill()
    (tmp_path / "values").unlink()
    with fed(tmp_path, *arguments) as (meter, registers):
        time.sleep(0.5)
        after = registers.exact()
        assert before <= after <= before + 2.5e9, "uWh: 1e9 a second"
        assert registers.lost
        assert value(registers, "active_power") == value(registers, "current_l1") == 0
        time.sleep(0.5)
        assert registers.exact() == after
        meter.send(active_power=3_600_000)
        waits(lambda: registers.exact() > after)


def test_once_ends_with_the_sender():
    running = Running("--source", "values:-", "--web", "off", "--once", stdin=subprocess.PIPE)
    assert running.process.stdin is not None
    with Registers(running.port, timeout=0.5, retries=20) as registers:
        running.process.stdin.write('{"active_power": 1200}\n')
        running.process.stdin.flush()
        waits(lambda: abs(value(registers, "active_power") - 1200) < 0.1)
        assert running.process.poll() is None
    # The last line, which nothing ends, is measured before it ends.
    running.process.stdin.write('{"active_power": 700}')
    running.process.stdin.close()
    running.process.wait(PATIENCE)
    said = rest(running.process)[0]
    assert "700.0 W" in said
    assert "2 messages taken" in said


def test_a_standard_input_that_is_closed_is_one_line():
    command = shlex.join([*X96, "run", "--source", "values:-", "--state", "off"])
    found = subprocess.run(["sh", "-c", f"{command} <&-"], capture_output=True, text=True,
                           timeout=30, check=False)  # fmt: skip
    assert found.returncode == 2
    assert found.stderr == "x96: values:-: the standard input is closed\n"


def test_a_thousand_messages_at_once_end_at_the_last(tmp_path):
    with fed(tmp_path) as (meter, registers):
        for n in range(5000):
            meter.send(active_power=float(n + 1))
        waits(lambda: abs(value(registers, "active_power") - 5000) < 0.1)


def test_values_are_posted_to_the_page():
    port = free_port()
    page = f"http://127.0.0.1:{port}/api/meters/meter"
    running = Running("--source", "values:", "--web", f"127.0.0.1:{port}")
    try:
        with Registers(running.port) as registers:
            taken = (202, {"taken": True, "note": ""})
            assert post(f"{page}/values", {"active_power": 2500}) == taken
            waits(lambda: abs(value(registers, "active_power") - 2500) < 0.1)
            status, said = post(f"{page}/values", {"active_power": "much"})
            assert status == 400
            assert "active_power 'much'" in said["error"]
            assert value(registers, "active_power") == pytest.approx(2500)
    finally:
        running.stop()


def test_what_becomes_of_messages_is_counted_and_told(tmp_path):
    """Whoever writes into a pipe gets no answer."""
    with fed(tmp_path, web=True) as (meter, registers):
        meter.send(active_power=400, house=3)
        waits(lambda: abs(value(registers, "active_power") - 400) < 0.1)
        meter.line('{"active_power": 1, "curent": 3}')
        meter.send(active_power=900)
        waits(lambda: abs(value(registers, "active_power") - 900) < 0.1)
        with urllib.request.urlopen(f"{meter.running.page}/api/condition", timeout=5) as answer:
            found = json.load(answer)["input"]["messages"]
        with urllib.request.urlopen(f"{meter.running.page}/metrics", timeout=5) as answer:
            metrics = answer.read().decode()
    last = "'curent': cannot be given; did you mean current?"
    assert found == {"taken": 2, "refused": 1, "left_out": 0, "last_refusal": last}
    counted = re.findall(r'^x96_input_messages_total{.*outcome="(.+)".*} (\d+)\.0$', metrics, re.M)
    assert counted == [("taken", "2"), ("refused", "1"), ("left_out", "0")]
    notes = [line for line in meter.said[1].splitlines() if "note: values:" in line]
    assert sum("'house': passed over" in line for line in notes) == 1
    assert sum(last in line for line in notes) == 1


def test_a_meter_that_measures_takes_no_values():
    port = free_port()
    running = Running("--web", f"127.0.0.1:{port}")
    try:
        status, said = post(f"http://127.0.0.1:{port}/api/meters/meter/values", {"voltage": 230})
        assert status == 409
        assert "--source values:" in said["error"]
    finally:
        running.stop()


def post(url: str, body: object) -> tuple[int, dict]:
    text = body if isinstance(body, str) else json.dumps(body)
    request = urllib.request.Request(url, text.encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_as_an_sdm630(tmp_path):
    """Its type code, its limit of a read, and none of the registers that nobody else documents."""
    with fed(tmp_path, "--serve-as", "sdm630") as (meter, registers):
        meter.send(active_power=-1200, voltage=230)
        waits(lambda: abs(value(registers, "active_power") + 1200) < 0.1)
        client = registers._client
        assert client.read_holding_registers(0xFC02, count=1, device_id=1).registers == [0x0070]
        assert not client.read_input_registers(0, count=80, device_id=1).isError()
        assert client.read_input_registers(0, count=81, device_id=1).exception_code == 3
        for address in (0xE000, 0x4000):
            assert client.read_holding_registers(address, count=1, device_id=1).exception_code == 2
        assert client.read_input_registers(0x2000, count=4, device_id=1).exception_code == 2
        ratio = BY_ID["ct_primary"].address
        assert client.read_holding_registers(ratio, count=2, device_id=1).registers == [0, 0]
        assert client.write_registers(ratio, [0x4120, 0], device_id=1).exception_code == 2
