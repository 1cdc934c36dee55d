"""Strokes: what terminals send for keys."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smartx96.panel.keys import Key
from smartx96.terminal.strokes import HELP, Action, Stroke, Typing, Wish


def typed(*pieces: bytes) -> list[Stroke | Wish]:
    typing = Typing()
    return [stroke for piece in pieces for stroke in typing.take(piece)]


def taps(*keys: Key) -> list[Stroke]:
    return [Stroke(key, Action.TAP) for key in keys]


def holds(*keys: Key) -> list[Stroke]:
    return [Stroke(key, Action.HOLD) for key in keys]


def test_numbers_and_letters_press() -> None:
    assert typed(b"1234") == typed(b"umpe") == taps(*Key)


def test_capitals_hold() -> None:
    assert typed(b"UMPE") == holds(*Key)
    assert typed(b"\r") == holds(Key.E)


def test_arrows_are_what_the_keys_do_in_setup() -> None:
    arrows = (b"\x1b[D", b"\x1b[A", b"\x1b[B", b"\x1b[C")
    assert typed(*arrows) == typed(*(a.replace(b"[", b"O") for a in arrows)) == taps(*Key)
    assert typed(*(a[:2] + b"1;2" + a[2:] for a in arrows)) == holds(*Key)


def test_what_is_cut_in_two_is_put_together() -> None:
    for cut in range(1, 6):
        whole = b"\x1b[1;2A"
        assert typed(whole[:cut], whole[cut:]) == holds(Key.M)


def test_leaving_pausing_and_drawing_anew() -> None:
    assert typed(b"q\x03\x04") == [Wish.LEAVE] * 3
    assert typed(b"\x1a\x0c") == [Wish.PAUSE, Wish.REDRAW]


def test_other_keys_are_nothing() -> None:
    assert typed(b"\x1b[15~\x1b[3~\x1b[[A xyz\xff\xc3\xa4\x1b[200~") == []


def test_an_escape_alone_takes_nothing_along() -> None:
    assert typed(b"\x1b", b"m") == taps(Key.M)


@given(st.lists(st.binary(max_size=20), max_size=20))
def test_anything_may_be_typed(pieces: list[bytes]) -> None:
    typing = Typing()
    for piece in pieces:
        list(typing.take(piece))
        assert len(typing._rest) < 16


def test_the_help_tells_that_there_is_no_key_up() -> None:
    assert [len(text) <= width for text, width in zip(HELP, (80, 64, 32), strict=True)] == [
        True
    ] * 3
    assert all("hold" in text and "q" in text for text in HELP)
    assert all("no key-up" in text for text in HELP[:2])
