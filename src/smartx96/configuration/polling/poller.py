"""Poller: all meters at each moment; lines at once, the meters of a line in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from smartx96.configuration.polling.faults import MISSED, NOT_ASKED, NOT_CONNECTED
from smartx96.configuration.polling.polled_meter import PolledMeter
from smartx96.configuration.polling.schedule import Due, Schedule, now
from smartx96.meter.portion import SECOND
from smartx96.modbus.client.together import together
from smartx96.tables.log.row import Row, moment
from smartx96.wording import counted

Take = Callable[[Row], None]


class Poller:
    """Asks meters at whole multiples of an interval, by the clock.

    Meters that are silent come last on their line, and only as far as the others leave time: they
    hold up nobody who answers.

    Parameters
    ----------
    meters : sequence of PolledMeter
    interval : int
        [us]
    take : callable
        Takes each row as it comes.
    tell : callable
        Takes a line for the user.
    clock : callable
        The time [us since 1970-01-01T00:00Z].
    """

    def __init__(self, meters: Sequence[PolledMeter], interval: int, take: Take,
                 tell: Callable[[str], None], clock: Callable[[], int] = now) -> None:  # fmt: skip
        self._interval, self._take, self._tell, self._clock = interval, take, tell, clock
        self._lines = dict[object, list[PolledMeter]]()
        for meter in meters:
            self._lines.setdefault(meter.polled.target.place, []).append(meter)

    async def run(self, *, count: int | None = None, until: int | None = None) -> None:
        """Poll, so many times or until a time [us], or for ever.

        Raises
        ------
        OptionError
            A meter does not have what is asked for, and that is an error.
        """
        await together(*(self._line(place, meters, count, until)
                         for place, meters in self._lines.items()))  # fmt: skip

    async def _line(self, place: object, meters: list[PolledMeter], count: int | None,
                    until: int | None) -> None:  # fmt: skip
        await _begin(meters)
        schedule, polls = Schedule(self._interval, self._tell, self._clock), 0
        told = False
        while (count is None or polls < count) and (until is None or schedule.next <= until):
            due = await schedule.due()
            for gap in self._gaps(meters, due, first=polls == 0):
                self._take(gap)
            begun = self._clock()
            await self._round(meters, due.time, schedule)
            polls += 1
            took = (self._clock() - begun) / SECOND
            if not told and took > self._interval / SECOND:
                told = True
                self._tell(
                    f"{place}: {counted(len(meters), 'meter')} took {took:.1f} s at "
                    f"{moment(due.time)}, longer than the interval: moments that go by are {MISSED}"
                )

    def _gaps(self, meters: list[PolledMeter], due: Due, *, first: bool) -> Iterator[Row]:
        """Rows with which gaps begin: since an earlier run, or since the last moment."""
        for meter in meters:
            row = meter.gap_since(self._interval, due.missed or due.time) if first else None
            if row is not None:
                yield row
            elif due.missed is not None:
                yield meter.gap(due.missed, MISSED)

    async def _round(self, meters: list[PolledMeter], due: int, schedule: Schedule) -> None:
        """One poll of all meters of a line."""
        rest = _in_turn(meters)
        for meter in rest:
            if len(meters) > 1 and meter.rests(schedule.left):
                self._take(meter.gap(due, NOT_ASKED))
                continue
            row = await meter.poll(due)
            self._take(row)
            if row.fault == NOT_CONNECTED:
                break
        for meter in rest:
            # Where the place takes no connection, the next one would not get any either.
            self._take(meter.gap(due, NOT_CONNECTED))


async def _begin(meters: Sequence[PolledMeter]) -> None:
    """Find out who the meters of a line are."""
    for meter in meters:
        if await meter.begin() == NOT_CONNECTED:
            break


def _in_turn(meters: Sequence[PolledMeter]) -> Iterator[PolledMeter]:
    """Meters as they are listed, the silent ones last."""
    return iter(sorted(meters, key=lambda meter: meter.silent))
