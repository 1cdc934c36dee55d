"""Which worker of pytest-xdist runs which tests, and in which order."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

ORDER = ("docs", "interop", "web", "release", "unit", "protocol", "reference", "properties")
"""Folders: first those whose tests mostly wait, for seconds of a meter's life and for programs of
others; in the middle modules that take a second or two; at the end long computations."""
PARTED = ("tests/docs/test_docs.py",)
"""Modules whose tests have nothing in common."""
POLITE = 5


def place(nodeid: str) -> int:
    """Where a test stands in the queue: later than others that have a lower number."""
    folder = PurePosixPath(nodeid).parts[1]
    return ORDER.index(folder) if folder in ORDER else ORDER.index("unit")


def computes(worker: str) -> bool:
    """Whether a worker, such as `gw1`, takes from the end of the queue: every second does."""
    return int(worker.removeprefix("gw")) % 2 == 1


class TwoEnds(LoadScopeScheduling):
    """Modules whole, so that what one of them starts is started once, in a queue with two ends.

    Every second worker takes from the front, where tests wait, the others from the end, where they
    compute: the processor always has something to do, and what waits for the moment at which
    something happens has it when it needs it. Where they meet modules are short, so that no worker
    ends long after the others.
    """

    def __init__(self, config: Any, log: Any = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return nodeid if module in PARTED else module

    def _assign_work_unit(self, node: WorkerController) -> None:
        if computes(node.gateway.id):
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)
