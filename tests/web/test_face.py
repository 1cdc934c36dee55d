"""The face in a browser: what it shows against Modbus, and what its keys do."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from support.bench_meter import AMPERES, VOLTS
from support.browser import KEYS, PHONE

pytestmark = pytest.mark.interop

PAGES = {
    "U/I": {
        "line-to-neutral voltages": (0x00, 0x02, 0x04),
        "line-to-line voltages": (0xC8, 0xCA, 0xCC),
        "currents": (0x06, 0x08, 0x0A, 0xE0),
        "voltage THD": (0xEA, 0xEC, 0xEE),
        "current THD": (0xF0, 0xF2, 0xF4),
        "summary of L1": (0x00, 0x06, 0x0C, 0x1E),
        "summary of L2": (0x02, 0x08, 0x0E, 0x20),
        "summary of L3": (0x04, 0x0A, 0x10, 0x22),
        "summary of all phases": (0x2A, 0x30, 0x34, 0x3E),
    },
    "M": {
        "frequency, total power factor and phase angle": (0x46, 0x3E, 0x42),
        "power factors": (0x1E, 0x20, 0x22, 0x3E),
    },
    "P": {
        "active power": (0x0C, 0x0E, 0x10, 0x34),
        "reactive power": (0x18, 0x1A, 0x1C, 0x3C),
        "apparent power": (0x12, 0x14, 0x16, 0x38),
        "total powers": (0x34, 0x3C, 0x38),
    },
}
"""Pages by key, and the registers of their rows as the family of these meters has them."""

ENERGIES = {
    "total import active energy": 0x48, "total export active energy": 0x4A,
    "apparent energy": 0x50, "total reactive energy": 0x158,
}  # fmt: skip

PREFIX = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}

WATCH = """face => {
  window.seen = [];
  new MutationObserver(records => seen.push({
    at: performance.now(),
    parts: records.filter(r => !r.target.closest("title, desc")).map(({type, target, oldValue}) =>
      ({type, id: target.id, before: oldValue, now: target.getAttribute("class")})),
  })).observe(face, {subtree: true, childList: true, attributes: true, attributeOldValue: true});
}"""


def told(words: str) -> tuple[str, float]:
    """A number as it is told, and its value: `L1 voltage 230.3 V`; kilowatt are watt."""
    found = re.search(r"(-?[\d.]+) ?(\S*)$", words)
    assert found, words
    number, unit = found.groups()
    prefix = unit[0] if re.match(r"[kMG](W|V|A|var)", unit) else ""
    return number, float(number) * PREFIX[prefix]


def half_digit(number: str) -> float:
    """By how much a number may have been rounded, for its size."""
    return 0.5001 * 10.0 ** -len(number.partition(".")[2]) / max(abs(float(number)), 1e-9)


@pytest.mark.parametrize("key", PAGES)
def test_every_page_shows_what_modbus_reads(visitor, registers, key):
    """And the numbers that a screen reader is told are those on the glass."""
    seen, first = set(), visitor.turn(key)
    while True:
        glass = visitor.glass
        if glass.title in PAGES[key]:
            numbers = [told(words) for words in glass.spoken[: len(PAGES[key][glass.title])]]
            assert glass.values == [float(number) for number, _ in numbers]
            for (number, value), address in zip(numbers, PAGES[key][glass.title], strict=True):
                exact = pytest.approx(registers.value(address), rel=half_digit(number), abs=5e-3)
                assert value == exact, (glass, hex(address))
        seen.add(glass.title)
        if visitor.turn(key).title == first.title:
            break
    assert set(PAGES[key]) <= seen


def test_the_readings_are_those_of_the_source(visitor):
    """Which is the truth about both, the page and Modbus."""
    visitor.turn_to("U/I", "summary of L2")
    glass = visitor.sees(lambda glass: len(glass.values) == 4)
    volts, amperes = VOLTS[1], 100 * AMPERES[1]
    assert glass.values[:2] == pytest.approx([volts, amperes], rel=3e-4)
    assert glass.values[2] == pytest.approx(volts * amperes * 0.9063 / 1e3, rel=3e-4)
    load = sum(volt * ampere for volt, ampere in zip(VOLTS, AMPERES, strict=True))
    assert glass.bar == round(load / (3 * 230 * 5) / 0.05), "of the bar, 5 % for each"


def test_energies_go_up_as_the_registers_do(visitor, registers):
    for title, address in ENERGIES.items():
        visitor.turn_to("E", title)
        before = registers.value(address)
        shown = float(visitor.sees(lambda glass: glass.line.replace(".", "").isdigit()).line)
        after = registers.value(address)
        assert before - 0.2 <= shown <= after + 0.1, title
    visitor.turn_to("E", "total import active energy")
    begun = float(visitor.glass.line)
    assert begun > 0
    visitor.sees(lambda glass: float(glass.line) >= begun + 0.2)


def test_it_is_live_and_does_not_flicker(visitor, bench):
    """At least twice a second; only what changes is touched, and only once."""
    visitor.turn_to("U/I", "line-to-neutral voltages")
    face = visitor.page.locator("#front > svg")
    bench.give(beat=2.0)
    visitor.sees(lambda glass: glass.values[0] > VOLTS[0] + 1)
    face.evaluate(WATCH)
    begun = visitor.page.evaluate("performance.now()")
    visitor.page.wait_for_timeout(4000)
    seen, ended = visitor.page.evaluate("[seen, performance.now()]")
    screens = [each for each in seen if any(p["type"] == "attributes" for p in each["parts"])]
    assert len(screens) / (ended - begun) * 1e3 >= 2
    for screen in screens:
        touched = [part["id"] for part in screen["parts"]]
        assert len(touched) == len(set(touched)), "a segment went off and on again"
        for part in screen["parts"]:
            assert part["type"] == "attributes", "parts of the face were exchanged"
            assert set(part["before"].split()) != set(part["now"].split())
    assert max(len(screen["parts"]) for screen in screens) < 60
    gaps = [b["at"] - a["at"] for a, b in pairwise(screens)]
    assert sorted(gaps)[len(gaps) // 2] < 500


def test_segments_look_lit_or_unlit(visitor):
    opacities = visitor.page.locator("#front .s").evaluate_all(
        "all => all.filter(s => !s.matches('.lamp, .turn')).map(s => [s.classList.contains('on'), "
        "Number(getComputedStyle(s).opacity)])"
    )
    assert {opacity for on, opacity in opacities if on} == {1}
    assert max(opacity for on, opacity in opacities if not on) <= 0.1


def test_paging_with_the_mouse(visitor):
    titles = [visitor.glass.title]
    for key in KEYS:
        visitor.key(key).click()
        titles.append(visitor.sees(lambda glass: glass.title != titles[-1]).title)
    assert titles[1:4] == [
        "line-to-neutral voltages", "frequency, total power factor and phase angle", "active power",
    ]  # fmt: skip


def test_a_mouse_that_slides_off_has_still_pressed(visitor):
    before = visitor.glass.title
    visitor.key("P").hover()
    visitor.page.mouse.down()
    visitor.page.mouse.move(5, 5)
    visitor.page.mouse.up()
    visitor.sees(lambda glass: glass.title != before)
    assert visitor.page.locator("#front .pressed").count() == 0


def test_touch(bench, visit):
    visitor = visit(bench.url, **PHONE)
    before = visitor.glass.title
    visitor.key("U/I").tap()
    visitor.sees(lambda glass: glass.title != before)
    box = visitor.key("P").bounding_box()
    assert min(box["width"], box["height"]) >= 24, "a finger hits it (WCAG 2.2, 2.5.8)"
    finger = visitor.context.new_cdp_session(visitor.page)
    at = [{"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}]
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": at})
    visitor.sees(lambda glass: glass.title == "lamp test")
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert visitor.page.evaluate("getSelection().toString()") == ""


def test_the_keyboard_alone(visitor):
    """Tab comes to every key in its order; Enter and the space bar press what has the focus."""
    page, found = visitor.page, []
    for _ in range(40):
        page.keyboard.press("Tab")
        legend = page.evaluate("document.activeElement.dataset.key ?? ''")
        found += [legend] if legend else []
        if legend == "M":
            for press in ("Enter", " "):
                title = visitor.glass.title
                page.keyboard.press(press)
                visitor.sees(lambda glass, before=title: glass.title != before)
            ring = page.locator('[data-key="M"] .ring')
            assert ring.evaluate("ring => getComputedStyle(ring).opacity") == "1"
        if legend == "E":
            break
    assert found == list(KEYS)


def test_a_held_key_is_a_long_press(visitor):
    """Lamp test by P, which a short press would not begin; a ring tells how long it takes."""
    page = visitor.page
    page.keyboard.down("3")
    assert visitor.key("P").get_attribute("class").split() == ["key", "pressed"]
    ring = '[data-key="P"] .fill'
    visitor.waits(lambda: page.locator(ring).evaluate("e => getComputedStyle(e).opacity") == "1")
    glass = visitor.sees(lambda glass: glass.title == "lamp test")
    page.keyboard.up("3")
    assert glass.count == page.locator("#front .s").count()
    assert visitor.glass.rows == ["-8.8.8.8"] * 4
    visitor.press("P")
    visitor.sees(lambda glass: glass.title != "lamp test")


@pytest.mark.parametrize(
    ("key", "title"),
    [
        ("U/I", "summary of L1"),
        ("M", "password, to clear the maxima"),
        ("E", "password, to set up the meter"),
    ],
)
def test_other_long_presses(visitor, key, title):
    visitor.key(key).hover()
    visitor.page.mouse.down()
    visitor.sees(lambda glass: glass.title == title)
    visitor.page.mouse.up()
    visitor.page.wait_for_timeout(300)
    assert visitor.glass.title == title


def test_keys_come_up_when_the_window_loses_the_focus(visitor):
    visitor.page.keyboard.down("4")
    assert visitor.page.locator("#front .pressed").count() == 1
    visitor.page.evaluate("dispatchEvent(new Event('blur'))")
    assert visitor.page.locator("#front .pressed").count() == 0
    visitor.page.keyboard.up("4")
    visitor.sees(lambda glass: glass.title == "total import active energy")


def test_number_keys_are_not_taken_from_who_types(visitor):
    """Nor from who has them off (WCAG 2.1, 2.1.4)."""
    before = visitor.glass.title
    visitor.page.locator("#tools select").focus()
    visitor.press("U/I")
    visitor.page.locator("#numbers").uncheck()
    visitor.page.locator("#name").click()
    visitor.press("U/I")
    visitor.page.wait_for_timeout(600)
    assert visitor.glass.title == before
    visitor.page.locator("#numbers").check()
    visitor.page.locator("#name").click()
    visitor.turn("U/I")


def test_everybody_has_a_panel_of_his_own(visitor, bench, visit):
    other = visit(bench.url)
    before = other.glass.title
    visitor.turn("U/I")
    other.page.wait_for_timeout(500)
    assert other.glass.title == before


def test_the_display_is_said_to_who_does_not_see_it(visitor):
    said = visitor.page.locator("#spoken")
    assert said.get_attribute("aria-live") == "polite"
    visitor.turn_to("U/I", "line-to-neutral voltages")
    visitor.waits(lambda: said.inner_text().startswith("line-to-neutral voltages, L1"))
    visitor.page.get_by_role("button", name="Say the display").click()
    assert "231.4 V" in said.inner_text()
