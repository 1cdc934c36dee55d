import struct
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pytest

from smartx96 import quantities
from smartx96.modbus import registers
from smartx96.modbus.bank import Images, RegisterBank
from smartx96.modbus.encoding import FLOAT32_MAX, encode, float_words
from smartx96.modbus.exceptions import IllegalAddressError
from smartx96.modbus.image import HoldingImage, InputImage
from smartx96.modbus.readings import clock_fields
from smartx96.modbus.registers import BLOCKS, HOLDING, INPUT, Format, Space
from smartx96.settings import Settings


@dataclass
class Snapshot:
    """Value n at place n, harmonic order h of row r is 1000 r + h."""

    values: np.ndarray = field(
        default_factory=lambda: np.arange(len(quantities.TABLE), dtype=float)
    )
    harmonics: np.ndarray = field(
        default_factory=lambda: 1000.0 * np.arange(6)[:, None] + np.arange(1, 64)
    )
    exact: dict[str, int] = field(default_factory=dict)


def floats(image, id):
    register = registers.BY_ID[id]
    return struct.unpack(">f", image.read(register.address, 2))[0]


def test_every_float_stands_at_its_address():
    snapshot = Snapshot()
    image = InputImage(snapshot)
    for register in INPUT:
        base, _, order = register.id.partition("[")
        if register.format is not Format.FLOAT32:
            continue
        if order:
            row = quantities.HARMONIC_INDEX[base]
            expected = snapshot.harmonics[row, int(order[:-1]) - 1]
        else:
            expected = snapshot.values[quantities.INDEX[register.id]]
        assert floats(image, register.id) == expected, register.id


def test_every_integer_stands_at_its_address():
    integers = [r for r in INPUT if r.format is not Format.FLOAT32]
    exact = {r.id: (0x0123456789ABCDEF + n) & (1 << 16 * r.words) - 1
             for n, r in enumerate(integers)}  # fmt: skip
    image = InputImage(Snapshot(exact=exact))
    for register in integers:
        data = image.read(register.address, register.words)
        assert int.from_bytes(data, "big") == exact[register.id], register.id


def test_every_address_without_a_register_reads_0():
    image = InputImage(Snapshot(values=np.ones(len(quantities.TABLE))))
    taken = {a for r in INPUT for a in range(r.address, r.end)}
    for block in BLOCKS[Space.INPUT]:
        for address in block:
            if address not in taken:
                assert image.read(address, 1) == b"\0\0"


def test_not_available_reads_0():
    nothing = Snapshot(
        np.full(len(quantities.TABLE), np.nan), np.full((6, 63), np.nan), {"status": None}
    )
    image = InputImage(nothing)
    for block in BLOCKS[Space.INPUT]:
        assert not any(image.read(block.start, len(block)))


@pytest.mark.parametrize(("value", "shown"), [
    (1e300, FLOAT32_MAX), (-1e39, -FLOAT32_MAX), (np.inf, FLOAT32_MAX), (1e-300, 0.0),
    (np.float64(FLOAT32_MAX) * 1.0000001, FLOAT32_MAX),
])  # fmt: skip
def test_what_float32_cannot_hold(value, shown):
    snapshot = Snapshot(values=np.full(len(quantities.TABLE), value))
    with np.errstate(over="raise", invalid="raise"):
        image = InputImage(snapshot)
    assert floats(image, "frequency") == shown
    frequency = registers.BY_ID["frequency"]
    assert struct.unpack(">f", encode(frequency, value))[0] == shown


def test_energies_in_mega():
    mega = Settings({"energy_prefix": 1})
    image = InputImage(Snapshot(values=np.full(len(quantities.TABLE), 1000.0)), mega)
    for name in ("active_energy_import", "reactive_energy_total_t4", "apparent_energy"):
        assert floats(image, name) == 1.0
    for name in ("active_power", "charge", "active_power_demand"):
        assert floats(image, name) == 1000.0


def test_image_keeps_its_reading():
    snapshot = Snapshot()
    image = InputImage(snapshot)
    before = image.read(0, 125)
    snapshot.values[:] = 0
    assert image.read(0, 125) == before


def test_blocks_that_touch_are_read_across():
    image = InputImage(Snapshot())
    whole = image.read(0x0000, 0x047A)
    assert len(whole) == 2 * 0x047A
    assert image.read(0x017F, 20) == whole[2 * 0x017F :][:40]


@pytest.mark.parametrize(
    ("address", "count"),
    [(0x047A, 1), (0x0479, 2), (0x04FF, 2), (0x0504, 1), (0x0500, 5), (0x133C, 1), (0x20FF, 2),
     (0x12FF, 1), (0xFFFF, 1), (0xFFFF, 125)],
)  # fmt: skip
def test_outside_the_blocks(address, count):
    with pytest.raises(IllegalAddressError):
        InputImage(Snapshot()).read(address, count)


def holding(id, changes=None, readings=None):
    register = registers.BY_ID[id]
    image = HoldingImage(Settings(changes), readings)
    return image.read(register.address, register.words)


def holding_float(id, changes=None, readings=None):
    return struct.unpack(">f", holding(id, changes, readings))[0]


