"""Page: the contents of a report as one HTML document that needs nothing beside itself."""

from __future__ import annotations

from collections.abc import Sequence

from smartx96.markup import Content, Markup, element
from smartx96.report.contents import (
    BAD,
    GOOD,
    OPEN,
    Block,
    Chart,
    Charts,
    Contents,
    Facts,
    Figure,
    Items,
    Section,
    Signatures,
    Table,
    Text,
    Verdict,
)
from smartx96.report.style import STYLE

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""The page asks nobody for anything and runs nothing."""

_MORE = Markup("""
main{max-width:1060px}
footer{max-width:1060px}
header .facts div:nth-child(-n+2){grid-column:1/-1}
th.word,td.word{text-align:left;white-space:normal}
.composed table{font-size:13px}
.composed th,.composed td{padding-top:3px;padding-bottom:3px}
.composed tbody td:last-child{font-weight:400}
.composed td.where{color:var(--muted);min-width:150px}
.composed td.pass{color:var(--good);font-weight:600}
.composed td.fail{color:var(--limit);font-weight:600}
.composed td.open{color:var(--look)}
.composed td.pass,.composed td.fail,.composed td.open{text-align:left}
.verdict.fail{border-color:var(--limit)}
.verdict.fail h2{color:var(--limit)}
.charts>h3{margin:0 0 2px;font-size:15px}
.charts>p{margin:0 0 8px}
.charts>.legend{margin:0 0 12px}
.several{display:grid;grid-template-columns:1fr 1fr;gap:22px 18px}
.several h4{margin:0;font-size:13px}
.several figure svg.chart{margin-left:38px;width:calc(100% - 70px)}
.several figcaption{margin-top:2px}
section>.charts+.charts{margin-top:36px}
.drawing svg.phasors{max-width:400px}
.drawing figcaption{max-width:60em;margin:10px auto 0}
.signatures{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:18px 40px}
.signatures p{margin:64px 0 0;padding-top:5px;border-top:1px solid var(--ink);color:var(--muted);
font-size:12.5px}
p,ul{max-width:75em}
@media (max-width:760px){.several{grid-template-columns:1fr}}
@media print{
.several{grid-template-columns:1fr 1fr}
.several figure,.charts>h3+p{break-inside:avoid}
.charts>h3,.charts>p,.charts>.legend{break-after:avoid}
.composed table{font-size:7.5pt}
.composed td.where{min-width:0}
th,td{padding-left:7px}
.signatures{break-inside:avoid}
.allowed{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
""")


_TONES = {GOOD: "pass", BAD: "fail", OPEN: "open"}


def page(found: Contents) -> str:
    """The page; equal contents give equal bytes."""
    head = element(
        "head", element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{found.title} \u2013 SMART X96"), element("style", STYLE, _MORE),
    )  # fmt: skip
    header = element(
        "header", element("p", found.kind, class_="kind"), element("h1", found.title),
        _facts(found.facts),
    )  # fmt: skip
    body = element(
        "body",
        element("main", header, _verdict(found.verdict), list(map(_section, found.sections)),
                class_="composed"),
        element("footer", found.footer),
    )  # fmt: skip
    return "<!DOCTYPE html>\n" + element("html", head, body, lang="en") + "\n"


def _verdict(verdict: Verdict) -> Markup:
    points = [element("li", point) for point in verdict.points]
    return element(
        "section", element("h2", verdict.headline), element("ul", points) if points else None,
        class_=f"verdict {verdict.tone}", aria_label="Verdict",
    )  # fmt: skip


def _section(section: Section) -> Markup:
    style = section.heading.lower().replace(" ", "-")
    return element("section", element("h2", section.heading), list(map(_block, section.blocks)),
                   class_=style)  # fmt: skip


def _block(block: Block) -> Markup:
    match block:
        case Text(text):
            return element("p", text)
        case Items(items):
            return element("ul", [element("li", item) for item in items], class_="notes")
        case Facts():
            return _facts(block)
        case Table():
            return _table(block)
        case Charts():
            return _charts(block)
        case Figure():
            return element("figure", block.drawing, element("figcaption", block.caption),
                           class_="drawing")  # fmt: skip
        case Signatures(lines):
            return element("div", [element("p", line) for line in lines], class_="signatures")


def _facts(facts: Facts) -> Markup:
    pairs = [
        element("div", element("dt", term), element("dd", text)) for term, text in facts.entries
    ]
    return element("dl", pairs, class_="facts")


def _table(table: Table) -> Markup:
    head = [
        element("th", heading, scope="col", class_="word" if n in table.words else None)
        for n, heading in enumerate(table.headings)
    ]
    body = [element("tr", _cells(table, row)) for row in table.rows]
    inner = element("table", element("caption", table.caption),
                    element("thead", element("tr", head)), element("tbody", body))  # fmt: skip
    return element("div", inner, class_="wide")


def _cells(table: Table, row: Sequence[str]) -> list[Content]:
    first = element("th", row[0], scope="row", class_="word" if 0 in table.words else None)
    return [first, *(element("td", cell, class_=_style(table, n, cell))
                     for n, cell in enumerate(row[1:], 1))]  # fmt: skip


def _style(table: Table, column: int, cell: str) -> str | None:
    if cell in _TONES:
        return _TONES[cell]
    if table.headings[column] == "where":
        return "word where"
    return "word" if column in table.words else None


def _charts(charts: Charts) -> Markup:
    legend = [
        element("li", element("svg", element("path", class_=style, d="M1 5H23"),
                              width=24, height=10, aria_hidden="true"), text)
        for text, style in charts.legend
    ]  # fmt: skip
    return element(
        "div", element("h3", charts.title), element("p", charts.caption, class_="small"),
        element("ul", legend, class_="legend"),
        element("div", list(map(_chart, charts.charts)), class_="several"), class_="charts",
    )  # fmt: skip


def _chart(chart: Chart) -> Markup:
    return element("figure", element("h4", chart.title), chart.drawing,
                   element("figcaption", chart.caption))  # fmt: skip
