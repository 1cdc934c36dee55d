"""Results: what a type test's document says of clauses, points and promises, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smartx96.report.contents import BAD, GOOD, Facts, Table, Text, Verdict
from smartx96.report.typetest import external
from smartx96.report.typetest.wording import (
    MINUS,
    MISSING,
    allowed,
    figure,
    margin,
    place,
    shown,
    words,
    worst,
)
from smartx96.wording import counted

Document = Mapping[str, Any]
Summary = Mapping[str, Any]

_OF_SIZE = ("%", "%/K")
"""Units of limits that are used up little by little; others are kept or not."""


def judged(document: Document) -> list[Summary]:
    """Summaries that have a limit, without those of the datasheet."""
    return [s for s in document["summary"] if s["checks"] and s["clause"] != "datasheet"]


def basis(summary: Summary) -> str:
    """Class and standard, or whose requirement it is."""
    name = summary["accuracy_class"]
    return f"{summary['standard']}, class {name}" if name else str(summary["standard"])


def facts(document: Document) -> Facts:
    """What was tested, and with what."""
    scope, versions = document["scope"], document["versions"]
    bases = dict.fromkeys(basis(s) for s in judged(document) if s["accuracy_class"])
    checks = [each["limit"] is not None for each in document["checks"]]
    return Facts((
        ("Tested against", "; ".join(bases) or MISSING),
        ("Plan", scope["extent"]),
        ("Clauses", f"{len(scope['clauses'])}: {', '.join(scope['clauses'])}"),
        ("Wirings", ", ".join(scope["wirings"])),
        ("Rated current In", ", ".join(f"{amps} A" for amps in scope["rated_currents"])),
        ("Trials and checks", _counts(len(checks), sum(checks), len(document["trials"]))),
        *(external.facts(document) if "external" in document else _of_the_program(document)),
        ("Software", ", ".join(f"{name} {number}" for name, number in versions.items())),
    ))  # fmt: skip


def front_end_name(document: Document) -> str:
    """A preset, or the file it is of."""
    found = document["front_end"]
    return f"{found['name']} ({found['file']})" if "file" in found else str(found["name"])


def _counts(checks: int, limited: int, trials: int) -> str:
    told = f"{counted(checks, 'check')} of {counted(trials, 'trial')}"
    return f"{told}; {limited} with a limit" if limited < checks else f"{told}, all with a limit"


def _of_the_program(document: Document) -> list[tuple[str, str]]:
    return [
        ("Signal", f"{sum(_seconds(t) for t in document['trials']):.0f} s at "
         f"{document['sampling_rate']:g} S/s"),
        ("Front end", front_end_name(document)),
        ("Seed of all noise", str(document["seed"])),
    ]  # fmt: skip


def verdict(document: Document) -> Verdict:
    """What came out, of which part of the plan, and what it rests on."""
    found = [s for s in document["summary"] if s["checks"]]
    points = [
        f"{s['title']} ({basis(s)}): {s['failed']} of {s['checks']} outside, worst "
        f"{worst(s['worst'])} where {allowed(s['worst'])} is allowed,"
        f" at {place(s['worst']['at'])}"
        for s in found
        if s["failed"]
    ]
    points += [
        f"class {name}: nothing of these clauses has a limit"
        for name in document["classes_without_limit"]
    ]
    doubtful = len({s["clause"] for s in found if s["verified"] is False})
    if doubtful:
        points.append(f"Limits of {counted(doubtful, 'clause')} rest on one public source only: "
                      "see Limits.")  # fmt: skip
    return Verdict(*_headline(document, found), tuple(points))


def unmeasured(document: Document) -> int:
    """Checks that a bench could make and has not made."""
    return int(document["external"]["unmeasured"]) if "external" in document else 0


def _headline(document: Document, found: Sequence[Summary]) -> tuple[str, str]:
    """Tone and text."""
    checks, failed = (sum(s[key] for s in found) for key in ("checks", "failed"))
    extent, left = document["scope"]["extent"], unmeasured(document)
    extent = f"{extent[0].upper()}{extent[1:]}."
    if not checks and not left:
        return "look", f"For information only: nothing of this scope has a limit. {extent}"
    if not document["passed"]:
        more = f"; {left} not measured" if left else ""
        return (
            "fail",
            f"Fail: {failed} of {counted(checks, 'check')} outside limits{more}. {extent}",
        )
    if left:
        made = len(document["checks"])
        return "look", (f"Incomplete: {made} of {counted(made + left, 'check')} made, all "
                        f"within limits; {left} not measured.")  # fmt: skip
    return "good", f"Pass: {counted(checks, 'check')} within limits. {extent}"


def clauses(document: Document) -> Table:
    """Limit, worst value, margin and verdict of each clause."""
    outside = "external" in document
    rows = tuple(
        (s["title"], basis(s), str(s["checks"]), allowed(s["worst"]), worst(s["worst"]),
         *([external.uncertain(s["worst"])] if outside else []),
         margin(s["worst"]), _word(s["passed"]))
        for s in judged(document)
    )  # fmt: skip
    headings = ("clause", "tested against", "checks", "limit there", "worst",
                *(["U"] if outside else []), "margin", "verdict")  # fmt: skip
    return Table(
        "The worst is the value that uses up most of its own limit", headings, rows, (0, 1)
    )


def information(document: Document) -> Text | None:
    """What was measured without a limit."""
    open_ended = {s["title"]: s["for_information"] for s in document["summary"]
                  if s["for_information"]}  # fmt: skip
    if not open_ended:
        return None
    listed = "; ".join(f"{title}: {counted(n, 'point')}" for title, n in open_ended.items())
    return Text(f"For information, where the standards have no limit: {listed}.")


def worst_points(document: Document) -> Table:
    """Where the worst value of each clause occurred."""
    rows = tuple(
        (s["title"], basis(s), worst(s["worst"]),
         allowed(s["worst"]), place(s["worst"]["at"]))
        for s in judged(document)
    )  # fmt: skip
    return Table("The point of each clause that uses up most of its limit",
                 ("clause", "tested against", "value", "limit", "where"), rows,
                 (0, 1, 4))  # fmt: skip


def datasheet(document: Document) -> Table | None:
    """Promise, worst value, where, and margin of every line of the datasheet."""
    rows = tuple(_line(document, line) for line in document["datasheet"])
    if not rows:
        return None
    return Table(
        "Percentages of voltage, current and power are of the highest of the range: 1.2 Un, Imax",
        ("quantity", "promise", "worst measured", "where", "margin", "verdict"), rows, (0, 1, 3),
    )  # fmt: skip


def budget(document: Document) -> Table | None:
    """Which element of the front end brings which share of the worst errors."""
    taken_apart = document["error_budget"]
    if not taken_apart:
        return None
    elements = list(dict.fromkeys(name for each in taken_apart for name in each["shares"]))
    rows = tuple(
        (each["clause"], place(each["at"]),
         *(_share(each["shares"].get(name)) for name in elements),
         _share(each["rest"]), _share(each["error"]))
        for each in taken_apart
    )  # fmt: skip
    headings = ("worst of", "where", *map(words, elements), "rest", "error")
    return Table(
        "Error at the worst point [%], and that of each element alone; the rest is what they do "
        "together, and noise", headings,
        rows, (0, 1),
    )  # fmt: skip


def front_end(document: Document) -> list[Table]:
    """Every number of every element, with its source."""
    groups: dict[str, list[tuple[str, ...]]] = {}
    for number in document["front_end_numbers"]:
        row = (
            place(number["text"]),
            shown(number["value"]),
            number["unit"],
            place(number["source"]),
        )
        groups.setdefault(number["element"], []).append(row)
    headings = ("parameter", "value", "unit", "source")
    return [
        Table(words(name).capitalize(), headings, tuple(rows), (0, 2, 3))
        for name, rows in groups.items()
    ]


def limits(document: Document) -> Table | None:
    """Which limits a second public source has confirmed."""
    groups: dict[str, dict[bool, list[str]]] = {}
    for summary in judged(document):
        if summary["verified"] is not None:
            confirmed = groups.setdefault(basis(summary), {True: [], False: []})
            confirmed[summary["verified"]].append(summary["clause"])
    rows = tuple(
        (name, ", ".join(found[True]) or MISSING, ", ".join(found[False]) or MISSING)
        for name, found in groups.items()
    )
    if not rows:
        return None
    return Table(
        "Limits by clause; a clause is confirmed where a second public source has all its limits",
        ("standard and class", "verified", "not verified"), rows, (0, 1, 2),
    )  # fmt: skip


def _line(document: Document, line: Mapping[str, Any]) -> tuple[str, ...]:
    if "worst" in line:
        promise, unit = f"\u00b1{line['promise']:g} {line['unit']}".rstrip(), line["unit"]
        left = f"{figure(line['margin'], unit, signed=False)} "
        left += f"({100 * line['margin'] / line['promise']:.0f} %)".replace("-", MINUS)
        return (line["line"], promise, figure(line["worst"], unit), place(line["at"]), left,
                _word(line["passed"]))  # fmt: skip
    found = _worst_of_class(document["summary"], line["promise"])
    if found is None:
        return (line["line"], line["promise"], MISSING, MISSING, MISSING, so_far(document, line))
    where = f"{found['title']}: {place(found['worst']['at'])}; "
    where += f"{counted(len(line['clauses']), 'clause')} tested"
    value = f"{worst(found['worst'])} of {allowed(found['worst'])}"
    return (line["line"], line["promise"], value, where, margin(found["worst"]),
            so_far(document, line))  # fmt: skip


def so_far(document: Document, line: Mapping[str, Any]) -> str:
    """Verdict of a class, which is none while only part of its clauses was tested."""
    tested, every = len(line["clauses"]), len(line["planned_clauses"])
    if not line["passed"] or (tested == every and not unmeasured(document)):
        return _word(line["passed"])
    return f"{GOOD} so far ({tested} of {counted(every, 'clause')})"


def _worst_of_class(summaries: Sequence[Summary], promise: str) -> Summary | None:
    """The clause that uses up most of its limit, of those that promise this class."""
    _, name, standard = promise.split(" ", 2)
    own = [
        s for s in summaries
        if s["accuracy_class"] == name and s["standard"].startswith(standard) and s["worst"]
        and (s["worst"]["unit"] in _OF_SIZE or s["failed"])
    ]  # fmt: skip
    return max(own, key=_used, default=None)


def _used(summary: Summary) -> float:
    value, limit = summary["worst"]["value"], summary["worst"]["limit"]
    return float("inf") if value is None or not limit else float(abs(value) / limit)


def _seconds(trial: Mapping[str, Any]) -> float:
    return float(sum(point["seconds"] for point in trial["points"]))


def _share(value: float | None) -> str:
    return MISSING if value is None else figure(value, "")


def _word(passed: bool | None) -> str:
    return MISSING if passed is None else GOOD if passed else BAD
