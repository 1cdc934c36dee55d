"""The HTTP interface asked for everything that its own description allows, by Schemathesis."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from support.monitoring import program
from support.running import Running

pytestmark = pytest.mark.interop

EXAMPLES = 500 if "SOAK" in os.environ else 8
SECONDS = 1800 if "SOAK" in os.environ else 120
LEFT_OUT = (
    # Whether values go together, or a page is one of the meter's, no schema says.
    "positive_data_acceptance",
    # Methods, and POST without JSON, are refused before anybody looks where they go.
    "unsupported_method",
    "allow_header_conformance",
)
CONFIGURATION = Path(__file__).parents[1] / "support/schemathesis.toml"


@contextmanager
def page(*arguments: str) -> Iterator[str]:
    running = Running("--web", "127.0.0.1:0", *arguments)
    try:
        yield running.page
    finally:
        running.stop()


def asked(url: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Streams never end: they have tests of their own."""
    command = [
        program("st"), "--config-file", str(CONFIGURATION), "run", f"{url}/openapi.json",
        "--exclude-path-regex", "events$", "--phases", "examples,coverage,fuzzing",
        "--max-examples", str(EXAMPLES), "--exclude-checks", ",".join(LEFT_OUT), "--seed", "1",
        "--no-color", *more,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)


@pytest.mark.parametrize("source", ["mains", "values:"])
def test_answers_are_as_described_whatever_is_asked(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with page("--source", source) as url:
        if source == "values:":
            values = {"voltage": 230, "active_power": 3000}
            answer = httpx.post(f"{url}/api/meters/meter/values", json=values, trust_env=False)
            assert answer.status_code == 202
        found = asked(url)
        assert found.returncode == 0, found.stdout[-6000:]
        assert re.search(r"Tested: (4\d|[5-9]\d)", found.stdout), found.stdout[-2000:]
        alive = httpx.get(f"{url}/api/condition", trust_env=False).json()
        assert alive["meter"] == "meter"


def test_an_answer_that_differs_would_be_found(tmp_path, monkeypatch):
    """The same with a description that promises too much."""
    monkeypatch.chdir(tmp_path)
    with page() as url:
        promised = httpx.get(f"{url}/openapi.json", trust_env=False).json()
        promised["components"]["schemas"]["Readings"]["required"].append("horses")
        promised["paths"] = {"/api/readings": promised["paths"]["/api/readings"]}
        file = tmp_path / "promised.json"
        file.write_text(json.dumps(promised))
        command = [program("st"), "run", str(file), "--url", url, "--max-examples", "2",
                   "--phases", "fuzzing", "--no-color"]  # fmt: skip
        found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert found.returncode == 1
    assert "horses" in found.stdout
