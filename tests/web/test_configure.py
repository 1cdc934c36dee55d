"""The page that sets meters, in a browser: from the search to the record."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from support.bench_meter import Bench
from support.browser import PHONE, Visitor
from support.configure_page import ConfigureProcess
from support.contrast import faint, texts
from support.cut_wire import CutWire
from support.fitting import CUT, SMALL

pytestmark = pytest.mark.interop

AXE = Path(__file__).resolve().parents[2] / "build/browser/node_modules/axe-core/axe.min.js"
PASSWORD, WRONG = "1000", "7319"
PARTS = ("live", "settings", "tariffs", "clock", "profile", "record")
WAIT = 20_000


@pytest.fixture(scope="module")
def configure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConfigureProcess]:
    with ConfigureProcess(tmp_path_factory.mktemp("configure")) as found:
        yield found


@pytest.fixture(scope="module")
def meter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One of this module, which is set to something else again and again."""
    with Bench(tmp_path_factory.mktemp("meter"), "--state", "off", "--ct", "100/5") as found:
        yield found


@pytest.fixture
def port(meter: Bench) -> int:
    return meter.port("Modbus TCP listens on")


@pytest.fixture
def at(configure: ConfigureProcess, port: int, visit: Callable[..., Visitor]) -> Callable[..., Any]:
    """Somebody at a part of the page of the meter, once that is there."""

    def opened(part: str, **options: Any) -> Visitor:
        visitor = visit(configure.at(part, port), live=False, **options)
        visitor.page.locator("#sections [aria-current]").wait_for(timeout=WAIT)
        visitor.page.locator(".wait").wait_for(state="detached", timeout=WAIT)
        visitor.page.locator("#view .card, #view .board").first.wait_for(timeout=WAIT)
        return visitor

    return opened


def change(page: Any, id: str, value: str) -> None:
    page.locator(f"#set-{id}").fill(value)


def preview(page: Any) -> Any:
    page.get_by_role("button", name="What will change").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=re.compile("^Write")).wait_for(timeout=WAIT)
    return dialog


def write(dialog: Any, password: str | None = None) -> None:
    if password is not None:
        dialog.get_by_label("Password of the meter").fill(password)
    dialog.get_by_role("button", name=re.compile("^Write")).click()


def verdict(dialog: Any) -> str:
    place = dialog.locator(".verdict")
    place.wait_for(timeout=WAIT)
    return str(place.inner_text())


def test_from_the_search_to_the_record(configure, port, visit):
    visitor = visit(configure.url, live=False)
    page = visitor.page
    for box in page.get_by_role("group", name="Serial ports").get_by_role("checkbox").all():
        box.uncheck()
    page.get_by_label("Hosts and networks").fill(f"127.0.0.1:{port}")
    page.get_by_role("button", name="Search").click()
    card = page.locator(".meter")
    card.get_by_role("link", name="Open").click(timeout=WAIT)
    page.locator("#phasors .angles td").first.wait_for(timeout=WAIT)
    visitor.waits(lambda: "230.1" in visitor.text("#readings"))
    assert "stand to each other as they should" in visitor.text("#wiring")

    page.get_by_role("link", name="Settings").click()
    page.locator("#set-ct_primary").wait_for(timeout=WAIT)
    change(page, "ct_primary", "250")
    page.locator("#set-pulse1_energy").select_option("3")
    dialog = preview(page)
    assert "100 A" in dialog.inner_text()
    assert "250 A" in dialog.inner_text()
    assert "pure consumer" in dialog.inner_text()
    write(dialog, PASSWORD)
    assert verdict(dialog) == "All of it is written, read back and as wanted."
    dialog.get_by_role("button", name="Close").click()
    visitor.waits(lambda: page.locator("#set-ct_primary").input_value() == "250")
    visitor.waits(lambda: "Nothing changed" in visitor.text(".foot"))

    page.get_by_role("link", name="Record").click()
    page.get_by_label("Place").fill("Main board")
    page.get_by_label("By", exact=True).fill("A. Tester")
    page.get_by_label("File").select_option("html")
    page.get_by_role("button", name="Check and record").click()
    save = page.get_by_role("link", name="Download")
    save.wait_for(timeout=2 * WAIT)
    with page.expect_download() as download:
        save.click()
    record = Path(download.value.path()).read_text()
    assert "Main board" in record
    assert "250/5 A" in record
    assert configure.process.poll() is None
    assert PASSWORD not in configure.said
    assert page.evaluate("JSON.stringify(localStorage) + JSON.stringify(sessionStorage)").find(
        PASSWORD) == -1  # fmt: skip
    assert all(PASSWORD not in url for url in visitor.asked)


