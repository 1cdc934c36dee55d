"""Somebody at a browser before a meter's page: what he sees and does, and what went wrong."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from support.glass_reader import Glass, read

PATIENCE = 60.0

NAMED = "meter.example"
"""A name that the browser takes for this computer."""

LAPTOP = {"viewport": {"width": 1440, "height": 900}}
PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "has_touch": True,
         "is_mobile": True}  # fmt: skip
WALL = {"viewport": {"width": 3840, "height": 2160}}

KEYS = {"U/I": "1", "M": "2", "P": "3", "E": "4"}
"""Of the meter, and those of the computer that press them."""

_VIOLATIONS = """
addEventListener("securitypolicyviolation", event =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


def chromium() -> str | None:
    """The system's own, where there is one."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def launch(playwright: Any) -> Any:
    """A browser for all tests."""
    arguments = [f"--host-resolver-rules=MAP {NAMED} 127.0.0.1"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    return playwright.chromium.launch(executable_path=chromium(), args=arguments)


class Visitor:
    """Somebody at a browser.

    Parameters
    ----------
    browser : Browser
        Of Playwright.
    options : object
        Of its context: size, colours, touch.

    Attributes
    ----------
    complaints : list of str
        Of the browser: errors and warnings of its console, violations of the page's policy.
    asked : list of str
        Every address that was asked for.
    """

    def __init__(self, browser: Any, **options: Any) -> None:
        self.context = browser.new_context(**(LAPTOP | options))
        self.context.set_default_timeout(1e3 * PATIENCE)
        self.context.add_init_script(_VIOLATIONS)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self._origin: tuple[str, ...] = ()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("request", lambda request: self.asked.append(request.url))

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def open(self, url: str, *, live: bool = True) -> Visitor:
        self._origin = urlsplit(url)[:2]
        self.page.goto(url)
        if live:
            self.live()
        return self

    def live(self) -> None:
        """Wait until the stream has come, and the glass shows something."""
        self.page.locator("#link.live").wait_for(timeout=1e3 * PATIENCE)
        self.page.locator("#front .s.on").first.wait_for(state="attached", timeout=1e3 * PATIENCE)

    @property
    def strangers(self) -> list[str]:
        """What was asked elsewhere than where the page comes from."""
        asked = ((url, urlsplit(url)) for url in self.asked)
        return [
            url
            for url, parts in asked
            if parts.scheme not in ("data", "blob", "about") and parts[:2] != self._origin
        ]

    @property
    def glass(self) -> Glass:
        return read(self.page.locator("#front > svg"))

    def sees(self, condition: Callable[[Glass], object], seconds: float = PATIENCE) -> Glass:
        """The glass as soon as it fulfils a condition."""
        until = time.monotonic() + seconds
        while not condition(glass := self.glass):
            assert time.monotonic() < until, (glass, self.text("#status"), self.text("#events"))
            self.page.wait_for_timeout(50)
        return glass

    def waits(self, condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Until a condition is fulfilled."""
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, "it did not come"
            self.page.wait_for_timeout(50)

    def text(self, selector: str) -> str:
        return str(self.page.locator(selector).inner_text())

    def reads(self, card: str, words: str) -> None:
        """Scroll to a card, and wait until some words are there, in whatever letters."""
        place, until = self.page.locator(f"#{card}"), time.monotonic() + PATIENCE
        place.scroll_into_view_if_needed()
        while words.lower() not in (text := str(place.inner_text())).lower():
            assert time.monotonic() < until, text
            self.page.wait_for_timeout(50)

    def key(self, name: str) -> Any:
        """A key of the face."""
        return self.page.locator(f'#front [data-key="{name}"]')

    def press(self, name: str, times: int = 1) -> None:
        """Press a key by the computer's keyboard."""
        for _ in range(times):
            self.page.keyboard.press(KEYS[name])

    def turn(self, name: str) -> Glass:
        """Press a key, and wait for another page."""
        before = self.glass.title
        self.press(name)
        return self.sees(lambda glass: glass.title != before)

    def turn_to(self, name: str, title: str) -> Glass:
        """Press a key until a page is there."""
        for _ in range(40):
            if self.turn(name).title == title:
                return self.glass
        raise AssertionError(f"{name} leads to no page {title!r}")

    def hold(self, name: str, condition: Callable[[Glass], object]) -> Glass:
        """Hold a key until something is seen."""
        self.page.keyboard.down(KEYS[name])
        try:
            return self.sees(condition)
        finally:
            self.page.keyboard.up(KEYS[name])

    def count_to(self, name: str, wanted: str) -> None:
        """Press a key until the first row is as wanted, and stays so.

        Where the machine is busy a press may last so long that it counts twice.
        """
        while self.glass.rows[1] != wanted:
            self._count(name)
            if self.glass.rows[1] == wanted:
                self.page.wait_for_timeout(500)

    def _count(self, name: str) -> None:
        before = self.glass.rows[1]
        self.press(name)
        self.sees(lambda glass: glass.rows[1] != before)

    def enter(self, digits: str) -> None:
        """Count four digits up from 0; who holds E now enters them."""
        for place, digit in enumerate(digits):
            self.press("M", int(digit))
            if place < 3:
                self.press("E")
        self.sees(lambda glass: glass.rows[1] == digits)

    def saved(self, card: str, kind: str) -> bytes:
        """The file that a card offers."""
        section = self.page.locator(f"#{card}")
        section.scroll_into_view_if_needed()
        with self.page.expect_download() as download:
            section.locator(".tools").get_by_text(kind, exact=True).click()
        assert download.value.suggested_filename.endswith(f".{kind.lower()}")
        with open(download.value.path(), "rb") as file:
            return file.read()
