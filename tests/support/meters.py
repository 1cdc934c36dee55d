"""Portions of windows, accounts, and meters that are fed with phasors or samples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np

from smartx96.meter.accounts import Accounts
from smartx96.meter.calendar import Calendar, Calendars, Tariffs
from smartx96.meter.clock import Clock
from smartx96.meter.commands import Access, Road
from smartx96.meter.configuration import Configuration
from smartx96.meter.meter import Meter
from smartx96.meter.portion import Portion
from smartx96.metrology.phasor_readings import readings_of_phasors

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
PLACES = ("l1", "l2", "l3")

OWNER = Access(Road.FILE, trusted=True)
"""Who needs no password."""


def at(utc: str) -> int:
    """A time in UTC as the meter counts it [us]."""
    return (datetime.fromisoformat(utc).replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // (
        timedelta(microseconds=1)
    )


T0 = at("2026-03-02T00:00:00")
"""A Monday, long before a change of the clocks."""


def portion(
    start: int, active, reactive=None, *, length: int | Sequence[int] = 200_000, seconds=None,
    apparent=None, current=None, gap: int = 0,
) -> Portion:  # fmt: skip
    """Windows one after the other, `gap` us between two; powers of shape (3, n) or (n,), which is
    L1 alone. Currents of 1 A unless told, so that charge and apparent energy register.
    """
    p = _three(active)
    n = p.shape[1]
    q = np.zeros((3, n)) if reactive is None else _three(reactive)
    size = np.broadcast_to(np.asarray(length, np.int64), (n,))
    end = start + np.cumsum(size + gap) - gap
    return Portion(
        end - size,
        end,
        size / 1e6 if seconds is None else np.broadcast_to(np.asarray(seconds, float), (n,)).copy(),
        p,
        q,
        np.hypot(p, q).sum(axis=0) if apparent is None else np.asarray(apparent, float),
        np.ones((4, n)) if current is None else np.asarray(current, float),
    )


def _three(values) -> np.ndarray:
    values = np.asarray(values, float)
    if values.ndim == 2:
        return values
    return np.stack([values, np.zeros_like(values), np.zeros_like(values)])


def pieces(whole: Portion, cuts: Iterable[int]) -> list[Portion]:
    """The same windows in portions that begin at `cuts`."""
    stops = sorted({0, *cuts, len(whole)})
    return [whole.take(slice(a, b)) for a, b in pairwise(stops)]


def accounts(
    settings: dict | None = None, *, starting: bool = False, profile: bool = False,
    calendar: Calendar | None = None, strict: bool = True, clock: Clock | None = None,
) -> Accounts:  # fmt: skip
    """Accounts by settings; everything registers unless told."""
    configuration = configured(settings, starting=starting)
    zone, control = (configuration.settings[id] for id in ("time_zone", "tariff_control"))
    return Accounts(
        configuration.rules(profile=profile),
        Tariffs(Calendars(calendar), zone, control),
        clock or Clock(0),
        strict,
    )


def configured(settings: dict | None = None, *, starting: bool = False, **more) -> Configuration:
    from smartx96.settings import Settings

    return Configuration(Settings(settings or {}), starting=starting, **more)


def registers(counted: Accounts) -> dict[str, int]:
    """Exact registers of accounts by id."""
    rules = counted.rules
    return counted.registers.exact(rules.wiring, rules.netted_by_sum)


class Rig:
    """A meter and a supply that it is fed from, by phasors of the fundamental."""

    def __init__(self, meter: Meter | None = None, start: int = T0, **more) -> None:
        self.meter = meter or Meter(
            more.pop("configuration", None)
            or configured(more.pop("settings", None), starting=True),
            clock=Clock(start),
            **more,
        )
        self.time = 0.0
        """Of the stream [s]."""

    def run(
        self, seconds: float, *, window: float = 0.2, voltage=230.0, current=5.0, angle=0.0,
        frequency=50.0, reverse: bool = False, flags: int = 0, batch: int = 256,
    ) -> Rig:  # fmt: skip
        """Feed windows; voltage, current and lag [degrees] of all phases or of each."""
        count = round(seconds / window)
        turn = np.exp((2j if reverse else -2j) * np.pi / 3 * np.arange(3))
        u = np.asarray(voltage, float) * turn
        i = np.asarray(current, float) * turn * np.exp(-1j * np.radians(angle))
        while count:
            n = min(batch, count)
            phasors = np.broadcast_to(np.concatenate([u, i]), (n, 6))
            self.feed(phasors, window=window, frequency=frequency, flags=flags)
            count -= n
        return self

    def feed(self, phasors: np.ndarray, *, window=0.2, frequency=50.0, flags: int = 0) -> Rig:
        """Feed windows of any phasors, shape (n, 6), as long as one window or each of them [s]."""
        n = len(phasors)
        edges = self.time + np.concatenate([[0.0], np.cumsum(np.broadcast_to(window, (n,)))])
        readings = readings_of_phasors(
            phasors[..., np.newaxis], np.full(n, frequency), self.meter.conditions
        )
        self.meter.take_readings(readings, edges[:-1], edges[1:], 50, np.full(n, flags, np.int64))
        self.time = float(edges[-1])
        return self

    def skip(self, seconds: float) -> Rig:
        """Let time pass without samples."""
        self.time += seconds
        return self

    @property
    def exact(self) -> dict[str, int]:
        return dict(self.meter.standing().exact)

    def events(self) -> list[tuple[str, dict]]:
        """Kinds and details of what was logged since this was last asked."""
        return [(str(e.kind), dict(e.details)) for e in self.meter.emptied().events]

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.events()]
