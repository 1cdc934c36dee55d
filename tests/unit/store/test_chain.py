import hashlib
import json
import math

import pytest

from smartx96.meter.events import Event, EventKind
from smartx96.store.chain import START, canonical, cleaned, following, is_linked, link


def entry(number=1, previous=START, **details):
    return following("main", previous, number, Event(17, EventKind.RESET, details))


def test_hash_by_the_words_of_the_documentation():
    first = entry(what="Zähler\n", value=2.5)
    text = json.dumps(
        {"details": {"what": "Zähler\n", "value": 2.5}, "kind": "reset", "meter": "main",
         "number": 1, "time": 17},
        sort_keys=True, separators=(",", ":"),
    )  # fmt: skip
    assert first.hash == hashlib.sha256(b"0" * 64 + text.encode("ascii")).hexdigest()
    second = entry(2, first.hash)
    text = '{"details":{},"kind":"reset","meter":"main","number":2,"time":17}'
    assert second.hash == hashlib.sha256((first.hash + text).encode()).hexdigest()


@pytest.mark.parametrize(
    "change", [{"number": 2}, {"time": 18}, {"kind": "power_up"}, {"details": "{ }"},
               {"time": "17"}, {"kind": None}, {"details": b"{}"}, {"hash": 5}, {"number": None}],
)  # fmt: skip
def test_every_field_is_linked(change):
    assert is_linked("main", START, entry())
    assert not is_linked("main", START, entry()._replace(**change))
    assert not is_linked("main", "1" + START[1:], entry())


def test_texts_are_ascii_and_short():
    details = cleaned({"x" * 500: "\x1b[2J\ud800 é" * 900, "n": 10**400, "f": math.nan, "b": True})
    assert max(map(len, details)) == 64
    assert len(details["x" * 64]) == 1000
    assert details["n"] == "integer of 1329 bits"
    assert details["f"] == "nan"
    assert details["b"] == 1
    text = canonical(details)
    assert text.isascii()
    assert text.isprintable()
    assert json.loads(text) == details
    link("main", START, 1, 1, "kind", text)


def test_number_of_details_is_limited():
    assert len(cleaned({str(n): n for n in range(1000)})) == 32


def test_anything_else_becomes_text():
    assert cleaned({"a": [1], "b": None}) == {"a": "[1]", "b": "None"}
