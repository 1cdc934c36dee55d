"""The face as SVG: what a page and a screen reader find in it, and its colours."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from smartx96.models import MODELS
from smartx96.panel.colours import BACKLIT, HOUSING, PAINTS, REFLECTING, Written
from smartx96.panel.face import face, picture
from smartx96.panel.face_style import STYLE
from smartx96.panel.glass import SEGMENTS
from smartx96.panel.lit import lit
from smartx96.panel.screen import OFF, Screen
from support.screens import DEMAND, EDITING, LAMP_TEST, VOLTAGE

SVG = "{http://www.w3.org/2000/svg}"
MODEL = MODELS["X96-5A"]
SCREENS = [VOLTAGE, DEMAND, EDITING, LAMP_TEST, OFF]
LARGEST = 60_000


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


def by_id(root: ElementTree.Element) -> dict[str, ElementTree.Element]:
    found = [element for element in root.iter() if element.get("id")]
    assert len({element.get("id") for element in found}) == len(found)
    return {element.get("id", ""): element for element in found}


def classes(element: ElementTree.Element) -> set[str]:
    return set((element.get("class") or "").split())


def luminance(colour: str) -> float:
    shares = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return sum(w * s for w, s in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(a: str, b: str) -> float:
    """WCAG 2.1 contrast of two colours #rrggbb."""
    dark, bright = sorted((luminance(a), luminance(b)))
    return (bright + 0.05) / (dark + 0.05)


def under_white(colour: str, opacity: float) -> str:
    """A colour behind a veil of white."""
    mixed = (int(colour[n : n + 2], 16) * (1 - opacity) + 255 * opacity for n in (1, 3, 5))
    return "#" + "".join(f"{round(value):02x}" for value in mixed)


@pytest.mark.parametrize("screen", SCREENS)
def test_drawings_are_small_and_whole(screen: Screen) -> None:
    for text in (face(MODEL, screen), picture(screen, MODEL)):
        root = parsed(text)
        ids = by_id(root)
        assert len(text.encode()) < LARGEST
        for reference in re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', text):
            assert "".join(reference) in ids
        assert not root.findall(f".//{SVG}text")


@pytest.mark.parametrize("screen", SCREENS)
def test_a_page_finds_the_segments_in_the_order_of_the_masks(screen: Screen) -> None:
    root, masks = parsed(face(MODEL, screen)), lit(screen)
    drawn = [element for element in root.iter() if "s" in classes(element)]
    assert [element.get("id") for element in drawn] == [f"s{n}" for n in range(len(SEGMENTS))]
    for n, element in enumerate(drawn):
        assert ("on" in classes(element)) == bool(masks.on >> n & 1)
        assert ("flash" in classes(element)) == bool(masks.flashing >> n & 1)


def test_the_backlight_is_a_class() -> None:
    assert "backlit" in classes(parsed(face(MODEL, VOLTAGE)))
    assert "backlit" not in classes(parsed(face(MODEL, EDITING)))
    assert "backlit" not in classes(parsed(face(MODEL, OFF)))


def test_keys_are_buttons_with_names() -> None:
    ids = by_id(parsed(face(MODEL, VOLTAGE)))
    keys = [ids[f"key-{name}"] for name in ("ui", "m", "p", "e")]
    assert [key.get("data-key") for key in keys] == ["U/I", "M", "P", "E"]
    for key, legend in zip(keys, ("back", "up", "down", "enter"), strict=True):
        assert key.get("role") == "button"
        assert key.get("tabindex") == "0"
        assert legend in key.get("aria-label", "")


