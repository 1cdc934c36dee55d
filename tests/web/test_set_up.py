"""Set-up through the page, as somebody at the panel door does it, and what Modbus says of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.bench_meter import AMPERES, Bench
from support.running import CURRENT

pytestmark = pytest.mark.interop

CT_PRIMARY, PASSWORD, LOCK = 0x34, 0x18, 0x0E


@pytest.fixture(scope="module")
def meter(tmp_path_factory) -> Iterator[Bench]:
    """One of its own: its settings are changed, and everybody is locked out in the end."""
    with Bench(tmp_path_factory.mktemp("set-up"), "--state", "off") as found:
        yield found


@pytest.fixture
def client(meter):
    found = pytest.importorskip("pymodbus.client").ModbusTcpClient(
        "127.0.0.1", port=meter.port("Modbus TCP listens on")
    )
    assert found.connect()
    yield found
    found.close()


def setting(client, address: int) -> float:
    answer = client.read_holding_registers(address, count=2, device_id=1)
    assert not answer.isError()
    return client.convert_from_registers(answer.registers, client.DATATYPE.FLOAT32)


def write(client, address: int, value: float):
    words = client.convert_to_registers(value, client.DATATYPE.FLOAT32)
    return client.write_registers(address, words, device_id=1)


def unlock(visitor, password: str = "1000") -> None:
    visitor.hold("E", lambda glass: glass.title == "password, to set up the meter")
    visitor.enter(password)


def test_what_is_edited_is_said_but_no_digit_of_the_password(meter, visit):
    """To who does not see the glass; others hear it too."""
    visitor = visit(meter.url)
    said = visitor.page.locator("#spoken")
    visitor.hold("E", lambda glass: glass.title == "password, to set up the meter")
    visitor.waits(lambda: said.inner_text() == "password, to set up the meter, digit 1 of 4")
    visitor.press("M")
    visitor.press("E")
    visitor.waits(lambda: said.inner_text() == "digit 2 of 4")
    visitor.press("E", 2)
    visitor.waits(lambda: said.inner_text() == "digit 4 of 4")
    visitor.hold("E", lambda glass: glass.title.startswith("set-up 1"))
    visitor.hold("E", lambda glass: "digit 1" in glass.spoken[0])
    before = visitor.glass.spoken[0]
    visitor.press("M")
    visitor.waits(lambda: "digit 1" in said.inner_text() and visitor.glass.spoken[0] != before)
    visitor.waits(lambda: said.inner_text() == visitor.glass.spoken[0])


def test_a_ct_ratio_is_edited_and_read_back_over_modbus(meter, client, visit):
    visitor = visit(meter.url)
    before = setting(client, CT_PRIMARY)
    assert before == 5
    assert write(client, CT_PRIMARY, 50.0).isError(), "Modbus asks for the password as well"
    unlock(visitor)
    visitor.hold("E", lambda glass: glass.title == "set-up 1: Modbus address")
    for _ in range(4):
        visitor.turn("P")
    assert visitor.glass.title == "set-up 5: CT primary current"
    assert visitor.glass.rows[:2] == ["no 5", "5"]
    visitor.press("E")
    visitor.sees(lambda glass: glass.flashing[1] and glass.rows[1] == "0005")
    visitor.press("E")
    visitor.press("M", 2)
    assert setting(client, CT_PRIMARY) == before, "nothing is set before it is confirmed"
    visitor.sees(lambda glass: glass.rows[1] == "0205")
    visitor.hold("E", lambda glass: not glass.flashing[1])
    assert setting(client, CT_PRIMARY) == 205
    visitor.press("U/I")
    visitor.turn_to("U/I", "currents")
    primary = AMPERES[0] * 205 / 5
    visitor.sees(lambda glass: abs(glass.values[0] - primary) < 0.1)
    with meter.registers() as registers:
        assert registers.value(CURRENT) == pytest.approx(primary, rel=1e-4)
    visitor.reads("events", "CT primary current from 5 A to 205 A, on the web page")


def test_a_value_out_of_limits_is_refused(meter, client, visit):
    visitor = visit(meter.url)
    unlock(visitor)
    visitor.hold("E", lambda glass: glass.title == "set-up 1: Modbus address")
    visitor.press("E")
    visitor.sees(lambda glass: glass.flashing[1])
    visitor.count_to("M", "901")
    visitor.hold("E", lambda glass: glass.rows[0] == "Err")
    visitor.sees(lambda glass: glass.title.startswith("set-up 1"))
    visitor.press("U/I", 2)
    visitor.sees(lambda glass: not glass.title.startswith("set-up"))


def test_wrong_passwords_and_the_lock_out(meter, client, visit):
    """Which is the meter's, not the page's: four are tried over Modbus and the fifth here."""
    visitor = visit(meter.url)
    for _ in range(4):
        write(client, LOCK, 1234.0)
    unlock(visitor, "1001")
    glass = visitor.hold("E", lambda glass: glass.rows[0] in ("Err", "L0C"))
    assert glass.rows[0] == "Err"
    assert "wrong password" in glass.spoken[0]
    glass = visitor.sees(lambda glass: glass.rows[0] == "L0C")
    seconds = glass.values[-1]
    assert 50 < seconds <= 60
    visitor.sees(lambda glass: glass.values[-1] < seconds)
    assert write(client, LOCK, 1000.0).isError(), "nor does it take the right one over Modbus"
    visitor.press("E")
    visitor.press("M")
    assert visitor.glass.rows[0] == "L0C"
    visitor.press("U/I")
    visitor.sees(lambda glass: glass.title.startswith("active energy"))
    visitor.reads("events", "locked out")
