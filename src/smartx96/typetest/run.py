"""Run: every trial of a plan, in one process or several."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import active_children, get_context

from smartx96.errors import OptionError, X96Error
from smartx96.frontend.front_end import FrontEnd
from smartx96.typetest.bench import tried
from smartx96.typetest.check import Records
from smartx96.typetest.meter_under_test import Maker, MeterUnderTest
from smartx96.typetest.point import Record, Trial

Progress = Callable[[float, float], None]
"""Called with the seconds of signal done, and all there are."""

SEED = 96
"""Of noise, where nobody states another."""

_LOT_SECONDS = 200.0
"""Signal that a process takes at once [s]."""


def run(
    trials: Sequence[Trial], front_end: FrontEnd, *, seed: int = SEED, jobs: int = 1,
    progress: Progress | None = None, make: Maker = MeterUnderTest,
) -> Records:  # fmt: skip
    """Try every trial; what comes of one depends on no other, nor on the number of processes.

    Parameters
    ----------
    trials : sequence of Trial
    front_end : FrontEnd
    seed : int
        Of all noise.
    jobs : int
        Processes.
    progress : callable, optional
    make : callable
        Makes a meter; with several processes it must be one that can be sent to them.

    Raises
    ------
    OptionError
        There is no such number of processes.
    X96Error
        One of several processes was ended from outside.
    """
    if jobs < 1:
        raise OptionError(f"--jobs {jobs}: 1 or more")
    lots = _lots(trials)
    work = partial(_tried, front_end=front_end, seed=seed, make=make)
    found: dict[Trial, Record] = {}
    whole = sum(trial.seconds for trial in trials)
    done = 0.0
    for lot, records in _worked(work, lots, jobs):
        found.update(zip(lot, records, strict=True))
        done += sum(trial.seconds for trial in lot)
        if progress is not None:
            progress(done, whole)
    return {trial: found[trial] for trial in trials}


Lot = list[Trial]


def _worked(
    work: Callable[[Lot], list[Record]], lots: list[Lot], jobs: int
) -> Iterator[tuple[Lot, list[Record]]]:
    """Records of each lot as they come."""
    if jobs == 1 or len(lots) < 2:
        for lot in lots:
            yield lot, work(lot)
        return
    # Fresh processes: a fork takes along the threads of whoever asks, half done.
    context, others = get_context("spawn"), set(active_children())
    with ProcessPoolExecutor(
        min(jobs, len(lots)), mp_context=context, initializer=_left_to_the_first
    ) as pool:
        waiting = {pool.submit(work, lot): lot for lot in lots}
        try:
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        except BrokenProcessPool:
            raise X96Error(
                f"one of {jobs} processes was ended from outside, perhaps for want of memory: run "
                "again, with fewer --jobs"
            ) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            # Lots that are begun would be waited for, which may last minutes.
            for process in set(active_children()) - others:
                process.terminate()
            raise


def _left_to_the_first() -> None:
    """An interrupt reaches all processes of a terminal; the first one ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _tried(lot: Iterable[Trial], front_end: FrontEnd, seed: int, make: Maker) -> list[Record]:
    return [tried(trial, front_end, seed, make) for trial in lot]


def _lots(trials: Sequence[Trial]) -> list[Lot]:
    """Trials in lots of about the same length; the longest first, so that none is waited for."""
    lots: list[Lot] = []
    length = _LOT_SECONDS
    for trial in sorted(trials, key=lambda trial: -trial.seconds):
        if length >= _LOT_SECONDS:
            lots.append([])
            length = 0.0
        lots[-1].append(trial)
        length += trial.seconds
    return lots
