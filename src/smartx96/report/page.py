"""Page: one HTML document of a measured recording that needs nothing beside itself."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from smartx96.markup import Content, Markup, element, joined
from smartx96.meter.clock import microseconds, moment_text
from smartx96.report.figures import (
    event_figure,
    example_figure,
    phasor_figure,
    spectrum_figures,
)
from smartx96.report.notes import definitions
from smartx96.report.numbers import moment
from smartx96.report.shown import name
from smartx96.report.stretches import Event
from smartx96.report.style import STYLE
from smartx96.report.subject import Subject
from smartx96.report.trend_figures import trend_figure
from smartx96.report.value_tables import (
    demand_table,
    described,
    energy_table,
    extreme_table,
    harmonic_table,
    line_table,
    other_energies,
    phase_table,
    single_values,
    tariff_table,
)
from smartx96.report.verdict import verdict
from smartx96.samples.sources import describe
from smartx96.wording import counted

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""The page asks nobody for anything and runs nothing."""

_WIRINGS = {"1p2w": "one phase, two wires", "3p3w": "three phases, three wires",
            "3p4w": "three phases, four wires"}  # fmt: skip


def page(subject: Subject) -> str:
    """The document; equal subjects give equal bytes.

    Parameters
    ----------
    subject : Subject
    """
    head = element(
        "head", element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{subject.name} \u2013 measurement report"), element("style", STYLE),
    )  # fmt: skip
    body = element("body", element("main", _header(subject), _verdict(subject), _sections(subject)),
                   _footer())  # fmt: skip
    return "<!DOCTYPE html>\n" + element("html", head, body, lang="en") + "\n"


def _header(subject: Subject) -> Markup:
    return element(
        "header", element("p", "SMART X96 \u00b7 Measurement report", class_="kind"),
        element("h1", _foreign(subject.name)), described(_facts(subject)),
    )  # fmt: skip


def _facts(subject: Subject) -> list[tuple[str, Content]]:
    settings, measured, source = subject.configuration.settings, subject.measured, subject.source
    told = describe(subject.recording, source)
    nominal = measured.nominal_frequency
    chosen = "set" if subject.configuration.nominal else "chosen by the signal"
    wiring = str(subject.wiring)
    return [
        ("Start", _start(subject)),
        ("Duration", moment(subject.observation.stretches.end)),
        ("Sampling rate", f"{source.rate:.10g} S/s"),
        ("Format", _foreign(str(told["format"]))),
        ("Measured", f"{measured.measured_time:.3f} s in {counted(measured.windows, 'window')}"),
        ("Meter", f"{subject.configuration.model.name}, {wiring} ({_WIRINGS[wiring]})"),
        ("Transformers", f"CT {settings['ct_primary']:g}/{settings['ct_secondary']:g} A, "
         f"VT ratio {settings['vt_ratio']:g}"),
        ("Samples stand on", f"the {source.side} side; values are primary"),
        ("Nominal frequency", "\u2013" if nominal is None else f"{nominal} Hz, {chosen}"),
        ("Software", f"smartx96 {_version()}"),
    ]  # fmt: skip


def _start(subject: Subject) -> str:
    start = subject.source.start
    if start is None:
        return "not recorded"
    return moment_text(microseconds(start), "milliseconds").replace("T", " ").replace("Z", " UTC")


def _version() -> str:
    try:
        return version("smartx96")
    except PackageNotFoundError:
        return "(not installed)"


def _foreign(text: str) -> Markup:
    """Text of the recording's, whose direction of writing stays within it."""
    return element("bdi", text)


def _verdict(subject: Subject) -> Markup:
    points = verdict(subject)
    serious = [point for point in points if not point.note]
    headline = "All good: nothing to look at."
    if serious:
        headline = f"{counted(len(serious), 'thing')} to look at."
    entries = [
        element("li", _sentence(point.text), class_="note" if point.note else None)
        for point in points
    ]
    return element(
        "section", element("h2", headline), element("ul", entries) if entries else None,
        class_="verdict look" if serious else "verdict good", aria_label="Verdict",
    )  # fmt: skip


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _sections(subject: Subject) -> Markup:
    return joined(
        _section("Values", phase_table(subject), line_table(subject), single_values(subject)),
        _section("Energy", energy_table(subject), tariff_table(subject), demand_table(subject),
                 other_energies(subject)),
        _section("Phasors", phasor_figure(subject)),
        _section("Waveforms", _waveforms(subject)),
        _section("Spectra", *_spectra(subject)),
        _section("Trends", trend_figure(subject)),
        _section("Extremes", extreme_table(subject)),
        _section("Channels and notes", _channels(subject), _notes(subject),
                 described(list(definitions(subject)))),
    )  # fmt: skip


def _section(heading: str, *content: Content) -> Markup | None:
    inner = joined(*content)
    if not inner:
        return None
    style = heading.lower().partition(" ")[0]
    return element("section", element("h2", heading), inner, class_=style)


def _spectra(subject: Subject) -> list[Content]:
    if not subject.measured.harmonics_measured:
        return []
    kinds = ("voltage", "current")
    return [*(spectrum_figures(subject, kind) for kind in kinds), harmonic_table(subject)]


def _waveforms(subject: Subject) -> list[Content]:
    example = subject.observation.stretches.example()
    if example is None:
        return []
    events = subject.observation.events()
    return [example_figure(subject, example), *(_event(subject, event) for event in events)]


def _event(subject: Subject, event: Event) -> Markup:
    share = 100 * subject.observation.ratio(event)
    text = (
        f"{name(event.id)} at {share:.0f} % of its median: the window that ends at "
        f"{moment(event.time)} and the one before"
    )
    return event_figure(subject, event.stretch, text)


def _channels(subject: Subject) -> Markup | None:
    told = describe(subject.recording, subject.source)
    return described([(role, _foreign(str(text))) for role, text in told["channels"].items()])


def _notes(subject: Subject) -> Markup | None:
    notes = getattr(subject.source, "notes", ())
    if not notes:
        return None
    return element("ul", [element("li", _foreign(str(note))) for note in notes], class_="notes")


def _footer() -> Markup:
    text = f"Measured by smartx96 {_version()}, a three-phase energy meter in software."
    return element("footer", text)
