"""The page of a measured recording, read back: its values are the measurement's, it says in words
what was wrong, holds nothing from outside, and is the same every time."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import numpy as np
import pytest

from smartx96.installation.measurement import measure_source
from smartx96.meter.configuration import Configuration
from smartx96.metrology.windows import Flag
from smartx96.models import MODELS, SYSTEM_TYPES, Wiring
from smartx96.quantities import LINES, PHASES
from smartx96.report.figures import phasors
from smartx96.report.numbers import formatted, moment
from smartx96.report.observation import Observation
from smartx96.report.page import page
from smartx96.report.shown import PER_ENERGY, PER_LINE, PER_PHASE
from smartx96.report.subject import Subject
from smartx96.report.verdict import untold, verdict
from smartx96.samples.arrays import ArraySource
from smartx96.settings import Settings
from support.signals import ROLES, balanced, rich

SVG = "{http://www.w3.org/2000/svg}"


def measured(samples, rate=12_800.0, *, roles=ROLES, wiring=Wiring.FOUR_WIRE, model="X96-5A",
             start=None, name="wave.npz", source=None) -> Subject:  # fmt: skip
    source = source or ArraySource(samples, rate, "secondary", tuple(roles), start)
    configuration = Configuration(
        Settings({"system_type": SYSTEM_TYPES[wiring]}), model=MODELS[model]
    )
    observation = Observation(wiring)
    found = measure_source(source, configuration, (observation.add,), None, observation.take)
    return Subject(name, source, configuration, found, observation)


def parsed(text: str) -> ElementTree.Element:
    """The page is HTML that is well-formed XML too, so that a strict parser reads it."""
    doctype, _, document = text.partition("\n")
    assert doctype == "<!DOCTYPE html>"
    return ElementTree.fromstring(document)


def words(element: ElementTree.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def section(root: ElementTree.Element, heading: str) -> ElementTree.Element | None:
    found = [s for s in root.iter("section") if words(s.find("h2")) == heading]
    return found[0] if found else None


def tables(root: ElementTree.Element) -> dict[str, dict[str, list[str]]]:
    return {
        words(table.find("caption")): {
            words(row.find("th")): [words(cell) for cell in row.iter("td")]
            for row in table.find("tbody")
        }
        for table in root.iter("table")
    }


def verdict_of(root: ElementTree.Element) -> str:
    (found,) = [s for s in root.iter("section") if s.get("aria-label") == "Verdict"]
    return words(found)


@pytest.fixture(scope="module")
def subject() -> Subject:
    return measured(rich(50.02, seed=3).samples(3.0))


@pytest.fixture(scope="module")
def root(subject: Subject) -> ElementTree.Element:
    return parsed(page(subject))


def test_values_are_those_of_the_measurement(subject, root) -> None:
    shown = tables(root)
    values = subject.measured.values
    for caption, rows, places in (
        ("Mean over the recording", PER_PHASE, PHASES),
        ("Between lines", PER_LINE, LINES),
        ("Counted over every sample", PER_ENERGY, PHASES),
    ):
        for text, id, together in rows:
            ids = [*(id.format(place) for place in places), together]
            assert shown[caption][text] == [formatted(i, values) for i in ids], text


def test_values_are_those_of_the_signal(root) -> None:
    """By closed form, and not by the engine's word."""
    wave = rich(50.02, seed=3)
    rows = tables(root)["Mean over the recording"]
    for text, truth in (("voltage", wave.rms[:3]), ("active power", wave.power),
                        ("voltage THD", wave.thd[:3])):  # fmt: skip
        found = [float(cell.split()[0]) for cell in rows[text][:3]]
        np.testing.assert_allclose(found, truth, rtol=2e-4)


def test_the_table_of_harmonics_is_the_measurements(subject, root) -> None:
    rows = tables(root)["Harmonics in % of the fundamental"]
    assert list(rows) == [str(n) for n in range(1, 64)]
    percent = rich(50.02, seed=3).percent
    for n, cells in enumerate(rows.values()):
        np.testing.assert_allclose([float(c) for c in cells], percent[:, n], atol=2e-3)


