"""The shared recordings and cases, where they are there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
DATA = SHARED / "data"

needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="shared/data is not beside the project")


def cases(kind: str) -> list[dict]:
    if not DATA.is_dir():
        return []
    found = [json.loads(p.read_text("utf-8")) for p in sorted((DATA / "cases").glob("*.json"))]
    return [case for case in found if case["kind"] == kind]
