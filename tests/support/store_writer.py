"""A process that writes a store as fast as it goes until it is killed, and says what it wrote.

Lines are `committed METER SEQUENCE EVENTS` after a commit, `due OUTPUT COUNT` before the journal is
advanced, `advanced OUTPUT COUNT` after that.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from smartx96.meter.events import Event, EventKind
from smartx96.store.store import Store
from smartx96.store.transaction import Commit

METERS = ("a", "b", "c", "d", "e", "f")
SIZES = {"events_size": 200, "profile_size": 50}


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def state(number: int) -> dict[str, Any]:
    """A state by which a commit is known, of changing length."""
    return {"number": number, "energy": number**9, "more": ["x" * (number % 70)] * (number % 50)}


def commit(number: int) -> Commit:
    events = [Event(number, EventKind.RESET, {"number": number, "n": n}) for n in range(number % 4)]
    row: Any = SimpleNamespace(time=number, flags=0, values={"energy": number})
    return Commit(state(number), number, {"number": number}, events, [row] * (number % 3 == 0))


def main(folder: Path) -> None:
    with Store.open(folder, clock=lambda: 0, **SIZES) as store:
        number = {meter: store.load(meter).sequence for meter in METERS}
        journal = store.journal("a")
        say("ready")
        while True:
            number = {meter: n + 1 for meter, n in number.items()}
            store.commit({meter: commit(n) for meter, n in number.items()})
            for meter, n in number.items():
                say("committed", meter, n, sum(k % 4 for k in range(n + 1)))
            for output in (1, 2):
                count = journal.counts[output] + 1
                say("due", output, count)
                journal.advance(output, count, sync=number["a"] % 2 == 0)
                say("advanced", output, count)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
