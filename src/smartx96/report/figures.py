"""Figures: the charts of a measured recording, each with its caption."""

from __future__ import annotations

import numpy as np

from smartx96.markup import Content, Markup, element
from smartx96.metrology.kernels import Values
from smartx96.metrology.powers import between_lines
from smartx96.quantities import PHASES
from smartx96.report.charts.bars import spectrum_chart
from smartx96.report.charts.frame import Axis
from smartx96.report.charts.lines import Line, legend, line_chart
from smartx96.report.charts.phasors import Phasor, phasor_diagram
from smartx96.report.charts.scale import Scale, exact_scale, nice_step, prefix, rounded_scale
from smartx96.report.stretches import Stretch
from smartx96.report.subject import Subject, place_text

CYCLES = 4
"""Of the example waveform."""
_HEAD = 1.08
"""Height of a waveform's axis over its peak."""
_APART = 20.0
"""Spectra that differ by more get scales of their own."""
_MARKED = (1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 25, 29, 33, 37, 41, 45, 49, 53, 57, 61)


def figure(content: Content, caption: Content, style: str | None = None) -> Markup:
    """Drawings and what they show."""
    return element("figure", content, element("figcaption", caption), class_=style)


def phasors(subject: Subject) -> tuple[list[Phasor], list[Phasor]]:
    """Voltages and currents with a value, turned so that the first of them has the angle 0."""
    u, i = subject.measured.voltage_phasor, subject.measured.current_phasor
    if not subject.wiring.has_neutral:
        u = between_lines(u)
    found = [
        [
            Phasor(f"{symbol}{place_text(place)[1:].replace('-L', '')}", phase, complex(value))
            for place, phase, value in zip(places, PHASES, values.tolist(), strict=False)
            if np.isfinite(value) and abs(value) > 0
        ]
        for symbol, places, values in (
            ("U", subject.voltage_places, u), ("I", subject.phases, i)
        )
    ]  # fmt: skip
    first = next((p.value for kind in found for p in kind), 1.0)
    turn = abs(first) / first
    voltages, currents = ([Phasor(p.text, p.style, p.value * turn) for p in kind] for kind in found)
    return voltages, currents


def phasor_figure(subject: Subject) -> Markup | None:
    """Voltages and currents of the fundamental."""
    voltages, currents = phasors(subject)
    if not voltages and not currents:
        return None
    every = [*voltages, *currents]
    description = "; ".join(
        f"{p.text} {abs(p.value):.5g} at {np.degrees(np.angle(p.value)):.1f} degrees" for p in every
    )
    reach = [
        f"{abs(largest.value):.5g} {unit}"
        for kind, unit in ((voltages, "V"), (currents, "A"))
        if kind
        for largest in [max(kind, key=lambda p: abs(p.value))]
    ]
    caption = (
        f"Fundamental phasors, mean over the recording; {every[0].text} at 0°, counter-clockwise. "
        f"Voltages solid, currents dashed, each kind on its own scale: the longest are "
        f"{' and '.join(reach)}."
    )
    if not subject.wiring.has_neutral:
        caption += (
            " The current of a resistive load lies 30° behind its line voltage: I1 behind U12."
        )
    drawing = phasor_diagram(voltages, currents, title="Phasor diagram", description=description)
    return figure(drawing, caption, "phasor")


def example_figure(subject: Subject, stretch: Stretch) -> Markup:
    """A few cycles, beginning where the first voltage passes zero upwards."""
    shown = _aligned(subject, stretch)
    cut = "" if shown is stretch else f"{CYCLES} cycles, "
    place = "near the middle of the recording" if stretch.measured else "no window covers it"
    caption = f"{cut}{_span(shown)} from {shown.start:.3f} s on, {place}.{_thinned(shown)}"
    return _waveforms(subject, shown, "Waveforms", caption, (1e-3, "ms", shown.start))


def event_figure(subject: Subject, stretch: Stretch, text: str) -> Markup:
    """The window of an event and the one before it."""
    return _waveforms(subject, stretch, text, f"{text}.{_thinned(stretch)}", (1.0, "s", 0.0))


def _waveforms(subject: Subject, stretch: Stretch, title: str, caption: str,
               clock: tuple[float, str, float]) -> Markup:  # fmt: skip
    unit, unit_text, origin = clock
    low, high = ((t - origin) / unit for t in (stretch.start, stretch.end))
    x = Axis(exact_scale(low, high), unit_text)
    drawn: list[Content] = []
    for kind, places, first, symbol, there in (
        ("voltage", subject.voltage_places, 0, "V", subject.has_voltages),
        ("current", subject.phases, 3, "A", subject.has_currents),
    ):
        rows = slice(first, first + len(places))
        if not there or not np.isfinite(stretch.low[rows]).any():
            continue
        lines = [_wave(stretch, first + n, place, clock) for n, place in enumerate(places)]
        drawn.append(_wave_chart(lines, f"{title}: {kind}", symbol, x))
    return figure(drawn, caption, "wave")


