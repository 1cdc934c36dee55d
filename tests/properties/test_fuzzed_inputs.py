"""What coverage-guided fuzzing found, and what it needed to reach every branch, read once more."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from support.exercise import confined, exercise
from support.fuzzed import CORPUS, NAMES, written

LARGEST = 300_000
"""Bytes of all kept inputs together."""


@pytest.mark.parametrize("target", NAMES)
def test_kept_inputs_are_read_or_one_line(target: str, tmp_path: Path) -> None:
    kept = sorted((CORPUS / target).iterdir())
    assert kept
    outcomes = set()
    for number, path in enumerate(kept):
        folder = tmp_path / str(number)
        folder.mkdir()
        with confined(), warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                outcomes.add(exercise(written(target, path.read_bytes(), folder)) == "read")
            except Exception as error:
                error.add_note(f"input {path.relative_to(CORPUS)}")
                raise
    assert outcomes == {True, False}, "the corpus is one-sided"


def test_the_kept_inputs_stay_small() -> None:
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < LARGEST
