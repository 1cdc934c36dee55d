"""Service: how meters are read and set: what a plan says of it, opened."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from smartx96.assembly.plan import InstallationPlan, MeterPlan, ServicePlan
from smartx96.installation.live import LiveMeter
from smartx96.installation.ports import Ports
from smartx96.installation.registers import ServedRegisters
from smartx96.modbus.admission import networks
from smartx96.modbus.faults import Chances, Faults
from smartx96.modbus.functions.request import Unit
from smartx96.modbus.place import Place
from smartx96.modbus.relative import RelativeUnit, code_of
from smartx96.modbus.terms import Terms
from smartx96.modbus.tls import PASSWORD_VARIABLE
from smartx96.modbus.traffic import Watcher
from smartx96.modbus.watch.capture import Capture
from smartx96.modbus.watch.exchange_file import ExchangeFile
from smartx96.modbus.watch.traffic_log import TrafficLog
from smartx96.wording import counted


class Service:
    """Ports of meters that run, and whoever watches them.

    Parameters
    ----------
    plan : InstallationPlan
    meters : sequence of LiveMeter
        In the order of the plan.
    report : callable
        Called with one line of what the user should know.
    watchers : sequence of Watcher
        Who watches the traffic beside those that the plan names.

    Attributes
    ----------
    log : TrafficLog or None
        Who asks what, where it was asked for.

    Raises
    ------
    X96Error
        A file cannot be opened; nothing stays open.
    """

    def __init__(self, plan: InstallationPlan, meters: Sequence[LiveMeter],
                 report: Callable[[str], None],
                 watchers: Sequence[Watcher] = ()) -> None:  # fmt: skip
        self.log: TrafficLog | None = None
        self._open = ExitStack()
        try:
            served = [_served(*each) for each in zip(plan.meters, meters, strict=True)]
            self._served = {live.name: units for live, units in zip(meters, served, strict=True)}
            terms = self._terms(plan.service, report, watchers)
            self._ports = Ports(_places(plan, served), terms)
        except BaseException:
            self._open.close()
            raise

    async def start(self) -> list[str]:
        """Open the ports; a line for each, and for each meter that cannot be reached.

        Raises
        ------
        ListenError
            One cannot be opened.
        """
        await self._ports.start()
        return [*self._ports.told, *self._ports.hidden]

    async def unserve(self) -> None:
        """Close the ports."""
        await self._ports.close()

    async def close(self) -> None:
        """Close the ports and files."""
        try:
            await self.unserve()
        finally:
            self._open.close()

    @property
    def units(self) -> Mapping[str, Unit]:
        """Meters as clients see them, by name."""
        return self._served

    def spoken(self, meter: str) -> dict[str, str]:
        """Names of the ports at which a meter is read, and what is spoken there."""
        return self._ports.spoken((self._served[meter],))

    def damaged(self) -> list[str]:
        """A line for each place at which frames were damaged, or no frames at all."""
        return [
            f"{name}: {counted(bus.errors, 'damaged frame')}"
            for name, bus in self._ports.buses.items()
            if bus.errors
        ]

    def _terms(self, plan: ServicePlan, report: Callable[[str], None],
               watchers: Sequence[Watcher]) -> Terms:  # fmt: skip
        tls = None
        if plan.tls is not None:
            tls = plan.tls.context(datetime.now(UTC), os.environ.get(PASSWORD_VARIABLE))
        return Terms(
            max_read=plan.max_read,
            read_only=plan.read_only,
            connections=plan.connections,
            idle_timeout=plan.idle,
            turnaround=plan.turnaround / 1000,
            allowed=networks(plan.allow),
            tls=tls,
            watchers=(*self._watchers(plan, report), *watchers),
            faults=None if plan.faults is None else Faults(Chances.parse(plan.faults)),
            report=report,
        )

    def _watchers(self, plan: ServicePlan, report: Callable[[str], None]) -> list[Watcher]:
        found: list[Watcher] = []
        if plan.trace is not None:
            self.log = TrafficLog(time.time())
            found.append(self.log)
        if plan.trace:
            exchanges = ExchangeFile(Path(plan.trace), report)
            self._open.callback(exchanges.close)
            found.append(exchanges)
        if plan.capture:
            capture = Capture(Path(plan.capture), report)
            self._open.callback(capture.close)
            found.append(capture)
        return found


def _served(plan: MeterPlan, live: LiveMeter) -> Unit:
    """A meter as clients see it."""
    if plan.serve_as is None:
        return ServedRegisters(live, plan.meter_code)
    return RelativeUnit(ServedRegisters(live, code_of(plan.serve_as)), plan.serve_as)


def _places(plan: InstallationPlan, served: Sequence[Unit]) -> Mapping[Place, Sequence[Unit]]:
    """Which meters are read where."""
    found: dict[Place, list[Unit]] = {}
    for meter, units in zip(plan.meters, served, strict=True):
        for place in meter.ports.values():
            found.setdefault(place, []).append(units)
    return found
