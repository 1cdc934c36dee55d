"""Pictures of a meter's page for the docs: `make pictures`, or `docs/pictures.py [FOLDER]`.

A meter that has run for a day is shown by the system's Chromium in several sizes.
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
X96 = [sys.executable, "-c", "from smartx96.commands.main import main; main()", "run"]
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
        browser.close()
    # 128 colours are enough, and a third of the bytes.
    pictures = [str(folder / f"page-{name}.png") for name in SIZES]
    quantised = ["pngquant", "--force", "--strip", "--speed", "1", "--ext", ".png", "128"]
    subprocess.run([*quantised, *pictures], check=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
