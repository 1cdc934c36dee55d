"""Markup against the parsers of Python's library: what goes in as text comes out as that text."""

from __future__ import annotations

from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartx96.markup import Markup, element, joined, number

HOSTILE = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a & b &amp; c",
           "]]>", "<!--", "</title></style>", "' onload='x")  # fmt: skip


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data) -> None:
        self.text += data


def seen(text: str) -> Seen:
    parser = Seen()
    parser.feed(text)
    parser.close()
    return parser


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    made = element("p", text, title=text)
    for parsed in (ElementTree.fromstring(made),):
        assert (parsed.tag, parsed.text, parsed.get("title")) == ("p", text, text)
        assert len(parsed) == 0
    html = seen(made)
    assert html.text == text
    assert html.tags == [("p", {"title": text})]


@given(st.text())
def test_any_text_is_well_formed_and_can_be_written(text: str) -> None:
    parsed = ElementTree.fromstring(element("td", text, aria_label=text))
    kept = "".join(c if c in "\t\n" or (ord(c) >= 32 and not 0x7F <= ord(c) < 0xA0) else "\ufffd"
                   for c in text)  # fmt: skip
    kept = "".join("\ufffd" if 0xD800 <= ord(c) < 0xE000 or ord(c) in (0xFFFE, 0xFFFF) else c
                   for c in kept)  # fmt: skip
    assert (parsed.text or "") == kept
    element("td", text).encode()


def test_markup_is_not_escaped_twice() -> None:
    inner = element("b", "1 < 2")
    assert element("p", "so: ", inner, None, [" ", Markup("&amp;")]) == (
        "<p>so: <b>1 &lt; 2</b> &amp;</p>"
    )
    assert joined() == ""


def test_elements_without_content_close_as_html_asks() -> None:
    assert element("td") == "<td></td>"
    assert element("path", d="M0 0", class_="a", stroke_width=1.5, x=None) == (
        '<path d="M0 0" class="a" stroke-width="1.5"/>'
    )


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1"), (-0.0001, "0"), (1e7, "10000000"), (0.12345, "0.123")]
)
def test_numbers_are_short_and_have_no_exponent(value: float, text: str) -> None:
    assert number(value) == text