def test_settings_stand_at_their_addresses():
    changes = {"ct_primary": 200, "nominal_frequency": 60, "time_zone": "Europe/Berlin"}
    assert holding_float("ct_primary", changes) == 200.0
    assert holding("nominal_frequency", changes) == b"\0\x3c"
    assert holding("time_zone", changes) == b"Europe/Berlin".ljust(32, b"\0")
    assert holding_float("demand_period") == 60.0
    assert holding("scroll_time_u16", {"scroll_time": 7}) == b"\0\7"


def test_every_setting_of_the_map_is_read():
    values = Settings()
    for register in HOLDING:
        if register.id in values and register.id not in ("word_order", "time_zone"):
            data = holding(register.id)
            code = {Format.FLOAT32: ">f", Format.U16: ">H", Format.S16: ">h"}[register.format]
            assert struct.unpack(code, data)[0] == values[register.id], register.id


def test_password_and_commands_read_0():
    readings = {"reset": 1, "reset_command": 3, "password": 4711}
    for name in ("password", "reset", "reset_command", "lock"):
        assert not any(holding(name, None, readings))


@pytest.mark.parametrize(
    ("changes", "voltage", "current", "power"),
    [
        ({}, 230, 5, 3450),
        ({"ct_primary": 200, "vt_ratio": 10}, 2300, 200, 1_380_000),
        ({"system_type": 2}, 400, 5, 400 * 5 * 3**0.5),
        ({"system_type": 1}, 230, 5, 1150),
    ],
)
def test_nominal_system_values(changes, voltage, current, power):
    assert holding_float("system_voltage", changes) == voltage
    assert holding_float("system_current", changes) == current
    assert holding_float("system_power", changes) == pytest.approx(power, rel=1e-6)


def test_identity():
    assert holding("meter_code") == b"\x00\x79"
    assert holding("meter_code", None, {"meter_code": 0x0070}) == b"\x00\x70"
    assert holding("serial_number", None, {"serial_number": 0x00BC614E}) == b"\x00\xbc\x61\x4e"
    assert holding_float("serial_number_high", None, {"serial_number": 0x00BC614E}) == 0xBC
    assert holding_float("serial_number_low", None, {"serial_number": 0x00BC614E}) == 0x614E
    version = holding("software_version")
    assert version == holding("display_version")
    assert all(byte >> 4 < 10 and byte & 15 < 10 for byte in version)


def test_word_order_shows_its_mark():
    assert holding_float("word_order") == 2141.0


def test_clock_is_bcd():
    time = datetime(2026, 3, 29, 13, 45, 59)
    assert holding("clock", None, {"clock": clock_fields(time)}).hex() == "5945130729032620"


def test_display_times_are_bcd():
    changes = {"demand_slide": 15, "scroll_time": 45, "backlight_time": 120}
    assert holding("display_times", changes).hex() == "60154599"


def test_wrong_type_is_told():
    with pytest.raises(TypeError, match="clock: int is no value of bcd"):
        HoldingImage(Settings(), {"clock": 12})


def test_float_words_are_high_word_first():
    assert float_words(np.array([230.0, -1.5])).hex() == "43660000bfc00000"


def test_bank_before_the_first_window():
    bank = RegisterBank()
    assert not any(bank.read(Space.INPUT, 0, 125))
    assert bank.unit_address == 1


def test_bank_takes_a_new_image():
    bank = RegisterBank()
    bank.images = Images.of(Snapshot(), Settings({"unit_address": 9}))
    assert bank.unit_address == 9
    assert bank.read(Space.INPUT, 2, 2) == struct.pack(">f", 1.0)
    assert bank.read(Space.HOLDING, 0x14, 2) == struct.pack(">f", 9.0)


@pytest.mark.parametrize(
    ("kilo", "prefix", "shown"),
    [
        (9_999_999.9, 0, 9_999_999.9),
        (10_000_000.0, 0, 0.0),
        (31_234_567.0, 0, 1_234_567.0),
        (-10_000_001.0, 0, -1.0),
        (31_234_567.0, 1, 31_234.567),
        (31_234_567_000.0, 1, 1_234_567.0),
        (np.nan, 0, 0.0),
    ],
)
def test_energies_roll_over_and_nothing_else_does(kilo, prefix, shown):
    snapshot = Snapshot()
    for id in ("active_energy_net", "reactive_energy_import_t4", "active_power"):
        snapshot.values[quantities.INDEX[id]] = kilo
    image = InputImage(snapshot, Settings({"energy_prefix": prefix}))
    for id in ("active_energy_net", "reactive_energy_import_t4"):
        assert floats(image, id) == pytest.approx(shown, rel=1e-6)
    assert floats(image, "active_power") == pytest.approx(np.nan_to_num(kilo), rel=1e-6)


def test_renewed_readings_are_those_of_a_new_image():
    settings = Settings({"ct_primary": 200})
    first = {"demand_time": 3.5, "tariff_active": 2, "clock": (0,) * 8, "serial_number": 4711}
    later = {"demand_time": 4.5, "tariff_active": 3, "clock": (9, 8, 7, 6, 5, 4, 26, 20)}
    renewed, whole = (
        HoldingImage(settings, first).renewed(later),
        HoldingImage(settings, first | later),
    )
    for block in BLOCKS[Space.HOLDING]:
        assert renewed.read(block.start, len(block)) == whole.read(block.start, len(block))
