"""Publishing: what sends a process's meters to others without being asked, opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from smartx96.assembly.plan import InstallationPlan
from smartx96.errors import OptionError
from smartx96.installation.live import LiveMeter
from smartx96.meter.outbox import Outbox
from smartx96.meter.standing import Standing
from smartx96.modbus.program import version
from smartx96.outputs.mqtt.publisher import Publisher


def open_publisher(
    plan: InstallationPlan, meters: Sequence[LiveMeter], report: Callable[[str], None], *,
    lasting: bool,
) -> Publisher | None:  # fmt: skip
    """What publishes meters by MQTT, where the plan asks for it.

    Parameters
    ----------
    plan : InstallationPlan
    meters : sequence of LiveMeter
    report : callable
        Called with one line of what the user should know.
    lasting : bool
        Whether the meters are kept beyond the process.

    Raises
    ------
    OptionError
        A file that cannot be used.
    MissingExtraError
        The library is not installed.
    """
    if plan.mqtt is None:
        return None
    try:
        publisher = Publisher(plan.mqtt, meters, report, version(), lasting=lasting)
    except OptionError as error:
        raise OptionError(f"mqtt: {error}") from None
    for live in meters:
        live.inherit(_heir(publisher, live.name))
    return publisher


def _heir(publisher: Publisher, name: str) -> Callable[[Outbox, Standing], None]:
    """Events are published once they are committed, as they are shown."""
    return lambda outbox, standing: publisher.happened(name, outbox.events)
