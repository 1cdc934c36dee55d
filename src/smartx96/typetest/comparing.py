"""Comparing: engines of others on the trials of a type test, judged by the same checks.

An engine gets the same samples as the meter, corrected by the same calibration. It has no pulses
and no supply, and its energy is that of its whole windows: it is brought to the length of the
trial, so that what stands before its first window and after its last is not held against it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

from smartx96.block import Block
from smartx96.comparison.catalogue import ENGINES, engines
from smartx96.comparison.engine import Engine
from smartx96.comparison.netting import BALANCES, WAYS, energy
from smartx96.frontend.calibration import Calibration
from smartx96.frontend.front_end import FrontEnd
from smartx96.models import Wiring
from smartx96.typetest.check import Check, Kind, Records, value_of
from smartx96.typetest.plan.plan import Plan
from smartx96.typetest.point import Trial
from smartx96.typetest.run import Progress, run
from smartx96.typetest.series import RATE
from smartx96.typetest.terminals import Terminals
from smartx96.typetest.verdict import Verdict

_HIGHEST_OF_50 = 55.0
"""Above it the mains are taken for those of 60 Hz [Hz]."""

_OF_ENERGY = (Kind.ERROR, Kind.VARIATION, Kind.COEFFICIENT, Kind.COMPOSITE)
_QUANTA = 1e6


class ComparedEngine:
    """An engine of others in the place of the meter under test.

    Parameters
    ----------
    name : str
        Of the engine.
    trial : Trial
    calibration : Calibration, optional
        By which its samples are corrected: it has none of its own.
    """

    def __init__(self, name: str, trial: Trial, calibration: Calibration | None = None) -> None:
        self._terminals = Terminals(trial, calibration)
        point = trial.point
        nominal = 60 if point.frequency > _HIGHEST_OF_50 else 50
        self._engine = ENGINES[name](RATE, point.wiring, nominal)
        self._samples = 0

    def take(self, block: Block) -> None:
        """Take samples of its terminals, all six channels [V, A]."""
        self._push(self._terminals(block))

    def finish(self) -> None:
        """No more samples come."""
        rest = self._terminals.rest()
        if rest is not None:
            self._push(rest)

    def registers(self) -> Mapping[str, int]:
        """Energies of the whole trial at the power of the windows, by id of the exact registers."""
        if not self._engine.seconds:
            return {}
        share = self._samples / RATE / self._engine.seconds
        found = self._engine.energies().items()
        return {f"{id}_exact": round(_QUANTA * share * x) for id, x in found}

    def values(self) -> Mapping[str, float]:
        """Mean readings by id, on the primary side."""
        return self._engine.readings()

    def pulses(self) -> tuple[int, ...]:
        """None: no engine has any."""
        return ()

    def _push(self, block: Block) -> None:
        self._samples += block.length
        self._engine.take(block)


@dataclass(frozen=True, slots=True)
class Compared:
    """What an engine makes of a plan.

    Parameters
    ----------
    engine : type of Engine
    verdicts : tuple of Verdict or None
        Of every check of the plan; None where it has no limit, or the engine not what it asks for.
    """

    engine: type[Engine]
    verdicts: tuple[Verdict | None, ...]


def compared(
    plan: Plan, front_end: FrontEnd, names: Sequence[str], *, seed: int, jobs: int = 1,
    progress: Progress | None = None,
) -> tuple[Compared, ...]:  # fmt: skip
    """Give the trials of a plan to engines of others.

    Parameters
    ----------
    plan : Plan
    front_end : FrontEnd
    names : sequence of str
        Of the engines.
    seed : int
        Of all noise: the one of the meter's trials, so that the samples are the same.
    jobs : int
        Processes.
    progress : callable, optional
        Called with the seconds of signal done, and all there are of all engines.

    Raises
    ------
    OptionError
        There is no such engine, or no such number of processes.
    MissingExtraError
        An engine is not installed.
    """
    asked = [(engine, asked_of(plan, engine)) for engine in engines(names)]
    whole, done, found = seconds(plan, names), 0.0, []
    for engine, trials in asked:
        records = run(
            trials, front_end, seed=seed, jobs=jobs, make=partial(ComparedEngine, engine.name),
            progress=progress and _part(progress, done, whole),
        )  # fmt: skip
        found.append(
            Compared(engine, tuple(_judged(engine, each, records) for each in plan.checks))
        )
        done += sum(trial.seconds for trial in trials)
    return tuple(found)


def _part(progress: Progress, begun: float, whole: float) -> Progress:
    """Progress of a part that begins there."""
    return lambda done, _: progress(begun + done, whole)


def seconds(plan: Plan, names: Sequence[str]) -> float:
    """Length of all trials that these engines get [s]."""
    return sum(t.seconds for engine in engines(names) for t in asked_of(plan, engine))


def asked_of(plan: Plan, engine: type[Engine]) -> tuple[Trial, ...]:
    """Trials of the checks that an engine can answer, each once."""
    checks = (check for check in plan.checks if offers(engine, check))
    return tuple(dict.fromkeys(trial for check in checks for _, trial in check.parts))


@cache
def _offered(engine: type[Engine], wiring: Wiring) -> frozenset[str]:
    return engine.offered(wiring)


def offers(engine: type[Engine], check: Check) -> bool:
    """Whether an engine has what a limit asks for: readings and energies of one steady point."""
    needed = _needed(check) if check.limit is not None else set()
    steady = all(len(trial.points) == 1 and trial.supplied for _, trial in check.parts)
    return bool(needed) and steady and needed <= _offered(engine, check.trial.point.wiring)


def _needed(check: Check) -> set[str]:
    """Ids of what a check reads; none where it is a matter of a meter alone."""
    if check.kind in _OF_ENERGY:
        return {energy(check.energy, way) for way in WAYS}
    if check.kind is Kind.NETTING:
        return {energy("active", way, balance) for way in WAYS for balance in BALANCES}
    return set(check.ids) if check.kind is Kind.READING else set()


def _judged(engine: type[Engine], check: Check, records: Records) -> Verdict | None:
    if not offers(engine, check):
        return None
    whole = all(_needed(check) <= set(records[trial].read) for _, trial in check.parts)
    return Verdict(check, value_of(check, records) if whole else None)
