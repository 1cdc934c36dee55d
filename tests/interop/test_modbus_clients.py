"""Unmodified Modbus programs of others read a running meter, over TCP and a serial line."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from clients import ALL, Client, ClientError, Read, Serial, Tcp, Write
from clients.pty_line import PtyLine
from clients.rtu_reference import BLOCKS, rtu_reference, value, words
from clients.scripted import sdm630
from clients.steps import Table, Target
from support.running import X96, Registers, Running

pytestmark = pytest.mark.interop

SCENARIO = """
frequency = 50.02
[voltage]
rms = [231.0, 229.0, 230.0]
harmonics = [[5, 3.0, 0]]
[current]
rms = [5.0, 4.0, 3.0]
angle = 30.0
harmonics = [[3, 10.0, 0], [63, 2.0, 0]]
"""
RATIO = 40.0

CT_PRIMARY, SERIAL_HIGH, SERIAL_LOW = 0x0034, 0x002A, 0x002C
SERIAL_NUMBER, METER_CODE, SCROLL_TIME = 0xFC00, 0xFC02, 0x003A
NOWHERE = 0x047A
"""Behind the harmonics, in no block."""

REFUSED = r"(?i)illegal data address|exception_code=2|Giving up|isError"

by_name = pytest.mark.parametrize("client", ALL, ids=lambda client: client.name)


def everywhere(clients: Iterable[Client] = ALL) -> pytest.MarkDecorator:
    """Each client on Modbus TCP, where it knows that, and on a line."""
    tcp = [pytest.param("tcp", client, id=f"tcp-{client.name}") for client in clients if client.tcp]
    line = [pytest.param("line", client, id=f"line-{client.name}") for client in clients]
    return pytest.mark.parametrize(("place", "client"), tcp + line)


def truth() -> dict[int, float]:
    """Input registers of the scenario by closed form; currents 200/5 on the primary side."""
    volts, amps = np.array([231.0, 229.0, 230.0]), RATIO * np.array([5.0, 4.0, 3.0])
    fifth, third, last = 0.03, 0.1, 0.02
    u, i = volts * np.hypot(1, fifth), amps * np.sqrt(1 + third**2 + last**2)
    p, q = volts * amps * np.cos(np.pi / 6), volts * amps * np.sin(np.pi / 6)
    turned = np.exp(-2j * np.pi * np.arange(3) / 3)
    # The phases' fifths turn against the fundamentals, their multiples of three not at all.
    line_to_line = np.abs(volts * turned - np.roll(volts * turned, -1)) * np.hypot(1, fifth)
    neutral = np.sqrt(np.abs((amps * turned).sum()) ** 2 + amps.sum() ** 2 * (third**2 + last**2))
    runs = {
        0x00: u,
        0x06: i,
        0x0C: p,
        0x12: u * i,
        0x18: q,
        0x1E: p / (u * i),
        0x2A: [u.mean()],
        0x2E: [i.mean(), i.sum()],
        0x34: [p.sum()],
        0x38: [(u * i).sum()],
        0x3C: [q.sum(), p.sum() / (u * i).sum()],
        0x46: [50.02],
        0xA0: [1.0, 1.0],
        0xC8: [*line_to_line, line_to_line.mean()],
        0xE0: [neutral],
        0xEA: [100 * fifth] * 3,
        0xF0: [100 * np.hypot(third, last)] * 3,
        0xF8: [100 * fifth, 100 * np.hypot(third, last)],
        0x14E: [100 * fifth] * 4,
        0x0198: [100 * fifth],
    }
    return {first + 2 * n: float(v) for first, run in runs.items() for n, v in enumerate(run)}


def near(client: Client, values: list[float]) -> object:
    """mbpoll shows six digits, collectd six decimals; the others all there is."""
    return pytest.approx(values, rel=1e-5 if client.name == "mbpoll" else 2e-6, abs=1e-6)


def lines_served() -> bool:
    """Whether the meter serves serial lines: the tests of them wait for that."""
    done = subprocess.run([*X96, "run", "--help"], capture_output=True, text=True, check=True)
    return "--rtu" in done.stdout


class Meter:
    """A running meter, and where its clients find it."""

    def __init__(self, running: Running, line: Path | None) -> None:
        self.tcp = Tcp(running.port)
        self._line = line

    def target(self, kind: str) -> Target:
        if kind == "tcp":
            return self.tcp
        if self._line is None:
            pytest.skip("the meter serves no serial line yet")
        return Serial(str(self._line))


@pytest.fixture(scope="module")
def meter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Meter]:
    folder = tmp_path_factory.mktemp("clients")
    (folder / "feeder.toml").write_text(SCENARIO)
    line = folder / "line" if lines_served() else None
    options = ["--rtu", f"pty:{line}"] if line else []
    running = Running("--source", str(folder / "feeder.toml"), "--ct", "200/5", *options)
    assert running.line
    yield Meter(running, line)
    running.stop()


@everywhere()
def test_every_client_reads_the_right_values(meter: Meter, place: str, client: Client) -> None:
    target, known = meter.target(place), truth()
    found = client(target, *(Read("input", address) for address in known))
    assert found == near(client, list(known.values()))


@everywhere()
def test_every_client_reads_settings_and_integers(meter: Meter, place: str, client: Client) -> None:
    target = meter.target(place)
    ratio, high, low, code, serial = client(
        target,
        Read("holding", CT_PRIMARY),
        Read("holding", SERIAL_HIGH),
        Read("holding", SERIAL_LOW),
        Read("holding", METER_CODE, "uint16"),
        Read("holding", SERIAL_NUMBER, "uint32"),
    )
    assert ratio == 200.0
    assert code == 0x0079
    assert serial == high * 65536 + low > 0


@everywhere([client for client in ALL if client.many])
def test_long_reads_cross_gaps(meter: Meter, place: str, client: Client) -> None:
    target, known = meter.target(place), truth()
    for first, count in [(0x0000, 40), (0x0078, 62), (0x00C8, 62)]:
        found = client(target, Read("input", first, count=count))
        values = dict(zip(range(first, first + 2 * count, 2), found, strict=True))
        for address in known.keys() & values.keys():
            assert [values[address]] == near(client, [known[address]]), hex(address)
        assert values.get(0x2C, 0.0) == values.get(0xE2, 0.0) == 0.0


@everywhere()
def test_every_client_tells_of_an_address_that_is_not_there(
    meter: Meter, place: str, client: Client
) -> None:
    target = meter.target(place)
    with pytest.raises(ClientError, match=REFUSED):
        client(target, Read("input", NOWHERE))
    assert client(target, Read("holding", CT_PRIMARY)) == [200.0]


def test_all_clients_at_once(meter: Meter) -> None:
    """Each with its own connection, all at the same time, several times over."""
    known = truth()
    clients = [client for client in ALL if client.tcp]
    reads = [Read("input", address) for address in known]
    with ThreadPoolExecutor(len(clients)) as pool:
        runs = {client: pool.submit(client, meter.tcp, *reads) for client in clients}
        for client, run in runs.items():
            assert run.result() == near(client, list(known.values())), client.name


@pytest.mark.parametrize("place", ["tcp", "line"])
def test_sdm630_reads_all(meter: Meter, place: str) -> None:
    """What stands still by closed form, everything between another client's reads around it."""
    target = meter.target(place)
    before, found, after = floats(meter.tcp), sdm630(target), floats(meter.tcp)
    inputs = {address: v for (table, address), v in found.items() if table == "input"}
    assert len(inputs) == 90
    for address, got in inputs.items():
        low, high = sorted((before[address], after[address]))
        assert got >= low - 1e-5 * abs(low), hex(address)
        assert got <= high + 1e-5 * abs(high), hex(address)
    known = truth()
    assert known.keys() - inputs.keys() == {0xA0, 0xA2, 0x0198}
    for address in known.keys() & inputs.keys():
        assert inputs[address] == pytest.approx(known[address], rel=2e-6), hex(address)
    settings = {address: v for (table, address), v in found.items() if table == "holding"}
    assert len(settings) == 12
    assert [settings[a] for a in (0x02, 0x08, 0x0A, 0x14, 0x1C)] == [60, 200.0, 3, 1, 2]
    assert settings[SERIAL_NUMBER] > 0


