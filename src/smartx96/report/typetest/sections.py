"""Sections: the contents of a type test's report, from its document alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smartx96.report.contents import Block, Contents, Items, Section, Text
from smartx96.report.typetest import external, results
from smartx96.report.typetest.calibration import calibration
from smartx96.report.typetest.comparison import comparison
from smartx96.report.typetest.curves import error_curves
from smartx96.report.typetest.wording import listed, place

_METHOD = (
    "The meter under test is the real program: samples in, registers and pulses out. Each trial "
    "gives a new meter a known signal through the front end, from its first sample to its last; "
    "what its registers gained is compared with the energy of the same signal in closed form.",
    "Error = (registered / true \u2212 1) \u00b7 100 %. A variation is the error under an "
    "influence less that at reference conditions: 230 V, 50 Hz, 23 \u00b0C, sine, balanced, "
    "L1-L2-L3.",
    "The same scope, front end and seed give the same bytes of every file of this report.",
)

_CAUTION = (
    "A program behind a simulated front end was tested against these standards. That is no "
    "approval, and says of a device no more than its front end is like the simulated one."
)


_FOOTERS = (
    "Tested by smartx96 {}, a three-phase energy meter in software.",
    "Judged by smartx96 {}; the meter under test stands outside of it.",
)


def contents(document: Mapping[str, Any]) -> Contents:
    """Everything the report says.

    Parameters
    ----------
    document : mapping
        Of a type test, as its JSON has it.
    """
    version = document["versions"]["smartx96"]
    return Contents(
        kind="SMART X96 \u00b7 Type test report",
        title=_title(document),
        facts=results.facts(document),
        verdict=results.verdict(document),
        sections=tuple(section for section in _sections(document) if section.blocks),
        footer=_FOOTERS["external" in document].format(version),
    )


def _title(document: Mapping[str, Any]) -> str:
    classes = document["scope"]["classes"]
    return f"Type test against class {listed(classes)}"


def _sections(document: Mapping[str, Any]) -> list[Section]:
    if "external" in document:
        return _of_external(document)
    return [
        _section("Summary by clause", results.clauses(document), results.information(document)),
        _section("Datasheet", results.datasheet(document)),
        _section("Calibration", *calibration(document)),
        _section("Error curves", *error_curves(document)),
        _section("Worst points", results.worst_points(document)),
        _section("Error budget", results.budget(document)),
        _section("Other engines", *comparison(document)),
        _section("Front end", _front_end(document), *results.front_end(document)),
        _section("Limits", results.limits(document), _unused(document)),
        _section("Not tested", Items(tuple(document["not_tested"]))),
        _section("Method", *map(Text, (*_METHOD, _CAUTION))),
    ]


def _of_external(document: Mapping[str, Any]) -> list[Section]:
    return [
        _section("Summary by clause", external.doubtful(document), external.warnings(document),
                 results.clauses(document), results.information(document)),
        _section("Datasheet", results.datasheet(document)),
        _section("Error curves", *error_curves(document)),
        _section("Worst points", results.worst_points(document)),
        _section("Uncertainty", external.values(document), external.repeated(document)),
        _section("Limits", results.limits(document), _unused(document)),
        _section("Not tested", external.untested(document), Items(tuple(document["not_tested"]))),
        _section("Method", *map(Text, (*external.METHOD, external.CAUTION))),
    ]  # fmt: skip


def _section(heading: str, *blocks: Block | None) -> Section:
    there = tuple(block for block in blocks if block is not None and getattr(block, "rows", True))
    return Section(heading, there)


def _front_end(document: Mapping[str, Any]) -> Text:
    name, numbers = results.front_end_name(document), document["front_end_numbers"]
    if not numbers:
        return Text(f"Front end {name}: the samples are what is at the terminals.")
    return Text(
        f"Front end {name}. It stands between the terminals and the samples; the meter corrects it "
        "by its calibration. Values with strokes are those of L1 / L2 / L3, curves are points over "
        "the current in percent of the rated one."
    )


def _unused(document: Mapping[str, Any]) -> Items | None:
    rows = document["rows_not_used"]
    told = tuple(f"Not used: {place(row['row'])} \u2013 {row['reason']}" for row in rows)
    return Items(told) if told else None
