"""Jobs: what takes longer than a browser waits for an answer, with how far it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Any

from smartx96.errors import X96Error, printable
from smartx96.web.guard import RequestError

RUNNING = 16
"""Jobs at once."""

KEPT = 64
"""Jobs that are remembered after they have ended."""

LINES = 100
"""Lines of a job that are remembered, the newest."""

WAIT = 10.0
"""Who asks what is new in a job waits so long at most [s]."""

_ENDING = 20.0
"""At the end of the server, what is being written has so long to be done [s]."""


class JobState(StrEnum):
    """Where a job is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a job has made."""

    name: str
    kind: str
    body: bytes = field(repr=False)


class Job:
    """Something that is being done.

    Parameters
    ----------
    id, kind, title : str
        `kind` is for programs, `title` for people.
    stoppable : bool
        Whether it may be stopped half-way.

    Attributes
    ----------
    state : JobState
    result : object
        What came of it, as JSON has it.
    file : Attachment or None
    """

    def __init__(self, id: str, kind: str, title: str, *, stoppable: bool) -> None:
        self.id, self.kind, self.title, self.stoppable = id, kind, title, stoppable
        self.state, self.error = JobState.RUNNING, ""
        self.result: Any = None
        self.file: Attachment | None = None
        self._lines: list[str] = []
        self._done, self._total = 0.0, 0.0
        self._left: float | None = None
        self._begun, self._ended = time.monotonic(), 0.0
        self._version, self._changed = 0, asyncio.Event()

    def tell(self, line: str) -> None:
        """Add a line of what is being done."""
        self._lines = [*self._lines, printable(line)][-LINES:]
        self.note()

    def say(self, line: str) -> None:
        """Tell what is being done now, in place of what was before."""
        self._lines = [printable(line)]
        self.note()

    def reach(self, done: float, total: float, left: float | None = None) -> None:
        """Say how far it is, and how long it will still take if that is known [s]."""
        self._done, self._total, self._left = done, total, left
        self.note()

    def note(self) -> None:
        """Something is new."""
        self._version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def end(self, state: JobState, error: str = "") -> None:
        """It is over."""
        self.state, self.error, self._ended = state, error, time.monotonic()
        self.note()

    async def later_than(self, version: int) -> None:
        """Wait until something is new, not for ever."""
        if version < self._version or self.state is not JobState.RUNNING:
            return
        try:
            async with asyncio.timeout(WAIT):
                await self._changed.wait()
        except TimeoutError:
            return

    def document(self) -> dict[str, Any]:
        """For the page."""
        until = self._ended or time.monotonic()
        return {
            "id": self.id, "kind": self.kind, "title": self.title, "state": self.state,
            "stoppable": self.stoppable, "version": self._version,
            "seconds": round(until - self._begun, 1), "lines": self._lines,
            "progress": self._progress(), "error": self.error or None, "result": self.result,
            "file": None if self.file is None else self.file.name,
        }  # fmt: skip

    def _progress(self) -> dict[str, Any] | None:
        if not self._total:
            return None
        share, past = self._done / self._total, time.monotonic() - self._begun
        left = self._left
        if left is None and 0 < share <= 1 and past > 1:
            left = past / share - past
        rest = None if left is None else round(left, 1)
        return {"done": self._done, "total": self._total, "seconds_left": rest}


class Jobs:
    """All jobs.

    Parameters
    ----------
    report : callable
        Called with one line of what the user at the console should know.
    """

    def __init__(self, report: Callable[[str], None]) -> None:
        self.report, self._numbers = report, count(1)
        self._jobs: dict[str, Job] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def __getitem__(self, id: str) -> Job:
        found = self._jobs.get(id)
        if found is None:
            raise RequestError(404, "there is no such job any more")
        return found

    def documents(self) -> list[dict[str, Any]]:
        """All that are remembered, the newest first."""
        return [job.document() for job in reversed(self._jobs.values())]

    def is_running(self, kind: str) -> bool:
        """Whether there is one of a kind that is not over."""
        return any(j.kind == kind and j.state is JobState.RUNNING for j in self._jobs.values())

    def start(self, kind: str, title: str, work: Callable[[Job], Awaitable[Any]], *,
              stoppable: bool = False) -> Job:  # fmt: skip
        """Begin a job.

        Parameters
        ----------
        kind, title : str
        work : callable
            What is done; what it gives is the job's result.
        stoppable : bool
            Nothing that writes to a meter is: half of it would be written.

        Raises
        ------
        RequestError
            Too many are under way.
        """
        if len(self._tasks) >= RUNNING:
            raise RequestError(503, f"{RUNNING} jobs are under way: wait until one is done")
        self._forget_old()
        job = Job(str(next(self._numbers)), kind, title, stoppable=stoppable)
        self._jobs[job.id] = job
        task = asyncio.ensure_future(self._carry_out(job, work))
        self._tasks[job.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(job.id, None))
        return job

    def stop(self, id: str) -> Job:
        """Stop a job, unless it is over.

        Raises
        ------
        RequestError
            It is none that may be stopped.
        """
        job = self[id]
        if job.state is JobState.RUNNING and not job.stoppable:
            raise RequestError(409, "this is not stopped half-way: it is done in a moment")
        if id in self._tasks:
            self._tasks[id].cancel()
        return job

    async def close(self) -> None:
        """End: what is being written is written first."""
        for id, task in tuple(self._tasks.items()):
            if self._jobs[id].stoppable:
                task.cancel()
        tasks = tuple(self._tasks.values())
        if tasks:
            await asyncio.wait(tasks, timeout=_ENDING)
        for task in tasks:
            task.cancel()

    async def _carry_out(self, job: Job, work: Callable[[Job], Awaitable[Any]]) -> None:
        try:
            job.result = await work(job)
        except asyncio.CancelledError:
            job.end(JobState.STOPPED)
            raise
        except (X96Error, RequestError) as error:
            job.end(JobState.FAILED, str(error))
        except Exception as error:
            self.report(f"page: {type(error).__name__}: {printable(str(error))[:200]}")
            job.end(JobState.FAILED, "the server has failed")
        else:
            job.end(JobState.DONE)

    def _forget_old(self) -> None:
        over = [id for id, job in self._jobs.items() if job.state is not JobState.RUNNING]
        for id in over[: max(0, len(over) - KEPT + 1)]:
            del self._jobs[id]