def test_extremes_tell_value_and_time() -> None:
    wave = balanced(50.0).samples(4.0)
    wave[0, 25_600:32_000] *= 0.5
    subject = measured(wave, start=datetime(2026, 3, 1, 12, tzinfo=UTC))
    row = tables(parsed(page(subject)))[
        "Lowest, mean and highest over the windows; a time is the end of the window, UTC below it"
    ]["L1 line-to-neutral voltage"]
    low, at, mean, high, _ = row
    assert low == "115 V"
    assert high == "230 V"
    assert mean == formatted("voltage_l1", subject.measured.values)
    assert re.fullmatch(r"2\.(\d\d\d) s12:00:02\.\1", at)


def test_a_clean_recording_is_all_good() -> None:
    root = parsed(page(measured(balanced(50.0).samples(3.0))))
    assert verdict_of(root) == "All good: nothing to look at."


def test_a_gap_and_a_reversed_current_show_in_words() -> None:
    samples = balanced(50.0).samples(4.0)
    samples[:, 20_000:22_000] = np.nan
    samples[3] *= -1
    subject = measured(samples)
    found = verdict_of(parsed(page(subject)))
    assert "Samples are missing" in found
    assert f"Not measured: {2000 / 12_800:.4g} s in 1 gap, at {moment(1.5625)}".replace(
        "\u00a0", " ") in found  # fmt: skip
    assert f"about {subject.measured.energy_not_measured:.4g} kWh" in found
    assert "Wiring: current L1 is reversed" in found


def test_clipping_shows_in_words() -> None:
    from smartx96.block import Block, Quality

    class Clipped(ArraySource):
        def blocks(self, seconds=1.0):
            for block in super().blocks(seconds):
                quality = np.zeros(block.length, np.uint8)
                quality[100:103] = Quality.CLIPPED
                yield Block(block.samples, block.rate, block.start, None, quality)

    source = Clipped(balanced(50.0).samples(1.0), 12_800.0)
    found = verdict_of(parsed(page(measured(None, source=source))))
    assert "Samples stand at the converter's limit" in found
    assert "(3 samples)" in found


def test_a_dip_is_told_and_shown() -> None:
    samples = balanced(50.0).samples(6.0)
    samples[:2, 38_400:46_080] *= 0.6
    root = parsed(page(measured(samples)))
    assert "The voltage fell to 60 % of its median (L1 138 V, L2 138 V)" in verdict_of(root)
    captions = [words(c) for c in section(root, "Waveforms").iter("figcaption")]
    assert len(captions) == 2
    assert captions[1].startswith("L1 line-to-neutral voltage at 60 % of its median")


def test_every_flag_has_words() -> None:
    every = Flag(0)
    for flag in Flag:
        every |= flag
    assert untold(every) == Flag(0)


@pytest.mark.parametrize("flag", list(Flag))
def test_every_flag_is_told(subject: Subject, flag: Flag) -> None:
    flagged = replace(subject.measured, flags=flag)
    if flag is Flag.ORDERS_LIMITED:
        rows = subject.measured.harmonics.items()
        limited = {id: np.where(np.arange(63) < 40, row, np.nan) for id, row in rows}
        flagged = replace(flagged, harmonics=limited)
    before = verdict(replace(subject, measured=replace(subject.measured, flags=Flag(0))))
    assert len(verdict(replace(subject, measured=flagged))) == len(before) + 1


def test_the_verdict_puts_what_is_wrong_first(subject: Subject) -> None:
    flagged = replace(subject.measured, flags=Flag.SHORT | Flag.MISSING)
    points = verdict(replace(subject, measured=flagged))
    assert [point.note for point in points] == sorted(point.note for point in points)


WIRINGS = [
    (Wiring.ONE_PHASE, "X96-5A"), (Wiring.ONE_PHASE, "X96-5E"), (Wiring.FOUR_WIRE, "X96-5A"),
    (Wiring.FOUR_WIRE, "X96-5E"), (Wiring.THREE_WIRE, "X96-5A"),
]  # fmt: skip


