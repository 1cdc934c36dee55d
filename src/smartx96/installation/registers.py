"""ServedRegisters: registers of a live meter, made of its newest snapshot when they are read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from smartx96.installation.live import LiveMeter
from smartx96.meter.clock import moment
from smartx96.meter.portion import SECOND
from smartx96.meter.snapshot import Snapshot
from smartx96.modbus.bank import Unit
from smartx96.modbus.image import HoldingImage, Image, InputImage
from smartx96.modbus.readings import Reading, clock_fields
from smartx96.modbus.registers import Space
from smartx96.settings import Settings

_HOUR = 3600 * SECOND


class ServedRegisters(Unit):
    """A unit whose registers are made when they are read, of how the meter stands at that moment.

    Until the first window tells of the supply a client is answered, with registers as they were
    stored. All registers of a window, and of a commit, are those of one snapshot.

    Parameters
    ----------
    live : LiveMeter
    """

    def __init__(self, live: LiveMeter) -> None:
        self._live = live
        self._made: _Made | None = None
        self._steady: tuple[Settings, HoldingImage] | None = None

    @property
    def unit_address(self) -> int:
        """Modbus address of the meter."""
        return self._live.configuration.settings.number("unit_address")

    @property
    def powered(self) -> bool:
        """Whether the meter has a supply, or nobody knows yet."""
        return self._live.meter.powered or not self._live.meter.windows

    def read(self, space: Space, address: int, count: int) -> bytes:
        """Bytes of registers; `IllegalAddressError` outside the blocks."""
        made = self._newest()
        image = made.input() if space is Space.INPUT else made.holding(self._base(made.settings))
        return image.read(address, count)

    def _newest(self) -> _Made:
        live, made = self._live, self._made
        state = (live.revision, live.shown, live.configuration.settings)
        if made is None or any(a is not b for a, b in zip(made.state, state, strict=True)):
            self._made = made = _Made(state, live.snapshot(), state[2])
        return made

    def _base(self, settings: Settings) -> HoldingImage:
        """Holding registers that do not change by themselves."""
        if self._steady is None or self._steady[0] is not settings:
            serial = {"serial_number": self._live.meter.serial_number}
            self._steady = settings, HoldingImage(settings, serial)
        return self._steady[1]


@dataclass(slots=True)
class _Made:
    """Images of one snapshot, each made when it is first read."""

    state: tuple[object, ...]
    snapshot: Snapshot
    settings: Settings
    _input: Image | None = None
    _holding: Image | None = None

    def input(self) -> Image:
        if self._input is None:
            self._input = InputImage(self.snapshot, self.settings.number("energy_prefix"))
        return self._input

    def holding(self, base: HoldingImage) -> Image:
        if self._holding is None:
            self._holding = base.renewed(_running(self.snapshot, self.settings))
        return self._holding


def _running(snapshot: Snapshot, settings: Settings) -> dict[str, Reading]:
    """Readings among the holding registers that change by themselves."""
    standing = snapshot.standing
    return {
        "clock": clock_fields(_local(snapshot.clock, settings.name("time_zone"))),
        "demand_time": standing.demand_time,
        "event_count": standing.event_count & 0xFFFF,
        "lock": snapshot.exact["status"] >> 12 & 1,
        "running_time": standing.powered / _HOUR,
        "tariff_active": standing.tariff,
    }


def _local(time: int, zone: str) -> datetime:
    if zone == "UTC":
        return moment(time)
    from zoneinfo import ZoneInfo

    return moment(time).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
