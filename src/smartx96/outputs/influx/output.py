"""InfluxOutput: what writes the snapshots of meters as lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from smartx96.meter.snapshot import Snapshot
from smartx96.outputs.influx.delivery import Delivery
from smartx96.outputs.influx.points import Points, Subject
from smartx96.outputs.influx.sink import FileSink, Sink, StreamSink
from smartx96.outputs.influx.terms import InfluxTerms, address_of


class InfluxOutput:
    """Lines of some meters, on their way to one place.

    Parameters
    ----------
    terms : InfluxTerms
    secret : str or None
        A token, or USER:PASSWORD, of a server.
    report : callable
        Called with one line of what the user should know, from another thread.

    Raises
    ------
    OptionError
        The place cannot be written.
    """

    def __init__(
        self, terms: InfluxTerms, secret: str | None, report: Callable[[str], None]
    ) -> None:
        self._terms = terms
        sink = _sink(terms, secret)
        self.name = sink.name
        self._delivery = Delivery(sink, report)

    def listener(self, subject: Subject) -> Callable[[Snapshot], None]:
        """What takes the snapshots of a meter."""
        points = Points(subject, self._terms.interval, harmonics=self._terms.harmonics)

        def take(snapshot: Snapshot) -> None:
            lines = points.of(snapshot)
            if lines:
                self._delivery.add(lines)

        return take

    def close(self) -> None:
        """Deliver what waits, if that goes quickly."""
        self._delivery.close()


def _sink(terms: InfluxTerms, secret: str | None) -> Sink:
    if terms.is_standard_output:
        return StreamSink()
    if not terms.is_url:
        return FileSink(Path(terms.to))
    from smartx96.outputs.influx.http_sink import HttpSink

    return HttpSink(address_of(terms.to), secret)
