"""Registers of a live meter: what a write does, who may, and what is refused whole."""

from __future__ import annotations

import struct
from datetime import UTC, datetime

import pytest

from smartx96.installation import live as live_module
from smartx96.installation.live import LiveMeter
from smartx96.installation.registers import ServedRegisters
from smartx96.meter.clock import Clock
from smartx96.meter.configuration import Configuration
from smartx96.meter.events import EventKind
from smartx96.meter.meter import Meter
from smartx96.modbus import pdu
from smartx96.modbus.functions.counters import Counters
from smartx96.modbus.functions.request import Caller, Station
from smartx96.modbus.registers import BY_ID
from smartx96.models import MODELS
from smartx96.samples.mains import mains
from smartx96.settings import Settings

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ME, OTHER = Caller(session="me"), Caller(session="other")


class Time:
    """A steady clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    from smartx96.installation import registers

    clock = Time()
    monkeypatch.setattr(live_module, "time", clock)
    monkeypatch.setattr(registers, "time", clock)
    return clock


def served(model: str = "X96-5A", **changes: object) -> ServedRegisters:
    settings = Settings({"demand_slide": 60, **changes})
    source = mains(NOW, seed=1)
    meter = Meter(Configuration(settings, model=MODELS[model]), clock=Clock.of(source.start))
    live = LiveMeter(source, meter, phasors=True)
    return ServedRegisters(live)


@pytest.fixture
def unit(time: Time) -> ServedRegisters:
    return served()


def ask(unit: ServedRegisters, pdu_: str | bytes, caller: Caller = ME) -> str:
    request = bytes.fromhex(pdu_) if isinstance(pdu_, str) else pdu_
    return pdu.answer(request, Station(unit, Counters()), caller).hex()


def write(unit: ServedRegisters, id: str, value: float | bytes, caller: Caller = ME) -> str:
    """Write one parameter by function 16; the answer."""
    register = BY_ID[id]
    data = value if isinstance(value, bytes) else (
        struct.pack(">f", value) if register.words == 2 else struct.pack(">H", int(value))
    )  # fmt: skip
    head = struct.pack(">BHHB", 16, register.address, register.words, 2 * register.words)
    return ask(unit, head + data, caller)


def read(unit: ServedRegisters, id: str, caller: Caller = ME) -> float:
    register = BY_ID[id]
    answer = ask(unit, struct.pack(">BHH", 3, register.address, register.words), caller)
    data = bytes.fromhex(answer)[2:]
    return struct.unpack(">f", data)[0] if register.words == 2 else int.from_bytes(data, "big")


def unlock(unit: ServedRegisters, caller: Caller = ME) -> None:
    assert write(unit, "lock", 1000.0, caller) == "10000e0002"


def kinds(unit: ServedRegisters) -> list[EventKind]:
    return [event.kind for event in unit._live.meter.emptied().events]


def test_an_open_setting_is_written_and_read_back(unit):
    assert write(unit, "scroll_time", 7.0) == "10003a0002"
    assert read(unit, "scroll_time") == 7.0
    assert read(unit, "scroll_time_u16") == 7


def test_a_protected_setting_needs_the_password(unit):
    assert write(unit, "ct_primary", 200.0) == "9004"
    assert read(unit, "ct_primary") == 5.0
    unlock(unit)
    assert write(unit, "ct_primary", 200.0) == "1000340002"
    assert read(unit, "ct_primary") == 200.0
    assert EventKind.PARAMETER_CHANGED in kinds(unit)


def test_only_the_session_that_gave_the_password_is_unlocked(unit):
    unlock(unit)
    assert (read(unit, "lock"), read(unit, "lock", OTHER)) == (1.0, 0.0)
    assert write(unit, "ct_primary", 200.0, OTHER) == "9004"


@pytest.mark.parametrize("renewing", ["lock", "password"])
def test_unlocked_for_a_minute_and_renewed_by_reading(unit, time, renewing):
    unlock(unit)
    for _ in range(5):
        time.now += 59
        read(unit, renewing)
    assert read(unit, "lock") == 1.0
    time.now += 61
    assert read(unit, "lock") == 0.0
    assert write(unit, "ct_primary", 200.0) == "9004"


def test_reading_other_registers_renews_nothing(unit, time):
    unlock(unit)
    time.now += 59
    read(unit, "ct_primary")
    time.now += 2
    assert write(unit, "ct_primary", 200.0) == "9004"


def test_zero_to_the_lock_locks(unit):
    unlock(unit)
    assert write(unit, "lock", 0.0) == "10000e0002"
    assert read(unit, "lock") == 0.0


def test_the_other_dialect_unlocks_and_sets_a_new_password(unit):
    assert write(unit, "password", 1000.0) == "1000180002"
    assert read(unit, "lock") == 1.0
    assert write(unit, "password", 4711.0) == "1000180002"
    assert read(unit, "password") == 0.0
    assert write(unit, "lock", 0.0) == "10000e0002"
    assert write(unit, "lock", 1000.0) == "9003"
    assert write(unit, "password", 4711.0) == "1000180002"
    assert kinds(unit).count(EventKind.PASSWORD_CHANGED) == 1


@pytest.mark.parametrize("id", ["lock", "password"])
def test_five_wrong_passwords_lock_everybody_out_for_a_minute(unit, time, id):
    for _ in range(5):
        assert write(unit, id, 1234.0, OTHER) == "9003"
    assert write(unit, id, 1000.0) == "9004"
    time.now += 61
    assert write(unit, id, 1000.0).startswith("10")


@pytest.mark.parametrize(
    ("id", "value"),
    [
        ("ct_primary", 0.0),
        ("ct_primary", 10_000.0),
        ("ct_primary", 5.5),
        ("ct_primary", float("nan")),
        ("ct_primary", float("inf")),
        ("unit_address", 248.0),
        ("baud_rate", -1.0),
        ("reset", 4.0),
        ("reset_command", 1),
        ("password", 10_000.0),
        ("lock", 0.5),
        ("word_order", 2142.0),
        ("clock", bytes.fromhex("60 00 00 01 01 01 26 20")),
        ("clock", bytes.fromhex("0a 00 00 01 01 01 26 20")),
        ("clock", bytes.fromhex("00 00 00 01 31 02 26 20")),
        ("time_zone", b"Nowhere/At all".ljust(32, b"\0")),
        ("time_zone", b"\xff".ljust(32, b"\0")),
        ("display_times", bytes.fromhex("61 01 00 60")),
    ],
)
@pytest.mark.parametrize("unlocked", [False, True])
def test_a_wrong_value_comes_before_the_lock_and_changes_nothing(unit, id, value, unlocked):
    if unlocked:
        unlock(unit)
    before = dict(unit._live.configuration.settings), unit._live.meter.clock.offset
    register = BY_ID[id]
    data = value if isinstance(value, bytes) else None
    assert write(unit, id, value if data is None else data) == "9003", register
    assert (dict(unit._live.configuration.settings), unit._live.meter.clock.offset) == before


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        ("10 0003 0001 02 0000", "half a parameter"),
        ("10 0003 0002 04 00000000", "halves of two"),
        ("10 0002 0003 06 41700000 0000", "one and a half"),
        ("10 0010 0002 04 00000000", "a gap"),
        ("10 000e 0004 08 447a0000 00000000", "one and a gap"),
        ("10 0000 0002 04 00000000", "read only"),
        ("10 fc02 0001 02 0079", "read only"),
        ("10 00fe 0004 08 0000000000000000", "beyond a block"),
        ("10 ffff 0001 02 0000", "nowhere"),
        ("10 4000 0010 20" + "00" * 32, "the active calendar"),
    ],
)
def test_what_is_no_whole_parameter_is_refused(unit, request_, why):
    unlock(unit)
    assert ask(unit, request_) == "9002", why


def test_several_parameters_at_once_all_or_none(unit):
    """system_type, pulse1_width and lock follow each other."""
    floats = struct.pack(">ff", 3.0, 200.0)
    assert ask(unit, bytes.fromhex("10 000a 0004 08") + floats) == "9004"
    assert read(unit, "pulse1_width") == 100.0
    unlock(unit)
    assert ask(unit, bytes.fromhex("10 000a 0004 08") + struct.pack(">ff", 3.0, 150.0)) == "9003"
    assert ask(unit, bytes.fromhex("10 000a 0004 08") + floats) == "10000a0004"
    assert read(unit, "pulse1_width") == 200.0


def test_a_wrong_password_among_others_leaves_them_as_they_were(unit):
    """parity_stop, unit_address, pulse1_rate and password follow each other."""
    request = bytes.fromhex("10 0012 0008 10") + struct.pack(">ffff", 1.0, 9.0, 2.0, 1234.0)
    assert ask(unit, request) == "9003"
    assert unit.unit_address == 1


def test_settings_beside_a_new_password_are_kept(unit):
    unlock(unit)
    request = bytes.fromhex("10 0012 0008 10") + struct.pack(">ffff", 1.0, 9.0, 2.0, 1234.0)
    assert ask(unit, request) == "1000120008"
    assert [read(unit, id) for id in ("parity_stop", "unit_address", "pulse1_rate")] == [1, 9, 2]
    assert write(unit, "lock", 0.0) == "10000e0002"
    assert write(unit, "lock", 1234.0) == "10000e0002"
    assert kinds(unit).count(EventKind.PASSWORD_CHANGED) == 1


def test_reset_commands_of_both_dialects(unit):
    meter = unit._live.meter
    meter.accounts.registers.add([10**18] * 30, 1)
    assert write(unit, "reset", 1.0) == "9004"
    assert write(unit, "reset_command", 3) == "9004"
    unlock(unit)
    assert write(unit, "reset", 1.0) == "1000d80002"
    assert meter.standing().get("active_energy_import_resettable") == 0.0
    assert meter.standing().get("active_energy_import") > 0.0
    meter.accounts.registers.add([10**18] * 30, 1)
    assert write(unit, "reset_command", 3) == "10f0100001"
    assert meter.standing().get("active_energy_import_resettable") == 0.0
    assert (read(unit, "reset"), read(unit, "reset_command")) == (0.0, 0)
    assert kinds(unit).count(EventKind.RESET) == 2


def test_the_clock_is_local_time(unit):
    unlock(unit)
    assert write(unit, "time_zone", b"Europe/Berlin".ljust(32, b"\0")) == "10e0100010"
    assert write(unit, "clock", bytes.fromhex("56 34 12 00 15 07 26 20")) == "10f0000004"
    answer = ask(unit, "03 f000 0004")
    assert answer == "0308" + "5634120315072620"
    meter = unit._live.meter
    assert datetime.fromtimestamp(meter.now / 1e6, UTC) == datetime(
        2026, 7, 15, 10, 34, 56, tzinfo=UTC
    )


def test_the_clock_reads_back_what_was_written_before_any_window(unit):
    ask(unit, "03 f000 0004")
    assert write(unit, "clock", bytes.fromhex("56 34 12 03 15 07 26 20")) == "10f0000004"
    assert ask(unit, "03 f000 0004") == "0308" + "5634120315072620"


def test_display_times_are_four_settings(unit):
    assert write(unit, "display_times", bytes.fromhex("15 05 10 30")) == "10f5000002"
    found = [
        read(unit, id) for id in ("demand_period", "demand_slide", "scroll_time", "backlight_time")
    ]
    assert found == [15.0, 5.0, 10.0, 30.0]
    assert write(unit, "backlight_time", 121.0) == "10003c0002"
    assert ask(unit, "03 f500 0002") == "030415051099"
    assert write(unit, "display_times", bytes.fromhex("15 05 10 99")) == "10f5000002"
    assert read(unit, "backlight_time") == 121.0


def test_word_order_of_floats_alone(unit):
    before = [ask(unit, f"03 {address}") for address in ("0034 0002", "fc00 0003", "f000 0004")]
    assert write(unit, "word_order", bytes.fromhex("d000 4505")) == "1000280002"
    after = [ask(unit, f"03 {address}") for address in ("0034 0002", "fc00 0003", "f000 0004")]
    assert after[0] == "0304" + before[0][8:] + before[0][4:8]
    assert after[1:] == before[1:]
    assert ask(unit, "03 0028 0002") == "0304d0004505"
    assert ask(unit, bytes.fromhex("10 003a 0002 04 0000 40e0")) == "10003a0002"
    assert ask(unit, "03 003a 0002") == "0304000040e0"
    assert write(unit, "word_order", struct.pack(">f", 2141.0)) == "1000280002"
    assert read(unit, "scroll_time") == 7.0


def test_a_model_refuses_what_it_cannot():
    unit = served("X96-5E")
    unlock(unit)
    assert write(unit, "system_type", 2.0) == "9003"
    assert read(unit, "system_type") == 3.0


def test_read_only_port(unit):
    caller = Caller(session="me", read_only=True)
    assert write(unit, "scroll_time", 7.0, caller) == "9004"
    assert write(unit, "lock", 1000.0, caller) == "9004"
    assert ask(unit, "10 0000 0002 04 00000000", caller) == "9002"
    assert read(unit, "scroll_time") == 0.0


def test_power_cycle_locks(unit):
    unlock(unit)
    unit._live.meter.lock.power_cycle()
    assert read(unit, "lock") == 0.0


def test_identity(unit):
    assert bytes.fromhex(ask(unit, "11"))[2:5] == bytes.fromhex("0079ff")
    assert ask(unit, "2b0e0100").startswith("2b0e01820000030005" + b"SMART".hex())
    assert ask(unit, "2b0e0405")[-12:] == b"X96-5A".hex()


def test_program_checksum_is_there_and_steady(unit):
    assert read_u32(unit) == read_u32(served()) > 0


def read_u32(unit: ServedRegisters) -> int:
    return int(ask(unit, "03 e005 0002")[4:], 16)


def test_the_draft_of_a_calendar_is_protected_and_does_not_outlive_the_power(unit):
    name = bytes.fromhex("10 c000 0010 20") + b"new".ljust(32, b"\0")
    assert ask(unit, name) == "9004"
    unlock(unit)
    assert ask(unit, name) == "10c0000010"
    assert bytes.fromhex(ask(unit, "03 c000 0010"))[2:5] == b"new"
    unit._live.meter.lock.power_cycle()
    assert not any(bytes.fromhex(ask(unit, "03 c000 0010"))[2:])