def floats(target: Tcp) -> dict[int, float]:
    """The input registers below 0x01F0 as the newest pymodbus reads them, by address."""
    with Registers(target.port) as registers:
        found = [w for first in range(0, 0x01F0, 124) for w in registers.words(first, 124)]
    values = struct.unpack(f">{len(found) // 2}f", struct.pack(f">{len(found)}H", *found))
    return {2 * n: v for n, v in enumerate(values)}


# The same programs at pymodbus's RTU server: what they can do on a line.


@pytest.fixture(scope="module")
def reference() -> Iterator[Serial]:
    with rtu_reference() as line:
        yield line


@by_name
def test_every_client_reads_a_line_of_pymodbus(reference: Serial, client: Client) -> None:
    places: list[tuple[Table, int]] = [("input", 0x00), ("input", 0x190), ("holding", 0x50)]
    high, low, code = words("holding", BLOCKS["holding"][2])[:3]
    found = client(
        reference,
        *(Read(table, address) for table, address in places),
        Read("holding", METER_CODE, "uint16"),
        Read("holding", SERIAL_NUMBER, "uint32"),
    )
    known = [value(table, address) for table, address in places]
    assert found == near(client, [*known, code, high * 65536 + low])
    if client.many:
        run = client(reference, Read("input", 0x30, count=62))
        assert run == near(client, [value("input", 0x30 + 2 * n) for n in range(62)])
    with pytest.raises(ClientError, match=REFUSED):
        client(reference, Read("input", NOWHERE))


@pytest.mark.parametrize("client", [c for c in ALL if c.writes], ids=lambda client: client.name)
def test_clients_write_a_float_by_one_request(reference: Serial, client: Client) -> None:
    wanted = 1.5 + ALL.index(client)
    client(reference, Write(SCROLL_TIME, wanted))
    neighbours = [Read("holding", SCROLL_TIME + n) for n in (-2, 0, 2)]
    mbpoll = ALL[0]
    below, above = value("holding", SCROLL_TIME - 2), value("holding", SCROLL_TIME + 2)
    assert mbpoll(reference, *neighbours) == [below, wanted, above]


def test_sdm630_reads_all_of_a_line_of_pymodbus(reference: Serial) -> None:
    found = sdm630(reference)
    serial = found.pop(("holding", SERIAL_NUMBER))
    high, low = words("holding", BLOCKS["holding"][2])[:2]
    assert serial == high * 65536 + low
    assert len(found) == 101
    assert found == {place: value(*place) for place in found}


def test_a_client_says_so_when_nobody_answers() -> None:
    """On a line without a meter every client ends within the limit, and without a value."""
    # Home Assistant asks four times first, which takes it a quarter of a minute.
    clients = [client for client in ALL if client.name != "home-assistant"]

    def asks(client: Client) -> str:
        with PtyLine() as line, pytest.raises(ClientError) as error:
            client(Serial(line.devices[0]), Read("input", 0))
        return str(error.value)

    with ThreadPoolExecutor(len(clients)) as pool:
        for client, said in zip(clients, pool.map(asks, clients), strict=True):
            assert said.startswith(f"{client.name} ended with 1: "), said
            assert len(said) > len(client.name) + 30, said
