"""External: what the report says of a meter outside of the program, and of its bench."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smartx96.report.contents import BAD, GOOD, Items, Table, Text
from smartx96.report.typetest.wording import MINUS, MISSING, allowed, figure, place
from smartx96.wording import counted

Document = Mapping[str, Any]

BY_POWER = " by power readings"
"""After the name of an energy that no register has counted up."""

METHOD = (
    "The meter under test stands outside of this program. A source set each point; what the meter "
    "read was compared with a reference, or with what the source was set to.",
    "Error = (read / true \u2212 1) \u00b7 100 %, the mean of the repetitions. A variation is the "
    "error under an influence less that at reference conditions: 230 V, 50 Hz, 23 \u00b0C, sine, "
    "balanced, L1-L2-L3.",
    "U is expanded by k = 2 (JCGM 100): the truth, the repetitions (standard deviation over root "
    "n), the steps of what was read and its times (rectangular), as the root of the sum of "
    "squares. Of a difference the truth counts twice, as if its two errors were independent.",
    "Energies told by readings of power say nothing of how the meter counts them up.",
)

CAUTION = (
    "What stands here was measured with the bench that is named. It is no approval, and as good as "
    "that bench is."
)


def facts(document: Document) -> list[tuple[str, str]]:
    """The meter, the bench and the rule, in place of a simulated front end."""
    external = document["external"]
    ratios = [
        f"{kind} {', '.join(f'{ratio:g}' for ratio in external[f'{kind}_ratio'])}"
        for kind in ("current", "voltage")
    ]
    uncertainty = external["reference_uncertainty"]
    if external["reference_uncertainty_stated"]:
        uncertainty += f" (k = {external['coverage_factor']:g})"
    times = sorted(point["taken"] for point in external["points"] if point["taken"])
    return [
        ("Meter under test", external["meter"] or "not said"),
        ("Transformer ratios", "; ".join(ratios)),
        ("Bench", external["bench"] or "not said"),
        ("Compared with", external["reference"] or "what the points were filled in with"),
        ("Uncertainty of that", uncertainty),
        ("Rule of decision", external["decision_rule"]),
        ("Taken", " to ".join(dict.fromkeys((times[0], times[-1]))) if times else "not said"),
    ]


def warnings(document: Document) -> Items | None:
    """What is to be said of the bench."""
    said = tuple(document["external"]["warnings"])
    return Items(said) if said else None


def values(document: Document) -> Table:
    """Each check with its value and uncertainty."""
    at = {point["trial"]: place(point["at"]) for point in document["external"]["points"]}
    rows = tuple(
        (check["clause"], at[check["trials"]["point"][0]], _value(check), allowed(check),
         _word(check["passed"]), check["closeness"] or MISSING)
        for check in document["checks"]
        if check["limit"] is not None and check["uncertainty"] is not None
    )  # fmt: skip
    return Table(
        "Values with their expanded uncertainty U, k = 2",
        ("clause", "where", "value \u00b1 U", "limit", "verdict", "close to it"), rows, (0, 1, 5),
    )  # fmt: skip


def repeated(document: Document) -> Table:
    """Repetitions of each point, and the parts of its uncertainty."""
    rows = tuple(
        (str(point["number"]), place(point["at"]), _read(point),
         figure(point["error"], ""), str(len(point["errors"])),
         _spread(point["standard_deviation"]), _seconds(point["seconds"]),
         *(_spread(x) for x in point["standard_uncertainties"].values()),
         _spread(point["expanded_uncertainty"]), point["notes"] or MISSING)
        for point in document["external"]["points"]
        if "errors" in point
    )  # fmt: skip
    return Table(
        "Error [%], number of readings n and their standard deviation s, seconds of each; standard "
        "uncertainties [%] and U",
        ("point", "where", "read", "error", "n", "s", "seconds", "truth", "repeatability",
         "resolution", "timing", "U", "notes"), rows, (0, 1, 2, 12),
    )  # fmt: skip


def untested(document: Document) -> Items | None:
    """What the bench did not do, and why; what it did beyond this part of the plan."""
    told = (*left(document), *document["external"]["not_judged"])
    return Items(told) if told else None


def left(document: Document) -> tuple[str, ...]:
    """What the bench did not do, and why."""
    return tuple(
        f"{each['title']}: {counted(each['checks'], 'check')}: {each['reason']}"
        for each in document["external"]["untested"]
    )


def doubtful(document: Document) -> Text | None:
    """How many verdicts U reaches over."""
    found = [check["closeness"] for check in document["checks"] if check["closeness"]]
    if not found:
        return None
    counts = (f"{counted(found.count(word), 'check')} {word}" for word in dict.fromkeys(found))
    return Text(f"In the light of U: {'; '.join(counts)}.")


def by_power(document: Document) -> bool:
    """Whether readings of power have told all energies."""
    found = document.get("external", {"points": ()})["points"]
    methods = {point["method"] for point in found if "method" in point}
    return methods == {"power"}


def uncertain(check: Mapping[str, Any]) -> str:
    """U of a value; none of what is counted."""
    spread = check.get("uncertainty")
    return MISSING if spread is None else figure(spread, check["unit"], signed=False)


def _read(point: Mapping[str, Any]) -> str:
    """What was read, and how."""
    return f"{point['read']}{BY_POWER if point['method'] == 'power' else ''}"


def _value(check: Mapping[str, Any]) -> str:
    text = f"{check['value']:+.4f} \u00b1 {check['uncertainty']:.4f} {check['unit']}"
    return text.replace("-", MINUS)


def _spread(value: float | None) -> str:
    return MISSING if value is None else f"{value:.4f}"


def _seconds(value: float) -> str:
    return f"{value:.0f}" if value else MISSING


def _word(passed: bool) -> str:
    return GOOD if passed else BAD
