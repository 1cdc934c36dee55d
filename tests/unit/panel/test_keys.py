"""Keys: short, long and repeated, by time alone."""

from __future__ import annotations

import pytest

from smartx96.panel.keys import LONG_PRESS, LONGEST_HOLD, Key, Keyboard, Stroke


def held(seconds: float) -> list[tuple[float, Stroke]]:
    """Strokes of a key that is held, after it went down."""
    keyboard, found = Keyboard(), []
    assert keyboard.press(Key.M, 0.0, "owner")
    while (hold := keyboard.first) is not None and hold.due <= seconds:
        due = hold.due
        stroke = keyboard.take(hold)
        if stroke is not None:
            found.append((due, stroke))
    return found


def test_a_long_press_comes_once_after_three_seconds() -> None:
    assert [t for t, s in held(29.0) if s is Stroke.LONG] == [LONG_PRESS] == [3.0]
    assert not [t for t, s in held(2.999) if s is Stroke.LONG]


def test_a_held_key_repeats_and_then_quickly() -> None:
    times = [t for t, s in held(29.0) if s is Stroke.REPEAT]
    assert times[:3] == pytest.approx([0.5, 0.7, 0.9])
    assert len([t for t in times if 10.0 <= t < 11.0]) == pytest.approx(25, abs=1)
    assert times == sorted(times)
    assert [t for t, _ in held(29.0)] == sorted(t for t, _ in held(29.0))


def test_a_key_that_nobody_lets_go_is_let_go() -> None:
    assert max(t for t, _ in held(1e9)) < LONGEST_HOLD
    keyboard = Keyboard()
    keyboard.press(Key.E, 0.0, None)
    while keyboard.first is not None:
        keyboard.take(keyboard.first)
    assert keyboard.press(Key.E, 100.0, None), "it may be pressed again"


def test_only_a_short_press_has_a_stroke_when_it_ends() -> None:
    keyboard = Keyboard()
    keyboard.press(Key.P, 1.0, "owner")
    hold = keyboard.release(Key.P, 3.9)
    assert hold is not None
    assert (hold.key, hold.owner) == (Key.P, "owner")
    keyboard.press(Key.P, 5.0, "owner")
    assert keyboard.release(Key.P, 8.0) is None
    assert keyboard.release(Key.P, 8.1) is None, "it is not held"


def test_a_repeated_press_is_none() -> None:
    keyboard = Keyboard()
    assert keyboard.press(Key.P, 1.0, None)
    assert not keyboard.press(Key.P, 1.1, None)
    assert keyboard.press(Key.E, 1.2, None)
    assert keyboard.first is not None
    assert keyboard.first.key is Key.P
    keyboard.let_go()
    assert keyboard.first is None


def test_legends() -> None:
    assert [key.value for key in Key] == ["U/I", "M", "P", "E"]
    assert [key.in_setup for key in Key] == ["back", "up", "down", "enter"]
