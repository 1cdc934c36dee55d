"""The documentation becomes a site: whole, searched, and with nothing from elsewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from support.browser import chromium, launch
from support.site import Site

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PATIENCE = 300


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("sphinx")
    folder = tmp_path_factory.mktemp("site") / "html"
    arguments = ["-m", "sphinx", "-q", "-W", "--keep-going", "-d", str(folder.parent / "trees"),
                 str(DOCS), str(folder)]  # fmt: skip
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_site_is_whole_and_can_be_searched(site: Path) -> None:
    found = Site(site)
    assert list(found.faults()) == []
    names = {path.relative_to(site).with_suffix("").as_posix() for path in found.pages}
    pages = [*DOCS.rglob("*.md"), *DOCS.rglob("*.ipynb")]
    assert len(pages) > 80
    assert {p.relative_to(DOCS).with_suffix("").as_posix() for p in pages} <= names

    index = json.loads(
        re.sub(r"^Search\.setIndex\(|\)$", "", (site / "searchindex.js").read_text("utf-8").strip())
    )
    told = index["terms"].get("aron", [])
    told = [told] if isinstance(told, int) else told
    assert "how-to/calibrate" in [index["docnames"][n] for n in told]

    formulas = (site / "explanation/formulas.html").read_text("utf-8")
    assert formulas.count("<math") > 60
    assert "\\underline" not in re.sub(r"<annotation.*?</annotation>", "", formulas, flags=re.S)
    readme = (site / "overview.html").read_text("utf-8")
    assert "A tour in five minutes" in readme
    assert "how-to/formats.html" in readme
    notebook = (site / "tutorial/three-phase-power.html").read_text("utf-8")
    assert notebook.count("<img") == 4
    assert "THD by hand" in notebook
    assert "smartx96.measure" in (site / "reference/python.html").read_text("utf-8")


class Quiet(SimpleHTTPRequestHandler):
    """Files, and nothing said of them."""

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Address of a folder on a server of its own."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def walked(browser: Any, start: str) -> tuple[list[str], list[str]]:
    """What a browser asks for and complains of while somebody looks for something."""
    asked: list[str] = []
    complaints: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{start}/index.html")
    page.locator("table a", has_text="Your first client").click()
    assert page.locator("h1").inner_text().startswith("Your first client")
    page.locator("input[name=q]").first.fill("netting")
    page.locator("input[name=q]").first.press("Enter")
    page.locator("#search-results li a", has_text="Definitions").first.wait_for()
    page.goto(f"{start}/explanation/formulas.html")
    formula = page.locator("math").nth(20).bounding_box()
    assert formula["width"] > 5
    assert formula["height"] > 5
    page.close()
    return asked, complaints


def test_a_browser_finds_its_way_without_a_network(site: Path) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    if chromium() is None:
        pytest.skip("there is no chromium here")
    with playwright.sync_playwright() as started, served(site) as address:
        browser = launch(started)
        asked, complaints = walked(browser, address)
        assert complaints == []
        assert [url for url in asked if not url.startswith((address, "data:"))] == []
        # From a folder the search has no excerpts: browsers let no page read its neighbours.
        asked, _ = walked(browser, site.as_uri())
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        browser.close()


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ('<a href="there.html">', "there.html leads nowhere"),
        ('<a href="#here">', "#here has no such place"),
        ('<a href="page.html#here">', "page.html#here has no such place"),
        ('<a href="../outside.html">', "../outside.html leads nowhere"),
        ('<img src="there.png">', "there.png is not there"),
        ('<script src="https://a.example/x.js">', "loads https://a.example/x.js from elsewhere"),
        ('<link href="//a.example/x.css">', "loads //a.example/x.css from elsewhere"),
        ("<style>@import 'http://a.example/x'</style>", "loads http://a.example/x from elsewhere"),
        ('<p style="background: url(x.png)">', "x.png is not there"),
    ],
)
def test_what_is_wrong_with_a_page_is_seen(page: str, fault: str, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder.parent / "outside.html").write_text("")
    (folder / "page.html").write_text(page)
    assert [told.partition(": ")[2] for told in Site(folder).faults()] == [fault]


def test_a_page_that_is_right_has_no_faults(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        '<p id="here"><a href="#here"><a href="page.html#here"><a href="https://a.example/">'
        '<img src="page.html"><img src="data:,x">'
    )
    assert list(Site(tmp_path).faults()) == []


def test_the_notebooks_print_what_they_show() -> None:
    pytest.importorskip("nbclient")
    check = [sys.executable, str(DOCS / "notebooks.py"), "--check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_notebooks_tell_nothing_of_the_machine() -> None:
    for path in DOCS.rglob("*.ipynb"):
        text = path.read_text("utf-8")
        assert set(json.loads(text)["metadata"]["language_info"]) == {"name"}, path.name
        assert not re.search(r"/(home|root|tmp|usr|work|Users)/|\\\\Users|0x[0-9a-f]{8}", text)