@pytest.mark.parametrize(("wiring", "model"), WIRINGS)
def test_every_wiring_and_model(wiring: Wiring, model: str) -> None:
    samples, roles = balanced(50.0).samples(2.0), ROLES
    if wiring is Wiring.ONE_PHASE:
        samples, roles = samples[[0, 3]], ("v1", "i1")
    if wiring is Wiring.THREE_WIRE:
        samples = np.stack([samples[0] - samples[1], samples[1] - samples[2],
                            samples[3], samples[5]])  # fmt: skip
        roles = ("v12", "v23", "i1", "i3")
    subject = measured(samples, roles=roles, wiring=wiring, model=model)
    root = parsed(page(subject))
    assert verdict_of(root) == "All good: nothing to look at."
    assert f"{model}, {wiring}" in words(root.find("body/main/header"))
    assert (section(root, "Spectra") is not None) == MODELS[model].harmonics
    assert ("THD" in words(root)) == MODELS[model].harmonics
    for heading in ("Values", "Energy", "Phasors", "Waveforms", "Trends", "Extremes"):
        assert section(root, heading) is not None, heading
    titles = [words(t) for t in section(root, "Waveforms").iter(f"{SVG}title")]
    assert titles == ["Waveforms: voltage", "Waveforms: current"]
    rows = tables(root)["Mean over the recording"]
    assert len(rows["current"]) == (1 if wiring is Wiring.ONE_PHASE else 4)
    assert ("L2" in words(root)) == (wiring is not Wiring.ONE_PHASE)
    text = words(root)
    assert "nan" not in re.sub(r"[a-z]*nan[a-z]+|[a-z]+nan[a-z]*", "", text)


def test_without_a_neutral_voltages_stand_between_lines() -> None:
    wave = balanced(50.0)
    samples = wave.samples(2.0)
    roles = ("v1", "v2", "v3", "i1", "i3")
    subject = measured(samples[[0, 1, 2, 3, 5]], roles=roles, wiring=Wiring.THREE_WIRE)
    voltages, currents = phasors(subject)
    assert [p.text for p in voltages] == ["U12", "U23", "U31"]
    turn = np.exp(-2j * np.pi / 3 * np.arange(3))
    np.testing.assert_allclose([p.value for p in voltages], 230 * math.sqrt(3) * turn, rtol=1e-5)
    lag = np.exp(-1j * np.radians(60)) * turn
    np.testing.assert_allclose([p.value for p in currents], 5 * lag, rtol=1e-5)
    root = parsed(page(subject))
    assert "L1-L2" in words(section(root, "Waveforms"))
    # The first line voltage begins at zero and rises to its peak of 563 V.
    path = next(e for e in section(root, "Waveforms").iter(f"{SVG}path")
                if e.get("class") == "line l1" and e.get("d") != "M1 5H23")  # fmt: skip
    start, _, steps = path.get("d").partition("l")
    heights = np.cumsum([int(start.split()[1]), *(int(s) for s in steps.split()[1::2])])
    volts = (1 - heights / 2000) * 2 * 1.08 * 230 * math.sqrt(6) - 1.08 * 230 * math.sqrt(6)
    t = np.arange(len(volts)) / 12_800
    truth = 230 * math.sqrt(6) * np.sin(2 * np.pi * 50 * t)
    np.testing.assert_allclose(volts, truth, atol=10)


def test_phasors_are_those_of_the_signal_with_the_first_voltage_at_zero() -> None:
    wave = rich(50.0, seed=5)
    voltages, currents = phasors(measured(wave.samples(2.0)))
    truth = wave.phasors[:, 0] * abs(wave.phasors[0, 0]) / wave.phasors[0, 0]
    np.testing.assert_allclose([p.value for p in (*voltages, *currents)], truth, rtol=1e-4)


@pytest.mark.parametrize(
    ("samples", "part"),
    [
        (balanced(50.0).samples(0.004), "No reading"),
        (balanced(50.0).samples(0.1), "holds no whole window"),
        (np.zeros((6, 30_000)), "No voltage or current"),
        (np.full((6, 30_000), np.nan), "Samples are missing"),
    ],
    ids=["no reading", "short", "dead", "nothing but NaN"],
)
def test_little_to_show_is_a_page_too(samples: np.ndarray, part: str) -> None:
    root = parsed(page(measured(samples)))
    assert part in verdict_of(root)
    assert section(root, "Energy") is not None


