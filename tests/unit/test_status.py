"""Status: every bit where the register map has it."""

from __future__ import annotations

import csv
import re

import pytest

from smartx96.status import LEGEND, Status
from support.shared import SHARED

REGISTERS = SHARED / "spec" / "input_registers.csv"


@pytest.mark.skipif(not REGISTERS.is_file(), reason="the register map is not beside the project")
def test_the_bits_are_those_of_the_register_map() -> None:
    with REGISTERS.open(encoding="utf-8") as file:
        (text,) = [row[5] for row in csv.reader(file) if row[4:5] == ["status"]]
    assert text == f"flags: bit {LEGEND}"
    found = {words: 1 << int(bit) for bit, words in re.findall(r"(\d+) (\D+?)(?= \d|$)", text)}
    assert {bit.text: bit.value for bit in Status} == found
    assert len(found) == 13


def test_bits_together_are_a_status() -> None:
    status = Status.STORE_FAULT | Status.UNLOCKED
    assert int(status) == 1 << 9 | 1 << 12
    assert [bit.text for bit in status] == ["store fault", "unlocked"]
