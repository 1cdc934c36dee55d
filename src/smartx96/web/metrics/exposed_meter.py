"""ExposedMeter: the lines of one meter, made anew when it has something new to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from smartx96.meter.snapshot import Snapshot
from smartx96.quantities import HARMONIC_ORDERS
from smartx96.web.metrics.condition import Sample, ages, samples
from smartx96.web.metrics.exposition import heading
from smartx96.web.metrics.family import Family, Type
from smartx96.web.metrics.names import FAMILIES, HARMONIC, Series
from smartx96.web.watched import WatchedMeter

Lines = dict[Family, str]
"""Lines of each family that has any."""


class ExposedMeter:
    """A meter as it is scraped: many who ask within a window get the same lines.

    Parameters
    ----------
    watched : WatchedMeter
    """

    def __init__(self, watched: WatchedMeter) -> None:
        self.watched = watched
        self._meter = {"meter": watched.name}
        self._places = {
            family: tuple(self._place(family, each) for each in series)
            for family, series in FAMILIES.items()
            if family not in HARMONIC
        }
        self._made: tuple[Snapshot, Lines] | None = None

    def lines(self, *, harmonics: bool = False) -> Lines:
        """Lines of every family that the meter has something to say of.

        Parameters
        ----------
        harmonics : bool
            Whether those with a series for each order are wanted too.
        """
        snapshot = self.watched.snapshot
        if self._made is None or self._made[0] is not snapshot:
            condition = self._stated(samples(self.watched, snapshot))
            self._made = snapshot, condition | self._values(snapshot)
        return {
            **self._made[1],
            **self._stated(ages(self.watched)),
            **(self._harmonics(snapshot) if harmonics else {}),
        }

    def _place(self, family: Family, series: Series) -> tuple[str, str, float]:
        """Id, what stands before its value, factor."""
        return series.id, heading(family, {**self._meter, **dict(series.labels)}), series.factor

    def _values(self, snapshot: Snapshot) -> Lines:
        """Without power a meter shows none."""
        found: Lines = {}
        if not snapshot.powered:
            return found
        for family, places in self._places.items():
            exact = family.type is Type.COUNTER
            lines = [
                f"{before}{_number(value * factor, exact)}\n"
                for id, before, factor in places
                if (value := snapshot.shown(id)) is not None
            ]
            if lines:
                found[family] = "".join(lines)
        return found

    def _harmonics(self, snapshot: Snapshot) -> Lines:
        if not snapshot.powered:
            return {}
        found = {
            family: "".join(self._orders(snapshot, family, series))
            for family, series in FAMILIES.items()
            if family in HARMONIC
        }
        return {family: lines for family, lines in found.items() if lines}

    def _orders(
        self, snapshot: Snapshot, family: Family, every: tuple[Series, ...]
    ) -> Iterable[str]:
        for series in every:
            for order in range(1, HARMONIC_ORDERS + 1):
                value = snapshot[f"{series.id}[{order}]"]
                if value is not None:
                    labels = {**self._meter, **dict(series.labels), "order": str(order)}
                    yield f"{heading(family, labels)}{_number(value * series.factor, False)}\n"

    def _stated(self, found: Iterable[Sample]) -> Lines:
        lines: Lines = {}
        for family, labels, value in found:
            line = f"{heading(family, _joined(self._meter, labels))}{_number(value, True)}\n"
            lines[family] = lines.get(family, "") + line
        return lines


def _joined(meter: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, str]:
    return {**meter, **labels}


def _number(value: float, exact: bool) -> str:
    """A value; a counter to its last joule, readings to what they are worth."""
    return repr(float(value)) if exact else f"{value:.9g}"
