"""The register map: the only place with addresses.

Declared as runs of ids; name, unit and access come from the quantity, setting or reading that
has the id. In a run `*` stands for the three phases and `-` leaves one value out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from smartx96 import quantities
from smartx96.modbus.descriptions import Description, describe


class Space(StrEnum):
    """The two address spaces: function 04 reads `INPUT`, 03 reads `HOLDING`."""

    INPUT = "input"
    HOLDING = "holding"


class Format(StrEnum):
    """How a value stands in its words, the high byte first."""

    FLOAT32 = "float32"
    U16 = "u16"
    S16 = "s16"
    U32 = "u32"
    U64 = "u64"
    BCD = "bcd"
    ASCII = "ascii"
    UTF8 = "utf8"


class Origin(StrEnum):
    """Where a register is documented: the X96, its sibling meters, or only here."""

    X96 = "x96"
    SIBLING = "sibling"
    OWN = "own"


_WORDS = {Format.FLOAT32: 2, Format.U16: 1, Format.S16: 1, Format.U32: 2, Format.U64: 4}


@dataclass(frozen=True, slots=True)
class Register:
    """One parameter of the map: 0-based address, length, format, id and space."""

    address: int
    words: int
    format: Format
    id: str
    space: Space
    origin: Origin

    @property
    def end(self) -> int:
        """Address after the last word."""
        return self.address + self.words

    @property
    def description(self) -> Description:
        """Name, unit, access, allowed values and default."""
        return describe(self.id)


BLOCKS: dict[Space, tuple[range, ...]] = {
    Space.INPUT: (
        range(0x0180),
        range(0x0180, 0x0192),
        range(0x0192, 0x047A),
        range(0x0500, 0x0504),
        range(0x1300, 0x133C),
        range(0x2000, 0x2100),
    ),
    Space.HOLDING: (
        range(0x0100),
        range(0xE000, 0xE100),
        range(0xF000, 0xF100),
        range(0xF500, 0xF502),
        range(0xF700, 0xF800),
        range(0xF900, 0xF932),
        range(0xFC00, 0xFC85),
    ),
}
"""Addresses that exist; those of them without a register read 0."""

HARMONIC_BASES: dict[str, int] = {
    q.id: 0x0192 + n * 2 * (quantities.HARMONIC_ORDERS - 1)
    for n, q in enumerate(quantities.HARMONICS)
}
"""Address of order 2 of each harmonic quantity; order n stands 2 (n - 2) further."""

_F32, _U16, _U32, _U64 = Format.FLOAT32, Format.U16, Format.U32, Format.U64
_S16 = Format.S16
_X96, _SIBLING, _OWN = Origin.X96, Origin.SIBLING, Origin.OWN

_INPUT_RUNS: tuple[tuple[int, Format, Origin, str], ...] = (
    (0x0000, _F32, _X96, "voltage_* current_* active_power_* apparent_power_* reactive_power_*"),
    (0x001E, _F32, _X96, "power_factor_* phase_angle_* voltage_ln_average - current_average"),
    (0x0030, _F32, _X96, "current_sum - active_power - apparent_power - reactive_power"),
    (0x003E, _F32, _X96, "power_factor - phase_angle - frequency"),
    (0x0048, _F32, _X96, "active_energy_import active_energy_export reactive_energy_import"),
    (0x004E, _F32, _X96, "reactive_energy_export apparent_energy charge"),
    (0x0054, _F32, _X96, "active_power_demand active_power_demand_max"),
    (0x0058, _F32, _X96, "active_power_demand_import active_power_demand_import_max"),
    (0x005C, _F32, _X96, "active_power_demand_export active_power_demand_export_max"),
    (0x0064, _F32, _X96, "apparent_power_demand apparent_power_demand_max"),
    (0x0068, _F32, _X96, "current_demand_n current_demand_max_n"),
    (0x006C, _F32, _X96, "reactive_power_demand reactive_power_demand_max"),
    (0x0070, _F32, _X96, "displacement_power_factor_* displacement_power_factor"),
    (0x00A0, _F32, _X96, "voltage_sequence current_sequence"),
    (0x00C0, _F32, _X96, "load_nature"),
    (0x00C8, _F32, _X96, "voltage_l1_l2 voltage_l2_l3 voltage_l3_l1 voltage_ll_average"),
    (0x00E0, _F32, _X96, "current_n - - - - voltage_thd_* current_thd_*"),
    (0x00F8, _F32, _X96, "voltage_thd_ln_average current_thd_average - power_factor_inverted"),
    (0x0102, _F32, _X96, "current_demand_* current_demand_max_*"),
    (0x014E, _F32, _X96, "voltage_thd_l1_l2 voltage_thd_l2_l3 voltage_thd_l3_l1"),
    (0x0154, _F32, _X96, "voltage_thd_ll_average active_energy_total reactive_energy_total"),
    (0x015A, _F32, _X96, "active_energy_import_* active_energy_export_* active_energy_total_*"),
    (0x016C, _F32, _X96, "reactive_energy_import_* reactive_energy_export_*"),
    (0x0178, _F32, _X96, "reactive_energy_total_*"),
    (0x0180, _F32, _SIBLING, "active_energy_total_resettable reactive_energy_total_resettable"),
    (0x0184, _F32, _SIBLING, "active_energy_import_resettable active_energy_export_resettable"),
    (0x0188, _F32, _SIBLING, "reactive_energy_import_resettable reactive_energy_export_resettable"),
    (0x018C, _F32, _SIBLING, "active_energy_net reactive_energy_net"),
    (0x0500, _F32, _SIBLING, "active_power_import active_power_export"),
    (0x2000, _U64, _OWN, "active_energy_total_exact active_energy_import_exact"),
    (0x2008, _U64, _OWN, "active_energy_export_exact reactive_energy_total_exact"),
    (0x2010, _U64, _OWN, "reactive_energy_import_exact reactive_energy_export_exact"),
    (0x2018, _U64, _OWN, "apparent_energy_exact charge_exact"),
    (0x2020, _U64, _OWN, "active_energy_import_per_phase_exact"),
    (0x2024, _U64, _OWN, "active_energy_export_per_phase_exact"),
    (0x2028, _U64, _OWN, "reactive_energy_import_per_phase_exact"),
    (0x202C, _U64, _OWN, "reactive_energy_export_per_phase_exact"),
    (0x2030, _U64, _OWN, "active_energy_import_sum_exact active_energy_export_sum_exact"),
    (0x2038, _U64, _OWN, "reactive_energy_import_sum_exact reactive_energy_export_sum_exact"),
    (0x2040, _U64, _OWN, "reactive_energy_q1_exact reactive_energy_q2_exact"),
    (0x2048, _U64, _OWN, "reactive_energy_q3_exact reactive_energy_q4_exact"),
    (0x2050, _F32, _OWN, "active_power_demand_max_t1 active_power_demand_max_t2"),
    (0x2054, _F32, _OWN, "active_power_demand_max_t3 active_power_demand_max_t4"),
    (0x2058, _U64, _OWN, "pulse1_count pulse2_count"),
    (0x2060, _U32, _OWN, "pulse1_pending pulse2_pending"),
    (0x2064, _U16, _OWN, "status"),
)

_HOLDING_RUNS: tuple[tuple[int, Format, Origin, str], ...] = (
    (0x0000, _F32, _SIBLING, "demand_time demand_period"),
    (0x0004, _F32, _OWN, "demand_slide"),
    (0x0006, _F32, _SIBLING, "system_voltage system_current system_type pulse1_width lock -"),
    (0x0012, _F32, _SIBLING, "parity_stop unit_address pulse1_rate password -"),
    (0x001C, _F32, _SIBLING, "baud_rate energy_prefix - - system_power -"),
    (0x0028, _F32, _SIBLING, "word_order serial_number_high serial_number_low"),
    (0x0032, _F32, _OWN, "ct_secondary ct_primary vt_secondary vt_ratio"),
    (0x003A, _F32, _SIBLING, "scroll_time backlight_time"),
    (0x003E, _F32, _OWN, "current_direction_*"),
    (0x0056, _F32, _SIBLING, "pulse1_energy pulse2_energy"),
    (0x00D8, _F32, _SIBLING, "reset"),
    (0xE000, _U16, _OWN, "energy_balance apparent_power_method nominal_frequency"),
    (0xE003, _U16, _OWN, "load_profile_period event_count"),
    (0xE005, _U32, _OWN, "program_checksum"),
    (0xE020, _S16, _OWN, "voltage_gain_* current_gain_* phase_correction_*"),
    (0xF010, _U16, _SIBLING, "reset_command"),
    (0xF710, _U16, _OWN, "tariff_control tariff_active"),
    (0xF720, _U16, _OWN, "calendar_active_state calendar_passive_state"),
    (0xF722, _U16, _OWN, "calendar_draft_state calendar_draft_fault"),
    (0xF724, _U32, _OWN, "calendar_active_crc calendar_passive_crc calendar_draft_crc"),
    (0xF734, _U16, _OWN, "calendar_command"),
    (0xF900, _U16, _SIBLING, "scroll_time_u16"),
    (0xF920, _U16, _SIBLING, "measurement_mode"),
    (0xF930, _F32, _SIBLING, "running_time"),
    (0xFC00, _U32, _SIBLING, "serial_number"),
    (0xFC02, _U16, _SIBLING, "meter_code software_version"),
    (0xFC04, _U16, _OWN, "hardware_version"),
    (0xFC84, _U16, _SIBLING, "display_version"),
)

_HOLDING_TEXTS: tuple[Register, ...] = (
    Register(0xE010, 16, Format.ASCII, "time_zone", Space.HOLDING, _OWN),
    Register(0xF000, 4, Format.BCD, "clock", Space.HOLDING, _OWN),
    Register(0xF500, 2, Format.BCD, "display_times", Space.HOLDING, _SIBLING),
    Register(0xF72C, 4, Format.BCD, "calendar_passive_activation", Space.HOLDING, _OWN),
    Register(0xF730, 4, Format.BCD, "calendar_draft_activation", Space.HOLDING, _OWN),
)


def _ids(run: str) -> Iterator[str]:
    for word in run.split():
        if "*" in word:
            yield from (word.replace("*", phase) for phase in quantities.PHASES)
        else:
            yield word


def _runs(space: Space, runs: Iterable[tuple[int, Format, Origin, str]]) -> Iterator[Register]:
    for first, form, origin, run in runs:
        words = _WORDS[form]
        for n, name in enumerate(_ids(run)):
            if name != "-":
                yield Register(first + n * words, words, form, name, space, origin)


def _harmonics() -> Iterator[Register]:
    for name, base in HARMONIC_BASES.items():
        for n in range(2, quantities.HARMONIC_ORDERS + 1):
            yield Register(base + 2 * (n - 2), 2, _F32, f"{name}[{n}]", Space.INPUT, _OWN)


def _tariffs() -> Iterator[Register]:
    """Energies of the tariffs; the sibling meters document those of the first two."""
    ways = [f"{kind}_energy_{way}" for kind in ("active", "reactive")
            for way in ("total", "import", "export")]  # fmt: skip
    ids = [f"{way}_tariffs" for way in ways]
    ids += [f"{way}_{tariff}" for way in ways for tariff in quantities.TARIFFS]
    for n, name in enumerate(ids):
        origin = _SIBLING if name.endswith(("_t1", "_t2")) else _OWN
        yield Register(0x1300 + 2 * n, 2, _F32, name, Space.INPUT, origin)


def _sorted(registers: Iterable[Register]) -> tuple[Register, ...]:
    return tuple(sorted(registers, key=lambda r: r.address))


INPUT: tuple[Register, ...] = _sorted(
    (*_runs(Space.INPUT, _INPUT_RUNS), *_harmonics(), *_tariffs())
)
"""Input registers by address."""

HOLDING: tuple[Register, ...] = _sorted((*_runs(Space.HOLDING, _HOLDING_RUNS), *_HOLDING_TEXTS))
"""Holding registers by address."""

BY_ID: dict[str, Register] = {r.id: r for r in (*INPUT, *HOLDING)}


def check(registers: Iterable[Register], blocks: Sequence[range] | None = None) -> None:
    """Raise `RuntimeError` where registers of one space overlap, leave their block or lack a text.

    Parameters
    ----------
    registers : iterable of Register
        Registers of one space in order of address.
    blocks : sequence of range, optional
        Addresses that exist; without, those of their space.
    """
    found = list(registers)
    for one, next_one in pairwise(found):
        if one.end > next_one.address:
            raise RuntimeError(f"registers: {one.id} and {next_one.id} overlap")
    for one in found:
        existing = BLOCKS[one.space] if blocks is None else blocks
        if not any(one.address in b and one.end <= b.stop for b in existing):
            raise RuntimeError(f"registers: {one.id} at 0x{one.address:04X} lies in no block")
        try:
            describe(one.id)
        except KeyError:
            raise RuntimeError(f"registers: no table has the id {one.id}") from None


check(INPUT)
check(HOLDING)
if len(BY_ID) != len(INPUT) + len(HOLDING):
    raise RuntimeError("registers: an id is declared twice")
