"""Pictures of the pages for the docs: `make pictures`, or `docs/pictures.py [FOLDER]`.

A meter that has run for a day, and the page that sets some meters, are shown by the system's
Chromium in several sizes.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "pictures"
PROGRAM = [sys.executable, "-c", "from smartx96.commands.main import main; main()"]
X96 = [*PROGRAM, "run"]
METER = ("--ct", "400/5", "--tcp", "127.0.0.1:0")
DAY = timedelta(days=1)

SIZES: dict[str, dict[str, Any]] = {
    "laptop-light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "laptop-dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {
        "viewport": {"width": 360, "height": 740}, "device_scale_factor": 1.5,
        "has_touch": True, "is_mobile": True, "color_scheme": "light",
    },
    "wall": {
        "viewport": {"width": 2560, "height": 1440}, "device_scale_factor": 0.5,
        "color_scheme": "dark",
    },
}  # fmt: skip
"""Contexts of the browser by file name."""


def load(hour: float) -> float:
    """Current of a shop with a kitchen in the course of a day [A on the secondary side]."""
    peaks = ((7.5, 1.2, 1.1), (12.5, 1.8, 1.6), (18.5, 2.2, 2.2))
    return 0.9 + sum(most * math.exp(-(((hour - at) / width) ** 2)) for at, width, most in peaks)


def yesterday(now: datetime) -> str:
    """A scenario of the 24 hours before a moment, a ramp for every quarter of an hour."""
    begin, step = now - DAY, 900
    lines = [f"start = {begin.isoformat()}", f"duration = {DAY.total_seconds():.0f}"]
    lines += [
        "[current]",
        f"rms = {load(begin.hour + begin.minute / 60):.3f}",
        "power_factor = 0.93",
    ]
    for at in range(0, int(DAY.total_seconds()), step):
        then = begin + timedelta(seconds=at + step)
        hour = then.hour + then.minute / 60
        rms = [round(load(hour) * (1 + math.sin(9 * hour + n) / 12), 3) for n in range(3)]
        lines += ["[[event]]", 'type = "ramp"', f"at = {at}", f"duration = {step}"]
        lines += [f"current = {rms}"]
    return "\n".join(lines)


@contextmanager
def meter(state: Path) -> Iterator[str]:
    """The address of a meter's page."""
    run = [*X96, *METER, "--state", str(state / "meter")]
    (state / "yesterday.toml").write_text(yesterday(datetime.now(UTC)))
    past = ("--source", str(state / "yesterday.toml"), "--once", "--speed", "max", "--web", "off")
    subprocess.run([*run, *past], check=True, stdout=subprocess.DEVNULL)
    now = ("--source", "mains", "--web", "127.0.0.1:0")
    process = subprocess.Popen(
        [*run, *now], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout is not None
        found = (re.search("page at (http.*/)", line) for line in process.stdout)
        yield next(match[1] for match in found if match)
    finally:
        process.terminate()
        process.communicate()


def take(browser: Any, url: str, name: str, folder: Path) -> None:
    """One picture, of the page as it is after some readings."""
    context = browser.new_context(**SIZES[name])
    page = context.new_page()
    page.goto(url)
    page.locator("#link.live").wait_for()
    page.locator("#front .s.on").first.wait_for(state="attached")
    page.locator("#trends").get_by_role("button", name="Day").click()
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.keyboard.press("3")
    page.wait_for_timeout(2500)
    page.screenshot(path=folder / f"page-{name}.png")
    context.close()


BUILDING = """
[meter.main]
source = "mains"
settings.ct_primary = 400
settings.unit_address = 1
[meter.workshop]
source = "{folder}/reversed.toml"
settings.ct_primary = 150
settings.unit_address = 2
[meter.flat]
source = "mains"
model = "X96-5E"
settings.unit_address = 3
"""
"""Meters that are found, one of them with a current transformer the wrong way round."""

REVERSED = """
[voltage]
rms = [230.6, 229.8, 231.1]
[current]
rms = [3.1, 2.8, 3.3]
angle = [22, 204, 20]
"""

PASSWORD = "1000"


@contextmanager
def building(state: Path) -> Iterator[tuple[str, int]]:
    """The address of the page that sets meters, and the port at which there are some."""
    (state / "building.toml").write_text(BUILDING.format(folder=state))
    (state / "reversed.toml").write_text(REVERSED)
    shared = ("--tcp", "127.0.0.1:0", "--web", "off", "--state", "off")
    meters = [*X96, str(state / "building.toml"), *shared]
    page = [*PROGRAM, "configure", "--web", "127.0.0.1:0", "--state", str(state / "configure")]
    with (
        told(meters, r"listens on 127\.0\.0\.1:(\d+)") as port,
        told(page, "page at (http.*/)") as url,
    ):
        yield url, int(port)


@contextmanager
def told(command: list[str], words: str) -> Iterator[str]:
    """What a program says, while it runs."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        found = (re.search(words, line) for line in process.stdout)
        yield next(match[1] for match in found if match)
    finally:
        process.terminate()
        process.communicate()


CONFIGURATION = {
    "laptop-light": ("find", "changes"), "laptop-dark": ("live",), "phone": ("settings",),
}  # fmt: skip
"""Parts of the page that sets meters, by the context in which they are shown."""


def take_configuration(browser: Any, url: str, port: int, folder: Path) -> list[str]:
    """Pictures of the way from the search to a change; their names."""
    names = [f"configure-{part}-{size}" for size, parts in CONFIGURATION.items() for part in parts]
    for name in names:
        _, part, size = name.split("-", 2)
        context = browser.new_context(**SIZES[size])
        page = context.new_page()
        show(page, part, url, port)
        page.evaluate("document.activeElement.blur()")
        page.wait_for_timeout(400)
        page.screenshot(path=folder / f"{name}.png")
        context.close()
    return names


def show(page: Any, part: str, url: str, port: int) -> None:
    """Go where something is to be seen."""
    meter = f"place=tcp%3A127.0.0.1%3A{port}&unit=1"
    if part == "find":
        search(page, url, port)
    elif part == "live":
        page.goto(f"{url}#/live?{meter}")
        page.locator("#phasors .angles td").first.wait_for()
    else:
        page.goto(f"{url}#/settings?{meter}")
        page.locator("#set-ct_primary").fill("600")
        page.locator("#set-pulse1_energy").select_option("3")
        page.locator("#row-ct_primary").scroll_into_view_if_needed()
    if part == "changes":
        page.get_by_role("button", name="What will change").click()
        page.get_by_label("Password of the meter").fill(PASSWORD)


def search(page: Any, url: str, port: int) -> None:
    """Have the meters found; other addresses are asked for as well, which takes a while."""
    page.goto(url)
    for box in page.locator("fieldset input").all():
        box.uncheck()
    page.get_by_label("Hosts and networks").fill(f"127.0.0.1:{port}")
    page.get_by_role("button", name="Search").click()
    page.locator(".meter").nth(2).wait_for()
    page.locator(".job").wait_for(state="hidden", timeout=120_000)


def main(folder: Path = FOLDER) -> None:
    """Take all of them."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with (
        tempfile.TemporaryDirectory() as state,
        meter(Path(state)) as url,
        sync_playwright() as playwright,
    ):
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        for name in SIZES:
            take(browser, url, name, folder)
        with building(Path(state)) as place:
            more = take_configuration(browser, *place, folder)
        browser.close()
    # 128 colours are enough, and a third of the bytes.
    pictures = [str(folder / f"{name}.png") for name in (*(f"page-{s}" for s in SIZES), *more)]
    quantised = ["pngquant", "--force", "--strip", "--speed", "1", "--ext", ".png", "128"]
    subprocess.run([*quantised, *pictures], check=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
