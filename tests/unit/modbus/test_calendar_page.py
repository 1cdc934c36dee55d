"""The page about the tariff calendar in registers: its addresses, and its example."""

from __future__ import annotations

import re
import sys
import types
from datetime import datetime
from pathlib import Path

import pytest

from smartx96.meter.calendar import Calendars
from smartx96.meter.calendar.plain import calendar_data
from smartx96.modbus.calendar.declarations import Which
from smartx96.modbus.calendar.draft import Draft
from smartx96.modbus.calendar.layout import RUNS, parameter_at
from smartx96.modbus.encoding import decode
from smartx96.modbus.image import HoldingImage
from smartx96.modbus.registers import BY_ID
from smartx96.settings import Settings

PAGE = (Path(__file__).parents[3] / "docs/reference/calendar-registers.md").read_text("utf-8")


def test_the_page_has_the_declared_addresses() -> None:
    shown = set(re.findall(r"\| (0x[0-9A-F]{4}) \| `([a-z_]+)`", PAGE))
    draft = {(f"0x{r.part.offset:04X}", r.part.id) for r in RUNS if r.which is Which.DRAFT}
    own = {(f"0x{r.address:04X}", r.id) for r in BY_ID.values() if r.id.startswith("calendar_")}
    assert shown == draft | own


class Client:
    """Stands for the client of the page's example: a meter that has only its calendars.

    It takes whole parameters, decodes them as the meter does, and knows pymodbus's conversions.
    """

    meter = Calendars()

    def __init__(self, host: str, port: int) -> None:
        self.draft = Draft().following(self.meter)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *of: object) -> None:
        type(self).meter = self.draft.standing.calendars

    def write_registers(
        self, address: int, values: list[int], device_id: int
    ) -> types.SimpleNamespace:
        assert device_id == 1
        assert len(values) <= 123
        data = b"".join(value.to_bytes(2, "big") for value in values)
        wanted = {}
        while data:
            register = parameter_at(address) or next(
                r for r in BY_ID.values() if r.space == "holding" and r.address == address
            )
            assert register.address == address
            wanted[register.id] = decode(register, data[: 2 * register.words])
            data, address = data[2 * register.words :], register.end
        if list(wanted) != ["lock"]:
            self._take(wanted)
        return types.SimpleNamespace(isError=lambda: False)

    def _take(self, wanted: dict) -> None:
        outcome = self.draft.write(wanted)
        calendars = self.draft.standing.calendars
        if outcome.command is not None:
            when = outcome.command.activation
            calendars = calendars.taking(
                outcome.command.calendar, when and datetime.fromisoformat(when)
            )
        self.draft = outcome.draft.following(calendars)

    def read_holding_registers(
        self, address: int, count: int, device_id: int
    ) -> types.SimpleNamespace:
        assert device_id == 1
        assert count <= 125
        own = address in range(0xF700, 0xF800)
        image = HoldingImage(Settings(), self.draft.readings()) if own else self.draft.image()
        data = image.read(address, count)
        words_ = [int.from_bytes(data[n : n + 2], "big") for n in range(0, len(data), 2)]
        return types.SimpleNamespace(registers=words_, isError=lambda: False)


def test_the_example_of_the_page(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    pymodbus = pytest.importorskip("pymodbus.client")
    Client.convert_to_registers = pymodbus.ModbusTcpClient.convert_to_registers
    Client.convert_from_registers = pymodbus.ModbusTcpClient.convert_from_registers
    Client.DATATYPE = pymodbus.ModbusTcpClient.DATATYPE
    monkeypatch.setitem(
        sys.modules, "pymodbus.client", types.SimpleNamespace(ModbusTcpClient=Client)
    )
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    (printed,) = re.findall(r"```text\n(.*?)```", PAGE, re.S)
    exec(compile(example, "calendar-registers.md", "exec"), {})
    assert capsys.readouterr().out == printed
    assert Client.meter.active is None
    assert Client.meter.activation == datetime(2027, 1, 1)
    assert calendar_data(Client.meter.passive) == {
        "name": "Two tariffs",
        "seasons": {"season 01": {"start": "01-01", "week": "week 01"}},
        "weeks": {"week 01": {"mon-fri": "workday", "sat-sun": "rest"}},
        "days": {"workday": {"00:00": 2, "06:00": 1, "22:00": 2}, "rest": {"00:00": 2}},
        "special_days": {"12-25": "rest", "05-last-mon": "rest", "2027-03-26": "rest"},
    }
