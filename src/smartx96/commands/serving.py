"""Serving: meters at work, their ports open, and what is told of them meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from typing import TYPE_CHECKING

from smartx96.commands.live_line import notify, say
from smartx96.errors import X96Error

if TYPE_CHECKING:
    from smartx96.configuration.plan import InstallationPlan
    from smartx96.configuration.service import Service
    from smartx96.installation.installation import Installation
    from smartx96.installation.live import LiveMeter

MOST_LINES = 16
"""Of more meters no readings are told one by one."""


async def serve(installation: Installation, plan: InstallationPlan) -> None:
    """Run meters and serve their registers until they end, or a signal comes.

    Raises
    ------
    X96Error
        A port cannot be opened, a source cannot be measured.
    """
    _allow_many_files()
    running = asyncio.ensure_future(_serve(installation, plan))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, running.cancel)
    await running


def _allow_many_files() -> None:
    """Take as many sockets as the system grants: a thousand ports have clients as well."""
    try:
        import resource
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _serve(installation: Installation, plan: InstallationPlan) -> None:
    from smartx96.commands.hints import Hints
    from smartx96.commands.live_line import LiveLine
    from smartx96.configuration.service import Service

    several = len(installation.meters) > 1
    shown = installation.meters[:MOST_LINES]
    for live in shown:
        name = f"{live.name}, " if several else ""
        model, wiring = live.configuration.model.name, live.configuration.wiring
        say(f"SMART X96, {name}model {model}, {wiring}, on {_source_name(live, plan)}")
    if len(installation.meters) > MOST_LINES:
        say(f"SMART X96, ... {len(installation.meters)} meters in all")
        shown = ()
    service: Service | None = None
    try:
        installation.begin()
        service = Service(plan, installation.meters, notify)
        for told in await service.start():
            say(told)
    except BaseException:
        if service is not None:
            await service.close()
        await installation.abandon()
        raise
    lines = [LiveLine(live.name if several else "") for live in shown]
    for live, line in zip(shown, lines, strict=True):
        hints = Hints(live, f"{live.name}: " if several else "")
        if live.meter.windows:
            hints(live.snapshot())
            line(live.snapshot())
        live.listen(hints)
        live.listen(line)
    loop = asyncio.get_running_loop()
    if service.log is not None:
        loop.add_signal_handler(signal.SIGUSR1, _tell_traffic, service)
    try:
        await installation.run(service.unserve)
    finally:
        await service.close()
        for line in lines:
            line.close()
        _tell_traffic(service)
        if not isinstance(sys.exception(), X96Error):
            for live in installation.meters:
                _summarise(live, _source_name(live, plan))


def _source_name(live: LiveMeter, plan: InstallationPlan) -> str:
    """What was opened knows itself better: the port that was free, standard input."""
    texts = {meter.name: meter.source.text for meter in plan.meters}
    return str(getattr(getattr(live.source, "recording", None), "path", texts[live.name]))


def _tell_traffic(service: Service) -> None:
    """Who asked what, where it was asked for."""
    from smartx96.modbus.watch.traffic_text import traffic_text

    if service.log is not None:
        say(traffic_text(service.log.document()))
        for line in service.damaged():
            say(line)


def _summarise(live: LiveMeter, name: str) -> None:
    from smartx96.commands.hints import silence
    from smartx96.commands.live_line import counter, summary

    if live.input is None:
        return
    if live.ended:
        say(f"{name}: the samples have ended")
    say(summary(live.input, live.meter.measured_time))
    found = [counter(id, n) for id, n in live.counters.items() if n]
    if found:
        say(f"source: {', '.join(found)}")
    why = silence(live)
    if why and not live.meter.measured_time:
        say(f"no samples came: {why}")