def test_a_wrong_password(at, meter):
    visitor = at("settings")
    page = visitor.page
    change(page, "vt_ratio", "7")
    dialog = preview(page)
    write(dialog, WRONG)
    problem = dialog.get_by_role("alert").filter(has_text="password is wrong")
    problem.wait_for(timeout=WAIT)
    assert "nothing was written" in problem.inner_text()
    assert dialog.get_by_label("Password of the meter").input_value() == ""
    page.keyboard.press("Escape")
    assert visitor.text(".foot p").startswith("1 setting changed, nothing written yet")
    page.get_by_role("button", name="Discard").click()
    assert page.locator("#set-vt_ratio").input_value() == "1"


def test_values_that_cannot_be_are_told_at_their_field(at):
    visitor = at("settings")
    page = visitor.page
    change(page, "ct_primary", "10000")
    field = page.locator("#row-ct_primary")
    assert "1 to 9999 A" in field.locator(".problem").inner_text()
    assert page.locator("#set-ct_primary").get_attribute("aria-invalid") == "true"
    assert page.get_by_role("button", name="What will change").is_disabled()
    field.get_by_role("button", name="as it is in the meter").click()
    # What only the server knows is told there as well.
    change(page, "time_zone", "Atlantis/Poseidonis")
    page.get_by_role("button", name="What will change").click()
    refused = page.locator("#row-time_zone .problem")
    refused.filter(has_text="no IANA time zone").wait_for(timeout=WAIT)
    assert page.evaluate("document.activeElement.id") == "set-time_zone"
    visitor.complaints.remove(next(c for c in visitor.complaints if "422" in c))
    page.get_by_role("button", name="Discard").click()


def test_a_meter_that_goes_half_way(configure, port, visit):
    """The write reached it, its answer did not: that is what is told, setting by setting."""
    with CutWire(port) as wire:
        visitor = visit(configure.at("settings", wire.port), live=False)
        page = visitor.page
        page.locator("#set-backlight_time").wait_for(timeout=WAIT)
        change(page, "backlight_time", "7")
        change(page, "scroll_time", "9")
        dialog = preview(page)
        wire.writes = 1
        write(dialog)
        assert verdict(dialog).startswith("Not all of it is written")
        assert "in doubt" in dialog.inner_text()
    dialog.get_by_role("button", name="Close").click()
    visitor.complaints.clear()


def test_a_meter_that_gives_no_answer_to_who_it_is(configure, port, visit):
    with CutWire(port) as wire:
        wire.silent_to.add(43)
        page = visit(configure.at("live", wire.port), live=False).page
        told = page.get_by_role("alert").filter(has_text="it gave no answer to who it is")
        told.wait_for(timeout=WAIT)
        # It stands there as long as there is nothing else to complain of.
        page.locator("#readings td").first.wait_for(timeout=WAIT)
        assert told.is_visible()


def test_a_new_address_is_followed(at, meter):
    visitor = at("settings")
    page = visitor.page
    change(page, "unit_address", "9")
    dialog = preview(page)
    write(dialog)
    assert "All of it is written" in verdict(dialog)
    dialog.get_by_role("button", name="Close").click()
    visitor.waits(lambda: "unit 9" in visitor.text("#where"))
    assert "unit=9" in page.url
    page.reload()
    page.locator("#set-unit_address").wait_for(timeout=WAIT)
    change(page, "unit_address", "1")
    dialog = preview(page)
    write(dialog)
    assert "All of it is written" in verdict(dialog)


def test_a_meter_that_is_not_there(configure, visit):
    from support.ports import free_port

    visitor = visit(configure.at("live", free_port()), live=False)
    alert = visitor.page.get_by_role("alert").filter(has_text="nobody listens there")
    alert.wait_for(timeout=WAIT)
    assert visitor.page.get_by_label("Host and port").input_value().startswith("127.0.0.1:")
    visitor.complaints.clear()


def test_a_profile_is_taken_along_changed_and_written(at, tmp_path):
    visitor = at("profile")
    page = visitor.page
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    text = Path(download.value.path()).read_text()
    had = tomllib.loads(text)["demand_slide"]
    changed = tmp_path / "changed.toml"
    changed.write_text(text.replace(f"demand_slide = {had}", "demand_slide = 5"))
    page.get_by_label("File of settings").set_input_files(changed)
    page.get_by_role("heading", name="1 of").wait_for(timeout=WAIT)
    dialog = preview(page)
    assert "5 min" in dialog.inner_text()
    write(dialog)
    assert "All of it is written" in verdict(dialog)
    dialog.get_by_role("button", name="Close").click()
    broken = tmp_path / "broken.toml"
    broken.write_text("demand_slide = 0\n")
    page.get_by_label("File of settings").set_input_files(broken)
    page.get_by_role("alert").filter(has_text="broken.toml: line 1").wait_for(timeout=WAIT)
    visitor.complaints.clear()


