"""Value tables: what was measured, in numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from smartx96.markup import Content, Markup, element
from smartx96.quantities import HARMONIC_ORDERS, LINES, PHASES
from smartx96.report.accounts import Listing, demand_rows, pulses, supplied, tariff_rows
from smartx96.report.extremes import Extreme
from smartx96.report.numbers import NOT_AVAILABLE, clock, formatted, moment
from smartx96.report.shown import (
    EXTREMES,
    NATURE,
    OTHER_ENERGIES,
    PER_ENERGY,
    PER_LINE,
    PER_PHASE,
    SEQUENCE,
    name,
)
from smartx96.report.stretches import SOUND
from smartx96.report.subject import Subject, place_text

Rows = Sequence[tuple[str, str, str]]


def table(caption: str, heading: Sequence[str], rows: Iterable[Sequence[Content]],
          style: str | None = None) -> Markup:  # fmt: skip
    """A table whose first column names the rows."""
    head = element("thead", element("tr", [element("th", h, scope="col") for h in heading]))
    body = [
        element("tr", element("th", row[0], scope="row"), [element("td", cell) for cell in row[1:]])
        for row in rows
    ]
    inner = element("table", element("caption", caption), head, element("tbody", body))
    return element("div", inner, class_=f"wide {style or ''}".strip())


def phase_table(subject: Subject) -> Markup | None:
    """Values by phase and of all together."""
    rows: Rows = PER_PHASE
    if not subject.wiring.has_neutral:
        rows = tuple(row for row in PER_PHASE if row[0] != "voltage THD")
    return _places("Mean over the recording", rows, subject.phases, "total or mean", subject)


def line_table(subject: Subject) -> Markup | None:
    """Values between lines."""
    return _places("Between lines", PER_LINE, LINES, "mean", subject)


def energy_table(subject: Subject) -> Markup | None:
    """Energies by phase and together."""
    return _places("Counted over every sample", PER_ENERGY, subject.phases, "total", subject,
                   "dense")  # fmt: skip


def _places(caption: str, rows: Rows, places: Sequence[str], together: str,
            subject: Subject, style: str | None = None) -> Markup | None:  # fmt: skip
    values = subject.measured.values
    if len(places) == 1:
        rows = [(text, id, id.format(places[0])) for text, id, _ in rows]
        places = ()
    known = [
        (text, [*(id.format(place) for place in places), last])
        for text, id, last in rows
        if not all(math.isnan(values[i]) for i in (*(id.format(p) for p in places), last))
    ]
    columns = [n for n in range(len(places) + 1)
               if any(not math.isnan(values[ids[n]]) for _, ids in known)]  # fmt: skip
    if not known:
        return None
    headings = [*map(place_text, places), together if places else place_text(PHASES[0])]
    return table(
        caption,
        ["", *(headings[n] for n in columns)],
        [[text, *(shown(ids[n], subject) for n in columns)] for text, ids in known],
        style,
    )


def shown(id: str, subject: Subject) -> Content:
    """A value of the measurement, or a dash."""
    text = formatted(id, subject.measured.values)
    if text == NOT_AVAILABLE:
        return element("span", "\u2013", title="not available")
    return text


def single_values(subject: Subject) -> Markup | None:
    """What has one value only."""
    ids = ("frequency", "current_n", "voltage_unbalance_negative", "voltage_unbalance_zero",
           "displacement_power_factor")  # fmt: skip
    values = subject.measured.values
    entries: list[tuple[str, Content]] = [
        (name(id), shown(id, subject)) for id in ids if not math.isnan(values[id])
    ]
    tallies = subject.observation.tallies
    for text, id, words, seen in (
        ("voltage phase sequence", "voltage_sequence", SEQUENCE, tallies.sequence),
        ("nature of the load", "load_nature", NATURE, tallies.nature),
    ):
        if supplied(subject.measured) and not math.isnan(values[id]):
            entries.append((text, _in_words(int(values[id]), words, seen)))
    return described(entries)


def _in_words(value: int, words: dict[int, str], seen: dict[int, int]) -> str:
    """The word of the mean; where windows differ, how many were what."""
    there = {word: seen.get(n, 0) for n, word in words.items() if seen.get(n, 0)}
    if len(there) < 2:
        return words[value]
    windows = sum(there.values())
    return ", ".join(f"{word} in {n}" for word, n in there.items()) + f" of {windows} windows"


def other_energies(subject: Subject) -> Markup | None:
    """Energies that phases do not share, and the time they were counted in."""
    values = subject.measured.values
    entries: list[tuple[str, Content]] = [
        (name(id), shown(id, subject)) for id in OTHER_ENERGIES if not math.isnan(values[id])
    ]
    entries += pulses(subject.measured)
    entries.append(("measured time", f"{subject.measured.measured_time:.3f} s"))
    losses = subject.measured.losses
    if losses.gaps:
        entries.append(("not measured", f"{losses.time:.4g} s"))
        energy = subject.measured.energy_not_measured
        entries.append(("energy not measured, estimate", f"{energy:.4g} kWh"))
    return described(entries)


def demand_table(subject: Subject) -> Markup | None:
    """Demands, their maxima and when these were reached."""
    rows = demand_rows(subject.measured, subject.source, subject.configuration)
    return _accounts("Means over the demand period, as they stand at the end", rows)


def tariff_table(subject: Subject) -> Markup | None:
    """What was counted in each tariff."""
    return _accounts("By tariff", tariff_rows(subject.measured, subject.source))


def _accounts(caption: str, rows: Listing | None) -> Markup | None:
    return None if rows is None else table(caption, rows.headings, rows.rows, "dense")


def described(entries: Sequence[tuple[str, Content]]) -> Markup | None:
    """Terms and what they are."""
    if not entries:
        return None
    pairs = [element("div", element("dt", term), element("dd", text)) for term, text in entries]
    return element("dl", pairs)


def harmonic_table(subject: Subject) -> Markup | None:
    """Orders of every channel, folded away."""
    places = {"voltage": subject.voltage_places, "current": subject.phases}
    columns = [
        (f"{symbol} {place_text(place)}", row)
        for kind, symbol in (("voltage", "U"), ("current", "I"))
        for place, phase in zip(places[kind], PHASES, strict=False)
        for row in [subject.measured.harmonics[f"{kind}_harmonic_{phase}"]]
        if np.isfinite(row).any()
    ]
    if not columns:
        return None
    rows = [
        [str(n + 1), *(f"{row[n]:.3f}" if np.isfinite(row[n]) else "\u2013" for _, row in columns)]
        for n in range(HARMONIC_ORDERS)
    ]
    caption = "Harmonics in % of the fundamental"
    inner = table(caption, ["order", *(text for text, _ in columns)], rows, "dense")
    return element("details", element("summary", "All orders as a table"), inner)


def extreme_table(subject: Subject) -> Markup | None:
    """Lowest, mean and highest of quantities over the windows, and when."""
    extremes = subject.observation.extremes
    rows = []
    for id in EXTREMES:
        low, high = extremes.lowest(id), extremes.highest(id)
        if math.isnan(low.value) or (id == "active_power_l1" and len(subject.phases) == 1):
            continue
        rows.append([name(id), *_extreme(id, low, subject), shown(id, subject),
                     *_extreme(id, high, subject)])  # fmt: skip
    if not rows:
        return None
    caption = "Lowest, mean and highest over the windows; a time is the end of the window"
    if subject.source.start is not None:
        caption += ", UTC below it"
    heading = ["", "lowest", "at", "mean", "highest", "at"]
    flagged = element("p", "* in a window that is flagged", class_="small")
    marked = any("*" in str(cell) for row in rows for cell in row)
    return element("div", table(caption, heading, rows, "dense"), flagged if marked else None)


def _extreme(id: str, extreme: Extreme, subject: Subject) -> list[Content]:
    mark = "*" if extreme.flags & SOUND else ""
    time = clock(subject.source.start, extreme.time)
    below = None if time is None else element("small", time)
    return [formatted(id, {id: extreme.value}) + mark, [moment(extreme.time), below]]
