"""Plot: what was logged as a page, or as one drawing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smartx96.markup import Content, Markup, element, number
from smartx96.meter.clock import moment_text
from smartx96.report.charts.flat import COLOURS, flat_chart, flat_sample
from smartx96.report.charts.lines import Line, legend
from smartx96.report.logged.course import Course
from smartx96.report.logged.panels import Panel, panel_chart, panels
from smartx96.report.numbers import moment as length
from smartx96.report.style import STYLE
from smartx96.wording import counted

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""The page asks nobody for anything and runs nothing."""

_FONT = "sans-serif"
_WIDTH, _HEADING, _BETWEEN = 860.0, 26.0, 18.0
"""Of a drawing: the plots' width, and room for each heading and below each chart [px]."""


def log_page(name: str, ids: Sequence[str], courses: Sequence[Course]) -> str:
    """A page of all meters; equal logs give equal bytes.

    Parameters
    ----------
    name : str
        Of the log.
    ids : sequence of str
        Of its values.
    courses : sequence of Course
    """
    head = element(
        "head", element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{name} \u2013 SMART X96"), element("style", STYLE),
    )  # fmt: skip
    header = element("header", element("p", "Log of meters", class_="kind"), element("h1", name))
    meters = [_meter(course, panels(ids)) for course in courses]
    body = element("body", element("main", header, meters))
    return "<!DOCTYPE html>\n" + element("html", head, body, lang="en") + "\n"


def _meter(course: Course, found: Sequence[Panel]) -> Markup:
    drawn = [
        element("div", element("p", panel.title, class_="channel"), legend(lines), chart,
                class_="panel")
        for panel, lines, chart in _charts(course, found)
    ]  # fmt: skip
    content: Content = drawn or element("p", "It never answered.")
    caption = element("p", _caption(course), class_="small")
    return element("section", element("h2", course.meter), caption, element("figure", content))


def log_drawing(ids: Sequence[str], courses: Sequence[Course]) -> str:
    """One SVG drawing of all meters, for programs that draw no pages."""
    pieces, y = list[str](), 0.0
    for course in courses:
        pieces.append(_label(course.meter, y + 18, 15))
        pieces.append(_label(_caption(course), y + 36, 11, weight=400))
        y += 2 * _HEADING
        for panel, lines, chart in _charts(course, panels(ids)):
            pieces += [_label(panel.title, y + 16, 12), *_samples(lines, y + 6)]
            drawing = flat_chart(chart, _WIDTH, _FONT)
            height = float(drawing.partition('height="')[2].partition('"')[0])
            pieces.append(f'<g transform="translate(0 {number(y + _HEADING)})">{drawing}</g>')
            y += _HEADING + height + _BETWEEN
    width = _WIDTH + 90
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(width)}" height="{number(y)}" '
        f'viewBox="0 0 {number(width)} {number(y)}" font-family="{_FONT}">'
        f'<rect width="100%" height="100%" fill="{COLOURS["--paper"]}"/>{"".join(pieces)}</svg>\n'
    )


def _charts(
    course: Course, found: Sequence[Panel]
) -> Iterator[tuple[Panel, Sequence[Line], Markup]]:
    for panel in found:
        drawn = panel_chart(panel, course)
        if drawn is not None:
            yield panel, *drawn


def _label(text: str, y: float, size: int, weight: int = 600) -> str:
    return element("text", text, x=8, y=y, font_size=size, font_weight=weight,
                   fill=COLOURS["--ink"])  # fmt: skip


def _samples(lines: Sequence[Line], y: float) -> list[str]:
    """The legend beside a heading."""
    if len(lines) < 2:
        return []
    found = list[str]()
    for n, line in enumerate(lines):
        x = 300 + 110 * n
        found.append(
            f'<g transform="translate({x} {number(y)})">{flat_sample(f"line {line.style}")}</g>'
        )
        found.append(element("text", line.text, x=x + 30, y=y + 9, font_size=12,
                             fill=COLOURS["--ink"]))  # fmt: skip
    return found


def _caption(course: Course) -> str:
    start, end = (moment_text(round(time * 1e6)) for time in (course.start, course.end))
    rows = counted(course.rows, "row")
    gaps = "no gaps"
    if course.gaps:
        gaps = f"{counted(course.gaps, 'gap')}, {length(course.missing)} in all, shaded"
    points = "; lines are means of several rows, bands their lowest to highest"
    return f"{start} to {end}, {rows}, {gaps}{points if course.merged else ''}."
