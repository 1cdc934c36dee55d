"""The table of a traffic log as text, for a terminal of 100 columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from smartx96.errors import printable

WIDTH = 100
_HEAD = f"{'times':>9}  {'shortest':>8} {'median':>8} {'longest':>8}  {'last, UTC':<12}  asked"
_INDENT = " " * 11


def traffic_text(document: Mapping[str, Any]) -> str:
    """The `document` of a `TrafficLog` in lines, each client with what it asks below it."""
    return "\n".join(line[:WIDTH].rstrip() for line in _lines(document))


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    yield f"Modbus traffic since {document['since']}"
    if not document["clients"]:
        yield "nobody has asked anything"
        return
    for client in document["clients"]:
        yield ""
        yield f"{_party(client)}: {_counts(client)}"
        found = [row for row in document["requests"] if _who(row) == _who(client)]
        if found:
            yield _HEAD
        for row in found:
            yield from _row(row)
    others = document["others"]
    if others["clients"]:
        yield ""
        yield f"other clients: {_counts(others['clients'])}"
    if others["requests"]:
        yield ""
        yield f"requests not listed: {_counts(others['requests'])}"


def _row(row: Mapping[str, Any]) -> Iterator[str]:
    spans = " ".join(f"{_span(row['intervals'][n]):>8}" for n in ("shortest", "median", "longest"))
    time = row["last"][11:23]
    yield f"{row['requests']:>9}  {spans}  {time:<12}  unit {row['unit']} {row['asked']}"
    if row["values"]:
        yield _INDENT + row["values"]
    failures = _failures(row)
    if failures:
        yield _INDENT + ", ".join(failures)


def _who(entry: Mapping[str, Any]) -> tuple[str, str]:
    return entry["port"], entry["client"]


def _party(client: Mapping[str, Any]) -> str:
    port, name = printable(client["port"]), printable(client["client"])
    return f"line {port}" if port == name else f"{name} on {port}"


def _counts(tally: Mapping[str, Any]) -> str:
    noun = "request" if tally["requests"] == 1 else "requests"
    failures = _failures(tally) or ["all answered"]
    return f"{tally['requests']} {noun}, {', '.join(failures)}"


def _failures(tally: Mapping[str, Any]) -> list[str]:
    found = [f"{number} {name}" for name, number in tally["exceptions"].items()]
    return [*found, f"{tally['silent']} without an answer"] if tally["silent"] else found


def _span(seconds: float | None) -> str:
    """An interval in three digits, with its unit."""
    if seconds is None:
        return "-"
    factor, unit = next(
        (factor, unit)
        for factor, unit, limit in ((1e3, "ms", 1.0), (1.0, "s", 120.0), (1 / 60, "min", 7200.0),
                                    (1 / 3600, "h", float("inf")))
        if seconds < limit
    )  # fmt: skip
    return f"{f'{seconds * factor:#.3g}'.rstrip('.')} {unit}"
