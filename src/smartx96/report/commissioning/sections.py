"""Sections: the contents of a commissioning's record, from its document alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smartx96.modbus.client.nameplate import Identification
from smartx96.report.commissioning.values import (
    NOT_TOLD,
    line_values,
    phase_values,
    phasors,
    single_values,
)
from smartx96.report.contents import (
    BAD,
    GOOD,
    OPEN,
    Block,
    Contents,
    Facts,
    Section,
    Signatures,
    Table,
    Text,
    Verdict,
)
from smartx96.wording import counted

Document = Mapping[str, Any]

WORDS = {"passed": GOOD, "failed": BAD, "not judged": OPEN}
"""Verdicts of checks as reports word them."""

_LINES = ("Place, date", "Commissioned by", "Accepted by")


def contents(document: Document) -> Contents:
    """Everything the record says.

    Parameters
    ----------
    document : mapping
        Of a commissioning, as its JSON has it.
    """
    remarks = tuple(Text(remark) for remark in document["remarks"])
    sections = (
        _section("Checks", checks(document)),
        _section("Values", phase_values(document), line_values(document), single_values(document)),
        _section("Phasors", *phasors(document)),
        _section("Remarks", *remarks),
        _section("Signatures", Signatures(_signed(document))),
        _section("Settings as found", _settings(document), _hidden(document)),
    )
    return Contents(
        kind="SMART X96 \u00b7 Commissioning record",
        title=document["place"] or f"Meter {_serial(document)}",
        facts=facts(document),
        verdict=verdict(document),
        sections=tuple(section for section in sections if section.blocks),
        footer=f"Made with smartx96 {document['software']}, from what the meter's registers told.",
    )


def verdict(document: Document) -> Verdict:
    """What came out, and what failed."""
    checks = document["checks"]
    failed = [check for check in checks if check["verdict"] == "failed"]
    left = [check for check in checks if check["verdict"] == "not judged"]
    points = tuple(f"{check['title']}: {_said(check)}" for check in failed)
    if failed:
        return Verdict("fail", f"Fail: {len(failed)} of {counted(len(checks), 'check')}.", points)
    if left:
        told = f"Pass: {len(checks) - len(left)} checks; {len(left)} not judged."
        return Verdict("good", told, ())
    return Verdict("good", f"Pass: all {len(checks)} checks.", ())


def _section(heading: str, *blocks: Block | None) -> Section:
    there = [block for block in blocks if block is not None and block != Facts(())]
    return Section(heading, tuple(there))


def _serial(document: Document) -> str:
    number = document["meter"]["serial_number"]
    return NOT_TOLD if number is None else str(number)


def facts(document: Document) -> Facts:
    """Which meter it is, where, and who looked at it when."""
    meter = document["meter"]
    entries = [
        ("Meter", f"{meter['text']}, serial number {_serial(document)}"),
        ("Asked at", meter["target"]),
        ("Looked at", document["begun"].replace("T", " ").replace("+00:00", " UTC")),
        ("By", document["by"] or NOT_TOLD),
        ("Wiring", meter["wiring"].upper() + ("" if meter["wiring_told"] else " (not told)")),
        ("Transformers", _transformers(document)),
        ("Versions", _versions(meter)),
        ("Under power", _hours(meter["running_time"])),
    ]
    return Facts(tuple(entries))


def _transformers(document: Document) -> str:
    found = {setting["id"]: setting["value"] for setting in document["settings"]}
    if "ct_primary" not in found:
        rated = document["meter"]["nominal_current"]
        return NOT_TOLD if rated is None else f"rated current {rated:g} A"
    told = f"CT {found['ct_primary']}/{found['ct_secondary']} A"
    ratio = found.get("vt_ratio", 1)
    return f"{told}, VT ratio {ratio}" if ratio != 1 else f"{told}, voltages direct"


def _versions(meter: Mapping[str, Any]) -> str:
    kinds = ("software", "hardware", "display")
    told = [f"{kind} {meter[f'{kind}_version']}" for kind in kinds if meter[f"{kind}_version"]]
    registers = ", ".join(told) or NOT_TOLD
    # Registers have room for two numbers of a version only, and for two digits of each.
    return f"{meter['version']}; registers (XX.YY): {registers}" if meter["version"] else registers


def _hours(value: float | None) -> str:
    return NOT_TOLD if value is None else f"{value:.1f} h"


def checks(document: Document) -> Table:
    """Every check, what came out, and why."""
    rows = tuple(
        (check["title"], WORDS[check["verdict"]], _said(check)) for check in document["checks"]
    )
    return Table("What was looked at, and what was found", ("check", "verdict", "found"), rows,
                 (0, 1, 2))  # fmt: skip


def _said(check: Mapping[str, Any]) -> str:
    """What was found, without the signs by which a terminal tells commands."""
    return str(check["text"]).replace("`", "")


def _settings(document: Document) -> Table | None:
    rows = tuple(
        (setting["name"], setting["id"], setting["text"],
         "" if setting["as_delivered"] else setting["default_text"])
        for setting in document["settings"]
    )  # fmt: skip
    if not rows:
        return None
    changed = sum(not setting["as_delivered"] for setting in document["settings"])
    caption = (
        f"{counted(len(rows), 'setting')}; as delivered but for {changed}, whose default is told"
    )
    return Table(caption, ("setting", "id", "as found", "as delivered"), rows, (0, 1, 2, 3))


def _hidden(document: Document) -> Text | None:
    hidden = document["settings_hidden"]
    if not hidden:
        return None
    why = "of which nothing says where such a meter has them, were not read"
    if document["meter"]["identification"] == Identification.NO_ANSWER:
        why = "which only this program documents, were not read: the meter did not say who it is"
    return Text(f"{counted(hidden, 'setting')} more, {why}.")


def _signed(document: Document) -> tuple[str, ...]:
    by = document["by"]
    return tuple(f"{line}: {by}" if by and line == _LINES[1] else line for line in _LINES)