def test_a_screen_reader_hears_title_and_values() -> None:
    ids = by_id(parsed(face(MODEL, VOLTAGE)))
    glass = next(e for e in parsed(face(MODEL, VOLTAGE)).iter() if e.get("role") == "img")
    assert glass.get("aria-labelledby") == "title desc"
    assert ids["title"].text == VOLTAGE.title
    assert ids["desc"].text == "; ".join(VOLTAGE.spoken)
    still = parsed(picture(VOLTAGE, MODEL))
    assert still.get("role") == "img"
    assert still.findtext(f"{SVG}title") == "SMART X96-5A: voltage to neutral"
    assert still.findtext(f"{SVG}desc") == "; ".join(VOLTAGE.spoken)


def test_words_of_a_screen_are_escaped() -> None:
    hostile = Screen(title="</title><script>alert(1)</script>", spoken=('"&',))
    for text in (face(MODEL, hostile), picture(hostile, MODEL)):
        assert not parsed(text).findall(f".//{SVG}script")


def test_two_faces_share_a_page() -> None:
    page = f"<p>{face(MODEL, VOLTAGE, prefix='a-')}{face(MODEL, DEMAND, prefix='b-')}</p>"
    ids = by_id(parsed(page))
    for reference in re.findall(r'href="#([^"]+)"', page):
        assert reference in ids


def test_a_face_needs_no_style_but_the_style_sheet() -> None:
    live = face(MODEL, VOLTAGE)
    assert "style" not in live
    used = {name for element in parsed(live).iter() for name in classes(element)}
    assert {name for name in used if name.startswith("p-")} <= {f"p-{name}" for name in PAINTS}
    for name in used - {"turn0"}:
        assert f".{name}" in STYLE, name
    for variable in re.findall(r"var\((--[\w-]+)\)", STYLE):
        assert STYLE.count(f"{variable}:") >= 1, variable
    assert "prefers-reduced-motion" in STYLE


def test_a_picture_needs_no_style_sheet() -> None:
    text = picture(DEMAND, MODEL)
    assert "class=" not in text
    assert "var(" not in text
    assert "style" not in text


def test_flashing_is_drawn_lit_or_left_out() -> None:
    calm = replace(
        DEMAND,
        rows=(*DEMAND.rows[:3], replace(DEMAND.rows[3], text="", flashing=frozenset())),
        symbols=DEMAND.symbols - DEMAND.flashing,
        flashing=frozenset(),
    )
    assert picture(DEMAND, MODEL, flashing=False) == picture(calm, MODEL)
    assert picture(DEMAND, MODEL) != picture(calm, MODEL)


def test_each_model_has_its_name_plate() -> None:
    assert picture(VOLTAGE, MODELS["X96-5E"]) != picture(VOLTAGE, MODEL)
    assert face(MODELS["X96-5E"], VOLTAGE) != face(MODEL, VOLTAGE)


@pytest.mark.parametrize("glass", [BACKLIT, REFLECTING])
def test_the_glass_has_the_contrast_of_wcag_aa(glass: dict[str, str]) -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    for pane in (glass["glass-middle"], glass["glass-edge"]):
        assert contrast(glass["ink"], pane) >= 4.5
        assert contrast(glass["still"], pane) >= 4.5
        # Through the reflection, at its brightest.
        assert contrast(under_white(glass["ink"], 0.13), under_white(pane, 0.13)) >= 4.5


def test_the_housing_has_the_contrast_of_wcag_aa() -> None:
    for ground in ("body-top", "body-foot", "lens-top", "lens-foot", "key-top", "key-foot"):
        assert contrast(HOUSING["print"], HOUSING[ground]) >= 4.5, ground
    for ground in ("body-top", "body-foot", "lens-top", "lens-foot"):
        assert contrast(HOUSING["print-soft"], HOUSING[ground]) >= 4.5, ground
    assert contrast(HOUSING["focus"], HOUSING["body-foot"]) >= 3.0


def test_paints_have_their_colours() -> None:
    for backlight in (True, False):
        for paint in PAINTS:
            assert "var" not in str(Written(backlight)(paint))


def test_unlit_segments_are_faint() -> None:
    for glass in (BACKLIT, REFLECTING):
        assert 0.02 <= float(glass["unlit"]) <= 0.1
