"""Ways to the page: what it loads, the chooser of several meters, and the token."""

from __future__ import annotations

import pytest

from support.bench_meter import Meter
from support.browser import NAMED, PHONE
from support.contrast import faint
from support.glass_reader import read

pytestmark = pytest.mark.interop

WEIGHT = 300_000
"""Bytes of all that the page loads."""

TOKEN = "a-token-of-sixteen-letters-or-more"


def test_it_is_light_and_soon_there(bench, browser, visit):
    visitor = visit("about:blank", live=False)
    sizes = {}
    visitor.page.on("response", lambda answer: sizes.setdefault(answer.url, answer))
    visitor.open(bench.url)
    visitor.page.wait_for_timeout(500)
    loaded = {url: len(answer.body()) for url, answer in sizes.items() if "/events" not in url}
    assert len(loaded) > 10
    assert 50_000 < sum(loaded.values()) < WEIGHT
    assert all(answer.status == 200 or answer.status == 201 for answer in sizes.values())
    drawn = visitor.page.evaluate(
        "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    )
    print(f"{sum(loaded.values()) / 1e3:.0f} kB, first drawn after {drawn:.0f} ms")
    assert drawn < 10_000


def test_a_page_that_goes_closes_its_panel(bench, visit):
    visitor = visit(bench.url)
    panel = next(url for url in visitor.asked if "&panel=" in url).rpartition("=")[2]
    press = {"data": {"key": "M", "action": "tap"}}
    asking = visitor.context.request
    assert asking.post(f"{bench.url}api/panels/{panel}/keys", **press).status == 200
    visitor.page.goto("about:blank")
    visitor.waits(lambda: asking.post(f"{bench.url}api/panels/{panel}/keys", **press).status == 404)


@pytest.fixture
def several(tmp_path):
    (tmp_path / "dead.toml").write_text("[voltage]\nrms = 0\n[current]\nrms = 0\n")
    (tmp_path / "live.toml").write_text("[voltage]\nrms = 231.4\n[current]\nrms = 2\n")
    config = tmp_path / "three.toml"
    config.write_text(
        f'[meter.north]\nsource = "{tmp_path}/live.toml"\nsettings.unit_address = 1\n'
        f'[meter.south]\nsource = "mains"\nmodel = "X96-5E"\nsettings.unit_address = 2\n'
        f'[meter.dark]\nsource = "{tmp_path}/dead.toml"\nsettings.unit_address = 3\n'
    )
    with Meter(tmp_path, str(config), "--state", "off") as found:
        yield found


@pytest.mark.parametrize("options", [{}, PHONE], ids=["laptop", "phone"])
def test_several_meters_have_a_small_face_each(several, visit, options):
    visitor = visit(several.url, live=False, **options)
    page = visitor.page
    page.locator("#meters li").nth(2).wait_for()
    assert page.get_by_role("listitem").count() == 3
    faces = {name: page.locator("#meters li").filter(has_text=name).locator("svg")
             for name in ("north", "south", "dark")}  # fmt: skip
    for name in ("north", "south"):
        page.locator("#meters li").filter(has_text=name).scroll_into_view_if_needed()
        visitor.waits(lambda name=name: faces[name].count() and read(faces[name]).count > 20)
    north = read(faces["north"])
    assert north.rows[1] == f"{3 * 231.4 * 2 / 1e3:.3f}"
    assert read(faces["south"]).rows[1] not in ("", north.rows[1])
    page.locator("#meters li:last-child").scroll_into_view_if_needed()
    visitor.waits(lambda: "no power" in visitor.text("#meters li:last-child"))
    assert read(faces["dark"]).count == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert faint(page) == []
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    faces["south"].click()
    visitor.live()
    assert visitor.text("#name") == "south"
    assert "SMART X96-5E" in visitor.text("#plate")
    visitor.reads("spectrum", "no harmonics")
    page.get_by_role("link", name="All meters").click()
    page.locator("#meters li").nth(2).wait_for()


def test_the_chooser_is_used_by_keyboard(several, visit):
    visitor = visit(several.url, live=False)
    visitor.page.locator("#meters li").nth(2).wait_for()
    for _ in range(10):
        visitor.page.keyboard.press("Tab")
        if "north" in visitor.page.evaluate("document.activeElement.textContent"):
            break
    visitor.page.keyboard.press("Enter")
    visitor.live()
    assert visitor.text("#name") == "north"


@pytest.fixture
def guarded(tmp_path):
    """A page that others reach, under a name of its own."""
    how = ("--state", "off", "--web-name", NAMED)
    with Meter(tmp_path, *how, X96_WEB_TOKEN=TOKEN) as found:
        yield f"http://{NAMED}:{found.web}/"


def test_the_way_in_by_a_token(guarded, visit):
    visitor = visit(guarded, live=False)
    page = visitor.page
    assert page.url == f"{guarded}login"
    assert faint(page) == []
    assert page.evaluate("document.activeElement.id") == "token"
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    page.get_by_role("alert").filter(has_text="wrong token").wait_for()
    (refused,) = visitor.complaints
    assert "403" in refused
    visitor.complaints.clear()
    page.keyboard.type(TOKEN)
    page.keyboard.press("Enter")
    visitor.live()
    visitor.turn("U/I")
    (cookie,) = visitor.context.cookies()
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    assert TOKEN not in cookie["value"]
    assert page.evaluate("document.cookie") == ""
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login")
    page.goto(guarded)
    assert page.url == f"{guarded}login"


def test_the_way_out_on_this_computer(tmp_path, visit):
    """There is one wherever a token was asked for, and none where it was not."""
    with Meter(tmp_path, "--state", "off", web="0.0.0.0:0", X96_WEB_TOKEN=TOKEN) as meter:
        visitor = visit(f"{meter.url}login#{TOKEN}", live=False)
        visitor.live()
        visitor.page.get_by_role("button", name="Log out").click()
        visitor.page.wait_for_url("**/login")


def test_no_way_out_where_nobody_was_asked(bench, visit):
    assert visit(bench.url).page.get_by_role("button", name="Log out").count() == 0


def test_a_link_that_carries_the_token(guarded, visit):
    visitor = visit(f"{guarded}login#{TOKEN}", live=False)
    visitor.live()
    assert TOKEN not in visitor.page.url
    assert not any(TOKEN in url for url in visitor.asked[1:])
    visitor.page.go_back()
    assert TOKEN not in visitor.page.url


def test_a_link_that_carries_a_wrong_one(guarded, visit):
    """Nor does that stay in the address, for it may be nearly right."""
    visitor = visit(f"{guarded}login#{TOKEN}x", live=False)
    visitor.page.get_by_role("alert").filter(has_text="wrong token").wait_for()
    assert visitor.page.url == f"{guarded}login"
    visitor.complaints.clear()


def test_a_link_that_is_followed_where_the_login_page_is_shown(guarded, visit):
    """Only what lies behind # differs, so that the browser loads nothing."""
    visitor = visit(guarded, live=False)
    visitor.page.get_by_role("textbox").wait_for()
    visitor.page.goto(f"{guarded}login#{TOKEN}")
    visitor.live()
    assert TOKEN not in visitor.page.url


def test_a_login_that_ends_asks_again(tmp_path, visit):
    """A meter that was started anew knows no logins."""
    with Meter(tmp_path, "--state", "off", "--web-name", NAMED, X96_WEB_TOKEN=TOKEN) as meter:
        visitor = visit(f"http://{NAMED}:{meter.web}/login#{TOKEN}", live=False)
        visitor.live()
        port = meter.web
        meter.kill()
    again = ("--state", "off", "--web-name", NAMED)
    with Meter(tmp_path, *again, web=f"127.0.0.1:{port}", X96_WEB_TOKEN=TOKEN):
        visitor.page.wait_for_url("**/login", timeout=20_000)
    visitor.complaints.clear()
