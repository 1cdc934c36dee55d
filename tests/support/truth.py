"""Whether an outcome says of each setting what the meter really has."""

from __future__ import annotations

from collections.abc import Mapping

from smartx96.configuration.changing.outcome import Outcome, State


def check_truth(outcome: Outcome, before: Mapping[str, object], real: Mapping[str, object]) -> None:
    """Compare an outcome with what the meter had before, and has now by somebody else's word.

    Raises
    ------
    AssertionError
        The outcome says something else.
    """
    for entry in outcome.entries:
        had, has = before[entry.id], real[entry.id]
        if entry.state in (State.SAME, State.WRITTEN):
            assert has == entry.wanted, entry
        elif entry.state is State.DIFFERS:
            assert has == entry.after != entry.wanted, entry
        elif entry.state is State.IN_DOUBT:
            assert entry.after is None, entry
        else:
            assert has == had != entry.wanted, entry
    assert outcome.done == (not outcome.failure), outcome.statement
    if outcome.done:
        assert all(real[entry.id] == entry.wanted for entry in outcome.entries)