def _wave(stretch: Stretch, row: int, place: str, clock: tuple[float, str, float]) -> Line:
    unit, _, origin = clock
    low, high = stretch.low[row], stretch.high[row]
    x = (stretch.start - origin + stretch.step * np.arange(len(low), dtype=np.float64)) / unit
    style = PHASES[row % 3]
    if np.array_equal(low, high, equal_nan=True):
        return Line(place_text(place), style, x, low)
    return Line(place_text(place), style, np.repeat(x, 2), np.stack([low, high], -1).ravel())


def _wave_chart(lines: list[Line], title: str, symbol: str, x: Axis) -> Content:
    peak = float(np.nanmax(np.abs(np.concatenate([line.y for line in lines]))))
    divisor, sign = prefix(peak)
    peak = max(peak, 1e-9)
    scale = Scale(-_HEAD * peak, _HEAD * peak, nice_step(2 * peak / 5), divisor)
    chart = line_chart(
        lines, title=title, description=f"{', '.join(line.text for line in lines)} over time; the "
        f"largest value is {peak:.5g} {symbol}.", x=x, y=Axis(scale, f"{sign}{symbol}"), height=150,
    )  # fmt: skip
    return [legend(lines), chart]


def _aligned(subject: Subject, stretch: Stretch) -> Stretch:
    """From a rising zero of the first live channel's fundamental on; as it is where it is short."""
    frequency = subject.measured.values["frequency"]
    if not np.isfinite(frequency):
        frequency = float(subject.measured.nominal_frequency or 50)
    period = 1.0 / (frequency * stretch.step)
    points = stretch.low.shape[1]
    if points < (CYCLES + 1) * period:
        return stretch
    middle = np.nan_to_num((stretch.low + stretch.high) / 2)
    whole = middle[:, : round(np.floor(points / period) * period)]
    turn = np.exp(-2j * np.pi * np.arange(whole.shape[1]) / period)
    phasor = whole @ turn
    live = np.flatnonzero(np.abs(phasor) > 0.02 * np.abs(phasor[:3]).max(initial=0.0))
    row = int(live[0]) if live.size else 0
    delay = float((-np.pi / 2 - np.angle(phasor[row])) % (2 * np.pi)) / (2 * np.pi) * period
    first = round(delay)
    last = first + round(CYCLES * period) + 1
    return Stretch(stretch.start + first * stretch.step, stretch.step, stretch.low[:, first:last],
                   stretch.high[:, first:last], stretch.every, stretch.flags,
                   stretch.measured)  # fmt: skip


def _span(stretch: Stretch) -> str:
    return f"{1e3 * (stretch.end - stretch.start):.0f} ms"


def _thinned(stretch: Stretch) -> str:
    return "" if stretch.every == 1 else f" One of {stretch.every} samples is drawn."


def spectrum_figures(subject: Subject, kind: str) -> Markup | None:
    """Bars of every channel of voltage or current, on one scale."""
    places = subject.voltage_places if kind == "voltage" else subject.phases
    channels = [
        (place_text(place), phase, subject.measured.harmonics[f"{kind}_harmonic_{phase}"])
        for place, phase in zip(places, PHASES, strict=False)
    ]
    known = [(text, phase, orders) for text, phase, orders in channels if np.isfinite(orders).any()]
    if not known:
        return None
    largest = [float(np.nanmax(orders[1:], initial=0.0)) for _, _, orders in known]
    apart = max(largest) > _APART * max(min(largest), 1e-9) and len(known) > 1
    tops = largest if apart else [max(largest)] * len(known)
    drawn = [
        _spectrum(
            kind, *channel, Axis(rounded_scale(0.0, min(top, 100.0), 0.5, zero=True, count=3), "%")
        )
        for channel, top in zip(known, tops, strict=True)
    ]
    caption = (
        f"Harmonics of the {kind} in % of the fundamental, root mean square over the recording; "
        f"the fundamental is cut off. {'Each channel has its own scale.' if apart else ''}"
    )
    return figure(drawn, caption.rstrip(), "spectrum")


def _spectrum(kind: str, text: str, phase: str, orders: Values, y: Axis) -> Content:
    ranked = np.argsort(-np.nan_to_num(orders[1:]), kind="stable")[:3] + 2
    most = ", ".join(f"order {h}: {orders[h - 1]:.3g} %" for h in ranked.tolist())
    chart = spectrum_chart(
        orders, style=phase, title=f"Spectrum of the {kind} {text}", y=y, height=92, marked=_MARKED,
        description=f"Largest: {most}.",
    )  # fmt: skip
    return [
        element(
            "p",
            f"{kind.capitalize()} {text} ",
            element("small", f"largest: {most}"),
            class_="channel",
        ),
        chart,
    ]
