"""A folder of web pages: where they lead, what they load, what is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"src", "srcset", "poster", "data", "background", "xlink:href"}
"""Attributes that have a browser load something."""

_OF_STYLES = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")


@dataclass
class Page(HTMLParser):
    """A page as a browser takes it apart."""

    path: Path
    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._in_style = False
        self.feed(self.path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        for name, value in attributes:
            if name in ("id", "name") and value:
                self.ids.add(value)
            elif name == "href" and value is not None:
                (self.links if tag in ("a", "area") else self.loaded).append(value)
            elif name in LOADED and value:
                self.loaded.append(value)
            elif name == "style" and value:
                self.loaded += of_style(value)

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.loaded += of_style(data)


def of_style(text: str) -> list[str]:
    """What a style loads."""
    return [first or second for first, second in _OF_STYLES.findall(text)]


@dataclass
class Site:
    """All files of a folder."""

    folder: Path

    @cached_property
    def pages(self) -> dict[Path, Page]:
        return {path: Page(path) for path in sorted(self.folder.rglob("*.html"))
                if "_downloads" not in path.parts}  # fmt: skip

    def faults(self) -> Iterator[str]:
        """What is not there, and what would be loaded from elsewhere."""
        for path, page in self.pages.items():
            yield from self._loaded(path, page.loaded)
            for link in page.links:
                yield from self._link(page, link)
        for path in self.folder.rglob("*.css"):
            yield from self._loaded(path, of_style(path.read_text("utf-8")))

    def _loaded(self, path: Path, targets: list[str]) -> Iterator[str]:
        for target in targets:
            parts = urlsplit(target)
            if parts.scheme == "data" or target.startswith("#"):
                continue
            if parts.scheme or parts.netloc:
                yield f"{self._name(path)}: loads {target} from elsewhere"
            elif not (path.parent / unquote(parts.path)).is_file():
                yield f"{self._name(path)}: {target} is not there"

    def _link(self, page: Page, link: str) -> Iterator[str]:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            return
        path = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
        if not path.is_file() or not path.is_relative_to(self.folder.resolve()):
            yield f"{self._name(page.path)}: {link} leads nowhere"
        elif path in self.pages and parts.fragment:
            yield from self._place(page, link, self.pages[path], unquote(parts.fragment))

    def _place(self, page: Page, link: str, target: Page, place: str) -> Iterator[str]:
        if place not in target.ids:
            yield f"{self._name(page.path)}: {link} has no such place"

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()
