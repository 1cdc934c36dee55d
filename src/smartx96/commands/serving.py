"""Serving: meters at work, their ports open, and what is told of them meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from typing import TYPE_CHECKING

from smartx96.commands.live_line import notify, say
from smartx96.errors import ListenError, X96Error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from smartx96.assembly.plan import InstallationPlan
    from smartx96.assembly.service import Service
    from smartx96.installation.installation import Installation
    from smartx96.installation.live import LiveMeter
    from smartx96.outputs.influx.output import InfluxOutput
    from smartx96.web.server import WebServer

MOST_LINES = 16
"""Of more meters no readings are told one by one."""


async def serve(installation: Installation, plan: InstallationPlan, folder: Path | None) -> None:
    """Run meters and serve their registers and pages until they end, or a signal comes.

    Parameters
    ----------
    installation : Installation
    plan : InstallationPlan
    folder : Path or None
        Of their state.

    Raises
    ------
    X96Error
        A port cannot be opened, a source cannot be measured.
    """
    _allow_many_files()
    running = asyncio.ensure_future(_serve(installation, plan, folder))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, running.cancel)
    # The standard output may be the lines' own: what people read then goes beside it.
    alone = plan.influx is not None and plan.influx.is_standard_output
    with contextlib.redirect_stdout(sys.stderr) if alone else contextlib.nullcontext():
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


async def _serve(
    installation: Installation, plan: InstallationPlan, folder: Path | None
) -> None:  # fmt: skip
    from smartx96.assembly.line_protocol import open_lines
    from smartx96.assembly.publishing import open_publisher
    from smartx96.assembly.service import Service
    from smartx96.commands.hints import Hints
    from smartx96.commands.keeping_up import KeepingUp
    from smartx96.commands.live_line import LiveLine
    from smartx96.commands.supervision import Supervision

    several = len(installation.meters) > 1
    shown = installation.meters if len(installation.meters) <= MOST_LINES else ()
    service: Service | None = None
    lines_out: InfluxOutput | None = None
    page = _page(installation, plan, folder)
    try:
        publisher = open_publisher(plan, installation.meters, notify, lasting=folder is not None)
        lines_out = open_lines(plan, installation.meters, notify)
        installation.lead()
        watchers = () if page is None else (page.traffic,)
        service = Service(plan, installation.meters, notify, watchers)
        opened = [*await service.start(), *await _opened(page, plan, service)]
        # Not before: a start that fails on a port that others have is no power-up.
        installation.begin()
        for told in (*_introduction(installation.meters, plan), *opened):
            say(told)
    except BaseException:
        if page is not None:
            await page.close()
        if service is not None:
            await service.close()
        if lines_out is not None:
            lines_out.close()
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

    if publisher is not None:
        publisher.start()
    supervision = Supervision(installation.meters)
    supervision.ready(opened)
    watching = asyncio.ensure_future(KeepingUp(installation.meters).watch())

    async def unserve() -> None:
        supervision.stopping()
        if publisher is not None:
            await publisher.flush()
        if page is not None:
            await page.close()
        await service.unserve()

    # Nothing of what is there now is garbage before the end: to look for it took as long as ten
    # windows every now and then.
    gc.collect()
    gc.freeze()
    try:
        await installation.run(unserve)
    finally:
        gc.unfreeze()
        watching.cancel()
        if publisher is not None:
            await publisher.close()
        if lines_out is not None:
            await asyncio.to_thread(lines_out.close)
        await service.close()
        for live, line in zip(shown, lines, strict=True):
            line.close(live.last())
        _tell_traffic(service)
        if not isinstance(sys.exception(), X96Error):
            for live in installation.meters:
                _summarise(live, _source_name(live, plan))


def _introduction(meters: Sequence[LiveMeter], plan: InstallationPlan) -> Iterator[str]:
    """Which meters these are."""
    relatives = {meter.name: meter.serve_as for meter in plan.meters}
    for live in meters[:MOST_LINES]:
        name = f"{live.name}, " if len(meters) > 1 else ""
        model, wiring = live.configuration.model.name, live.configuration.wiring
        relative = relatives.get(live.name)
        served = "" if relative is None else f", served as {relative.name}"
        yield f"SMART X96, {name}model {model}, {wiring}{served}, on {_source_name(live, plan)}"
    if len(meters) > MOST_LINES:
        yield f"SMART X96, ... {len(meters)} meters in all"


def _page(
    installation: Installation, plan: InstallationPlan, folder: Path | None
) -> WebServer | None:  # fmt: skip
    """What will show the meters to browsers, if anything."""
    if plan.web is None:
        return None
    from smartx96.web.server import WebServer

    return WebServer(installation.meters, folder, plan.web_names, notify)


async def _opened(page: WebServer | None, plan: InstallationPlan, service: Service) -> list[str]:
    """Open the page; where nobody has asked for it the meters do without it if they must."""
    from smartx96.modbus.admission import networks

    if page is None or plan.web is None:
        return []
    allowed = networks(plan.service.allow)
    try:
        return await page.start(
            plan.web.host, plan.web.port, service.spoken,
            allowed=allowed, new_token=plan.new_web_token, units=service.units,
        )  # fmt: skip
    except ListenError as error:
        if plan.web.stated:
            raise
        return [f"no page here: {error}"]


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