def test_clock_and_resets(at):
    visitor = at("clock")
    page = visitor.page
    page.get_by_role("button", name="Set the clock").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Set the clock").click()
    assert "The clock is set" in verdict(dialog)
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Reset: resettable energy").click(timeout=WAIT)
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Password of the meter").fill(PASSWORD)
    dialog.get_by_role("button", name="Reset").click()
    assert "Tick the box" in dialog.get_by_role("alert").inner_text()
    dialog.get_by_role("checkbox").check()
    dialog.get_by_role("button", name="Reset").click()
    assert "is reset" in verdict(dialog)
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="New password").click(timeout=WAIT)
    dialog = page.get_by_role("dialog")
    for label, text in (("New password", "2468"), ("New password again", "2486"),
                        ("Password of the meter", PASSWORD)):  # fmt: skip
        dialog.get_by_label(label, exact=True).fill(text)
    dialog.get_by_role("button", name="Give it").click()
    dialog.get_by_role("alert").filter(has_text="not the same").wait_for(timeout=WAIT)


def test_tariffs_from_a_file(at, tmp_path):
    visitor = at("tariffs")
    page = visitor.page
    calendar = tmp_path / "shop.toml"
    calendar.write_text(
        'name = "shop"\n[seasons]\nall = { start = "01-01", week = "week" }\n'
        '[weeks]\nweek = { mon-fri = "work", sat-sun = "low" }\n'
        '[days.work]\n"00:00" = 2\n"07:00" = 1\n[days.low]\n"00:00" = 2\n'
    )
    page.get_by_label("Calendar file").set_input_files(calendar)
    dialog = page.get_by_role("dialog")
    write(dialog, PASSWORD)
    assert "rules: read back and compared" in verdict(dialog)
    dialog.get_by_role("button", name="Close").click()
    page.get_by_label("calendar of the meter").filter(has_text="shop").wait_for(timeout=WAIT)


def settled(visitor: Visitor, part: str) -> None:
    if part == "live":
        visitor.page.locator("#phasors .angles td").first.wait_for(timeout=WAIT)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["laptop", "phone"])
def test_it_fits_and_can_be_read(at, configure, size, scheme):
    visitor = at("live", **(PHONE if size == "phone" else {}), color_scheme=scheme)
    page = visitor.page
    for part in PARTS:
        page.evaluate("part => location.hash = location.hash.replace(/[a-z]+(?=\\?)/, part)", part)
        page.locator(f".part-{part} .card").first.wait_for(timeout=WAIT)
        settled(visitor, part)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), part
        assert page.evaluate(CUT) == [], part
        assert faint(page) == [], part
        if size == "phone":
            assert page.evaluate(SMALL) == [], "24 x 24 is due (WCAG 2.2, 2.5.8)"
        assert len(texts(page)) > 8
    page.goto(configure.url)
    page.locator(".part-find .card").first.wait_for(timeout=WAIT)
    assert faint(page) == []


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not in build/browser")
@pytest.mark.parametrize("part", ["find", *PARTS])
def test_the_checks_of_axe(at, part):
    visitor = at("settings" if part == "find" else part)
    page = visitor.page
    if part == "find":
        page.get_by_role("link", name="Find").click()
        page.locator("#search").wait_for(timeout=WAIT)
    if part == "settings":
        change(page, "ct_primary", "77")
        preview(page)
    settled(visitor, part)
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    assert [
        f"{each['id']}: {each['help']}: {node['target']}"
        for each in found["violations"]
        for node in each["nodes"]
    ] == []
    if part == "settings":
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Discard").click()


def test_by_keyboard_alone(at):
    """To a setting, another value, and the question whether it is meant; out again by Escape."""
    visitor = at("settings")
    page = visitor.page
    page.locator("#find-setting").focus()
    page.keyboard.type("backlight")
    visitor.waits(lambda: page.locator(".setting:visible").count() == 1)
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "set-backlight_time":
            break
    page.keyboard.press("Control+A")
    page.keyboard.type("33")
    for _ in range(10):
        page.keyboard.press("Tab")
        if "What will" in page.evaluate("document.activeElement.textContent"):
            break
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for(timeout=WAIT)
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0
    assert page.evaluate("document.activeElement.textContent") == "What will change"
    page.get_by_role("button", name="Discard").click()