@pytest.mark.parametrize("kind", [slice(0, 3), slice(3, 6)], ids=["voltages", "currents"])
def test_voltages_or_currents_alone(kind: slice) -> None:
    subject = measured(balanced(50.0).samples(2.0)[kind], roles=ROLES[kind])
    root = parsed(page(subject))
    assert len(list(section(root, "Waveforms").iter("figcaption"))) == 1
    assert section(root, "Trends") is not None


HOSTILE = '</title><script>alert("x")</script><img src=x onerror=alert(1)>'


class Named(ArraySource):
    notes = (HOSTILE,)
    channel_names = dict.fromkeys(ROLES, HOSTILE)


def test_hostile_names_stay_text() -> None:
    source = Named(balanced(50.0).samples(1.0), 12_800.0)
    text = page(measured(None, source=source, name="\u202e" + HOSTILE.replace("/", "") + "\x1b[0m"))
    root = parsed(text)
    assert not list(root.iter("script"))
    assert not list(root.iter("img"))
    assert words(root).count(HOSTILE) == len(ROLES) + 1
    assert "\x1b" not in text
    assert all(not name.startswith("on") for e in root.iter() for name in e.attrib)
    assert {e.tag for e in root.iter() if "\u202e" in (e.text or "")} == {"title", "bdi"}


def test_nothing_comes_from_outside(root: ElementTree.Element, subject: Subject) -> None:
    policy = [m.get("content") for m in root.iter("meta") if m.get("http-equiv")]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]
    for e in root.iter():
        assert not {"src", "href", "style", "srcset", "action"} & set(e.attrib), e.tag
    text = page(subject)
    assert "url(" not in text
    assert "@import" not in text
    assert set(re.findall(r"https?://[^\"' ]+", text)) == {"http://www.w3.org/2000/svg"}


def test_every_figure_has_a_caption_and_every_drawing_a_name(root: ElementTree.Element) -> None:
    figures = list(root.iter("figure"))
    assert len(figures) == 5
    for figure in figures:
        assert words(figure.find("figcaption"))
    drawings = [e for e in root.iter(f"{SVG}svg") if e.get("role") == "img"]
    assert len(drawings) == 1 + 2 + 6 + 7
    names = [drawing.get("aria-label") for drawing in drawings]
    assert len(set(names)) == len(names)
    for drawing in drawings:
        assert words(drawing.find(f"{SVG}desc"))


def test_the_same_recording_gives_the_same_bytes() -> None:
    samples = rich(50.02, seed=8).samples(2.0)
    assert page(measured(samples)) == page(measured(samples.copy()))


def test_a_folder_is_not_told(subject: Subject) -> None:
    text = page(replace(subject, recording="/home/somebody/secret/wave.npz"))
    assert "wave.npz" in text
    assert "somebody" not in text


def contrast(a: str, b: str) -> float:
    """WCAG 2.1 contrast of two colours #rrggbb."""

    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear))

    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["LIGHT", "DARK"])
def test_colours_have_the_contrast_of_wcag_aa(theme: str) -> None:
    from smartx96.report.charts import style

    colours = dict(re.findall(r"--(\w+):(#\w{6})", getattr(style, theme)))
    for text, paper in (("ink", "paper"), ("muted", "paper"), ("single", "paper"),
                        ("ink", "lookpaper"), ("look", "lookpaper"), ("good", "goodpaper"),
                        ("muted", "lookpaper"), ("muted", "goodpaper"), ("limit", "paper"),
                        ("muted", "soft")):  # fmt: skip
        assert contrast(colours[text], colours[paper]) >= 4.5, (text, paper)
    for line in ("l1", "l2", "l3", "active", "reactive", "single"):
        assert contrast(colours[line], colours["paper"]) >= 3.0, line
    # Grey prints tell the phases apart by lightness.
    for a, b in (("l1", "l2"), ("l2", "l3"), ("l1", "l3")):
        assert contrast(colours[a], colours[b]) >= 1.5, (a, b)
