"""The page on a phone, a laptop and a wall; in light and dark; for who sees and who hears it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.browser import KEYS, LAPTOP, PHONE, WALL
from support.contrast import faint, texts
from support.fitting import CUT, SMALL

pytestmark = pytest.mark.interop

SIZES = {"phone": PHONE, "laptop": LAPTOP, "wall": WALL}
CARDS = ("readings", "phasors", "waveforms", "spectrum", "trends", "energies", "demand", "pulses",
         "wiring", "events", "traffic")  # fmt: skip
AXE = Path(__file__).resolve().parents[2] / "build/browser/node_modules/axe-core/axe.min.js"

SHORTENED = """card => [...card.querySelectorAll("*")]
  .filter(e => e.checkVisibility() && !(e instanceof SVGElement) && !e.closest(".unseen"))
  .filter(e => getComputedStyle(e).display !== "inline")
  .filter(e => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1)
  .map(e => `${e.tagName} ${e.className}: ${e.scrollWidth} x ${e.scrollHeight} `
    + `in ${e.clientWidth} x ${e.clientHeight}`)"""
"""What of a card does not fit where it stands."""


def look_at_all(visitor) -> None:
    """Every card once: what was not to be seen is not drawn."""
    for card in CARDS:
        place = visitor.page.locator(f"#{card}")
        if place.is_visible():
            place.scroll_into_view_if_needed()
            visitor.page.wait_for_timeout(120)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_it_fits_and_can_be_read(bench, visit, size, scheme):
    visitor = visit(bench.url, **SIZES[size], color_scheme=scheme)
    bench.give(sequence=-1)
    visitor.sees(lambda glass: glass.alarm)
    look_at_all(visitor)
    page = visitor.page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(CUT) == []
    assert faint(page) == []
    found = texts(page)
    assert len(found) > 80
    assert min(text["size"] for text in found) >= 9
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    red, green, blue = (int(part) for part in ground.strip("rgb()").split(",")[:3])
    assert (red + green + blue < 200) is (scheme == "dark")


def test_a_phone_can_be_used_with_a_finger(bench, visit):
    visitor = visit(bench.url, **PHONE)
    face = visitor.page.locator("#front > svg").bounding_box()
    assert face["width"] > 320
    assert face["y"] + face["height"] < 740, "the whole face is seen at once"
    look_at_all(visitor)
    assert visitor.page.evaluate(SMALL) == [], "24 x 24 is due (WCAG 2.2, 2.5.8)"


def test_a_wall_shows_it_all_without_scrolling(bench, visit):
    visitor = visit(bench.url, **WALL)
    page = visitor.page
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert visitor.page.locator("#front > svg").bounding_box()["width"] > 1000
    for card in (
        "readings",
        "phasors",
        "waveforms",
        "spectrum",
        "trends",
        "energies",
        "demand",
        "pulses",
    ):
        box = page.locator(f"#{card}").bounding_box()
        assert box["y"] + box["height"] <= 2160, card
        assert page.locator(f"#{card}").evaluate(SHORTENED) == [], f"{card} is cut"
    readable = [text["size"] for text in texts(page) if text["text"].strip()]
    assert min(readable) >= 15, "from some metres away"


def test_the_wall_can_be_asked_for(bench, visit):
    visitor = visit(bench.url + "?wall")
    assert visitor.page.evaluate("'wall' in document.documentElement.dataset")
    assert visitor.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    visitor.page.get_by_role("link", name="Page").click()
    visitor.live()
    assert not visitor.page.evaluate("'wall' in document.documentElement.dataset")


def test_colours_are_chosen_and_kept(bench, visit):
    visitor = visit(bench.url, color_scheme="light")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = visitor.page.evaluate(ground)
    visitor.page.get_by_label("colours").select_option("dark")
    dark = visitor.page.evaluate(ground)
    assert dark != light
    visitor.page.reload()
    visitor.live()
    assert visitor.page.evaluate(ground) == dark
    assert faint(visitor.page) == []


@pytest.mark.skipif(
    not AXE.exists(), reason="axe-core is not in build/browser: make test puts it there"
)
@pytest.mark.parametrize("size", ["phone", "laptop"])
def test_the_checks_of_axe(bench, visit, size):
    visitor = visit(bench.url, **SIZES[size])
    look_at_all(visitor)
    visitor.page.locator("#waveforms .tools").get_by_text("Table").click()
    visitor.page.evaluate(AXE.read_text("utf-8"))
    found = visitor.page.evaluate("axe.run({resultTypes: ['violations']})")
    assert [
        f"{each['id']}: {each['help']}: {node['target']}"
        for each in found["violations"]
        for node in each["nodes"]
    ] == []
    assert len(found["passes"]) > 20


def test_who_hears_it_finds_his_way(visitor):
    page = visitor.page
    for landmark in ("banner", "navigation", "main"):
        assert page.get_by_role(landmark).count() == 1
    assert page.get_by_role("heading", level=1).count() == 1
    headings = [each.inner_text() for each in page.get_by_role("heading", level=2).all()]
    assert len(headings) == len(CARDS) + 1
    links = page.get_by_role("navigation").get_by_role("link").all()
    assert all(
        heading.startswith(link.inner_text()) for heading, link in zip(headings, links, strict=True)
    )
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#readings"
    keys = page.locator("#front").get_by_role("button")
    for legend, key in zip(KEYS, keys.all(), strict=True):
        assert re.match(f"{legend}: .+; in set-up: .+", key.get_attribute("aria-label"))
    glass = page.locator("#front").get_by_role("img")
    assert "active energy" in glass.evaluate("e => e.querySelector('title').textContent")


def test_every_control_shows_that_it_has_the_focus(visitor):
    unseen = []
    for _ in range(45):
        visitor.page.keyboard.press("Tab")
        outline = visitor.page.evaluate("""() => {
          const e = document.activeElement, ring = e.querySelector(".ring");
          const shown = ring ? getComputedStyle(ring).opacity : "0";
          return [e.outerHTML.slice(0, 60), getComputedStyle(e).outlineStyle, shown];
        }""")
        if outline[1] == "none" and outline[2] != "1":
            unseen.append(outline[0])
    assert unseen == []


def test_all_sections_are_offered_on_a_laptop(bench, visit):
    page = visit(bench.url).page
    cut = page.locator("nav").evaluate(
        "nav => [...nav.children].filter(a => a.getBoundingClientRect().right"
        " > nav.getBoundingClientRect().right).map(a => a.textContent)"
    )
    assert cut == []
    assert page.locator("nav a").count() == 12
    assert page.locator("header.top").bounding_box()["height"] < 72


def test_the_head_of_a_phone_is_small(bench, visit):
    """Name, standing and tools are one row, and nobody has a wall there."""
    page = visit(bench.url, **PHONE).page
    assert not page.get_by_role("link", name="Wall").is_visible()
    tools, name = page.locator("#tools").bounding_box(), page.locator(".who").bounding_box()
    assert tools["y"] < name["y"] + name["height"]


@pytest.mark.parametrize("size", ["phone", "laptop"])
def test_words_of_the_traffic_stay_whole(bench, registers, visit, size):
    registers.words(0x56, 2)
    visitor = visit(bench.url, **SIZES[size])
    visitor.reads("traffic", "active_power_demand_max")
    outcome = visitor.page.locator("#traffic .newest tbody td:last-child").first
    lines = outcome.evaluate(
        "e => { const r = document.createRange(); r.selectNodeContents(e);"
        " return r.getClientRects().length }"
    )
    assert (outcome.inner_text(), lines) == ("answered", 1)


def test_the_clock_is_that_of_the_meter_and_charts_say_whose_time_they_have(bench, visit):
    visitor = visit(bench.url, timezone_id="Asia/Kolkata")
    clock = visitor.page.locator("#clock")
    told = clock.get_attribute("datetime")
    assert told is not None
    assert clock.inner_text()[3:5] == told[14:16], "UTC, as nothing else was set"
    assert "UTC" in str(clock.get_attribute("title"))
    visitor.reads("events", "times of Asia/")
    assert "Asia/" in str(visitor.page.locator("#trends h2").get_attribute("title"))
