"""What the pages are made of: it holds together, is light, and its colours can be told apart."""

from __future__ import annotations

import posixpath
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import smartx96.web
from smartx96.models import MODELS
from smartx96.panel import face_style
from smartx96.panel.face import face
from smartx96.web import chart_style
from smartx96.web.configure.server import PAGE
from smartx96.web.guard import SECURITY
from smartx96.web.pages import CHOOSER, METER
from smartx96.web.way_in import LOGIN

STATIC = Path(smartx96.web.__file__).parent / "static"
MADE = {"face.css": face_style.STYLE, "colours.css": chart_style.STYLE}
MODULES = sorted(str(path.relative_to(STATIC)) for path in STATIC.rglob("*.js"))
PAGES = (CHOOSER, METER, LOGIN, PAGE)
WEIGHT = 300_000
"""Of a page with all that it loads, of which answers to questions take a part [bytes]."""

ANSWERS = 60_000
"""The list of quantities, and readings of an hour [bytes]."""

TEXTS = [
    ("ink", "card"), ("ink", "page"), ("muted", "card"), ("muted", "page"), ("card", "ink"),
    ("single", "card"), ("look", "card"), ("look", "lookpaper"), ("look", "page"),
    ("good", "goodpaper"), ("good", "card"),
]  # fmt: skip
GRAPHICS = [
    (name, "card")
    for name in ("l1", "l2", "l3", "active", "reactive", "single", "limit", "good", "focus-colour")
]


def text(name: str) -> str:
    return MADE[name] if name in MADE else (STATIC / name).read_text()


def imported(name: str) -> set[str]:
    """Modules that a module loads, directly or not."""
    found, waiting = set[str](), [name]
    while waiting:
        module = waiting.pop()
        for path in re.findall(r'from "(\.[\w./]+)"', text(module)):
            other = posixpath.normpath(posixpath.join(posixpath.dirname(module), path))
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def loaded(page: str) -> dict[str, set[str]]:
    """Files that a page names, by how it does."""
    lines = re.findall(r"<(?:link|script)[^>]*>", text(page))
    found: dict[str, set[str]] = {"modulepreload": set(), "stylesheet": set(), "script": set()}
    for line in lines:
        name = re.search(r'/static/([\w./]+)"', line)
        kind = re.search(r'rel="(\w+)"', line)
        if name is not None:
            found[kind[1] if kind else "script"].add(name[1])
    return found


def colours(scheme: str) -> dict[str, tuple[float, float, float]]:
    """Colours of the page, as the later declaration has them."""
    names: dict[str, str] = {}
    for sheet in ("colours.css", "page.css"):
        for selector, rules in re.findall(r"(:root[^{}]*)\{([^{}]*)\}", text(sheet)):
            named = "dark" if "not(" in selector else scheme
            if "wall" in selector or named != scheme:
                continue
            if "theme" in selector and "not(" not in selector and f'"{scheme}"' not in selector:
                continue
            names |= dict(re.findall(r"--([\w-]+):\s*([^;]+);", rules))
    names["card"] = names["card-colour"]
    while any(value.startswith("var(") for value in names.values()):
        names = {n: names[v[6:-1]] if v.startswith("var(") else v for n, v in names.items()}
    found = {n: v.strip() for n, v in names.items() if v.startswith("#") and len(v.strip()) == 7}
    return {n: tuple(int(v[i : i + 2], 16) / 255 for i in (1, 3, 5)) for n, v in found.items()}


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Of two colours (WCAG 2.2, contrast ratio and relative luminance)."""

    def luminance(colour: tuple[float, ...]) -> float:
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_of_contrast():
    """Black on white is 21 to 1; #767676 is the lightest grey that is text on white."""
    assert contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)
    assert contrast((0x76 / 255,) * 3, (1, 1, 1)) == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("least", "pairs"), [(4.5, TEXTS), (3.0, GRAPHICS)])
def test_contrast(scheme, least, pairs):
    """WCAG 2.2 AA: 1.4.3 of texts, 1.4.11 of curves, bars and the ring of the focus."""
    found = colours(scheme)
    faint = {pair: contrast(found[pair[0]], found[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in faint.items() if ratio < least} == {}


def test_light_and_dark_are_two():
    assert colours("light")["card"] != colours("dark")["card"]
    assert colours("light")["page"] != colours("dark")["page"]


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_names_is_there(page):
    for kind in loaded(page).values():
        for name in kind:
            assert text(name)


@pytest.mark.parametrize(
    ("page", "module"), [(METER, "meter.js"), (PAGE, "configure/configure.js")]
)
def test_the_page_asks_for_all_its_modules_at_once(page, module):
    """One module after the other would cost a way to the server each."""
    assert loaded(page)["modulepreload"] == imported(module)


def test_every_module_is_of_use():
    assert set(MODULES) == set().union(
        *(loaded(page)["script"] | {m for s in loaded(page)["script"] for m in imported(s)}
          for page in PAGES)
    )  # fmt: skip


@pytest.mark.parametrize("page", [METER, PAGE])
def test_weight(page):
    files = set().union(*loaded(page).values(), {page})
    weight = sum(len(text(name).encode()) for name in files) + len(
        str(face(MODELS["X96-5A"])).encode()
    )
    assert 50_000 < weight < WEIGHT - ANSWERS


@pytest.mark.parametrize("page", PAGES)
def test_pages_keep_to_the_policy(page):
    """Nothing inline, nothing from elsewhere."""
    assert "'unsafe" not in SECURITY["content-security-policy"]
    content = text(page)
    assert not re.search(r"https?:|=\"//|\sstyle=|\son\w+=|<style|<script>", content)
    assert content.count("<h1") == 1
    assert '<html lang="en">' in content


@pytest.mark.parametrize("module", MODULES)
def test_modules_set_no_markup(module):
    """Text from the meter is never markup."""
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(",
                         text(module))  # fmt: skip


def node(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("node")
    if program is None:
        pytest.skip("node is not installed")
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60,
                          check=False, env={"PATH": "/usr/bin:/bin", **environment})  # fmt: skip


def test_modules_are_sound(tmp_path):
    for name in MODULES:
        # By its suffix node takes it as what it is.
        path = tmp_path / name.replace(".js", ".mjs" if name != "theme.js" else ".cjs")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text(name))
        done = node("--check", str(path))
        assert done.returncode == 0, done.stderr


def test_keys_and_words_by_themselves():
    tests = Path(__file__).parent / "static"
    done = node("--test", str(tests / "face.test.mjs"), X96_STATIC=str(STATIC))
    assert done.returncode == 0, done.stdout
    assert re.search(r"^# pass [1-9]", done.stdout, re.MULTILINE)


def test_fields_and_addresses_by_themselves():
    tests = Path(__file__).parent / "static"
    done = node("--test", str(tests / "configure.test.mjs"), X96_STATIC=str(STATIC))
    assert done.returncode == 0, done.stdout
    assert re.search(r"^# pass [1-9]", done.stdout, re.MULTILINE)


def test_modules_by_themselves():
    tests = Path(__file__).parent / "static"
    done = node("--test", str(tests / "pages.test.mjs"), X96_STATIC=str(STATIC))
    assert done.returncode == 0, done.stdout
    assert re.search(r"^# pass [12]\d$", done.stdout, re.MULTILINE)
