"""The map against the specification, row by row."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from smartx96.modbus import registers
from smartx96.modbus.registers import HOLDING, INPUT, Format, Origin, Register, Space

SPECIFICATION = Path(__file__).parents[4] / "shared" / "spec"


def specified(space: Space) -> list[dict[str, str]]:
    path = SPECIFICATION / f"{space}_registers.csv"
    if not path.is_file():
        pytest.skip(f"the specification is not beside this checkout: {path}")
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def as_specified(register: Register) -> dict[str, str]:
    description = register.description
    return {
        "address": str(register.address),
        "hex": f"0x{register.address:04X}",
        "words": str(register.words),
        "format": register.format,
        "id": register.id,
        "name": description.name,
        "unit": description.unit,
        "access": description.access,
        "values": description.values,
        "default": description.default,
        "origin": register.origin,
    }


@pytest.mark.parametrize(("space", "found"), [(Space.INPUT, INPUT), (Space.HOLDING, HOLDING)])
def test_every_row_of_the_specification(space, found):
    rows = specified(space)
    ids = {row["id"] for row in rows}
    documented = [r for r in found if r.id in ids or r.origin is not Origin.OWN]
    for row, register in zip(rows, documented, strict=True):
        ours = as_specified(register)
        if row["id"] == "demand_slide":
            # Depends on the period; the words differ, the rule is tested with the settings.
            ours["values"] = row["values"]
        assert {key: ours[key] for key in row} == row


def test_harmonics_stand_at_their_bases():
    bases = (0x0192, 0x020E, 0x028A, 0x0306, 0x0382, 0x03FE)
    assert tuple(registers.HARMONIC_BASES.values()) == bases
    assert registers.BY_ID["current_harmonic_l3[63]"].address == 0x0478


def some(address: int, id: str = "frequency") -> Register:
    return Register(address, 2, Format.FLOAT32, id, Space.INPUT, Origin.X96)


def test_check_finds_an_overlap():
    with pytest.raises(RuntimeError, match="frequency and charge overlap"):
        registers.check([some(0), some(1, "charge")])


@pytest.mark.parametrize("address", [0x0479, 0x04FF, 0x1FFF, 0x133B])
def test_check_finds_a_register_outside_its_block(address):
    with pytest.raises(RuntimeError, match="lies in no block"):
        registers.check([some(address)])


@pytest.mark.parametrize("id", ["colour", "voltage_harmonic[2]"])
def test_check_finds_an_id_without_a_table(id):
    with pytest.raises(RuntimeError, match="no table has the id"):
        registers.check([replace(some(0), id=id)])
