"""Chains: recordings in the order of time, and which of them continue one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from smartx96.archive.item import Measured
from smartx96.meter.standing import energies

_SAMPLES = 1.5
_STAMP = 1e-3
"""Time stamps of recorders are often whole milliseconds [s]."""
_CLOCK = 1e-4
"""By so much of its length a recording ends early or late where its recorder's sample clock and its
time stamps disagree; quartz is better by half."""


@dataclass(slots=True)
class Chain:
    """Recordings of one origin that follow one another without a gap.

    Parameters
    ----------
    recordings : list of Measured
    """

    recordings: list[Measured] = field(default_factory=list)

    @property
    def quanta(self) -> dict[str, int]:
        """Registers of all of them [quanta], with their totals and nets."""
        found: defaultdict[str, int] = defaultdict(int)
        for recording in self.recordings:
            for id, count in recording.energies.items():
                found[id] += count
        return with_totals(found)

    @property
    def energies(self) -> dict[str, float]:
        """The same in the units shown: kWh, kvarh, kVAh, Ah."""
        return energies(self.quanta)

    @property
    def measured_time(self) -> float:
        """Time with samples [s]."""
        return sum(recording.measured_time for recording in self.recordings)

    @property
    def end(self) -> float:
        """When its last recording ends [us since 1970-01-01T00:00Z]; NaN without a time of day."""
        last = self.recordings[-1]
        return float("nan") if last.start is None else last.start + last.seconds * 1e6


def with_totals(quanta: Mapping[str, int]) -> dict[str, int]:
    """Registers, and those that are sums and differences of import and export."""
    found = dict(quanta)
    for id, into in quanta.items():
        if "_energy_import" in id:
            out = quanta.get(id.replace("_import", "_export"), 0)
            found[id.replace("_import", "_total")] = into + out
            if id.endswith("_import"):
                found[id.replace("_import", "_net")] = out - into
    return found


def chained(found: Iterable[Measured]) -> list[Chain]:
    """Recordings as chains, in the order of the time at which these begin, then by name.

    A recording continues another where wiring, side, channels and rate are the same and it begins
    where the other ends: within 1.5 samples, a millisecond, or a ten-thousandth of the other's
    length, whichever is most. Of several others it continues the one whose path is most like its
    own. A recording without a time of day continues none.
    """
    order = sorted(found, key=lambda one: (one.start is None, one.start or 0, one.recording))
    chains: list[Chain] = []
    growing: defaultdict[tuple[str, float], list[Chain]] = defaultdict(list)
    for recording in order:
        alike = growing[recording.likeness, recording.rate]
        # In the order of time: what has ended before this one can be continued by none after it.
        alike[:] = [chain for chain in alike if _apart(chain, recording) <= _tolerance(chain)]
        chain = _continued(alike, recording)
        if chain is None:
            chain = Chain()
            chains.append(chain)
            if recording.start is not None:
                alike.append(chain)
        chain.recordings.append(recording)
    return chains


def _continued(chains: list[Chain], recording: Measured) -> Chain | None:
    """The chain whose end a recording begins at."""
    fitting = [chain for chain in chains if -_apart(chain, recording) <= _tolerance(chain)]
    if recording.start is None or not fitting:
        return None
    return max(fitting, key=lambda chain: _likeness(chain.recordings[-1], recording))


def _likeness(one: Measured, other: Measured) -> int:
    """Letters at the beginning of their paths that are the same."""
    same = zip(one.recording, other.recording, strict=False)
    return sum(1 for _ in takewhile(lambda letters: letters[0] == letters[1], same))


def _apart(chain: Chain, recording: Measured) -> float:
    """How long after the end of a chain a recording begins [s]."""
    return ((recording.start or 0) - chain.end) / 1e6


def _tolerance(chain: Chain) -> float:
    last = chain.recordings[-1]
    return max(_SAMPLES / last.rate, _STAMP, _CLOCK * last.seconds)
