"""What the page shows when the wiring, the supply or the way to the meter is wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.bench_meter import Bench, Meter
from support.ports import free_port

pytestmark = pytest.mark.interop

REVERSED = 1 << 2


@pytest.fixture(scope="module")
def meter(tmp_path_factory) -> Iterator[Bench]:
    """One of its own, as its supply is cut."""
    with Bench(tmp_path_factory.mktemp("supply"), "--state", "off") as found:
        yield found


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_a_reversed_sequence_is_an_alarm(visitor, bench, registers, visit, motion):
    """It flashes; where motion is not wanted it stands out without."""
    visitor = visit(bench.url, reduced_motion=motion)
    assert "reversed" not in visitor.text("#phasors")
    assert visitor.glass.alarm is False
    bench.give(sequence=-1)
    visitor.sees(lambda glass: glass.alarm)
    assert registers.words(0x2064, 1)[0] & REVERSED
    visitor.waits(lambda: "sequence reversed" in visitor.text("#status").lower())
    visitor.reads("phasors", "sequence L1\u2013L3\u2013L2, reversed")
    visitor.reads("wiring", "phase sequence is L1-L3-L2")
    assert "as they should" not in visitor.text("#wiring")
    visitor.reads("events", "sequence reversed")
    running = visitor.page.evaluate("document.getAnimations().map(a => a.animationName ?? 'other')")
    assert ("meter-flash" in running) is (motion == "no-preference")
    if motion == "reduce":
        assert running == []
        colours = visitor.page.locator("#front .segments .on").evaluate_all(
            "all => all.map(s => [s.classList.contains('flash'), getComputedStyle(s).color])"
        )
        steady = {colour for flash, colour in colours if not flash}
        assert not steady & {colour for flash, colour in colours if flash}
    visitor.turn_to("U/I", "phase sequence of voltages and currents")
    assert visitor.sees(lambda glass: glass.rows[0]).rows[:2] == ["321", "321"]
    bench.give()
    visitor.sees(lambda glass: not glass.alarm and glass.rows[0] == "123")


def test_the_power_fails_and_comes_back(meter, visit):
    visitor = visit(meter.url)
    visitor.sees(lambda glass: glass.values)
    meter.cut()
    dark = visitor.sees(lambda glass: glass.count == 0)
    assert not dark.backlit
    visitor.waits(lambda: "no power" in visitor.text("#status").lower())
    visitor.press("U/I")
    visitor.page.wait_for_timeout(500)
    assert visitor.glass.count == 0, "keys have no effect"
    assert visitor.page.locator("#link").inner_text() == "Live", "the page is still told"
    meter.give()
    every = visitor.page.locator("#front .s").count()
    visitor.sees(lambda glass: glass.count == every and glass.backlit)
    visitor.sees(lambda glass: glass.line == "X96-5A")
    assert visitor.sees(lambda glass: glass.rows[0] == "PA55").title == "start"
    visitor.sees(lambda glass: glass.title.startswith("active energy"))
    visitor.reads("events", "power up")
    visitor.reads("events", "power down")


HIDE = """hidden => {
  Object.defineProperty(document, "hidden", {get: () => hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_who_comes_back_to_a_page_is_told_that_it_is_old(tmp_path, visit):
    """It was hidden, asked for nothing, and meanwhile the meter was stopped."""
    with Meter(tmp_path, "--state", "off") as meter:
        visitor = visit(meter.url)
        assert visitor.text("#link") == "Live"
        visitor.page.evaluate(HIDE, True)
        visitor.page.wait_for_timeout(8000)
        assert visitor.text("#link") == "Live", "who comes back soon finds it as it was"
        visitor.page.wait_for_timeout(3000)
    visitor.page.evaluate(HIDE, False)
    assert visitor.text("#link") == "Stale"
    visitor.page.locator("#broken").wait_for(state="visible")
    assert "no connection" in visitor.text("#broken").lower()
    visitor.press("U/I")
    visitor.waits(lambda: "keys do nothing" in visitor.text("#refusal"))
    assert all("net::ERR_" in said for said in visitor.complaints)
    visitor.complaints.clear()


def test_keys_do_not_fall_late(bench, visit):
    """A line that stands still swallows them; afterwards nothing is set that nobody sees."""
    visitor = visit(bench.url)
    title, held = visitor.glass.title, []
    visitor.page.route("**/keys", lambda route: held.append(route))
    visitor.press("U/I")
    visitor.press("M", 3)
    visitor.waits(lambda: "did not reach" in visitor.text("#refusal"))
    assert len(held) == 1
    visitor.page.unroute("**/keys")
    visitor.waits(lambda: visitor.text("#link") == "Live")
    visitor.page.wait_for_timeout(1000)
    assert visitor.glass.title == title
    visitor.turn("U/I")
    visitor.complaints.clear()


def test_a_meter_that_is_killed_and_started_again(tmp_path, visit):
    """The page says so, keeps what it has, and comes back by itself."""
    where = ("--state", str(tmp_path / "state"))
    port = free_port()
    meter = Meter(tmp_path, *where, web=f"127.0.0.1:{port}")
    try:
        visitor = visit(meter.url)
        visitor.turn("U/I")
        number = visitor.text("#plate")
        assert not visitor.page.locator("#broken").is_visible()
        meter.kill()
        visitor.page.locator("#broken").wait_for(state="visible")
        assert visitor.text("#link") == "Stale"
        assert "no connection" in visitor.text("#broken").lower()
        assert visitor.glass.count > 0
        assert "grayscale" in visitor.page.locator("#front > svg").evaluate(
            "e => getComputedStyle(e).filter"
        )
        meter = Meter(tmp_path, *where, web=f"127.0.0.1:{port}")
        visitor.live()
        visitor.page.locator("#broken").wait_for(state="hidden")
        assert visitor.text("#plate") == number
        visitor.turn("U/I")
    finally:
        meter.stop()
    visitor.waits(lambda: visitor.text("#link") == "Stale")
    assert "stopped" in visitor.text("#broken")
    lost = ("net::ERR_", "404 (Not Found)")
    assert all(any(words in said for words in lost) for said in visitor.complaints)
    visitor.complaints.clear()
