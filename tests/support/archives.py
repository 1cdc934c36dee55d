"""Archives of recordings whose energies are known, and work that dies."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np

from smartx96.archive.archive import Archive, Archived
from smartx96.archive.item import Item, Outcome
from smartx96.archive.method import Method
from smartx96.archive.work import measure_item
from support.signals import ROLES, rich

RATE = 3200.0
START = datetime(2026, 11, 3, 23, 59, 50, tzinfo=UTC)


def loaded(seconds: float) -> np.ndarray:
    """Samples of a supply with harmonics and a load that never stands still."""
    samples = rich(50.03, 3, rate=RATE, orders=20).samples(seconds)
    time = np.arange(samples.shape[1]) / RATE
    samples[3:] *= 1 + 0.5 * np.sin(2 * np.pi * 0.13 * time)
    return samples


def save(path: Path, samples: np.ndarray, at: float | None = 0.0) -> Path:
    """A recording that begins so many seconds after START, or at nobody knows what time."""
    more = {} if at is None else {"start": (START + timedelta(seconds=at)).isoformat()}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, samples=samples.T, rate=RATE, channels=list(ROLES), **more)
    return path


def cut(folder: Path, samples: np.ndarray, cuts: list[int]) -> list[Path]:
    """The same samples as recordings that continue one another."""
    edges = [0, *cuts, samples.shape[1]]
    return [
        save(folder / f"{n}.npz", samples[:, first:end], first / RATE)
        for n, (first, end) in enumerate(pairwise(edges))
    ]


def archived(recordings: list[Path], table: Path, jobs: int = 1, **method: object) -> Archived:
    with Archive(recordings, table, Method(**method)) as archive:
        return archive.measure(jobs=jobs)


def measure_or_die(item: Item) -> Outcome:
    """Measures, unless the recording's name says that whoever measures it is killed."""
    if "deadly" in item.recording:
        os.kill(os.getpid(), signal.SIGKILL)
    return measure_item(item)
