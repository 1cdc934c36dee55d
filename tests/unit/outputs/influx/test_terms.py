"""Where lines go, as users state it."""

from __future__ import annotations

import base64

import pytest

from smartx96.errors import OptionError
from smartx96.outputs.influx.terms import address_of, authorization, check_destination


@pytest.mark.parametrize(
    ("url", "told", "target"),
    [
        ("http://db?org=home&bucket=meters", "http://db:8086/api/v2/write",
         "/api/v2/write?org=home&bucket=meters"),
        ("http://db:9999/?db=meters&rp=year", "http://db:9999/write", "/write?db=meters&rp=year"),
        ("https://cloud.example/api/v3/write_lp?db=x", "https://cloud.example:443/api/v3/write_lp",
         "/api/v3/write_lp?db=x"),
        ("http://[::1]:8428/write", "http://[::1]:8428/write", "/write"),
        ("http://db?db=a%20b%26c", "http://db:8086/write", "/write?db=a+b%26c"),
    ],
)  # fmt: skip
def test_urls(url, told, target):
    found = address_of(check_destination(url))
    assert (str(found), found.target) == (told, target)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("http://db", "bucket"),
        ("http://", "URL"),
        ("http://db:notaport?db=x", "URL"),
        ("http://me:secret@db?db=x", "X96_INFLUX_TOKEN"),
        ("http://db?db=x&u=me&p=secret", "X96_INFLUX_TOKEN"),
        ("http://db?db=x&precision=s", "precision"),
        ("http://db?db=x#part", "URL"),
        ("lines.csv", "FILE.lp"),
        ("", "text"),
        (7, "text"),
    ],
)
def test_what_is_refused(text, word):
    with pytest.raises(OptionError, match=word) as refused:
        check_destination(text)
    assert "secret" not in str(refused.value).replace("no secrets", "")


def test_who_writes():
    assert authorization("abc123==") == "Token abc123=="
    scheme, _, coded = authorization("me:pass:word").partition(" ")
    assert (scheme, base64.b64decode(coded)) == ("Basic", b"me:pass:word")
    for bad in ("a\nb", "", "schlüssel"):
        with pytest.raises(OptionError, match="X96_INFLUX_TOKEN"):
            authorization(bad)
